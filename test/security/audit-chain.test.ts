/** AU-09, INV-11, HC-06: the trail in the database is sealed, append-only, and verified by a command. */

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import t from 'tap'
import { generateKeys, loadKeys } from '../../src/auth/keys.ts'
import { checkpointSigner } from '../../src/auth/sign-checkpoint.ts'
import { verifyTrail } from '../../src/domain/audit/verify-trail.ts'
import type { Storage } from '../../src/storage/open.ts'
import { aReferral } from '../helpers/a-referral.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { aSubmission } from '../helpers/referral-change.ts'
import { openTestStorage } from '../helpers/storage.ts'
import { startWorld } from '../helpers/world.ts'

const root = join(import.meta.dirname, '../..')

/** `referloop audit verify` as an operator runs it. */
function auditVerify(dataDirectory: string, ...more: string[]) {
  return new Promise<{ code: number; report: Record<string, unknown> }>((resolve, reject) => {
    const { DATABASE_URL: _none, ...env } = process.env
    execFile(
      process.execPath,
      [join(root, 'src/cli.ts'), 'audit', 'verify', ...more],
      { env: { ...env, REFERLOOP_DATA: dataDirectory } },
      (error, stdout, stderr) => {
        try {
          resolve({ code: Number(error?.code ?? 0), report: JSON.parse(stdout) })
        } catch {
          reject(new Error(stderr))
        }
      },
    )
  })
}

/** As somebody who owns the database. */
async function asOwner<Result>(dataDirectory: string, work: (db: PGlite) => Promise<Result>) {
  const db = await PGlite.create({ dataDir: join(dataDirectory, 'database', 'pglite') })
  try {
    await db.exec('SET session_replication_role = replica')
    return await work(db)
  } finally {
    await db.close()
  }
}

t.test(
  'AU-09 the trail of a run verifies, and stops to once anything was done to it',
  async (t) => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'referloop-audit-'))
    t.teardown(() => rm(dataDirectory, { recursive: true, force: true }))
    const world = await startWorld(t, { config: { dataDirectory } })
    const referred = await world.refer(aReferral())
    await world.reaches(referred, 'received/awaiting-triage')
    await world.client('river-pain-clinic').get('Task')
    await world.client('hilltop-internal').get(`Task/${referred.taskId}`)
    await world.close()

    const untouched = await auditVerify(dataDirectory)
    t.equal(untouched.code, 0)
    t.match(untouched.report, { unsealed: 0, broken: undefined })
    // Two referrers, a clinic and the service; the other clinic logged in as well.
    t.equal(untouched.report.chains, 5)
    t.ok(Number(untouched.report.sealed) > 10)

    const marks = await asOwner(dataDirectory, async (db) => {
      const { rows } = await db.query<{ number: number; jws: string }>(
        'SELECT number, jws FROM referloop.audit_checkpoint ORDER BY number DESC LIMIT 1',
      )
      return rows[0]
    })
    const wrong = await auditVerify(dataDirectory, '--expect', `${marks?.number}:${'0'.repeat(64)}`)
    t.equal(wrong.code, 1)
    t.match(wrong.report, { broken: { checkpoint: Number(marks?.number) } })

    await asOwner(dataDirectory, (db) =>
      db.exec(`UPDATE referloop.audit_event SET outcome = 'success', action = 'read'
      WHERE action = 'refuse'`),
    )
    const altered = await auditVerify(dataDirectory)
    t.equal(altered.code, 1)
    t.match(altered.report, {
      broken: { chain: 'hilltop-internal', fault: 'an entry or its seal was altered' },
    })

    await asOwner(dataDirectory, (db) =>
      db.exec('DELETE FROM referloop.audit_seal; DELETE FROM referloop.audit_event'),
    )
    const emptied = await auditVerify(dataDirectory)
    t.equal(emptied.code, 1)
    t.match(emptied.report, { broken: { position: 1, fault: 'a chain is missing' } })
  },
)

t.test('AU-09 the SQL of the service cannot change or remove what is in the trail', async (t) => {
  const db = await PGlite.create({
    loadDataDir: await (await import('../helpers/storage.ts')).databaseTemplate(),
  })
  t.teardown(() => db.close())
  await db.exec(`INSERT INTO referloop.audit_event (recorded, action, kind, outcome, agent, entities)
    VALUES (now(), 'read', 'R', 'success', 'lakeside-family', '{}')`)
  for (const table of ['audit_event', 'audit_seal', 'audit_checkpoint'])
    for (const statement of [
      `DELETE FROM referloop.${table}`,
      `TRUNCATE referloop.${table}`,
      `UPDATE referloop.${table} SET ${table === 'audit_event' ? "agent = 'x'" : table === 'audit_seal' ? "hash = 'x'" : "jws = 'x'"}`,
    ])
      await t.rejects(db.exec(statement), { code: 'RL002' }, statement)
  const { rows } = await db.query('SELECT agent FROM referloop.audit_event')
  t.same(rows, [{ agent: 'lakeside-family' }])
})

t.test('AU-09 batches of several sealers make one chain', async (t) => {
  const storage = await openTestStorage()
  t.teardown(() => storage.close())
  const { sign, open } = checkpointSigner(await loadKeys(await generateKeys()))
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 10 }, () => storage.referrals.commit(aSubmission())))
    await Promise.all([storage.audit.seal(sign), storage.audit.seal(sign)])
  }
  t.equal(await storage.audit.seal(sign), undefined, 'nothing is left')
  t.same(await verifyTrail(storage.audit, { openCheckpoint: open }), {
    checkpoints: 3,
    chains: 1,
    sealed: 30,
    unsealed: 0,
  })
})

const onPostgres = 'AU-09 the same on PostgreSQL, with instances that seal at the same time'
const server = await startPostgres()
const skip = 'skip' in server ? server.skip : false
if (skip) t.comment(skip)
t.test(onPostgres, { skip }, async (t) => {
  if ('skip' in server) return
  t.teardown(() => server.close())
  const database = await server.newDatabase()
  const open = () => openTestStorage({ databaseUrl: database.url })
  const instances = [await open(), await open()]
  t.teardown(async () => {
    await Promise.all(instances.map((each) => each.close()))
    await database.drop()
  })
  const { sign, open: openCheckpoint } = checkpointSigner(await loadKeys(await generateKeys()))
  let left = 200
  const write = async (storage: Storage) => {
    while (left-- > 0) await storage.referrals.commit(aSubmission())
  }
  const seal = async (storage: Storage) => {
    while (left > 0) await storage.audit.seal(sign)
  }
  await Promise.all(instances.flatMap((each) => [write(each), write(each), seal(each)]))
  for (const each of instances) await each.audit.seal(sign)
  const [one] = instances as [Storage]
  t.match(await verifyTrail(one.audit, { openCheckpoint }), {
    chains: 1,
    sealed: 200,
    unsealed: 0,
    broken: undefined,
  })
})

t.test('AU-09 a chain of more than a batch is sealed and read in pages', async (t) => {
  const storage = await openTestStorage()
  t.teardown(() => storage.close())
  const { sign, open } = checkpointSigner(await loadKeys(await generateKeys()))
  const entries = Array.from({ length: 2500 }, (_, n) => ({
    action: 'read',
    kind: 'R' as const,
    outcome: 'success' as const,
    agent: 'lakeside-family',
    organization: n % 3 === 0 ? undefined : 'lakeside-family',
    recorded: '2026-03-02T10:00:00.000Z',
  }))
  await storage.referrals.record(entries)
  const batches = []
  for (let batch = await storage.audit.seal(sign); batch; batch = await storage.audit.seal(sign))
    batches.push(batch.sealed)
  t.same(batches, [1000, 1000, 500])
  t.same(await verifyTrail(storage.audit, { openCheckpoint: open }), {
    checkpoints: 3,
    chains: 2,
    sealed: 2500,
    unsealed: 0,
  })
})
