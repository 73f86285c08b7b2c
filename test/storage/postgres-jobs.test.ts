import pg from 'pg'
import t from 'tap'
import { EhrFailure } from '../../src/domain/referral/ports.ts'
import { openStorage } from '../../src/storage/open.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { aNextState, aReferral, aSubmission } from '../helpers/referral-change.ts'
import { until } from './contract.ts'

const server = await startPostgres()
if ('skip' in server) t.comment(server.skip)

t.test('a job given up', { skip: 'skip' in server ? server.skip : false }, async (t) => {
  if ('skip' in server) return
  t.teardown(() => server.close())
  const database = await server.newDatabase()
  t.teardown(() => database.drop())
  const storage = await openStorage({ databaseUrl: database.url, now: () => new Date() })
  t.teardown(() => storage.close())
  const admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
  t.teardown(() => admin.end())

  const referral = aReferral()
  const jobs = [{ queue: 'deliver', referralId: referral.id }] as const
  await storage.referrals.commit(aSubmission(referral, { jobs }))
  const { rows } = await admin.query('UPDATE pgboss.job SET retry_limit = 0 RETURNING *')
  t.match(rows, [{ retry_limit: 0, heartbeat_seconds: 10, policy: 'key_strict_fifo' }])

  const attempts: boolean[] = []
  await storage.jobs.work('deliver', async ({ last }) => {
    attempts.push(last)
    if (attempts.length > 1) return
    const cause = new Error('Jane Doe, born 1970-01-01')
    throw new EhrFailure('said: Jane Doe', { phase: 'refused', status: 500, retryAfter: 1, cause })
  })
  const depth = () => storage.jobs.depth()
  await until(async () => (await depth())['deliver-given-up'] === 1)
  t.same(attempts, [true], 'it knew that it was the last')

  await t.test('is kept with its reason and without what the other side said', async (t) => {
    const kept = await admin.query(
      `SELECT data, source_output FROM pgboss.job WHERE name = 'deliver-given-up'`,
    )
    t.match(kept.rows, [{ data: { referralId: referral.id } }])
    t.match(await storage.undelivered.givenUp({}), [
      { referral: { id: referral.id }, jobFailed: true },
    ])
    t.equal((await storage.undelivered.countGivenUp()).get('river-pain-clinic'), 1)
    const told = JSON.stringify(kept.rows)
    t.match(told, /EhrFailure: refused 500/)
    t.notMatch(told, /Jane/)
  })

  await t.test('an attempt of which nothing was heard is told to the next', async (t) => {
    // As the supervisor leaves a job whose process ended three times, the first attempt having failed.
    const isOver = `state = 'retry', started_on = now(), start_after = now()`
    const ended = (count: number, heard: number) => `
      UPDATE pgboss.job SET ${isOver}, retry_count = ${count}, retry_limit = 110,
        data = data || '{"heard": ${heard}}' WHERE name = 'gather'`
    const gather = [{ queue: 'gather', referralId: referral.id }] as const
    await storage.referrals.commit(aNextState(referral, {}, { jobs: gather }))
    await admin.query(ended(3, 1))
    const taken: object[] = []
    await storage.jobs.work('gather', async (job) => {
      taken.push(job)
      throw new Error('and this one is heard')
    })
    await until(() => taken.length === 1)
    t.same(taken, [
      { queue: 'gather', referralId: referral.id, attempt: 5, last: false, killed: 3 },
    ])
    const job = async () =>
      (await admin.query(`SELECT * FROM pgboss.job WHERE name = 'gather'`)).rows[0]
    await until(async () => (await job()).state === 'retry')
    t.match(await job(), { retry_count: 4, data: { heard: 5 }, group_id: 'lakeside-family' })
    await admin.query(ended(40, 5))
    await until(async () => (await depth())['gather-given-up'] === 1)
    t.equal(taken.length, 1, 'what ended even him who gave it up is not tried')
  })

  await t.test('gives way to the next job of its referral', async (t) => {
    await storage.referrals.commit(aNextState({ ...referral, version: 2 }, {}, { jobs }))
    await until(() => attempts.length === 2)
    await until(async () => (await depth()).deliver === 0)
    t.same(await storage.undelivered.givenUp({}), [])
    t.equal((await depth())['deliver-given-up'], 1)
  })
})
