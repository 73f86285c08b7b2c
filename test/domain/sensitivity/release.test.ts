import fc from 'fast-check'
import type { FhirResource, ServiceRequest } from 'fhir/r4'
import t from 'tap'
import { referencesIn } from '../../../src/domain/sensitivity/reference-names.ts'
import {
  decideRelease,
  isHeldAt,
  type Release,
  withheldAt,
} from '../../../src/domain/sensitivity/release.ts'
import { releasedView } from '../../../src/domain/sensitivity/released-view.ts'
import { aConsent, codesOf, opioidDependence, part2Label } from '../../security/part2-world.ts'

const now = '2026-11-22T12:00:00.000Z'
const subject = { reference: 'Patient/p' }
const request: ServiceRequest & { id: string } = {
  resourceType: 'ServiceRequest',
  id: 'r',
  status: 'active',
  intent: 'order',
  subject,
  requester: { reference: 'Practitioner/kim' },
  supportingInfo: [{ reference: 'Condition/c' }, { reference: 'Condition/pain' }],
}
const patient: FhirResource = { resourceType: 'Patient', id: 'p' }
const record = { ...opioidDependence(subject), id: 'c' } as FhirResource
const pain: FhirResource = { resourceType: 'Condition', id: 'pain', subject }
const parties = {
  patientId: 'p',
  discloser: { id: 'lakeside-family', npi: '1245319599' },
  recipient: { id: 'river-pain-clinic', npi: '1234567893' },
  now,
}
const decide = (support: readonly FhirResource[], order = request) =>
  decideRelease({ ...parties, request: order, support })
const consent = { ...aConsent(subject), id: 'k', meta: { security: [part2Label] } }

t.test('P2-04 where nothing is protected there is nothing to decide', async (t) => {
  t.equal(decide([patient, pain]), undefined)
  t.equal(releasedView(request, undefined, now), request)
})

t.test('P2-04 only what is protected is withheld', async (t) => {
  t.same(decide([patient, pain, record]), {
    withheld: { 'Condition/c': { reason: 'no-consent' } },
    consents: [],
  })
})

t.test(
  'P2-04 a consent releases until it ends; one that releases nothing stays here',
  async (t) => {
    const until = '2100-01-01T00:00:00.000Z'
    const release = decide([patient, record, consent])
    t.same(release?.consents, ['Consent/k'])
    t.same([...withheldAt(release, now).keys()], [])
    t.same([...withheldAt(release, until).keys()].sort(), ['Condition/c', 'Consent/k'])
    const revoked = { ...consent, id: 'l', status: 'inactive' as const, dateTime: '2026-11-20' }
    t.same(
      [...withheldAt(decide([patient, record, consent, revoked]), now)].map(
        ([name, { reason }]) => [name, reason],
      ),
      [
        ['Condition/c', 'not-active'],
        ['Consent/k', 'other-consent'],
        ['Consent/l', 'other-consent'],
      ],
    )
  },
)

t.test('P2-04 the referrer is told what is nearest to a release', async (t) => {
  const incomplete = { ...consent, performer: [] }
  const elsewhere = { ...consent, id: 'x', organization: [{ reference: 'Organization/x' }] }
  t.match(decide([patient, record, elsewhere, incomplete])?.withheld['Condition/c'], {
    reason: 'incomplete',
    missing: ['Consent.performer'],
  })
})

t.test('P2-04 what only withheld records refer to is withheld with them', async (t) => {
  const order: FhirResource = {
    resourceType: 'MedicationRequest',
    id: 'm',
    meta: { security: [part2Label] },
    status: 'active',
    intent: 'order',
    subject,
    requester: { reference: 'Practitioner/otp' },
    medicationReference: { reference: 'Medication/bup' },
  }
  const document: FhirResource = {
    resourceType: 'DocumentReference',
    id: 'd',
    meta: { security: [part2Label] },
    status: 'current',
    author: [{ reference: 'Practitioner/kim' }],
    content: [{ attachment: { url: 'https://ehr.example/fhir/Binary/b' } }],
  }
  const release = decide([
    patient,
    order,
    document,
    pain,
    { resourceType: 'Medication', id: 'bup' },
    { resourceType: 'Binary', id: 'b', contentType: 'text/plain' },
    { resourceType: 'Practitioner', id: 'otp' },
    { resourceType: 'Practitioner', id: 'kim' },
    {
      resourceType: 'Provenance',
      id: 'v',
      target: [{ reference: 'MedicationRequest/m' }],
      recorded: now,
      agent: [{ who: { reference: 'Organization/program' } }],
    },
    { resourceType: 'Organization', id: 'program' },
  ])
  t.same(Object.keys(release?.withheld ?? {}).sort(), [
    'Binary/b',
    'DocumentReference/d',
    'Medication/bup',
    'MedicationRequest/m',
    'Organization/program',
    'Practitioner/otp',
    'Provenance/v',
  ])
})

t.test('P2-04 an order or a patient that is protected holds the whole referral', async (t) => {
  const order = { ...request, meta: { security: [part2Label] } }
  t.ok(isHeldAt(decide([patient], order), now))
  t.ok(isHeldAt(decide([{ ...patient, meta: { security: [part2Label] } }]), now))
  const release = decide([patient, consent], order)
  t.notOk(isHeldAt(release, now))
  t.ok(isHeldAt(release, '2100-01-01T00:00:00.000Z'))
})

const types = [
  'Condition',
  'Observation',
  'Provenance',
  'Binary',
  'Practitioner',
  'Consent',
] as const
const names = types.flatMap((type) => [`${type}/1`, `${type}/2`])
const graph = fc.array(
  fc.record({
    name: fc.constantFrom(...names),
    isProtected: fc.boolean(),
    links: fc.array(fc.constantFrom(...names), { maxLength: 4 }),
    list: fc.boolean(),
  }),
  { maxLength: 12 },
)

t.test('P2-04 no released resource refers to a withheld one: 3,000 referrals', async (t) => {
  let withheldCount = 0
  fc.assert(
    fc.property(graph, fc.array(fc.constantFrom(...names)), (nodes, listed) => {
      const support = [...new Map(nodes.map((each) => [each.name, each])).values()].map(
        ({ name, isProtected, links, list }) => {
          const [resourceType, id] = name.split('/')
          const references = links.map((reference) => ({ reference }))
          return {
            resourceType,
            id,
            ...(isProtected ? { meta: { security: [part2Label] } } : {}),
            ...(resourceType === 'Provenance' ? { target: references } : {}),
            ...(list ? { some: references } : { one: references[0], link: { url: links[1] } }),
          } as unknown as FhirResource
        },
      )
      const order = { ...request, supportingInfo: listed.map((reference) => ({ reference })) }
      const release = decide([patient, ...support], order) as Release | undefined
      const withheld = withheldAt(release, now)
      withheldCount += withheld.size
      return [order as FhirResource, patient, ...support]
        .filter(({ resourceType, id }) => !withheld.has(`${resourceType}/${id}`))
        .every((each) => {
          const view = releasedView(each, release, now)
          const isProtected = codesOf(each).includes('42CFRPart2')
          return !isProtected && [...referencesIn(view)].every((name) => !withheld.has(name))
        })
    }),
    { numRuns: 3_000 },
  )
  t.ok(withheldCount > 3_000, `${withheldCount} withheld`)
})

t.test('P2-04 a view leaves out of lists and masks what stands alone', async (t) => {
  const release = decide([patient, pain, record])
  const view = releasedView(request, release, now)
  t.same(view.supportingInfo, [{ reference: 'Condition/pain' }])
  t.same(codesOf(view), ['REDACTED'])
  const alone: FhirResource = {
    resourceType: 'Procedure',
    status: 'completed',
    subject,
    reasonReference: [{ reference: 'Condition/c/_history/2', display: 'Opioid dependence' }],
  }
  t.same((releasedView(alone, release, now) as typeof alone).reasonReference, [
    {
      extension: [
        { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' },
      ],
    },
  ])
})
