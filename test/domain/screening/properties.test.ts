import { deepStrictEqual, notStrictEqual } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import type { Bundle, BundleEntry, CodeableConcept, FhirResource } from 'fhir/r4'
import t from 'tap'
import { packetOfBundle } from '../../../src/domain/screening/packet.ts'
import { criterionIds } from '../../../src/domain/screening/policy.ts'
import { screen } from '../../../src/domain/screening/screen.ts'
import {
  allergy,
  bloodPressure,
  code,
  condition,
  daysFrom,
  dosage,
  form,
  icd,
  lnc,
  measured,
  medicine,
  observation,
  opioid,
  pain,
  policy,
  quantity,
  rx,
  status,
} from './build.ts'

/** The worked referrals: every property holds for each of them. */
const directory = new URL('../../fixtures/screening/cases/', import.meta.url)
const cases = readdirSync(directory).map((name) => {
  const { referral } = JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as {
    referral: Bundle
  }
  return referral
})
const anyCase = fc.constantFrom(...cases)
const runs = { numRuns: 150 }

function verdicts(bundle: Bundle): Readonly<Record<string, string>> {
  const packet = packetOfBundle(bundle, ({ identifier }) => identifier?.value === '1234567893')
  const { criteria, overall } = screen(packet, policy, { asOf: '2026-03-09' })
  return { ...Object.fromEntries(criteria.map(({ id, verdict }) => [id, verdict])), overall }
}

const withEntries = (bundle: Bundle, entry: BundleEntry[]): Bundle => ({ ...bundle, entry })
const patientOf = (bundle: Bundle) =>
  bundle.entry?.find(({ resource }) => resource?.resourceType === 'Patient')?.fullUrl ?? ''
const with_ = (bundle: Bundle, resources: readonly FhirResource[]) => {
  const mine = JSON.parse(
    JSON.stringify(resources).replaceAll('urn:uuid:patient', patientOf(bundle)),
  ) as FhirResource[]
  return withEntries(bundle, [
    ...(bundle.entry ?? []),
    ...mine.map((resource, index) => ({
      fullUrl: `urn:uuid:added-${bundle.entry?.length}-${index}`,
      resource,
    })),
  ])
}

const day = fc.integer({ min: -400, max: 12 }).map((offset) => daysFrom(offset))
const treatment = fc.constantFrom(
  '1049683',
  '7804',
  '1049625',
  '310431',
  '310965',
  '596934',
  '1010604',
)
const outcome = fc.constantFrom(
  undefined,
  'ineffective',
  'effective',
  'adverse-effect',
  'not-started',
)
const clinicalStatus = fc
  .constantFrom('active', 'recurrence', 'resolved', 'inactive', 'remission')
  .map((value) => status('condition-clinical', value))
const verificationStatus = fc
  .constantFrom('confirmed', 'provisional', 'refuted')
  .map((value) => status('condition-ver-status', value))
const time = fc.constantFrom('', 'T08:00:00Z', 'T12:00:00Z')

/** What a chart may hold besides, of every kind that a rule reads. */
const anyRecord: fc.Arbitrary<FhirResource> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        ...[
          'G90.511',
          'M79.7',
          'G60.3',
          'M54.50',
          'R52',
          'I21.4',
          'I25.10',
          'I10',
          'K74.60',
          'K76.0',
        ],
        ...[
          'F23',
          'F20.9',
          'F11.20',
          'F10.21',
          'G93.2',
          'H40.1131',
          'H40.001',
          'Z34.01',
          'Z90.710',
        ],
      ),
      fc.record({ clinicalStatus, verificationStatus, onsetDateTime: day }),
    )
    .map(([value, more]) => condition(code(icd, value, value), more)),
  fc
    .tuple(fc.constantFrom('back pain', 'glaucoma', 'CHF', 'pregnant', 'something'), day)
    .map(([text, onsetDateTime]) => condition({ text }, { onsetDateTime })),
  fc
    .tuple(day, time, fc.integer({ min: 100, max: 180 }), fc.integer({ min: 60, max: 110 }))
    .map(([date, at, upper, lower]) => bloodPressure(date + at, upper, lower)),
  fc
    .tuple(
      fc.constantFrom(
        '8480-6',
        '8462-4',
        '79892-6',
        '79893-4',
        '72514-3',
        '1742-6',
        '1920-8',
        '19080-1',
      ),
      day,
      time,
      fc.integer({ min: 0, max: 250 }),
      fc.constantFrom('mm[Hg]', 'U/L', '[IU]/L', '{score}', undefined),
    )
    .map(([loinc, date, at, value, unit]) => measured(loinc, date + at, value % 251, unit)),
  fc.tuple(day, fc.integer({ min: 0, max: 10 })).map(([date, value]) => pain(date, value)),
  fc
    .tuple(
      fc.constantFrom('3879-4', '3397-7', '2106-3', '82810-3'),
      day,
      fc.constantFrom('Positive', 'Negative', 'not detected', 'unclear', 'pregnant'),
    )
    .map(([loinc, date, valueString]) => observation(code(lnc, loinc), date, { valueString })),
  fc
    .tuple(
      treatment,
      day,
      fc.integer({ min: 0, max: 120 }),
      outcome,
      fc.integer({ min: 1, max: 4 }),
    )
    .map(([rxcui, start, length, result, perDay]) =>
      medicine(rxcui, start, daysFrom(length, start), result, {
        reasonCode: undefined,
        dosageInstruction: [dosage(start, daysFrom(length, start), perDay, quantity(1))],
      } as object),
    ),
  fc
    .tuple(
      fc.constantFrom(
        'glaucoma',
        'psychosis',
        'pregnancy',
        'cardiovascular-disease',
        'planned-surgery',
      ),
      fc.constantFrom('Y', 'N', 'UNK'),
      fc.constantFrom(-200, -3, -2).map((offset) => daysFrom(offset)),
      time,
      fc.constantFrom('completed' as const, 'in-progress' as const),
    )
    .map(([item, answer, date, at, state]) =>
      form({ [item]: answer }, { authored: date + at, status: state }),
    ),
  fc
    .tuple(fc.constantFrom('6130', '7804', '5640'), fc.constantFrom('active', 'resolved'))
    .map(([rxcui, state]) =>
      allergy(code(rx, rxcui), { clinicalStatus: status('allergyintolerance-clinical', state) }),
    ),
)

/** A worked referral or its bare order, with records added that may say more than one thing. */
const anyReferral = fc
  .tuple(anyCase, fc.boolean(), fc.array(anyRecord, { maxLength: 6 }))
  .map(([bundle, isBare, records]) => with_(isBare ? bare(bundle) : bundle, records))

function bare(bundle: Bundle): Bundle {
  const kept: readonly (string | undefined)[] = ['Patient', 'ServiceRequest']
  return withEntries(
    bundle,
    (bundle.entry ?? []).filter(({ resource }) => kept.includes(resource?.resourceType)),
  )
}

t.test('the order of entries changes nothing', async () => {
  fc.assert(
    fc.property(
      anyReferral.chain((bundle) =>
        fc.tuple(
          fc.constant(bundle),
          fc.shuffledSubarray(bundle.entry ?? [], { minLength: bundle.entry?.length ?? 0 }),
        ),
      ),
      ([bundle, entries]) => {
        deepStrictEqual(verdicts(withEntries(bundle, entries)), verdicts(bundle))
      },
    ),
    { numRuns: 600 },
  )
})

t.test('copies of entries under other references change nothing', async () => {
  fc.assert(
    fc.property(
      anyReferral.chain((bundle) =>
        fc.tuple(fc.constant(bundle), fc.subarray(bundle.entry ?? [], { minLength: 1 })),
      ),
      ([bundle, chosen]) => {
        const copies = chosen
          .filter(
            ({ resource }) =>
              resource?.resourceType !== 'ServiceRequest' && resource?.resourceType !== 'Patient',
          )
          .map(({ resource }, index) => ({
            fullUrl: `urn:uuid:copy-${index}`,
            resource: { ...resource, id: `copy-${index}` } as FhirResource,
          }))
        const copied = withEntries(bundle, [...(bundle.entry ?? []), ...copies])
        deepStrictEqual(verdicts(copied), verdicts(bundle))
      },
    ),
    { numRuns: 400 },
  )
})

t.test('ids and references change nothing', async () => {
  fc.assert(
    fc.property(anyReferral, fc.uuid(), (bundle, uuid) => {
      let text = JSON.stringify(bundle)
      for (const [index, { fullUrl = '' }] of (bundle.entry ?? []).entries())
        text = text.replaceAll(fullUrl, `urn:uuid:${uuid}-${index}`)
      deepStrictEqual(verdicts(JSON.parse(text)), verdicts(bundle))
    }),
    runs,
  )
})

t.test('the display texts of listed codes change nothing', async () => {
  const isListed = (value: CodeableConcept['coding']) =>
    value?.every(
      (coding) => policy.codes.meaning(coding).listed || policy.medicines.byCoding(coding),
    ) ?? false
  const relabelled = (value: unknown, display: string): unknown => {
    if (Array.isArray(value)) return value.map((each) => relabelled(each, display))
    if (typeof value !== 'object' || value === null) return value
    const { coding } = value as CodeableConcept
    if (coding && isListed(coding))
      return { ...value, coding: coding.map((each) => ({ ...each, display })) }
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, relabelled(each, display)]),
    )
  }
  const words = fc.constantFrom(
    '',
    'pain',
    'glaucoma',
    'pregnant',
    'no cocaine',
    'ketamine',
    'schizophrenia',
    'Suboxone',
    'oxycodone gel',
    'surgery',
    'positive',
    'Child-Pugh C',
    'x',
  )
  fc.assert(
    fc.property(anyReferral, words, (bundle, display) => {
      deepStrictEqual(verdicts(relabelled(bundle, display) as Bundle), verdicts(bundle))
    }),
    runs,
  )
})

t.test('unrelated resources change nothing', async () => {
  const unrelated = fc.constantFrom<FhirResource>(
    condition(code(icd, 'J30.1', 'Allergic rhinitis due to pollen')),
    observation(code(lnc, '8302-2', 'Body height'), '2026-02-20', {
      valueQuantity: { value: 170, unit: 'cm' },
    }),
    medicine('', '2025-01-01', '2025-06-01', undefined, {
      medicationCodeableConcept: code(rx, '314076', 'lisinopril 10 MG Oral Tablet'),
    }),
    allergy({ text: 'Penicillin' }),
    {
      resourceType: 'Immunization',
      status: 'completed',
      vaccineCode: {},
      patient: {},
      occurrenceDateTime: '2025-01-01',
    },
    {
      resourceType: 'FamilyMemberHistory',
      status: 'completed',
      patient: {},
      relationship: {},
      condition: [{ code: code(icd, 'F20.9') }],
    },
    condition(code(icd, 'H40.1131'), { subject: { reference: 'urn:uuid:somebody-else' } }),
    form({ glaucoma: 'Y' }, { questionnaire: 'urn:another-form' }),
  )
  fc.assert(
    fc.property(
      anyReferral,
      fc.array(unrelated, { minLength: 1, maxLength: 4 }),
      (bundle, added) => {
        deepStrictEqual(verdicts(with_(bundle, added)), verdicts(bundle))
      },
    ),
    runs,
  )
})

t.test('evidence against never turns a contraindication to met, nor an ill answer', async () => {
  const against = fc.oneof(
    fc
      .tuple(
        fc.constantFrom(
          'I21.4',
          'I50.23',
          'K72.90',
          'K74.60',
          'F23',
          'F20.9',
          'F11.20',
          'F10.90',
          'G93.2',
          'C71.0',
          'H40.1131',
          'H40.001',
          'Z34.01',
          'K76.0',
          'I25.2',
        ),
        day,
      )
      .map(
        ([value, onsetDateTime]): FhirResource => condition(code(icd, value), { onsetDateTime }),
      ),
    fc
      .constantFrom(
        'heart failure',
        'ascites',
        'mania',
        'heroin',
        'hydrocephalus',
        'glaucoma',
        'pregnant',
        'ketamine reaction',
      )
      .map((text): FhirResource => condition({ text })),
    fc
      .tuple(day, fc.integer({ min: 140, max: 220 }))
      .map(([date, value]): FhirResource => bloodPressure(date, value, 80)),
    fc
      .tuple(day, fc.integer({ min: 121, max: 900 }))
      .map(([date, value]): FhirResource => measured('1742-6', date, value, 'U/L')),
    day.map((date): FhirResource => measured('79892-6', date, 30, 'mm[Hg]')),
    day.map(
      (date): FhirResource => observation(code(lnc, '2106-3'), date, { valueString: 'Positive' }),
    ),
    day.map(
      (date): FhirResource => observation(code(lnc, '3397-7'), date, { valueString: 'Positive' }),
    ),
    fc.constant<FhirResource>(allergy(code(rx, '6130'))),
    fc
      .tuple(
        fc.constantFrom(...criterionIds.slice(7)),
        fc.constantFrom('Y', 'UNK'),
        day,
        fc.constantFrom('completed', 'in-progress'),
      )
      .map(
        ([id, answer, authored, status]): FhirResource =>
          form({ [id]: answer }, { authored, status: status as 'completed' }),
      ),
  )
  // A pressure in range of a newer day is evidence for, so only pressures that are not in range are added.
  fc.assert(
    fc.property(anyReferral, fc.array(against, { minLength: 1, maxLength: 3 }), (bundle, added) => {
      const before = verdicts(bundle)
      const after = verdicts(with_(bundle, added))
      for (const id of criterionIds.slice(7))
        if (before[id] !== 'met')
          notStrictEqual(after[id], 'met', `${id}: ${before[id]} became met`)
    }),
    { numRuns: 400 },
  )
})

/** Evidence that is in its window and not cancelled by anything that can be added. */
const current: readonly (readonly [string, FhirResource])[] = [
  ['cardiovascular-disease', condition(code(icd, 'I21.4'), { onsetDateTime: daysFrom(-180) })],
  [
    'cardiovascular-disease',
    condition(code(icd, 'I21.4'), {
      onsetDateTime: daysFrom(-20),
      clinicalStatus: status('condition-clinical', 'resolved'),
    }),
  ],
  ['cardiovascular-disease', condition({ text: 'CHF' })],
  ['cardiovascular-disease', bloodPressure(daysFrom(7), 170, 80)],
  ['liver-disease', condition(code(icd, 'K72.90'))],
  ['liver-disease', measured('1742-6', daysFrom(7), 130, 'U/L')],
  ['liver-disease', measured('1742-6', daysFrom(-100), 130)],
  ['psychosis', condition(code(icd, 'F20.9'))],
  [
    'psychosis',
    condition(code(icd, 'F23'), {
      onsetDateTime: daysFrom(-20),
      clinicalStatus: status('condition-clinical', 'resolved'),
    }),
  ],
  ['substance-use', condition(code(icd, 'F11.20'))],
  ['substance-use', observation(code(lnc, '3397-7'), daysFrom(-90), { valueString: 'Positive' })],
  ['substance-use', medicine('1010604', daysFrom(-60), undefined, undefined, { status: 'active' })],
  ['intracranial-pressure', condition(code(icd, 'C71.0'))],
  ['glaucoma', condition(code(icd, 'H40.001'))],
  ['glaucoma', condition({ text: 'no glaucoma' })],
  ['pregnancy', condition(code(icd, 'Z34.01'), { onsetDateTime: daysFrom(7) })],
  ['pregnancy', observation(code(lnc, '2106-3'), daysFrom(7), { valueString: 'Positive' })],
  ['ketamine-hypersensitivity', allergy(code(rx, '6130'))],
  ...criterionIds
    .slice(7)
    .map(
      (id) => [id, form({ [id]: 'Y' }, { status: 'in-progress', authored: daysFrom(7) })] as const,
    ),
]

t.test('no contraindication is met while evidence for it is on file', async () => {
  fc.assert(
    fc.property(anyReferral, fc.constantFrom(...current), (bundle, [id, resource]) => {
      const after = verdicts(with_(bundle, [resource]))
      notStrictEqual(after[id], 'met', `${id} is met beside ${JSON.stringify(resource)}`)
    }),
    { numRuns: 800 },
  )
})

t.test('evidence against never turns a requirement to met', async () => {
  const against = fc.constantFrom<FhirResource>(
    condition(code(icd, 'R52')),
    condition(code(icd, 'G89.11')),
    opioid({
      statusReason: code(
        'https://referloop.example/fhir/CodeSystem/treatment-outcome',
        'effective',
      ),
    }),
    medicine('310431', '2025-05-06', '2025-08-14', 'effective'),
    form(
      { 'failed-opioid-therapy': 'effective', 'planned-surgery': 'N' },
      { authored: '2026-03-01' },
    ),
    form({ 'failed-opioid-therapy': 'not-started' }, { authored: '2026-03-01' }),
  )
  fc.assert(
    fc.property(anyReferral, fc.array(against, { minLength: 1, maxLength: 3 }), (bundle, added) => {
      const before = verdicts(bundle)
      const after = verdicts(with_(bundle, added))
      for (const id of criterionIds.slice(0, 7))
        if (before[id] !== 'met')
          notStrictEqual(after[id], 'met', `${id}: ${before[id]} became met`)
    }),
    runs,
  )
})

t.test('the same arguments give the same result', async () => {
  fc.assert(
    fc.property(anyCase, (bundle) => {
      deepStrictEqual(verdicts(bundle), verdicts(structuredClone(bundle)))
    }),
    { numRuns: 44 },
  )
})
