import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { Problem } from '../../src/domain/problem.ts'
import { openStorage } from '../../src/storage/open.ts'
import { gate } from '../helpers/gate.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { aReferral, aSubmission } from '../helpers/referral-change.ts'
import { until } from './contract.ts'

const server = await startPostgres()
if ('skip' in server) t.comment(server.skip)
const skip = 'skip' in server ? server.skip : false

t.test('loss of PostgreSQL', { skip }, async (t) => {
  if ('skip' in server) return
  t.teardown(() => server.close())
  const database = await server.newDatabase()
  t.teardown(() => database.drop())
  const way = await gate(t, new URL(database.url))
  const storage = await openStorage({ databaseUrl: way.url, now: () => new Date() })
  t.teardown(() => storage.close())
  const worked = new Set<string>()
  await storage.jobs.work('deliver', async ({ referralId }) => void worked.add(referralId))
  const referral = aReferral()
  const submit = (id: string) => {
    const jobs = [{ queue: 'deliver', referralId: id }] as const
    return storage.referrals.commit(aSubmission(aReferral({ id }), { jobs }))
  }
  t.equal(await submit(referral.id), 'committed')
  const find = () => storage.referrals.find(referral.id)
  const isUnavailable = (error: unknown) =>
    error instanceof Problem && error.code === 'unavailable' && (error.retryAfter ?? 0) > 0

  await t.test('is answered as unavailable while it is away, and forgotten after', async (t) => {
    way.cut()
    for (const ask of [find, () => submit('never'), storage.ready]) {
      const before = performance.now()
      const answer = await ask().catch((error: unknown) => error)
      t.ok(isUnavailable(answer), String(answer))
      t.ok(performance.now() - before < 1_000, 'at once')
    }
    way.restore()
    await storage.ready()
    t.match(await find(), { id: referral.id })
    t.equal(await storage.referrals.find('never'), undefined)
    const later = aReferral()
    t.equal(await submit(later.id), 'committed')
    await until(() => worked.has(later.id))
  })

  await t.test('F4 S3: is noticed within ten seconds when the network goes silent', async (t) => {
    way.silence(true)
    const before = performance.now()
    const answer = await find().catch((error: unknown) => error)
    t.ok(isUnavailable(answer), String(answer))
    t.ok(performance.now() - before < 10_000)
    await t.rejects(storage.ready(), { code: 'unavailable' })
    way.silence(false)
    way.cut()
    way.restore()
    t.match(await find(), { id: referral.id })
  })

  await t.test('an administrator who ends all connections disturbs nobody for long', async (t) => {
    const { default: pg } = await import('pg')
    const admin = new pg.Client({ connectionString: database.url })
    await admin.connect()
    await admin.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    await admin.end()
    await until(() =>
      storage.ready().then(
        () => true,
        () => false,
      ),
    )
    t.match(await find(), { id: referral.id })
  })
})

t.test('a database that is not there is refused as unavailable', async (t) => {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  listener.close()
  const databaseUrl = `postgres://nobody@127.0.0.1:${port}/nothing`
  await t.rejects(openStorage({ databaseUrl, now: () => new Date() }), { code: 'unavailable' })
})
