/** What becomes of referrals while PostgreSQL, or the way to it, has a bad day; by the API of the process that ships. */

import pg from 'pg'
import t, { type Test } from 'tap'
import { openPostgres } from '../../src/storage/postgres.ts'
import { aReferral } from '../helpers/a-referral.ts'
import { eventually } from '../helpers/eventually.ts'
import { gate } from '../helpers/gate.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import { type PostgresServer, startPostgres } from '../helpers/postgres.ts'
import { startWorld } from '../helpers/world.ts'
import { restartCampaign } from './restarts.ts'

const server = await startPostgres()
if ('skip' in server) t.comment(server.skip)
else t.teardown(() => server.close())
const skip = 'skip' in server ? server.skip : false

const databases = (server: PostgresServer, t: Test) => async () => {
  const database = await server.newDatabase()
  t.teardown(() => database.drop())
  return database
}

t.test('the database has a bad day', { skip }, async (t) => {
  if ('skip' in server) return
  const database = await databases(server, t)()
  const way = await gate(t, new URL(database.url))
  const { config, clientKeys } = await ownRegistry()
  const engine = {
    name: 'postgresql',
    newDatabase: async () => ({ url: way.url, drop: async () => {} }),
  } as const
  const world = await startWorld(t, { engine, config, clientKeys })
  const by = world.client('lakeside-family')
  const bundles = new Map<string, object>()
  /** The same each time, as a practice repeats it. */
  const submit = (identifier: string) => {
    const bundle = bundles.get(identifier) ?? aReferral({ identifier })
    bundles.set(identifier, bundle)
    return by.post('', bundle)
  }
  const admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
  t.teardown(() => admin.end())
  const count = async (identifier: string) => {
    const sql = `SELECT count(*)::int AS n FROM referloop.referral_identifier WHERE identifier LIKE $1`
    await admin.query(`SET referloop.service = 'on'`)
    return (await admin.query<{ n: number }>(sql, [`%|${identifier}`])).rows[0]?.n
  }
  /** Refused as unavailable. @returns how long that took */
  const refused = async (t: Test, identifier: string) => {
    const began = performance.now()
    const { status, headers, text } = await submit(identifier)
    t.equal(status, 503, text)
    t.ok(Number(headers.get('retry-after')) >= 1, 'and when to come again')
    return performance.now() - began
  }
  /** @returns how long it took until a referral was accepted */
  const accepted = async (t: Test, identifier: string) => {
    const began = performance.now()
    await eventually('accepted', async () =>
      (await submit(identifier)).status === 200 ? true : undefined,
    )
    const took = Math.round(performance.now() - began)
    t.comment(`back after ${took} ms`)
    t.ok(took < 5_000, `${took} ms`)
    t.equal(await count(identifier), 1)
  }

  await t.test(
    'RL-30: a lost connection is 503 within a second, and over within five',
    async (t) => {
      way.cut()
      t.ok((await refused(t, 'cut')) < 1_000)
      t.equal((await fetch(`${world.baseUrl}/health/live`)).status, 200, 'the process lives')
      t.equal((await fetch(`${world.baseUrl}/health/ready`)).status, 503)
      way.restore()
      await accepted(t, 'cut')
    },
  )

  await t.test('RL-30: a COMMIT whose answer was lost is found by its identifier', async (t) => {
    way.loseAnswerTo('commit ')
    await refused(t, 'unheard')
    t.equal(await count('unheard'), 1, 'it was committed all the same')
    await accepted(t, 'unheard')
  })

  await t.test('RL-30, F9 S3: who waits for a lock is put off in seconds', async (t) => {
    await admin.query('BEGIN; LOCK TABLE referloop.referral IN ACCESS EXCLUSIVE MODE')
    t.ok((await refused(t, 'locked')) < 4_000)
    await admin.query('ROLLBACK')
    await accepted(t, 'locked')
  })

  await t.test('RL-31: a server that only reads is left, and asked again', async (t) => {
    const name = new URL(database.url).pathname.slice(1)
    await admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
    await admin.query(`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`)
    await refused(t, 'read-only')
    await admin.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`)
    await accepted(t, 'read-only')
  })
})

t.test('RL-30: what lost a conflict or a deadlock is run again', { skip }, async (t) => {
  if ('skip' in server) return
  const { url } = await databases(server, t)()
  const db = openPostgres(url, 2)
  t.teardown(() => db.close())
  await db.script(`
    CREATE SEQUENCE tries;
    CREATE FUNCTION conflict(state text, times int) RETURNS bigint LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('tries') <= times THEN RAISE EXCEPTION USING ERRCODE = state; END IF;
      RETURN currval('tries');
    END $$`)
  for (const state of ['40001', '40P01']) {
    await db.script(`ALTER SEQUENCE tries RESTART`)
    const [row] = await db.query('SELECT conflict($1, 3) AS tries', [state])
    t.equal(Number(row?.tries), 4, state)
    await db.script(`ALTER SEQUENCE tries RESTART`)
    await t.rejects(
      db.query('SELECT conflict($1, 100) AS tries', [state]),
      { code: state },
      'not for ever',
    )
  }
})

const ofOwn = 'skip' in server ? server.skip : !server.restart && 'the server is somebody else’s'

t.test(
  'RL-31: a database that is stopped at once comes back with all',
  { skip: ofOwn },
  async (t) => {
    if ('skip' in server || !server.restart) return
    const database = await databases(server, t)()
    const result = await restartCampaign({ times: 2, url: database.url, restart: server.restart })
    t.comment(JSON.stringify(result))
    t.same(result.wrong, [])
    t.equal(result.restarts, 2)
  },
)
