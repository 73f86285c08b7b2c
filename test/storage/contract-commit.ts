import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { CommitOutcome } from '../../src/domain/referral/ports.ts'
import { aNextState, aReferral, aResource, aSubmission } from '../helpers/referral-change.ts'
import { type Engine, lakeside } from './contract.ts'

const count = (outcomes: readonly CommitOutcome[], wanted: CommitOutcome) =>
  outcomes.filter((outcome) => outcome === wanted).length

export async function commitContract(t: Test, { openFresh }: Engine): Promise<void> {
  const storage = await openFresh(t)
  const { referrals, resources } = storage

  await t.test('gives back what was committed, to the letter', async (t) => {
    const referral = aReferral({
      identifiers: ['urn:x|1', 'urn:x|2"\\{},'].map((text) => text + randomUUID()),
      submitted: ['Patient/b', 'Patient/a', 'Patient/b'],
      participants: ['Patient/b', 'Patient/a'],
      priority: 'stat',
      delivery: {
        state: 'queued',
        lastError: 'said "no"\u0000',
        fetched: { 'Task/9': 'Task/1' },
      },
    })
    const content =
      '{"resourceType":"Observation","value":1.10,"note":"käse 🧀 \\u0000 \\ud800 \\\\"}'
    const odd = aResource('Observation', randomUUID(), 1, { content })
    t.equal(await referrals.commit(aSubmission(referral, { resources: [odd] })), 'committed')
    t.strictSame(await referrals.find(referral.id), referral)
    t.strictSame(await referrals.findByTask(referral.taskId), referral)
    const { tokens: _, ...stored } = odd
    t.strictSame(await resources.read(lakeside, 'Observation', odd.id), stored)
    t.same((await referrals.resources(referral)).map(({ type }) => type).sort(), [
      'Observation',
      'ServiceRequest',
      'Task',
    ])
  })

  await t.test('takes a change that writes next to nothing', async (t) => {
    const referral = aReferral({ identifiers: [], submitted: [] })
    const bare = { referral, expectedVersion: 0, resources: [], audit: [], jobs: [] }
    t.equal(await referrals.commit(bare), 'committed')
    const next = { ...bare, referral: { ...referral, version: 2 }, expectedVersion: 1 }
    t.equal(await referrals.commit(next), 'committed')
    t.strictSame(await referrals.find(referral.id), next.referral)
    t.same(await referrals.resources(referral), [])
  })

  await t.test('intake learns in one go what is known', async (t) => {
    const referral = aReferral()
    const patient = aResource('Patient', randomUUID(), 1, {
      sharedIdentifiers: [`mrn|${referral.id}`, 'mrn|with|bars'],
      digest: 'd1',
    })
    await referrals.commit(aSubmission(referral, { resources: [patient] }))
    const asked = [`Patient|mrn|${referral.id}`, 'Patient|mrn|with|bars', 'Patient|mrn|other']
    const references = [`Task/${referral.taskId}`, 'Task/none', 'nonsense']
    const known = await referrals.lookUp(
      'lakeside-family',
      ['urn:other|1', referral.identifiers[0] ?? ''],
      asked,
      references,
    )
    t.strictSame(known.referral, referral)
    const expected = { type: 'Patient', id: patient.id, version: 1, digest: 'd1' }
    t.strictSame(
      [...known.shared],
      [
        [asked[0], expected],
        [asked[1], expected],
      ],
    )
    t.same(
      known.visible.map(({ id }) => id),
      [referral.taskId],
    )
    const stranger = await referrals.lookUp(
      'hilltop-internal',
      referral.identifiers,
      asked,
      references,
    )
    t.same(stranger, { referral: undefined, shared: new Map(), visible: [] })
  })

  await t.test('keeps every version', async (t) => {
    const referral = aReferral()
    await referrals.commit(aSubmission(referral))
    const second = aNextState(referral, { status: 'received', businessStatus: 'awaiting-triage' })
    t.equal(await referrals.commit(second), 'committed')
    t.equal(
      await referrals.commit(
        aNextState(second.referral, { status: 'accepted', delivery: { state: 'delivered' } }),
      ),
      'committed',
    )
    t.match(await referrals.find(referral.id), { version: 3, status: 'accepted' })
    const versions = (rows: readonly { version: number }[]) => rows.map(({ version }) => version)
    const { taskId } = referral
    t.same(versions(await resources.history(lakeside, 'Task', taskId, 10)), [3, 2, 1])
    t.same(versions(await resources.history(lakeside, 'Task', taskId, 2)), [3, 2])
    t.same(versions(await resources.history(lakeside, 'Task', taskId, 10, 2)), [1])
    for (const version of [1, 2, 3])
      t.match(await resources.readVersion(lakeside, 'Task', taskId, version), { version })
    t.equal(await resources.readVersion(lakeside, 'Task', taskId, 4), undefined)
    t.match(await resources.read(lakeside, 'Task', taskId), { version: 3 })
  })

  await t.test('refuses a gap between versions, whole', async (t) => {
    const referral = aReferral()
    await referrals.commit(aSubmission(referral))
    const fresh = aResource('Observation', randomUUID())
    for (const version of [3, 1]) {
      const change = aNextState(referral, { status: 'received' })
      const gap = { ...change, resources: [aResource('Task', referral.taskId, version), fresh] }
      t.equal(await referrals.commit(gap), 'stale')
    }
    t.match(await referrals.find(referral.id), { version: 1, status: 'requested' })
    t.equal(await resources.read(lakeside, 'Observation', fresh.id), undefined)
    t.equal((await resources.history(lakeside, 'Task', referral.taskId, 9)).length, 1)
    const unknown = aReferral({ version: 5 })
    t.equal(await referrals.commit(aNextState(unknown, {})), 'stale')
  })

  await t.test('F10 S3: takes one of a hundred identical submissions', async (t) => {
    const identifiers = [`urn:same|${randomUUID()}`]
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => referrals.commit(aSubmission(aReferral({ identifiers })))),
    )
    t.equal(count(outcomes, 'committed'), 1)
    t.equal(count(outcomes, 'identifier-taken'), 99)
    const other = aReferral({ identifiers, referrerId: 'hilltop-internal' })
    t.equal(await referrals.commit(aSubmission(other)), 'committed', 'another referrer may use it')
  })

  await t.test('takes one of many that overlap in any of their identifiers', async (t) => {
    const [a, b] = [`urn:a|${randomUUID()}`, `urn:b|${randomUUID()}`]
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        referrals.commit(aSubmission(aReferral({ identifiers: i % 2 ? [a, b] : [b, a] }))),
      ),
    )
    t.equal(count(outcomes, 'committed'), 1)
    t.equal(count(outcomes, 'identifier-taken'), 39)
  })

  await t.test('F11 S3: of fifty writers, as many succeed as there are versions', async (t) => {
    const referral = aReferral()
    await referrals.commit(aSubmission(referral))
    let committed = 0
    let stale = 0
    const write = async () => {
      for (;;) {
        const current = await referrals.find(referral.id)
        if (!current) throw new Error('lost')
        const outcome = await referrals.commit(aNextState(current, { status: 'received' }))
        if (outcome === 'committed') return committed++
        stale++
      }
    }
    await Promise.all(Array.from({ length: 50 }, write))
    t.equal(committed, 50)
    t.ok(stale > 0, 'they did get in one another’s way')
    t.match(await referrals.find(referral.id), { version: 51 })
    const history = await resources.history(lakeside, 'Task', referral.taskId, 100)
    t.same(
      history.map(({ version }) => version),
      Array.from({ length: 51 }, (_, i) => 51 - i),
    )
  })

  await t.test('leaves nothing behind when one part is refused', async (t) => {
    const first = aReferral()
    const mrn = `mrn|${first.id}`
    const known = aResource('Patient', randomUUID(), 1, { sharedIdentifiers: [mrn] })
    await referrals.commit(aSubmission(first, { resources: [known] }))
    const before = await storage.jobs.depth()

    const second = aReferral()
    const rival = aResource('Patient', randomUUID(), 1, { sharedIdentifiers: [mrn] })
    const refused = aSubmission(second, {
      resources: [rival],
      jobs: [{ queue: 'deliver', referralId: second.id }],
    })
    t.equal(await referrals.commit(refused), 'identifier-taken')
    t.equal(await referrals.find(second.id), undefined)
    t.equal(await resources.read(lakeside, 'Patient', rival.id), undefined)
    t.equal(await resources.read(lakeside, 'ServiceRequest', second.id), undefined)
    t.same(await storage.jobs.depth(), before)
    t.equal(await referrals.commit(aSubmission(second)), 'committed', 'its identifier is free')
  })

  await t.test('answers each of many that commit together for itself', async (t) => {
    const taken = aReferral()
    await referrals.commit(aSubmission(taken))
    const moved = aReferral()
    await referrals.commit(aSubmission(moved))
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, i) => {
        if (i % 10 === 3)
          return referrals.commit(aSubmission(aReferral({ identifiers: taken.identifiers })))
        if (i % 10 === 6) return referrals.commit(aNextState(moved, { status: 'received' }))
        return referrals.commit(aSubmission())
      }),
    )
    t.same(
      outcomes.filter((_, i) => i % 10 === 3),
      ['identifier-taken', 'identifier-taken', 'identifier-taken'],
    )
    t.same(outcomes.filter((_, i) => i % 10 === 6).sort(), ['committed', 'stale', 'stale'])
    t.equal(count(outcomes, 'committed'), 25)
  })

  await t.test('makes one shared resource out of two that arrive together', async (t) => {
    const mrn = `mrn|${randomUUID()}`
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => {
        const patient = aResource('Patient', randomUUID(), 1, { sharedIdentifiers: [mrn] })
        return referrals.commit(aSubmission(aReferral(), { resources: [patient] }))
      }),
    )
    t.equal(count(outcomes, 'committed'), 1)
    t.equal(count(outcomes, 'identifier-taken'), 9)
  })

  await t.test('replaces a shared resource only on the version that was read', async (t) => {
    const id = randomUUID()
    const patient = (version: number) =>
      aResource('Patient', id, version, { sharedIdentifiers: [`mrn|${id}`], digest: `${version}` })
    await referrals.commit(aSubmission(aReferral(), { resources: [patient(1)] }))
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () =>
        referrals.commit(aSubmission(aReferral(), { resources: [patient(2)] })),
      ),
    )
    t.equal(count(outcomes, 'committed'), 1)
    t.equal(count(outcomes, 'stale'), 4)
    const { shared } = await referrals.lookUp('lakeside-family', [], [`Patient|mrn|${id}`], [])
    t.match(shared.get(`Patient|mrn|${id}`), { version: 2, digest: '2' })
    t.equal((await resources.history(lakeside, 'Patient', id, 9)).length, 2)
  })

  await t.test('cannot replace what another referral or referrer owns', async (t) => {
    const owner = aReferral()
    await referrals.commit(aSubmission(owner))
    const thief = aReferral({ referrerId: 'hilltop-internal' })
    const theft = aSubmission(thief, { resources: [aResource('Task', owner.taskId, 2)] })
    t.equal(await referrals.commit(theft), 'stale')
    const sibling = aSubmission(aReferral(), { resources: [aResource('Task', owner.taskId, 2)] })
    t.equal(await referrals.commit(sibling), 'stale')
    t.match(await resources.read(lakeside, 'Task', owner.taskId), { version: 1 })
  })
}
