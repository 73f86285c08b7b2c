import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Viewer } from '../../src/domain/access/caller.ts'
import type { Referral } from '../../src/domain/referral/referral.ts'
import type { Storage } from '../../src/storage/open.ts'
import { aNextState, aReferral, aResource, aSubmission } from '../helpers/referral-change.ts'
import { type Engine, hilltop, lakeside, river, summit } from './contract.ts'

/** Every way to read, and whether it shows the referral (true), or nothing of it (false). */
async function sight(storage: Storage, viewer: Viewer, referral: Referral, patientId: string) {
  const { referrals, resources } = storage
  const anyone = { tokens: [], order: 'ascending', count: 1000 } as const
  const listed = async (type: string, id: string) => {
    const { rows, total } = await resources.search(viewer, type, anyone)
    if (rows.length !== total) throw new Error(`${rows.length} rows, ${total} in total`)
    return rows.some((row) => row.id === id)
  }
  const some = (rows: readonly unknown[]) => rows.length > 0
  const { taskId } = referral
  return {
    find: (await referrals.find(referral.id, viewer)) !== undefined,
    findByTask: (await referrals.findByTask(taskId, viewer)) !== undefined,
    read: (await resources.read(viewer, 'ServiceRequest', referral.id)) !== undefined,
    readVersion: (await resources.readVersion(viewer, 'Task', taskId, 1)) !== undefined,
    history: some(await resources.history(viewer, 'Task', taskId, 9)),
    readMany: some(await resources.readMany(viewer, [`Task/${taskId}`])),
    search: await listed('Task', taskId),
    sharedRead: (await resources.read(viewer, 'Patient', patientId)) !== undefined,
    sharedVersion: (await resources.readVersion(viewer, 'Patient', patientId, 1)) !== undefined,
    sharedHistory: some(await resources.history(viewer, 'Patient', patientId, 9)),
    sharedReadMany: some(await resources.readMany(viewer, [`Patient/${patientId}`])),
    sharedSearch: await listed('Patient', patientId),
  }
}

export async function viewerContract(t: Test, { openFresh }: Engine): Promise<void> {
  const storage = await openFresh(t)
  const patient = aResource('Patient', randomUUID(), 1, { sharedIdentifiers: [], digest: 'd' })
  const referral = aReferral({ participants: [`Patient/${patient.id}`] })
  await storage.referrals.commit(aSubmission(referral, { resources: [patient] }))

  const sees = async (t: Test, viewer: Viewer, everything: boolean) => {
    const seen = await sight(storage, viewer, referral, patient.id)
    for (const [way, shown] of Object.entries(seen))
      t.equal(shown, everything, `${viewer.organization} ${way}`)
  }

  await t.test('before it is with the clinic, only its referrer sees a referral', async (t) => {
    await sees(t, lakeside, true)
    for (const viewer of [hilltop, river, summit]) await sees(t, viewer, false)
  })

  await t.test('a role does not open what another role of that name owns', async (t) => {
    await sees(t, { role: 'clinic', organization: 'lakeside-family' }, false)
    await sees(t, { role: 'referrer', organization: 'river-pain-clinic' }, false)
  })

  const received = aNextState(referral, {
    status: 'received',
    businessStatus: 'awaiting-triage',
    updatedAt: '2026-03-02T11:00:00.000Z',
  })
  await storage.referrals.commit(received)

  await t.test('once it is with the clinic, this clinic sees it and no other', async (t) => {
    await sees(t, lakeside, true)
    await sees(t, river, true)
    for (const viewer of [hilltop, summit]) await sees(t, viewer, false)
  })

  await t.test('the clinic keeps seeing it when it is cancelled afterwards', async (t) => {
    const cancelled = { status: 'cancelled', businessStatus: 'cancelled' } as const
    await storage.referrals.commit(aNextState(received.referral, cancelled))
    await sees(t, river, true)
  })

  await t.test('the clinic never sees one that was cancelled before it was sent', async (t) => {
    const other = aReferral()
    await storage.referrals.commit(aSubmission(other))
    const cancelled = { status: 'cancelled', businessStatus: 'cancelled' } as const
    await storage.referrals.commit(aNextState(other, cancelled))
    t.equal(await storage.referrals.find(other.id, river), undefined)
    t.equal(await storage.resources.read(river, 'Task', other.taskId), undefined)
    t.match(await storage.referrals.find(other.id, lakeside), { status: 'cancelled' })
  })

  await t.test('a shared resource that no referral of theirs names stays hidden', async (t) => {
    const stranger = aResource('Patient', randomUUID(), 1, { sharedIdentifiers: [] })
    await storage.referrals.commit(aSubmission(aReferral(), { resources: [stranger] }))
    t.equal(await storage.resources.read(river, 'Patient', stranger.id), undefined)
    t.match(await storage.resources.read(lakeside, 'Patient', stranger.id), { id: stranger.id })
  })

  await t.test('naming a foreign resource as participant does not open it', async (t) => {
    const thief = aReferral({
      referrerId: 'hilltop-internal',
      clinicId: 'summit-pain-center',
      participants: [`Patient/${patient.id}`],
    })
    await storage.referrals.commit(aSubmission(thief))
    await storage.referrals.commit(aNextState(thief, { status: 'received' }))
    t.equal(await storage.resources.read(summit, 'Patient', patient.id), undefined)
    const own = await storage.referrals.resources(thief)
    t.notOk(own.some(({ id }) => id === patient.id))
  })
}
