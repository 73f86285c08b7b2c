/** Corners of the facts: what a changed line of the code would have got wrong unnoticed. */

import type {
  AllergyIntolerance,
  CodeableConcept,
  Condition,
  FhirResource,
  Observation,
} from 'fhir/r4'
import t from 'tap'
import {
  allergy,
  bloodPressure,
  code,
  condition,
  criterion,
  dosage,
  form,
  found,
  icd,
  lnc,
  measured,
  medicine,
  observation,
  opioid,
  type Parts,
  quantity,
  rx,
  screened,
  screenParts,
  sct,
  status,
  verdicts,
  verification,
} from './build.ts'

const having = (...add: FhirResource[]): Parts => ({ add })
const codings = (...pairs: readonly (readonly [string, string, string?])[]): CodeableConcept => ({
  coding: pairs.map(([system, value, display]) => ({
    system,
    code: value,
    ...(display ? { display } : {}),
  })),
})
const explained = (parts: Parts, id: Parameters<typeof criterion>[1]) =>
  found(parts, id).explanation
const half = (loinc: string, date: string | undefined, value: number) =>
  measured(loinc, date, value, 'mm[Hg]')
const systolic = (value: number, date?: string) => half('8480-6', date, value)
const diastolic = (value: number, date?: string) => half('8462-4', date, value)
const pressures = (...add: FhirResource[]): Parts => ({ bloodPressure: null, add })
const morning = '2026-02-20T08:00:00Z'
const noon = '2026-02-20T12:00:00Z'

t.test('allergies in words', async (t) => {
  const reaction = (more: object) => ({ manifestation: [{ text: 'rash' }], ...more })
  const entry: Partial<AllergyIntolerance> = {
    reaction: [reaction({}), reaction({ description: 'hives after ketamine' })],
    note: [{ text: 'told by her mother' }],
  }
  t.match(
    explained(having(allergy({ text: 'Anaesthetic' }, entry)), 'ketamine-hypersensitivity'),
    'an allergy entry "Anaesthetic | hives after ketamine | told by her mother", which names ketamine;',
  )
  verdicts(t, 'ketamine-hypersensitivity', [
    [
      'named in a note only',
      'needs-review',
      having(allergy({ text: 'Anaesthetic' }, { note: [{ text: 'Ketalar' }] })),
    ],
    ['the display of a listed medicine', 'met', having(allergy(code(rx, '5640', 'ketamine')))],
    [
      'the display of a listed code that is no medicine',
      'met',
      having(allergy(code(sct, '716186003', 'no ketamine'))),
    ],
    [
      'the text beside a listed medicine',
      'needs-review',
      having(allergy({ ...code(rx, '5640'), text: 'ibuprofen, ketamine' })),
    ],
  ])
})

t.test('doses of one order after one another', async (t) => {
  const steps = (first: number, then: number): Parts => ({
    opioid: opioid({
      dosageInstruction: [
        dosage('2025-01-01', '2025-01-29', first, quantity(1)),
        dosage('2025-01-29', '2025-04-01', then, quantity(1)),
      ],
    }),
  })
  verdicts(t, 'failed-opioid-therapy', [
    ['30 MME for 28 days, then 15 for 62', 'not-met', steps(2, 1)],
    ['45 MME for 28 days, then 15 for 62', 'met', steps(3, 1)],
    ['15 MME for 28 days, then 30 for 62', 'met', steps(1, 2)],
    [
      'a statement whose dose is in words beside an order with a dose',
      'met',
      having({
        resourceType: 'MedicationStatement',
        status: 'completed',
        subject: { reference: 'urn:uuid:patient' },
        medicationCodeableConcept: code(rx, '1049683'),
        effectivePeriod: { start: '2025-01-26', end: '2025-04-26' },
        dosage: [{ text: 'one, four times a day' }],
      }),
    ],
    [
      'active within its bounds although its supply ran out',
      'met',
      {
        opioid: opioid({
          status: 'active',
          dosageInstruction: [dosage('2026-01-20', '2026-06-01', 4, quantity(1))],
          dispenseRequest: { expectedSupplyDuration: { value: 14, code: 'd', unit: 'd' } },
        }),
      },
    ],
  ])
})

t.test('readings and halves of readings', async (t) => {
  verdicts(t, 'cardiovascular-disease', [
    [
      'an undated one in range',
      'met',
      having(observationOf({ '8480-6': 120, '8462-4': 80 }, undefined)),
    ],
    [
      'a whole one in range and half of one that fails',
      'needs-review',
      pressures(bloodPressure(morning, 130, 80), systolic(165, noon)),
    ],
    [
      'two halves, the higher one fails',
      'conflicting',
      pressures(systolic(145, morning), systolic(165, noon)),
    ],
    [
      'two lower halves, the higher one fails',
      'conflicting',
      pressures(diastolic(95, morning), diastolic(105, noon)),
    ],
    [
      'a whole one and half of another, low',
      'met',
      pressures(bloodPressure(morning, 130, 80), diastolic(70, noon)),
    ],
    ['nothing measured', 'not-documented', pressures(bloodPressure(morning, 0, 0))],
    [
      'four halves of one time, the higher systolic first',
      'met',
      pressures(systolic(150, noon), systolic(130, noon), diastolic(70, noon), diastolic(95, noon)),
    ],
    [
      'four halves of one time, the higher diastolic first',
      'met',
      pressures(systolic(130, noon), systolic(150, noon), diastolic(95, noon), diastolic(70, noon)),
    ],
  ])
  t.match(
    explained(
      pressures(bloodPressure(morning, 130, 80), bloodPressure(noon, 170, 90)),
      'cardiovascular-disease',
    ),
    'a blood pressure of 170/90 mmHg on 2026-02-20 as well;',
  )
  t.match(
    explained(having(systolic(170), diastolic(105)), 'cardiovascular-disease'),
    'a blood pressure of 170/– mmHg without a date; a blood pressure of –/105 mmHg without a date;',
  )
})

function observationOf(values: Readonly<Record<string, number>>, date: string | undefined) {
  return observation(code(lnc, '85354-9'), date, {
    component: Object.entries(values).map(([loinc, value]) => ({
      code: code(lnc, loinc),
      valueQuantity: quantity(value, 'mm[Hg]'),
    })),
  })
}

t.test('several codings of one concept', async (t) => {
  verdicts(t, 'glaucoma', [
    [
      'one of them is listed: displays are not read',
      'met',
      having(condition(codings([icd, 'M79.7'], [sct, '1', 'glaucoma of old']))),
    ],
    [
      'none is listed: displays are read',
      'needs-review',
      having(condition(codings([icd, 'X99.8'], [sct, '1', 'glaucoma of old']))),
    ],
    [
      'the first is glaucoma, the second something else',
      'conflicting',
      having(condition(codings([icd, 'H40.1131'], [icd, 'R52']))),
    ],
    [
      'the second is glaucoma, the first something else',
      'conflicting',
      having(condition(codings([icd, 'R52'], [icd, 'H40.1131']))),
    ],
  ])
  t.equal(
    explained(
      { condition: condition(codings([icd, 'G90.511'], [sct, '734947007'])) },
      'qualifying-condition',
    ),
    'Complex regional pain syndrome I of right upper limb.',
    'named after the first',
  )
  t.match(
    explained(
      having(condition({ ...codings([sct, '1', 'Glaucoma, old']), text: 'eye' })),
      'glaucoma',
    ),
    '"eye | Glaucoma, old", which names Glaucoma;',
  )
  t.match(
    explained(having(condition({ ...codings([sct, '1']), text: 'glaucoma' })), 'glaucoma'),
    '"glaucoma", which names glaucoma;',
  )
  t.match(
    explained(
      having(
        medicine(
          '',
          '2025-12-01',
          '2025-12-20',
          status('medicationrequest-status-reason', 'preg'),
          {
            medicationCodeableConcept: undefined,
          } as object,
        ),
      ),
      'pregnancy',
    ),
    'an entry without a name stopped or withheld for pregnancy',
  )
})

t.test('statuses with several codings, and dates of all kinds', async (t) => {
  const both = (...values: readonly string[]) => ({
    clinicalStatus: codings(
      ...values.map((value): readonly [string, string] => [
        'http://terminology.hl7.org/CodeSystem/condition-clinical',
        value,
      ]),
    ),
  })
  const eye = (more: Partial<Condition>) => having(condition(code(icd, 'H40.1131'), more))
  verdicts(t, 'glaucoma', [
    ['resolved by one of two', 'met', eye(both('resolved', 'local'))],
    ['abated on the day of the check', 'met', eye({ abatementDateTime: '2026-03-09' })],
    ['abated on the day after', 'conflicting', eye({ abatementDateTime: '2026-03-10' })],
    ['abated at an age', 'met', eye({ abatementAge: { value: 40, unit: 'a' } })],
    [
      'abated in a range of ages',
      'met',
      eye({ abatementRange: { low: { value: 35, unit: 'a' }, high: { value: 40, unit: 'a' } } }),
    ],
    [
      'abated on a day that is none, without status',
      'met',
      eye({ clinicalStatus: undefined, abatementDateTime: 'long ago' } as object),
    ],
    [
      'a code like one of history, in another system',
      'needs-review',
      having(condition(code('urn:local', 'Z83.511', 'glaucoma'))),
    ],
  ])
  verdicts(t, 'cardiovascular-disease', [
    [
      'relapsed by one of two',
      'conflicting',
      having(
        condition(code(icd, 'I50.23'), {
          ...both('relapse', 'local'),
          onsetDateTime: '2020-01-01',
          recordedDate: '2026-02-01',
        }),
      ),
    ],
    [
      'a text that only repeats the name of the code',
      'met',
      having(condition({ ...code(icd, 'I25.2'), text: 'OLD MYOCARDIAL INFARCTION' })),
    ],
    [
      'a text that adds to the name of the code',
      'needs-review',
      having(condition({ ...code(icd, 'I25.2'), text: 'Old myocardial infarction, CHF' })),
    ],
  ])
  const aged = (value: number, unit: string, more: Partial<Condition> = {}): Parts => ({
    condition: condition(code(icd, 'G90.511'), {
      onsetDateTime: undefined,
      onsetAge: { value, unit },
      ...more,
    } as object),
  })
  // Born on 1978-06-14: 17,338 days before 2025-12-02, which is 90 days before the referral.
  verdicts(t, 'chronicity', [
    ['at an age in days', 'met', aged(17_338, 'd')],
    ['at an age in days, one too many', 'not-met', aged(17_339, 'd')],
    ['at an age in weeks', 'met', aged(2476, 'wk')],
    ['at an age in weeks, one too many', 'not-met', aged(2477, 'wk')],
    ['at an age in months', 'met', aged(569, 'mo')],
    ['at an age in months, one too many', 'not-met', aged(570, 'mo')],
    ['at an age in an unknown unit', 'not-met', aged(1, 'x', { recordedDate: '2026-02-01' })],
  ])
})

t.test('what the sentence of a contraindication says', async (t) => {
  const severe = condition(code(icd, 'F23'), { onsetDateTime: '2026-02-01' })
  const base = condition(code(icd, 'F20.9'), { onsetDateTime: undefined } as object)
  for (const add of [
    [severe, base],
    [base, severe],
  ])
    t.match(
      explained({ add }, 'psychosis'),
      'The record shows Brief psychotic disorder (since 2026-02-01); Schizophrenia, unspecified (undated), but',
      'the strong first',
    )
  t.match(
    explained(
      having(
        condition(code(icd, 'H40.1131'), {
          ...verification('provisional'),
          onsetDateTime: '2025-01-01',
        }),
      ),
      'glaucoma',
    ),
    '(since 2025-01-01, not confirmed)',
  )
  t.equal(
    explained({ answers: { pregnancy: '' } }, 'pregnancy'),
    'Nobody has answered whether the patient is pregnant.',
  )
  t.match(
    explained({ referral: { reasonCode: [{ text: 'pain with glaucoma' }] } }, 'glaucoma'),
    'The record shows the reason "pain with glaucoma", which names glaucoma;',
  )
  t.match(
    explained(
      having(
        medicine('310431', '2025-06-01', undefined, undefined, {
          reasonCode: [code(icd, 'H40.1131')],
        }),
      ),
      'glaucoma',
    ),
    'as a reason for a medicine;',
  )
  const coded = condition({ ...code(icd, 'H40.1131'), text: 'glaucoma of both eyes' })
  t.notMatch(explained(having(coded), 'glaucoma'), 'which names')
  t.equal(
    explained(
      {
        answers: { glaucoma: 'Y' },
        add: [form({ glaucoma: 'Y' }, { status: 'in-progress', authored: '2026-03-01' })],
      },
      'glaucoma',
    ),
    'The form of 2026-02-27 says yes to glaucoma or raised eye pressure.',
  )
  const unanswered = criterion(
    screenParts({ ...having(condition(code(icd, 'H40.1131'))), answers: { glaucoma: '' } }),
    'glaucoma',
  )
  t.strictSame(unanswered.needed, [], 'nothing that can be sent would satisfy it')
  const stale = form({ glaucoma: 'Y' }, { id: 'stale', authored: '2025-10-01' })
  const open = criterion(screenParts({ answers: { glaucoma: '' }, add: [stale] }), 'glaucoma')
  t.ok(open.evidence.includes('urn:uuid:stale'), 'the stale form is evidence')
})

t.test('reasons by category and by pattern', async (t) => {
  const reason = (value: string): Parts => ({ referral: { reasonCode: [code(icd, value)] } })
  verdicts(t, 'glaucoma', [['a category', 'needs-review', reason('H40.1')]])
  verdicts(t, 'substance-use', [
    ['a pattern', 'conflicting', reason('F16.99')],
    ['in remission, within the pattern', 'met', reason('F10.91')],
  ])
})

t.test('answers of one moment', async (t) => {
  const at = (answer: string, authored: string) => form({ glaucoma: answer }, { authored })
  const silent = { ...screened, glaucoma: '' }
  const two = (one: string, other: string): Parts => ({
    form: form(silent),
    add: [at(one, noon.replace('20T', '27T')), at(other, noon.replace('20T', '27T'))],
  })
  const times = (one: string, other: string): Parts => ({
    form: form(silent),
    add: [at('Y', one), at('N', other)],
  })
  verdicts(t, 'glaucoma', [
    ['Y and N of one instant', 'not-met', two('Y', 'N')],
    ['N and Y of one instant', 'not-met', two('N', 'Y')],
    ['unknown and N of one instant', 'not-documented', two('UNK', 'N')],
    ['N and unknown of one instant', 'not-documented', two('N', 'UNK')],
    ['a time on the yes only', 'not-met', times('2026-02-27T08:00:00Z', '2026-02-27')],
    ['a time on the no only', 'not-met', times('2026-02-27', '2026-02-27T08:00:00Z')],
    [
      'the no is later by an offset',
      'met',
      times('2026-02-27T09:00:00+02:00', '2026-02-27T08:00:00Z'),
    ],
    [
      'the yes is later by an offset',
      'not-met',
      times('2026-02-27T08:00:00-02:00', '2026-02-27T08:00:00Z'),
    ],
  ])
})

t.test('laboratory values', async (t) => {
  const alt = (more: Partial<Observation>) =>
    having(observation(code(lnc, '1742-6'), '2026-01-15', more))
  const undated = (more: Partial<Observation>) =>
    having(observation(code(lnc, '1742-6'), undefined, more))
  t.match(
    explained(undated({ valueQuantity: quantity(250, 'U/L') }), 'liver-disease'),
    'The record shows ALT 250 U/L without a date;',
  )
  t.match(
    explained(
      alt({ valueQuantity: { value: 250, unit: 'foo', comparator: '>' } }),
      'liver-disease',
    ),
    'The record shows ALT >250 foo without a usable unit;',
  )
  t.match(
    explained(alt({ valueQuantity: { value: 250, code: 'foo' } }), 'liver-disease'),
    'The record shows ALT 250 foo without a usable unit;',
  )
  t.match(
    explained(alt({ valueQuantity: { value: 250 } }), 'liver-disease'),
    'The record shows ALT 250 without a usable unit;',
  )
  const two = having(
    measured('1742-6', '2026-01-15', 250, 'U/L'),
    measured('1742-6', '2026-01-15', 150, 'U/L'),
  )
  t.match(explained(two, 'liver-disease'), 'The record shows ALT 250 U/L on 2026-01-15, but')
  const { evidence } = criterion(
    screenParts(having({ ...measured('1742-6', '2026-01-15', 250), id: 'bare' })),
    'liver-disease',
  )
  t.ok(evidence.includes('urn:uuid:bare'), 'a value without unit is evidence')
  verdicts(t, 'liver-disease', [
    ['in words only', 'met', alt({ valueString: 'raised' })],
    ['in words only, undated', 'met', undated({ valueString: 'raised' })],
  ])
  const pugh = (more: Partial<Observation>, name: CodeableConcept) =>
    having(observation(name, '2026-01-15', more))
  const named = codings(['urn:local', 'x'], ['urn:local', 'y', 'Child-Pugh class'])
  verdicts(t, 'liver-disease', [
    ['Child-Pugh by the display of a coding', 'needs-review', pugh({ valueString: 'B' }, named)],
    [
      'Child-Pugh by the display of a value',
      'conflicting',
      pugh(
        { valueCodeableConcept: codings(['urn:local', 'z', 'Child-Pugh C']) },
        { text: 'liver' },
      ),
    ],
    [
      'Child-Pugh as the display of a listed code says nothing',
      'met',
      having(
        observation(code(lnc, '8480-6', 'Child-Pugh C'), '2026-01-15', {
          valueQuantity: quantity(120, 'mm[Hg]'),
        }),
      ),
    ],
    ['a class of something else', 'met', pugh({ valueString: 'C' }, { text: 'NYHA class' })],
  ])
})

t.test('times at which a score was taken', async (t) => {
  const scored = (more: Partial<Observation>): Parts => ({
    pain: observation(code(lnc, '72514-3'), undefined, {
      valueQuantity: quantity(6),
      ...more,
    }),
  })
  verdicts(t, 'baseline-pain-score', [
    ['an instant', 'met', scored({ effectiveInstant: '2026-02-20T08:00:00Z' })],
    [
      'a period by its end',
      'met',
      scored({ effectivePeriod: { start: '2025-01-01', end: '2026-02-20' } }),
    ],
    [
      'a period that has ended long ago',
      'not-documented',
      scored({ effectivePeriod: { start: '2025-01-01', end: '2025-02-01' } }),
    ],
    ['a period without end', 'met', scored({ effectivePeriod: { start: '2026-02-20' } })],
    [
      'the last of several events',
      'met',
      scored({ effectiveTiming: { event: ['2025-01-01', '2025-02-01', '2026-02-20'] } }),
    ],
    ['a timing without events', 'not-documented', scored({ effectiveTiming: {} })],
  ])
})
