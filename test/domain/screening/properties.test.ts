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
  form,
  icd,
  lnc,
  measured,
  medicine,
  observation,
  opioid,
  policy,
  rx,
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
    ...mine.map((resource, index) => ({ fullUrl: `urn:uuid:added-${index}`, resource })),
  ])
}

t.test('the order of entries changes nothing', async () => {
  fc.assert(
    fc.property(
      anyCase.chain((bundle) =>
        fc.tuple(
          fc.constant(bundle),
          fc.shuffledSubarray(bundle.entry ?? [], { minLength: bundle.entry?.length ?? 0 }),
        ),
      ),
      ([bundle, entries]) => {
        t.strictSame(verdicts(withEntries(bundle, entries)), verdicts(bundle))
      },
    ),
    runs,
  )
})

t.test('a copy of any entry under another reference changes nothing', async () => {
  fc.assert(
    fc.property(anyCase, fc.nat(), (bundle, at) => {
      const copied = (bundle.entry ?? []).filter(
        ({ resource }) =>
          resource?.resourceType !== 'ServiceRequest' && resource?.resourceType !== 'Patient',
      )
      const { resource } = copied[at % copied.length] ?? {}
      const copy = {
        fullUrl: 'urn:uuid:copy',
        resource: { ...resource, id: 'copy' } as FhirResource,
      }
      t.strictSame(verdicts(withEntries(bundle, [...(bundle.entry ?? []), copy])), verdicts(bundle))
    }),
    runs,
  )
})

t.test('ids and references change nothing', async () => {
  fc.assert(
    fc.property(anyCase, fc.uuid(), (bundle, uuid) => {
      let text = JSON.stringify(bundle)
      for (const [index, { fullUrl = '' }] of (bundle.entry ?? []).entries())
        text = text.replaceAll(fullUrl, `urn:uuid:${uuid}-${index}`)
      t.strictSame(verdicts(JSON.parse(text)), verdicts(bundle))
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
    'x',
  )
  fc.assert(
    fc.property(anyCase, words, (bundle, display) => {
      t.strictSame(verdicts(relabelled(bundle, display) as Bundle), verdicts(bundle))
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
    fc.property(anyCase, fc.array(unrelated, { minLength: 1, maxLength: 4 }), (bundle, added) => {
      t.strictSame(verdicts(with_(bundle, added)), verdicts(bundle))
    }),
    runs,
  )
})

t.test('evidence against never turns a contraindication to met, nor an ill answer', async () => {
  const day = fc.integer({ min: -400, max: 7 }).map((offset) => daysFrom(offset))
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
    fc.property(anyCase, fc.array(against, { minLength: 1, maxLength: 3 }), (bundle, added) => {
      const before = verdicts(bundle)
      const after = verdicts(with_(bundle, added))
      for (const id of criterionIds.slice(7))
        if (before[id] !== 'met') t.not(after[id], 'met', `${id}: ${before[id]} became met`)
    }),
    { numRuns: 400 },
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
    fc.property(anyCase, fc.array(against, { minLength: 1, maxLength: 3 }), (bundle, added) => {
      const before = verdicts(bundle)
      const after = verdicts(with_(bundle, added))
      for (const id of criterionIds.slice(0, 7))
        if (before[id] !== 'met') t.not(after[id], 'met', `${id}: ${before[id]} became met`)
    }),
    runs,
  )
})

t.test('the same arguments give the same result', async () => {
  fc.assert(
    fc.property(anyCase, (bundle) => {
      t.strictSame(verdicts(bundle), verdicts(structuredClone(bundle)))
    }),
    { numRuns: 44 },
  )
})
