/** The criteria read a third time: what two readings had left open, a test each. */

import type { CodeableConcept, FhirResource, MedicationRequest, ServiceRequest } from 'fhir/r4'
import t from 'tap'
import {
  allergy,
  code,
  condition,
  criterion,
  dosage,
  icd,
  lnc,
  medicine,
  observation,
  opioid,
  type Parts,
  quantity,
  rx,
  screenParts,
  sct,
  verdicts,
} from './build.ts'

const having = (...add: FhirResource[]): Parts => ({ add })
const codings = (...pairs: readonly (readonly [string, string, string?])[]): CodeableConcept => ({
  coding: pairs.map(([system, value, display]) => ({
    system,
    code: value,
    ...(display ? { display } : {}),
  })),
})

t.test('pain by its chapter of ICD-10-CM', async (t) => {
  verdicts(t, 'qualifying-condition', [
    [
      'Point 35 M54.50 without a display',
      'needs-review',
      { condition: condition(code(icd, 'M54.50')) },
    ],
    [
      'Point 35 M54.2 whose display does not say pain',
      'needs-review',
      { condition: condition(code(icd, 'M54.2', 'Cervicalgia')) },
    ],
    [
      'Point 35 M25.561 inactive',
      'not-documented',
      {
        condition: condition(code(icd, 'M25.561'), {
          clinicalStatus: code(
            'http://terminology.hl7.org/CodeSystem/condition-clinical',
            'inactive',
          ),
        }),
      },
    ],
    ['Point 35 G89.1 is no such chapter', 'not-met', { condition: condition(code(icd, 'G89.18')) }],
  ])
  verdicts(t, 'chronicity', [
    [
      'Point 35 M54.2 since 2024',
      'needs-review',
      { condition: condition(code(icd, 'M54.2', 'Cervicalgia')) },
    ],
  ])
})

t.test('history by any code', async (t) => {
  const family = codings(
    [icd, 'Z80.8', 'Family history of malignant neoplasm of other organs'],
    [sct, '430705007', 'Family history of brain tumor'],
  )
  verdicts(t, 'intracranial-pressure', [
    ['3.4 another coding of the same history', 'met', having(condition(family))],
    [
      '3.4 a disease beside the history of another',
      'conflicting',
      having(condition(codings([icd, 'Z87.820'], [icd, 'G93.2']))),
    ],
  ])
  verdicts(t, 'substance-use', [
    [
      '3.4 a category beside a history',
      'needs-review',
      having(condition(codings([icd, 'Z81.1'], [icd, 'F11']))),
    ],
    [
      '3.4 a pattern beside a history',
      'needs-review',
      having(condition(codings([icd, 'Z81.1'], [icd, 'F16.9']))),
    ],
    [
      '3.4 remission beside a history',
      'met',
      having(
        condition({
          ...codings([icd, 'Z87.898'], [icd, 'F10.21']),
          text: 'History of alcohol dependence',
        }),
      ),
    ],
    [
      '3.4 an excluded code beside a history',
      'met',
      having(
        condition({
          ...codings([icd, 'Z87.898'], [sct, '288831000119100']),
          text: 'History of opioid abuse',
        }),
      ),
    ],
  ])
  verdicts(t, 'qualifying-condition', [
    [
      '3.4 cancer pain after a cancer that is past',
      'met',
      { condition: condition(codings([icd, 'Z85.3'], [icd, 'G89.3'])) },
    ],
  ])
})

t.test('over on a day that nobody can tell', async (t) => {
  const bare = { clinicalStatus: undefined } as object
  const tumour = (more: object) => having(condition(code(icd, 'H40.1131'), { ...bare, ...more }))
  verdicts(t, 'glaucoma', [
    [
      '3.3 no clinical status, abated in words',
      'met',
      tumour({ abatementString: 'after surgery' }),
    ],
    [
      '3.3 no clinical status, abated at an age without birth date',
      'met',
      {
        ...tumour({ abatementAge: { value: 40, unit: 'a' } }),
        patient: { birthDate: undefined } as object,
      },
    ],
    [
      '3.3 no clinical status, abated at an age in range',
      'met',
      {
        ...tumour({ abatementRange: { low: { value: 40, unit: 'a' } } }),
        patient: { birthDate: undefined } as object,
      },
    ],
    [
      '3.3 no clinical status, a period of abatement',
      'met',
      tumour({ abatementPeriod: { start: '2025-01-01' } }),
    ],
    [
      '3.3 active, an abatement that only began',
      'conflicting',
      having(condition(code(icd, 'H40.1131'), { abatementPeriod: { start: '2025-01-01' } })),
    ],
    [
      '3.3 no clinical status, abatement to come',
      'conflicting',
      tumour({ abatementDateTime: '2027-01-01' }),
    ],
    ['3.3 no clinical status, no abatement', 'conflicting', tumour({})],
  ])
  verdicts(t, 'chronicity', [
    [
      'Point 8 an age in the unit yr',
      'met',
      {
        condition: condition(code(icd, 'G90.511'), {
          onsetDateTime: undefined,
          onsetAge: { value: 40, unit: 'yr' },
        } as object),
      },
    ],
  ])
})

t.test('mild liver disease as a reason', async (t) => {
  const enzymes = ['1742-6', '1920-8'].map((loinc) =>
    observation(code(lnc, loinc), '2026-01-15', { valueQuantity: quantity(40, 'U/L') }),
  )
  const mild = [code(icd, 'K76.0')]
  verdicts(t, 'liver-disease', [
    [
      'Point 30 of the referral, without enzymes',
      'not-documented',
      { referral: { reasonCode: mild } },
    ],
    [
      'Point 30 of the referral, with enzymes',
      'met',
      { referral: { reasonCode: mild }, add: enzymes },
    ],
    [
      'Point 30 of a medicine, without enzymes',
      'not-documented',
      having(medicine('', '2025-06-01', undefined, undefined, { reasonCode: mild })),
    ],
  ])
})

t.test('units as laboratories write them', async (t) => {
  const lab = (loinc: string, value: number, unit: string) =>
    having(observation(code(lnc, loinc), '2026-02-20', { valueQuantity: { value, unit } }))
  verdicts(t, 'liver-disease', [
    ['3.9 bilirubin 52 µmol/L', 'needs-review', lab('1975-2', 52, 'µmol/L')],
    ['3.9 bilirubin 51 µmol/L', 'met', lab('1975-2', 51, 'µmol/L')],
    ['3.9 bilirubin 52 with the Greek letter', 'needs-review', lab('1975-2', 52, 'μmol/L')],
    ['3.9 ALT 3.4 µkat/L', 'conflicting', lab('1742-6', 3.4, 'µkat/L')],
  ])
  verdicts(t, 'pregnancy', [
    ['3.9 hCG 0.025 IU/mL', 'conflicting', lab('19080-1', 0.025, 'IU/mL')],
    ['3.9 hCG 24000 mIU/L', 'met', lab('19080-1', 24_000, 'mIU/L')],
    ['3.9 hCG 25000 mIU/L', 'conflicting', lab('19080-1', 25_000, 'mIU/L')],
  ])
})

t.test('a medicine for opioid use disorder written beside a code', async (t) => {
  const taken = (medication: CodeableConcept, more: Partial<MedicationRequest> = {}) =>
    having(
      opioid({
        status: 'active',
        statusReason: undefined,
        reasonCode: undefined,
        medicationCodeableConcept: medication,
        dosageInstruction: [dosage('2026-01-01', undefined, 1, quantity(1))],
        ...more,
      } as object),
    )
  const ingredient = code(rx, '1819', 'buprenorphine')
  verdicts(t, 'substance-use', [
    ['Point 29 the ingredient alone', 'met', taken(ingredient)],
    [
      'Point 29 the ingredient with the text Suboxone',
      'needs-review',
      taken({ ...ingredient, text: 'Suboxone 8 mg / 2 mg' }),
    ],
    [
      'Point 29 an unlisted code with the display Subutex',
      'needs-review',
      taken(code(rx, '99999999', 'Subutex 8 MG')),
    ],
    [
      'Point 20 an unbranded syringe called Brixadi',
      'needs-review',
      taken({ ...code(rx, '2639036'), text: 'Brixadi weekly' }),
    ],
  ])
  verdicts(t, 'failed-opioid-therapy', [
    [
      'Point 2 a coded medicine is not uncoded, whatever is written beside it',
      'not-documented',
      {
        opioid: opioid({
          medicationCodeableConcept: { ...code(rx, '310431'), text: 'instead of oxycodone' },
        }),
      },
    ],
  ])
})

t.test('allergies to other pain medicines', async (t) => {
  const ibuprofen = code(rx, '5640')
  const naproxen = code(rx, '7258')
  const gabapentin = medicine('310431', '2025-01-01', '2025-06-01', 'ineffective')
  const taken = (outcome?: string) => medicine('310965', '2025-01-01', '2025-06-01', outcome)
  verdicts(t, 'failed-other-therapies', [
    [
      'Point 10 an allergy to what is said to have helped',
      'conflicting',
      having(gabapentin, taken('effective'), allergy(ibuprofen)),
    ],
    [
      'Point 11 an allergy to what was taken without an outcome',
      'met',
      having(gabapentin, taken(), allergy(ibuprofen)),
    ],
    [
      'Point 11 an allergy to another one of the class that was taken',
      'met',
      having(gabapentin, taken('effective'), allergy(naproxen)),
    ],
    [
      'Point 11 an allergy waives the length',
      'met',
      having(gabapentin, medicine('310965', '2025-01-01', '2025-01-04'), allergy(ibuprofen)),
    ],
  ])
})

t.test('an operation named in the category of its order', async (t) => {
  const order = (more: Partial<ServiceRequest>): ServiceRequest => ({
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    subject: { reference: 'urn:uuid:patient' },
    code: code(sct, '12345', 'L4 to L5'),
    occurrenceDateTime: '2026-04-01',
    ...more,
  })
  verdicts(t, 'planned-surgery', [
    [
      'Point 18 a category in words',
      'needs-review',
      having(order({ category: [{ text: 'Surgical procedure' }] })),
    ],
    [
      'Point 18 another category in words',
      'not-met',
      having(order({ category: [{ text: 'Imaging' }] })),
    ],
  ])
})

t.test('classes of other therapies by ingredient', async (t) => {
  const gabapentin = medicine('310431', '2025-01-01', '2025-06-01', 'ineffective')
  const duloxetine = medicine('596934', '2025-01-01', '2025-06-01', 'ineffective')
  const ingredients: readonly (readonly [string, string])[] = [
    ['nsaid', '5640'],
    ['gabapentinoid', '187832'],
    ['snri', '39786'],
    ['tca', '7531'],
    ['other-anticonvulsant', '38404'],
    ['topical', '1992'],
    ['muscle-relaxant', '1292'],
    ['simple-analgesic', '161'],
  ]
  for (const [name, rxcui] of ingredients) {
    const second = medicine(rxcui, '2025-01-01', '2025-06-01', 'ineffective')
    verdicts(t, 'failed-other-therapies', [
      [
        `R3b class ${name}`,
        'met',
        having(name === 'gabapentinoid' ? duloxetine : gabapentin, second),
      ],
    ])
  }
})

t.test('morphine-like opioids', async (t) => {
  const positive = observation(code(lnc, '3879-4'), '2026-02-20', { valueString: 'Positive' })
  const prescribed = (rxcui: string) =>
    having(
      positive,
      medicine(rxcui, '2026-01-01', undefined, undefined, {
        status: 'active',
        dosageInstruction: [dosage('2026-01-01', undefined, 2, quantity(5, 'mg'))],
      }),
    )
  verdicts(t, 'substance-use', [
    ['Point 36 opiate while hydrocodone was prescribed', 'met', prescribed('5489')],
    ['Point 36 opiate while hydromorphone was prescribed', 'met', prescribed('3423')],
    ['Point 36 opiate while methadone was prescribed', 'needs-review', prescribed('6813')],
    ['Point 36 opiate while tramadol was prescribed', 'needs-review', prescribed('10689')],
  ])
})

t.test('what is missing is listed whatever the overall result is', async (t) => {
  const against = screenParts({ pain: null, answers: { psychosis: 'Y' } })
  t.equal(against.overall, 'contraindicated')
  const { needed } = criterion(against, 'baseline-pain-score')
  t.match(needed[0]?.text, 'Send a pain score')
})
