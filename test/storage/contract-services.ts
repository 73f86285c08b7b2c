import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Referral } from '../../src/domain/referral/referral.ts'
import { aNextState, aReferral, aSubmission } from '../helpers/referral-change.ts'
import type { Engine } from './contract.ts'

const pain = 'http://snomed.info/sct|306265007'
const other = 'http://snomed.info/sct|103696004'

/** A new referral that claims services for its patient. */
const claiming = (referral: Referral, services = [pain], from: readonly string[] = []) => ({
  ...aSubmission(referral),
  claim: { services, from },
})
const ofPatient = (patientId: string, facts: Partial<Referral> = {}) =>
  aReferral({ patientId, ...facts })

export async function serviceContract(t: Test, { openFresh }: Engine): Promise<void> {
  await t.test('a hundred at once for one patient and service make one', async (t) => {
    const { referrals } = await openFresh(t)
    const patient = randomUUID()
    const all = Array.from({ length: 100 }, () => ofPatient(patient))
    const outcomes = await Promise.all(all.map((each) => referrals.commit(claiming(each))))
    const kept = all.filter((_, i) => outcomes[i] === 'committed')
    t.equal(kept.length, 1)
    t.equal(outcomes.filter((outcome) => outcome === 'duplicate').length, 99)
    const [first] = kept as [Referral]
    t.equal(await referrals.findOpen(first, [other, pain]), first.id, 'which is told')
    for (const each of all)
      t.equal(
        (await referrals.find(each.id)) !== undefined,
        each.id === first.id,
        'the others left nothing',
      )
  })

  await t.test('patients, clinics, services and referrers are told apart', async (t) => {
    const { referrals } = await openFresh(t)
    const patient = randomUUID()
    for (const [what, referral, services] of [
      ['the first', ofPatient(patient), [pain]],
      ['another patient', ofPatient(randomUUID()), [pain]],
      ['another clinic', ofPatient(patient, { clinicId: 'summit-pain-center' }), [pain]],
      ['another service', ofPatient(patient), [other]],
      ['another practice', ofPatient(patient, { referrerId: 'hilltop-internal' }), [pain]],
      ['nothing that is coded', ofPatient(patient), []],
    ] as const)
      t.equal(await referrals.commit(claiming(referral, [...services])), 'committed', what)
    t.equal(await referrals.commit(aSubmission(ofPatient(patient))), 'committed', 'no claim')
    const both = await referrals.commit(claiming(ofPatient(patient), ['urn:local|1', pain]))
    t.equal(both, 'duplicate', 'one code in common is enough')
    const stranger = { referrerId: 'nobody', clinicId: 'river-pain-clinic', patientId: patient }
    t.equal(await referrals.findOpen(stranger, [pain]), undefined)
  })

  await t.test('what closes, or is taken back, makes room', async (t) => {
    const { referrals } = await openFresh(t)
    const ends = [
      { status: 'completed', businessStatus: 'completed' },
      { status: 'cancelled', businessStatus: 'cancelled' },
      { status: 'rejected', businessStatus: 'declined' },
      { status: 'failed', businessStatus: 'failed' },
      { status: 'accepted', businessStatus: 'cancellation-requested' },
    ] as const
    const patient = randomUUID()
    for (const end of ends) {
      const referral = ofPatient(patient)
      t.equal(await referrals.commit(claiming(referral)), 'committed')
      t.equal(await referrals.commit(claiming(ofPatient(patient))), 'duplicate')
      await referrals.commit(aNextState(referral, end))
    }
    t.equal(await referrals.commit(claiming(ofPatient(patient))), 'committed')
  })

  await t.test('one that replaces another takes its place with it, or not at all', async (t) => {
    const { referrals } = await openFresh(t)
    const patient = randomUUID()
    const former = ofPatient(patient)
    await referrals.commit(claiming(former))
    const next = ofPatient(patient)
    const taken = aNextState(former, { status: 'cancelled', businessStatus: 'cancelled' })
    const stale = { ...taken, expectedVersion: 7 }
    t.equal(await referrals.commit(claiming(next, [pain], [former.id]), stale), 'stale')
    t.equal(await referrals.find(next.id), undefined)
    t.equal(await referrals.commit(claiming(next, [pain], [former.id]), taken), 'committed')
    t.equal((await referrals.find(former.id))?.status, 'cancelled')
    t.equal(await referrals.findOpen(next, [pain]), next.id)
    const third = claiming(ofPatient(patient), [pain], [former.id])
    t.equal(await referrals.commit(third), 'duplicate', 'nobody takes from the wrong one')
  })

  await t.test('an order that is changed to another service leaves the first', async (t) => {
    const { referrals } = await openFresh(t)
    const patient = randomUUID()
    const referral = ofPatient(patient)
    await referrals.commit(claiming(referral))
    const changed = { ...aNextState(referral, {}), claim: { services: [other], from: [] } }
    t.equal(await referrals.commit(changed), 'committed')
    t.equal(await referrals.commit(claiming(ofPatient(patient))), 'committed')
    t.equal(await referrals.commit(claiming(ofPatient(patient), [other])), 'duplicate')
  })
}
