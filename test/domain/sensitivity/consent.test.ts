import type { Consent, FhirResource } from 'fhir/r4'
import t from 'tap'
import {
  type Disclosure,
  isRevokedBy,
  judgeConsent,
  missingElements,
} from '../../../src/domain/sensitivity/consent.ts'
import { aConsent, opioidDependence, part2Label } from '../../security/part2-world.ts'

const patient = { reference: 'Patient/p' }
const record = { ...opioidDependence(patient), id: 'c' } as FhirResource
const disclosure: Disclosure = {
  record,
  patientId: 'p',
  discloser: { id: 'lakeside-family', npi: '1245319599' },
  recipient: { id: 'river-pain-clinic', npi: '1234567893' },
  now: '2026-11-22T12:00:00.000Z',
  resolve: () => undefined,
}
const consent = (wishes: Partial<Consent> = {}): Consent => ({
  ...aConsent(patient, wishes),
  id: 'k',
})
const full = consent()
const provision = full.provision as NonNullable<Consent['provision']>
const withProvision = (change: Partial<typeof provision>): Consent => ({
  ...full,
  provision: { ...provision, ...change },
})
const verdictOf = (each: Consent, about: Disclosure = disclosure): string => {
  const verdict = judgeConsent(each, about)
  return verdict.allows ? 'allows' : verdict.refusal
}

const roles = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType'
const named = (value: string, display: string) => ({
  identifier: { system: 'http://hl7.org/fhir/sid/us-npi', value },
  display,
})
const recipient = (reference: object) => ({
  role: { coding: [{ system: roles, code: 'IRCP' }] },
  reference,
})

t.test('P2-04 a consent with every element of §2.31 allows until it ends', async (t) => {
  t.same(judgeConsent(full, disclosure), { allows: true, until: '2100-01-01T00:00:00.000Z' })
})

t.test('P2-04 each element of §2.31 is required, and named when it is missing', async (t) => {
  const without: readonly (readonly [path: string, each: Consent])[] = [
    ['Consent.patient', { ...full, patient: {} }],
    ['Consent.organization', { ...full, organization: [] }],
    ['Consent.provision.actor', withProvision({ actor: [] })],
    ['Consent.provision.purpose', withProvision({ purpose: [] })],
    ['Consent.provision.securityLabel', withProvision({ securityLabel: [] })],
    ['Consent.provision.period', withProvision({ period: { start: '2026-01-01' } })],
    ['Consent.dateTime', (({ dateTime: _gone, ...rest }) => rest)(full)],
    ['Consent.performer', { ...full, performer: [] }],
    ['Consent.policyRule', (({ policyRule: _gone, ...rest }) => rest)(full)],
  ]
  for (const [path, each] of without) {
    t.same(missingElements(each), [path], path)
    t.same(judgeConsent(each, disclosure), {
      allows: false,
      refusal: 'incomplete',
      missing: [path],
    })
  }
})

t.test('P2-04 a consent that does not fit the disclosure does not allow it', async (t) => {
  const cases: readonly (readonly [refusal: string, each: Consent])[] = [
    ['not-active', { ...full, status: 'inactive' }],
    ['not-active', { ...full, status: 'draft' }],
    ['not-active', withProvision({ type: 'deny' })],
    ['other-parties', { ...full, patient: { reference: 'Patient/q' } }],
    ['other-parties', { ...full, organization: [{ reference: 'Organization/another' }] }],
    ['other-parties', withProvision({ actor: [recipient({ reference: 'Organization/x' })] })],
    ['other-parties', withProvision({ actor: [recipient({ display: 'My insurance' })] })],
    ['other-parties', { ...full, organization: [named('1003000126', 'Hilltop')] }],
    ['other-parties', withProvision({ actor: [recipient(named('1100000003', 'Summit'))] })],
    [
      'other-parties',
      withProvision({ actor: [recipient(named('1100000003', 'treating provider'))] }),
    ],
    ['not-now', withProvision({ period: { start: '2026-01-01', end: '2026-11-21' } })],
    ['not-now', withProvision({ period: { start: '2026-11-23', end: '2027-01-01' } })],
    ['out-of-scope', withProvision({ purpose: [{ code: 'HMARKT' }] })],
    ['out-of-scope', withProvision({ securityLabel: [{ ...part2Label, code: 'HIV' }] })],
    ['out-of-scope', withProvision({ class: [{ code: 'Observation' }] })],
    ['out-of-scope', withProvision({ code: [{ coding: [{ code: 'F10.20' }] }] })],
    ['out-of-scope', withProvision({ code: [{ coding: [{}] }] })],
    [
      'out-of-scope',
      withProvision({ data: [{ meaning: 'instance', reference: { reference: 'Condition/d' } }] }),
    ],
    [
      'out-of-scope',
      withProvision({ provision: [{ type: 'deny', class: [{ code: 'Condition' }] }] }),
    ],
  ]
  for (const [refusal, each] of cases) t.equal(verdictOf(each), refusal, JSON.stringify(each))
})

t.test('P2-04 the parties may be named in several ways', async (t) => {
  const byReference = withProvision({
    actor: [recipient({ reference: 'Organization/river-pain-clinic' })],
  })
  const treating = withProvision({
    actor: [recipient({ display: 'My treating providers' })],
    period: { start: '2026-01-01' },
  })
  t.equal(verdictOf(byReference), 'allows')
  t.same(judgeConsent(treating, disclosure), { allows: true, until: undefined })
  const organization: FhirResource = {
    resourceType: 'Organization',
    id: 'o',
    identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1245319599' }],
  }
  const resolved = { ...full, organization: [{ reference: 'Organization/o' }] }
  t.equal(verdictOf(resolved, { ...disclosure, resolve: () => organization }), 'allows')
})

t.test('P2-04 the last day of the period still counts', async (t) => {
  const lastDay = withProvision({ period: { start: '2026-11-01', end: '2026-11-22' } })
  t.equal(verdictOf(lastDay), 'allows')
  t.equal(verdictOf(lastDay, { ...disclosure, now: '2026-11-23T00:00:00.000Z' }), 'not-now')
})

t.test('P2-04 a patient may take a consent back', async (t) => {
  const revoked = (other: Partial<Consent>) =>
    isRevokedBy(full, { ...consent(), id: 'later', dateTime: '2026-11-10', ...other }, disclosure)
  const identifier = full.identifier as NonNullable<Consent['identifier']>
  t.ok(revoked({ identifier, status: 'inactive' }), 'a later version that is not active')
  t.ok(revoked({ identifier, provision: { ...provision, type: 'deny' } }), 'or that denies')
  t.ok(revoked({ identifier, provision: { ...provision, purpose: [] } }), 'or that says less')
  t.ok(revoked({ status: 'inactive', sourceReference: { reference: 'Consent/k' } }))
  t.ok(revoked({ provision: { type: 'deny' } }), 'a denial of everything')
  t.ok(revoked({ provision: { type: 'deny', securityLabel: [part2Label] } }))
  t.notOk(revoked({ provision: { type: 'deny', class: [{ code: 'Observation' }] } }))
  t.notOk(revoked({ provision: { type: 'deny' }, patient: { reference: 'Patient/q' } }))
  t.notOk(revoked({ status: 'inactive' }), 'another consent that is not active')
  t.notOk(revoked({ identifier, status: 'entered-in-error' }))
  t.notOk(revoked({ identifier, status: 'inactive', dateTime: '2026-10-01' }), 'an earlier one')
  t.notOk(isRevokedBy(full, full, disclosure))
})

t.test('P2-08 a counselling note needs a consent that names it', async (t) => {
  const note: FhirResource = {
    resourceType: 'DocumentReference',
    id: 'n',
    status: 'current',
    meta: { security: [part2Label, { ...part2Label, code: 'PSYTHPN' }] },
    content: [],
  }
  const about = { ...disclosure, record: note }
  t.equal(verdictOf(full, about), 'counseling-note')
  const named = withProvision({
    data: [{ meaning: 'instance', reference: { reference: 'DocumentReference/n' } }],
  })
  t.equal(verdictOf(named, about), 'allows')
  const separate = withProvision({ securityLabel: [{ ...part2Label, code: 'PSYTHPN' }] })
  t.equal(verdictOf(separate, about), 'allows')
})
