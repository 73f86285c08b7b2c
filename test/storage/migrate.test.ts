import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import t, { type Test } from 'tap'
import type { Row } from '../../src/storage/database.ts'
import { migrateDatabase } from '../../src/storage/migrate.ts'
import { migrate, openStorage } from '../../src/storage/open.ts'
import { connectPostgres } from '../../src/storage/postgres.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { aReferral, aSubmission } from '../helpers/referral-change.ts'
import { openTestStorage } from '../helpers/storage.ts'
import { until } from './contract.ts'

/** An embedded database on disk after `sql` was run on it. */
async function altered(t: Test, sql: string): Promise<string> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'referloop-migrate-'))
  t.teardown(() => rm(dataDirectory, { recursive: true, force: true }))
  await (await openTestStorage({ dataDirectory })).close()
  const pglite = await PGlite.create({ dataDir: join(dataDirectory, 'pglite') })
  await pglite.exec(sql)
  await pglite.close()
  return dataDirectory
}

t.test('refuses the schema of a later version', async (t) => {
  const dataDirectory = await altered(
    t,
    `INSERT INTO referloop.migration (version, name, checksum) VALUES (9999, '9999-later.sql', '')`,
  )
  await t.rejects(openTestStorage({ dataDirectory }), /9999-later\.sql.*run the newer version/)
  await t.rejects(openTestStorage({ dataDirectory }), /9999-later/, 'and gives the lock back')
})

t.test('refuses a migration that was altered after it had been applied', async (t) => {
  const dataDirectory = await altered(
    t,
    `UPDATE referloop.migration SET checksum = 'another' WHERE version = 1`,
  )
  await t.rejects(openTestStorage({ dataDirectory }), /0001-referrals\.sql was altered/)
})

const server = await startPostgres()
const skip = 'skip' in server ? server.skip : false
if ('skip' in server) t.comment(server.skip)

t.test('on PostgreSQL', { skip }, async (t) => {
  if ('skip' in server) return
  t.teardown(() => server.close())
  const { url: databaseUrl, drop } = await server.newDatabase()
  t.teardown(drop)
  const open = () => openStorage({ databaseUrl, now: () => new Date() })

  await t.test('several processes may start on an empty database at once', async (t) => {
    const all = await Promise.all(Array.from({ length: 4 }, open))
    for (const storage of all) {
      t.equal(storage.schemaVersion, await migrate(databaseUrl))
      t.equal(await storage.referrals.commit(aSubmission(aReferral())), 'committed')
      await storage.close()
    }
  })

  const admin = new pg.Client({ connectionString: databaseUrl })
  await admin.connect()
  t.teardown(() => admin.end())
  /** Runs the migrations that there will be when this one has been added. */
  const migrateTo = async (name: string, text: string): Promise<void> => {
    const directory = t.testdir({ [name.slice(0, 4)]: {} })
    const migrations = join(directory, name.slice(0, 4))
    await cp(join(import.meta.dirname, '../../src/storage/migrations'), migrations, {
      recursive: true,
    })
    await writeFile(join(migrations, name), text)
    const db = await connectPostgres(databaseUrl)
    try {
      await migrateDatabase(db, 'postgres', pathToFileURL(`${migrations}/`))
    } finally {
      await db.close()
    }
  }
  const rows = async (sql: string): Promise<readonly Row[]> => (await admin.query(sql)).rows

  await t.test(
    'RL-34: the version before goes on, and may start, after an expansion',
    async (t) => {
      const running = await open()
      await migrateTo(
        '9001-expand.sql',
        'ALTER TABLE referloop.referral ADD COLUMN hue text, ADD COLUMN tone text NOT NULL DEFAULT $$x$$;',
      )
      t.equal(await running.referrals.commit(aSubmission(aReferral())), 'committed')
      await running.close()
      const started = await open()
      const referral = aReferral()
      t.equal(await started.referrals.commit(aSubmission(referral)), 'committed')
      t.match(await started.referrals.find(referral.id), { id: referral.id })
      await started.close()
      t.match(await rows(`SELECT DISTINCT hue, tone FROM referloop.referral`), [
        { hue: null, tone: 'x' },
      ])
    },
  )

  await t.test('RL-34: a migration whose session ends half-way is made whole later', async (t) => {
    const half = (seconds: number) => `
      ALTER TABLE referloop.referral ADD COLUMN shade text;
      SELECT pg_sleep(${seconds});
      ALTER TABLE referloop.referral ADD COLUMN glow text;`
    const dying = migrateTo('9002-half.sql', half(60))
    const isAsleep = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`
    await until(async () => (await rows(isAsleep)).length === 1)
    const [sleeper] = await rows(isAsleep)
    await admin.query('SELECT pg_terminate_backend($1)', [sleeper?.pid])
    await t.rejects(dying)
    const columns = `SELECT attname FROM pg_attribute WHERE attname IN ('shade', 'glow')`
    t.same(await rows(columns), [], 'nothing of it is there')
    await migrateTo('9002-half.sql', half(0))
    t.equal((await rows(columns)).length, 2)
  })

  await t.test(
    'RL-34: a migration waits for a lock in steps, and nobody long for it',
    async (t) => {
      const reader = new pg.Client({ connectionString: databaseUrl })
      await reader.connect()
      await reader.query('BEGIN')
      await reader.query('SELECT count(*) FROM referloop.referral')
      const migrated = migrateTo(
        '9003-busy.sql',
        'ALTER TABLE referloop.referral ADD COLUMN dim text;',
      )
      await until(async () => (await rows(isWaiting)).length === 1)
      const before = performance.now()
      await rows('SELECT count(*) FROM referloop.referral')
      t.ok(performance.now() - before < 2_500, 'who comes behind it waits two seconds at most')
      await reader.query('COMMIT')
      await reader.end()
      await migrated
      t.match(await rows('SELECT max(version) AS version FROM referloop.migration'), [
        { version: 9003 },
      ])
    },
  )

  await t.test('RL-34: the version before does not start after a contraction', async (t) => {
    await migrateTo(
      '9004-contract.sql',
      '-- contract: 9001 has been everywhere for a release\nALTER TABLE referloop.referral DROP COLUMN hue;',
    )
    await t.rejects(open(), /9004-contract\.sql.*run the newer version/)
  })
})

const isWaiting = `
  SELECT pid FROM pg_stat_activity
  WHERE wait_event_type = 'Lock' AND query LIKE '%ADD COLUMN dim%' AND datname = current_database()`
