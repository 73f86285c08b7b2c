import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import t, { type Test } from 'tap'
import { migrate, openStorage } from '../../src/storage/open.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { aReferral, aSubmission } from '../helpers/referral-change.ts'
import { openTestStorage } from '../helpers/storage.ts'

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

t.test('several processes may start on an empty database at once', { skip }, async (t) => {
  if ('skip' in server) return
  t.teardown(() => server.close())
  const { url: databaseUrl, drop } = await server.newDatabase()
  t.teardown(drop)
  const all = await Promise.all(
    Array.from({ length: 4 }, () => openStorage({ databaseUrl, now: () => new Date() })),
  )
  for (const storage of all) {
    t.equal(storage.schemaVersion, await migrate(databaseUrl))
    t.equal(await storage.referrals.commit(aSubmission(aReferral())), 'committed')
    await storage.close()
  }
})
