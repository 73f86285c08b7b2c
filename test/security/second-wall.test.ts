/** Row-level security by itself: the queries have no say about tenants, and the database still has. */

import { randomUUID } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import type { Viewer } from '../../src/domain/access/caller.ts'
import type { Database } from '../../src/storage/database.ts'
import { migrateDatabase } from '../../src/storage/migrate.ts'
import { openStorage, type Storage } from '../../src/storage/open.ts'
import { openPglite } from '../../src/storage/pglite.ts'
import { connectPostgres, openPostgres } from '../../src/storage/postgres.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { aNextState, aReferral, aResource, aSubmission } from '../helpers/referral-change.ts'
import { databaseTemplate, openTestStorage } from '../helpers/storage.ts'
import { startWorld } from '../helpers/world.ts'
import { aWrite, subscribing } from '../storage/contract-subscriptions.ts'
import { tenantMatrix } from './tenant-matrix.ts'

const lakeside: Viewer = { role: 'referrer', organization: 'lakeside-family' }
const hilltop: Viewer = { role: 'referrer', organization: 'hilltop-internal' }
const river: Viewer = { role: 'clinic', organization: 'river-pain-clinic' }
const summit: Viewer = { role: 'clinic', organization: 'summit-pain-center' }

const countTasks = `SELECT count(*)::int AS n FROM referloop.resource WHERE type = 'Task'`
const countEach = ['resource', 'resource_history', 'referral', 'referral_identifier']
  .concat('shared_identifier', 'clinic_participant', 'audit_event')
  .concat('subscription', 'subscription_event', 'draft', 'presence', 'answer_draft')
  .concat('answer_link', 'answer_file', 'journey', 'move')
  .map((table) => `(SELECT count(*)::int FROM referloop.${table}) AS ${table}`)

/** Two referrals of Lakeside, one with River already, and one of Hilltop for Summit. */
async function furnish(storage: Storage): Promise<void> {
  const patient = aResource('Patient', randomUUID(), 1, {
    sharedIdentifiers: ['urn:mrn|1'],
    digest: 'd',
    tokens: ['identifier|urn:mrn|1'],
  })
  for (const viewer of [lakeside, river])
    await storage.subscriptions.create(aWrite(viewer), 1, subscribing)
  const author = { id: 'nora', name: 'Nora Lind, RN' }
  const at = '2026-03-02T10:00:00.000Z'
  await storage.drafts.keep({
    ...{ referralId: 'r', personId: author.id, act: 'decline', clinicId: river.organization },
    ...{ sealed: 's', version: 1, savedAt: at, expiresAt: at },
  })
  await storage.presence.note(river, 'r', { person: author, doing: 'looking' }, at)
  await storage.practice.saveDraft(
    { referralId: 'r', version: 1, content: '{}', savedAt: at, savedBy: author },
    lakeside.organization,
  )
  await storage.answerLinks.replace(
    {
      ...{ id: 'l', referralId: 'r', createdAt: at, expiresAt: at, openedAt: undefined },
      ...{ referrerId: lakeside.organization, clinicId: river.organization },
      ...{ endedAt: undefined, tries: 0 },
    },
    { secret: 's', code: 'c' },
  )
  await storage.answerFiles.keepFiles(
    [
      {
        ...{ id: 'f', referralId: 'r', name: 'a.txt', type: 'text/plain', size: 1 },
        ...{ savedAt: at, savedBy: author, bytes: Buffer.from('a'), digest: 'd' },
      },
    ],
    lakeside.organization,
    { count: 1, bytes: 1 },
  )
  const sent = aReferral({ participants: [`Patient/${patient.id}`] })
  await storage.referrals.commit(aSubmission(sent, { resources: [patient] }))
  await storage.referrals.commit(aNextState(sent, { status: 'received' }))
  await storage.referrals.commit(aSubmission(aReferral()))
  const other = { referrerId: hilltop.organization, clinicId: summit.organization }
  await storage.referrals.commit(aSubmission(aReferral(other)))
}

const tasksOf = async (db: Database, viewer: Viewer): Promise<unknown> =>
  (await db.queryAs(viewer, countTasks))[0]?.n

t.test('OW1 G14 with the first wall down the matrix still shows nothing', async (t) =>
  tenantMatrix(t, await startWorld(t, { firstWall: false }), 'thin'),
)

t.test('OW1 the embedded database', async (t) => {
  const storage = await openTestStorage()
  t.teardown(() => storage.close())
  const template = await databaseTemplate()
  const db = await openPglite({ template })
  t.teardown(() => db.close())
  await t.test('a reader without a tenant sees no row', async (t) => {
    const rows = await db.transaction(async (tx) => {
      await tx.query('SET LOCAL ROLE referloop_reader')
      return tx.query(`SELECT ${countEach}`)
    })
    for (const [table, n] of Object.entries(rows[0] ?? {})) t.equal(n, 0, table)
  })
  await t.test('a reader cannot write, nor read what is not for tenants', async (t) => {
    for (const text of [
      'DELETE FROM referloop.resource',
      `UPDATE referloop.referral SET referrer_id = 'x'`,
      'SELECT * FROM referloop.spent_assertion',
      'SELECT * FROM referloop.status_report',
      'SELECT * FROM referloop.audit_seal',
      'SELECT * FROM pgboss.job',
      'SELECT secret FROM referloop.subscription',
      'SELECT secret_digest FROM referloop.answer_link',
    ])
      await t.rejects(db.queryAs(lakeside, text), /permission denied/, text)
  })
  await t.test('nothing of a viewer stays behind', async (t) => {
    await db.queryAs(lakeside, 'SELECT 1')
    await t.rejects(db.queryAs(lakeside, 'SELECT 1 / 0'))
    t.same(await db.query(leftover), [{ viewer: '', role: 'postgres' }])
  })
})

const leftover = `
  SELECT coalesce(current_setting('referloop.referrer', true), '')
    || coalesce(current_setting('referloop.clinic', true), '') AS viewer, current_user AS role`

const server = await startPostgres()
if ('skip' in server) {
  t.comment(server.skip)
  t.test('OW1 row-level security on PostgreSQL', { skip: server.skip }, async () => {})
} else {
  t.teardown(() => server.close())
  t.test('OW1 PostgreSQL, as an owner who is no superuser', async (t) => {
    const { url, drop } = await server.newDatabase()
    const owner = `owner_${randomUUID().slice(0, 8)}`
    const admin = await connectPostgres(url)
    const name = new URL(url).pathname.slice(1)
    await admin.script(`
      CREATE ROLE ${owner} LOGIN CREATEROLE PASSWORD 'made-up';
      ALTER DATABASE ${name} OWNER TO ${owner};
      DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'referloop_reader') THEN
          GRANT referloop_reader TO ${owner} WITH INHERIT FALSE, SET TRUE;
        END IF;
      END $$`)
    const own = new URL(url)
    own.username = owner
    own.password = 'made-up'
    const storage = await openStorage({ databaseUrl: own.href, now: () => new Date(), poolSize: 2 })
    const db = openPostgres(own.href, 2)
    t.teardown(async () => {
      await storage.close()
      await db.close()
      await admin.close()
      await drop()
    })
    await furnish(storage)

    await t.test('each sees its own, and a search counts its own', async (t) => {
      t.same(
        await Promise.all([lakeside, hilltop, river, summit].map((v) => tasksOf(db, v))),
        [2, 1, 1, 0],
      )
      const anyone = { tokens: [], order: 'ascending', count: 10 } as const
      for (const [viewer, total] of [
        [lakeside, 2],
        [hilltop, 1],
        [river, 1],
        [summit, 0],
      ] as const)
        t.equal((await storage.resources.search(viewer, 'Task', anyone)).total, total)
      const byToken = { ...anyone, tokens: [['identifier|urn:mrn|1']] }
      t.equal((await storage.resources.search(lakeside, 'Patient', byToken)).total, 1)
      t.equal((await storage.resources.search(river, 'Patient', byToken)).total, 1)
      t.equal((await storage.resources.search(hilltop, 'Patient', byToken)).total, 0)
    })

    await t.test('the owner without the service setting sees no row and writes none', async (t) => {
      const client = new pg.Client({ connectionString: own.href })
      await client.connect()
      t.teardown(() => client.end())
      const { rows } = await client.query<Record<string, number>>(`SELECT ${countEach}`)
      for (const [table, n] of Object.entries(rows[0] ?? {})) t.equal(n, 0, table)
      await client.query(`SET referloop.service = 'on'`)
      t.same((await client.query(countTasks)).rows, [{ n: 3 }])
      await client.query(`SET ROLE referloop_reader`)
      t.same((await client.query(countTasks)).rows, [{ n: 0 }], 'a reader without a tenant')
    })

    await t.test('pooled connections never carry a previous tenant', async (t) => {
      const expected = new Map<Viewer, number>([
        [lakeside, 2],
        [hilltop, 1],
        [river, 1],
        [summit, 0],
      ])
      const viewers = [...expected.keys()]
      await Promise.all(
        Array.from({ length: 400 }, async (_, i) => {
          const viewer = viewers[(i * 7 + (i >> 2)) % viewers.length] as Viewer
          if (i % 5 === 0)
            await db.queryAs(viewer, 'SELECT 1 / 0').then(
              () => t.fail('an error was lost'),
              () => {},
            )
          if (i % 3 === 0) {
            const [left] = await db.query(leftover)
            if (left?.viewer !== '' || left?.role !== owner) t.fail('a viewer stayed', { left })
          }
          const n = await tasksOf(db, viewer)
          if (n !== expected.get(viewer)) t.fail(`${viewer.organization} saw ${n}`)
        }),
      )
      t.pass('400 reads of four tenants over two connections')
    })

    await t.test('migrating again changes nothing', async (t) => {
      const again = await connectPostgres(own.href)
      t.teardown(() => again.close())
      t.ok((await migrateDatabase(again, 'postgres')) >= 3)
    })
  })
}
