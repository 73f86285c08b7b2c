import type { Bundle, Condition, Observation, Organization, Patient, ServiceRequest } from 'fhir/r4'
import t from 'tap'
import { Problem } from '../../../src/domain/problem.ts'
import {
  packetOf,
  packetOfBundle,
  packetOfServiceRequest,
  referenceOf,
} from '../../../src/domain/screening/packet.ts'
import { bundleOf, code, condition, icd } from './build.ts'

const isClinic = ({ display }: { display?: string }) => display === 'clinic'
const referral = (more: Partial<ServiceRequest> = {}): ServiceRequest => ({
  resourceType: 'ServiceRequest',
  id: 'r',
  status: 'active',
  intent: 'order',
  subject: { reference: 'Patient/p' },
  ...more,
})
const patient: Patient = {
  resourceType: 'Patient',
  id: 'p',
  identifier: [{ system: 'urn:mrn', value: '1' }],
}
const about = (subject: Condition['subject'], id = 'c'): Condition => ({
  resourceType: 'Condition',
  id,
  subject,
})
const stored = (...resources: (Condition | Patient | Observation)[]) =>
  packetOf(
    resources.map((resource) => ({ reference: referenceOf(resource) ?? '', resource })),
    { reference: 'ServiceRequest/r', resource: referral() },
  )

t.test('a Bundle has one active referral to a clinic', async (t) => {
  const bundle = bundleOf()
  t.equal(packetOfBundle(bundle, isClinic).referral.reference, 'urn:uuid:0')
  t.throws(() => packetOfBundle(bundleOf({ referral: { status: 'draft' } }), isClinic), {
    code: 'no-referral',
  })
  t.throws(
    () => packetOfBundle(bundleOf({ referral: { performer: undefined } }), isClinic),
    Problem,
  )
  const operation = referral({
    performer: [{ display: 'surgeon' }],
    subject: { reference: 'urn:uuid:patient' },
  })
  t.equal(
    packetOfBundle(bundleOf({ add: [operation] }), isClinic).ofType('ServiceRequest').length,
    1,
  )
  t.throws(
    () =>
      packetOfBundle(
        bundleOf({ add: [referral({ performer: [{ display: 'clinic' }] })] }),
        isClinic,
      ),
    {
      code: 'many-referrals',
    },
  )
  t.throws(() => packetOfBundle({ resourceType: 'Bundle', type: 'transaction' }, isClinic), {
    code: 'no-referral',
  })
})

const organization: Organization = { resourceType: 'Organization', name: 'River' }

t.test('the performer may be an Organization that came along', async (t) => {
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl: 'urn:uuid:o', resource: organization },
      { fullUrl: 'urn:uuid:r', resource: referral({ performer: [{ reference: 'urn:uuid:o' }] }) },
    ],
  }
  const found = packetOfBundle(bundle, (_, found) => found?.resourceType === 'Organization')
  t.equal(found.referral.reference, 'urn:uuid:r')
})

t.test('evidence is known by fullUrl, by type and id, or inside the referral', async (t) => {
  const inBundle = packetOfBundle(bundleOf(), isClinic)
  t.equal(inBundle.ofType('Condition')[0]?.reference, 'urn:uuid:1')
  t.equal(inBundle.subject, 'urn:uuid:patient')
  t.equal(
    stored(patient, about({ reference: 'Patient/p' })).ofType('Condition')[0]?.reference,
    'Condition/c',
  )
  const contained = packetOfServiceRequest(
    referral({
      subject: { reference: '#p' },
      contained: [patient, about({ reference: '#p' })] as never,
    }),
  )
  t.equal(contained.ofType('Condition')[0]?.reference, 'ServiceRequest/r#c')
  t.equal(contained.patient?.resource.id, 'p')
  const noId = packetOfServiceRequest({ ...referral(), id: undefined } as never, 'urn:uuid:x')
  t.equal(noId.referral.reference, 'urn:uuid:x')
})

t.test('an entry without fullUrl is known by type and id, or by its place', async (t) => {
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { resource: referral({ performer: [{ display: 'clinic' }] }) },
      { resource: about({ reference: 'Patient/p' }) },
      { resource: { ...about({ reference: 'Patient/p' }), id: undefined } as never },
      {},
    ],
  }
  const packet = packetOfBundle(bundle, isClinic)
  t.strictSame(
    packet.ofType('Condition').map(({ reference }) => reference),
    ['Condition/c', 'urn:referloop:entry:2'],
  )
})

t.test('what is about somebody else is set aside and named', async (t) => {
  const mine = ['Patient/p', 'Patient/p/_history/3', 'https://ehr.example/fhir/Patient/p']
  for (const reference of mine)
    t.equal(stored(patient, about({ reference })).ofType('Condition').length, 1, reference)
  const other = stored(patient, about({ reference: 'Patient/q' }, 'q'))
  t.equal(other.ofType('Condition').length, 0)
  t.strictSame(other.strangers, ['Condition/q'])
  t.equal(
    stored(patient, about({ identifier: { system: 'urn:mrn', value: '1' } })).strangers.length,
    0,
  )
  t.equal(
    stored(patient, about({ identifier: { system: 'urn:mrn', value: '2' } })).strangers.length,
    1,
  )
  t.equal(
    stored(about({ reference: 'Patient/p' })).strangers.length,
    0,
    'no patient, same reference',
  )
  t.equal(stored(patient, about({ display: 'she' })).strangers.length, 0, 'nobody named')
  const fetus: Observation = {
    resourceType: 'Observation',
    id: 'o',
    status: 'final',
    code: {},
    subject: { reference: 'Patient/p' },
    focus: [{ reference: 'Patient/fetus' }],
  }
  t.strictSame(stored(patient, fetus).strangers, ['Observation/o'])
})

t.test('references are followed', async (t) => {
  const packet = stored(
    patient,
    condition(code(icd, 'R52'), { id: 'c', subject: { reference: 'Patient/p' } }),
  )
  const from = packet.referral
  t.equal(packet.resolve({ reference: 'Condition/c' }, from)?.reference, 'Condition/c')
  t.equal(packet.resolve({ reference: 'Condition/c/_history/1' }, from)?.reference, 'Condition/c')
  t.equal(packet.resolve({ reference: 'Condition/none' }, from), undefined)
  t.equal(packet.resolve({ reference: '#none' }, from), undefined)
  t.equal(packet.resolve({ reference: '#' }, from), from)
  t.equal(packet.resolve({ display: 'x' }, from), undefined)
  t.equal(packet.resolve(undefined, from), undefined)
})

t.test('whom the referral is about', async (t) => {
  const with_ = (subject: ServiceRequest['subject'] | undefined, ...resources: Condition[]) =>
    packetOf(
      resources.map((resource) => ({ reference: referenceOf(resource) ?? '', resource })),
      { reference: 'ServiceRequest/r', resource: referral({ subject } as ServiceRequest) },
    )
  const identifier = { system: 'urn:mrn', value: '1' }
  const byIdentifier = with_(
    { identifier },
    about({ identifier }),
    about({ identifier: { ...identifier, value: '2' } }, 'd'),
  )
  t.strictSame(byIdentifier.strangers, ['Condition/d'], 'known by identifier only')
  t.equal(byIdentifier.subject, undefined)
  t.strictSame(with_(undefined, about({ reference: 'Patient/q' })).strangers, [], 'nobody named')
  const elsewhere = with_(
    { reference: 'https://ehr.example/fhir/Patient/p/_history/2' },
    about({ reference: 'Patient/p' }),
    about({ reference: 'Patient/q' }, 'd'),
    about({ reference: 'urn:uuid:p' }, 'e'),
  )
  t.strictSame(elsewhere.strangers, ['Condition/d', 'Condition/e'])
  t.equal(elsewhere.subject, 'https://ehr.example/fhir/Patient/p/_history/2')
  t.equal(stored(patient).subject, 'Patient/p')
})

t.test('what is contained is known by its container', async (t) => {
  const medication = { resourceType: 'Medication' as const, id: 'm' }
  const request = {
    resourceType: 'MedicationRequest' as const,
    status: 'active' as const,
    intent: 'order' as const,
    subject: { reference: 'Patient/p' },
    id: 'i',
    reasonReference: [{ reference: '#m' }],
  }
  const packet = packetOfServiceRequest(
    referral({
      id: undefined,
      contained: [{ ...medication, id: 'other' }, request, medication],
    } as never),
  )
  t.equal(packet.referral.reference, 'urn:referloop:referral')
  const [inside] = packet.ofType('MedicationRequest')
  t.equal(inside?.reference, 'urn:referloop:referral#i')
  t.equal(
    packet.resolve({ reference: '#m' }, inside ?? packet.referral)?.reference,
    'urn:referloop:referral#m',
    'beside it in the same container',
  )
})

t.test(
  'one resource is found under each of its names, and the first of a name stays',
  async (t) => {
    const first = about({ reference: 'Patient/p' })
    const packet = packetOf(
      [
        { reference: 'https://ehr.example/fhir/Condition/1', resource: { ...first, id: '9' } },
        { reference: 'urn:uuid:c', resource: { ...first, id: '2' } },
        { reference: 'urn:uuid:d', resource: { ...first, id: '2' } },
        { reference: 'urn:uuid:e', resource: { ...first, id: undefined } as never },
      ],
      { reference: 'ServiceRequest/r', resource: referral() },
    )
    const find = (reference: string) => packet.resolve({ reference }, packet.referral)?.reference
    t.equal(
      find('Condition/1'),
      'https://ehr.example/fhir/Condition/1',
      'by the end of its address',
    )
    t.equal(find('Condition/9'), 'https://ehr.example/fhir/Condition/1', 'by type and id')
    t.equal(find('https://other.example/Condition/1/_history/3'), find('Condition/1'))
    t.equal(find('Condition/2'), 'urn:uuid:c', 'the first')
    t.equal(find('urn:uuid:d'), 'urn:uuid:d')
    t.equal(find('Condition/undefined'), undefined)
    const longest = 'x'.repeat(64)
    for (const wrong of ['Condition/', `Condition/${longest}x`, 'condition/1', 'Condition/1/note'])
      t.equal(find(wrong), undefined, wrong)
  },
)

t.test('a fragment is looked for beside the one that has it, then in the referral', async (t) => {
  const inside = (id: string, text: string) =>
    ({ resourceType: 'Medication', id, code: { text } }) as never
  const packet = packetOf(
    [
      {
        reference: 'Condition/c',
        resource: { ...about({ reference: 'Patient/p' }), contained: [inside('m', 'own')] },
      },
    ],
    {
      reference: 'ServiceRequest/r',
      resource: referral({ contained: [inside('m', 'shared'), inside('n', 'other')] }),
    },
  )
  const [condition] = packet.ofType('Condition')
  t.ok(condition)
  const from = condition ?? packet.referral
  t.equal(packet.resolve({ reference: '#m' }, from)?.reference, 'Condition/c#m')
  t.equal(packet.resolve({ reference: '#n' }, from)?.reference, 'ServiceRequest/r#n')
  t.equal(packet.resolve({ reference: '#' }, from), from)
})

t.test('an Appointment is about those of its participants that are patients', async (t) => {
  const booked = (...actors: readonly object[]) =>
    packetOf(
      [
        {
          reference: 'Appointment/a',
          resource: {
            resourceType: 'Appointment',
            id: 'a',
            status: 'booked',
            participant: actors.map((actor) => ({ status: 'accepted', actor })),
          } as never,
        },
        { reference: 'Patient/p', resource: patient },
      ],
      { reference: 'ServiceRequest/r', resource: referral() },
    ).strangers.length
  t.equal(booked({ reference: 'Practitioner/1' }, { reference: 'Patient/p' }), 0)
  t.equal(booked({ reference: 'Patient/q' }), 1)
  t.equal(booked({ reference: 'https://ehr.example/fhir/Patient/q' }), 1)
  t.equal(booked({ reference: 'urn:uuid:q', type: 'Patient' }), 1)
  t.equal(booked({ display: 'Room 1' }), 0, 'a place is nobody')
  t.equal(booked(), 0)
})

t.test('who is meant by an empty subject belongs here', async (t) => {
  const nobody = stored(patient, { ...about({}), subject: undefined } as never)
  t.equal(nobody.ofType('Condition').length, 1)
  const allergy = (reference?: string) =>
    packetOf(
      [
        {
          reference: 'AllergyIntolerance/a',
          resource: {
            resourceType: 'AllergyIntolerance',
            id: 'a',
            ...(reference ? { patient: { reference } } : {}),
          } as never,
        },
      ],
      { reference: 'ServiceRequest/r', resource: referral() },
    ).strangers.length
  t.equal(allergy('Patient/p'), 0)
  t.equal(allergy('Patient/q'), 1)
  t.equal(allergy(), 0)
})
