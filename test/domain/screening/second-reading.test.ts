/** The criteria read a second time, sentence by sentence: each title opens with the place in the text. */

import type { CodeableConcept, Condition, FhirResource, Observation } from 'fhir/r4'
import t from 'tap'
import type { CriterionId } from '../../../src/domain/screening/policy.ts'
import {
  allergy,
  bloodPressure,
  clinical,
  code,
  condition,
  criterion,
  daysFrom,
  form,
  icd,
  lnc,
  measured,
  observation,
  type Parts,
  pain,
  quantity,
  type Row,
  rx,
  screened,
  screenParts,
  sct,
  status,
  verdicts,
  verification,
} from './build.ts'

const crps = code(icd, 'G90.511')
const only = (concept: CodeableConcept, more: Partial<Condition> = {}): Parts => ({
  condition: condition(concept, { onsetDateTime: '2023-12-03', ...more }),
})
const other = { subject: { reference: 'urn:uuid:somebody-else' } }
const neuropathy = (score: FhirResource | null, more: Partial<Condition> = {}): Parts => ({
  ...only(code(icd, 'G62.9'), more),
  pain: score,
})
const undated = { onsetDateTime: undefined }

verdicts(t, 'qualifying-condition', [
  [
    '3.1 entered in error',
    'not-documented',
    only(crps, { ...verification('entered-in-error'), clinicalStatus: undefined }),
  ],
  ['3.2 refuted', 'not-documented', only(crps, verification('refuted'))],
  ['3.2 provisional', 'needs-review', only(crps, verification('provisional'))],
  ['3.2 differential', 'needs-review', only(crps, verification('differential'))],
  ['3.2 unconfirmed', 'needs-review', only(crps, verification('unconfirmed'))],
  ['Point 3 verification missing', 'met', only(crps, { verificationStatus: undefined })],
  ['3.3 recurrence', 'met', only(crps, clinical('recurrence'))],
  ['3.3 relapse', 'met', only(crps, clinical('relapse'))],
  ['3.3 inactive', 'not-met', only(crps, clinical('inactive'))],
  ['3.3 remission', 'not-met', only(crps, clinical('remission'))],
  ['3.3 resolved', 'not-met', only(crps, clinical('resolved'))],
  ['3.3 no clinical status, no abatement', 'met', only(crps, { clinicalStatus: undefined })],
  [
    '3.3 no clinical status, abatement in the past',
    'not-met',
    only(crps, { clinicalStatus: undefined, abatementDateTime: '2025-01-01' }),
  ],
  [
    '3.3 no clinical status, abatement to come',
    'met',
    only(crps, { clinicalStatus: undefined, abatementDateTime: '2026-12-01' }),
  ],
  [
    '3.3 active with an abatement in the past',
    'not-met',
    only(crps, { abatementDateTime: '2025-01-01' }),
  ],
  [
    '3.4 of a family member',
    'not-documented',
    {
      condition: null,
      add: [
        {
          resourceType: 'FamilyMemberHistory',
          status: 'completed',
          patient: { reference: 'urn:uuid:patient' },
          relationship: { text: 'mother' },
          condition: [{ code: crps }],
        },
      ],
    },
  ],
  ['3.7 SNOMED alone', 'met', only(code(sct, '734947007'))],
  ['3.7 ICD-10-CM without the dot', 'met', only(code(icd, 'G90511'))],
  [
    '3.7 the second coding',
    'met',
    only({
      coding: [
        { system: 'urn:local', code: '7' },
        { system: sct, code: '203082005' },
      ],
    }),
  ],
  ['3.7 text only', 'needs-review', only({ text: 'Chronic back pain' })],
  ['Point 2 text that names no pain', 'not-documented', only({ text: 'Hypertension' })],
  ['Point 2 inactive text', 'not-documented', only({ text: 'Back pain' }, clinical('resolved'))],
  ['Point 2 each word: neuralgia', 'needs-review', only({ text: 'Occipital NEURALGIA' })],
  ['Point 2 each word: neuropath', 'needs-review', only({ text: 'Small fibre neuropathy' })],
  [
    'Point 2 each word: complex regional',
    'needs-review',
    only({ text: 'Complex Regional syndrome' }),
  ],
  ['Point 2 each word: CRPS', 'needs-review', only({ text: 'crps left foot' })],
  ['Point 2 each word: causalgia', 'needs-review', only({ text: 'causalgia' })],
  ['Point 2 each word: phantom', 'needs-review', only({ text: 'Phantom limb' })],
  [
    'Point 2 text beside a resolved condition',
    'needs-review',
    { ...only(crps, clinical('resolved')), add: [condition({ text: 'leg pain' })] },
  ],
  [
    'Point 2 text beside look-alikes',
    'needs-review',
    { ...only(code(icd, 'R52')), add: [condition({ text: 'leg pain' })] },
  ],
  [
    'Point 2 text beside underlying disease',
    'needs-review',
    { ...neuropathy(null), add: [condition({ text: 'leg pain' })] },
  ],
  [
    'Point 35 M54.50 with its display',
    'needs-review',
    only(code(icd, 'M54.50', 'Low back pain, unspecified')),
  ],
  ['Point 1 category G90.5', 'needs-review', only(code(icd, 'G90.5'))],
  ['Point 1 category G90', 'needs-review', only(code(icd, 'G90'))],
  ['Point 1 two characters are no category', 'not-documented', only(code(icd, 'G9'))],
  ['Point 1 a child added later', 'met', only(code(icd, 'G90.5110'))],
  [
    'Point 1 the system must be the same',
    'not-documented',
    only(code('http://hl7.org/fhir/sid/icd-10', 'G90.511')),
  ],
  ['Point 1 a category beside a listed code', 'met', { add: [condition(code(icd, 'G90.5'))] }],
  ['R1 look-alike G89.18', 'not-met', only(code(icd, 'G89.18'))],
  ['R1 look-alike R52', 'not-met', only(code(icd, 'R52'))],
  ['R1 look-alike G54.7', 'not-met', only(code(icd, 'G54.7'))],
  ['R1 look-alike D57.3', 'not-met', only(code(icd, 'D57.3'))],
  ['R1 look-alike S14.101A', 'not-met', only(code(icd, 'S14.101A'))],
  ['R1 look-alike beside CRPS', 'met', { add: [condition(code(icd, 'R52'))] }],
  ['Point 23 Z85.3 is not looked at', 'not-documented', only(code(icd, 'Z85.3'))],
  ['Point 23 Z84.81 is not looked at', 'not-documented', only(code(icd, 'Z84.81'))],
  ['R1 spinal cord injury, subsequent', 'met', only(code(icd, 'S14.101D'))],
  ['R1 phantom limb with pain', 'met', only(code(icd, 'G54.6'))],
  [
    'R1 sickle cell disease without a score',
    'not-documented',
    { ...only(code(icd, 'D57.1')), pain: null },
  ],
  ['R1 underlying and score 4', 'met', neuropathy(pain('2026-02-20', 4))],
  ['R1 underlying and score 3', 'not-documented', neuropathy(pain('2026-02-20', 3))],
  ['R1 underlying, score of 90 days before', 'met', neuropathy(pain(daysFrom(-90), 8))],
  ['R1 underlying, score of 91 days before', 'not-documented', neuropathy(pain(daysFrom(-91), 8))],
  [
    'R1 underlying and a chronic pain code',
    'met',
    { ...neuropathy(null), add: [condition(code(sct, '82423001'))] },
  ],
  [
    'R1 underlying provisional and score 8',
    'needs-review',
    neuropathy(pain('2026-02-20', 8), verification('provisional')),
  ],
  [
    'R1 underlying resolved and score 8',
    'not-documented',
    neuropathy(pain('2026-02-20', 8), clinical('resolved')),
  ],
  [
    '3.5 underlying and a preliminary score',
    'not-documented',
    neuropathy({ ...pain('2026-02-20', 8), status: 'preliminary' }),
  ],
  ['Point 9 40 millimetres', 'met', neuropathy(pain('2026-02-20', 40, '38214-3'))],
  ['Point 9 39 millimetres', 'not-documented', neuropathy(pain('2026-02-20', 39, '38214-3'))],
  ['Point 9 PEG mean 4', 'met', neuropathy(pain('2026-02-20', 4, '91147-9'))],
  [
    'Point 9 PROMIS decides nothing',
    'not-documented',
    neuropathy(pain('2026-02-20', 66, '71961-7')),
  ],
  [
    'Point 9 the newest score',
    'met',
    { ...neuropathy(pain('2026-01-20', 2)), add: [pain('2026-02-20', 4)] },
  ],
  ['Point 4 C50.911', 'met', only(code(icd, 'C50.911'))],
  ['Point 4 C96.9', 'met', only(code(icd, 'C96.9'))],
  ['Point 4 C7A.1', 'met', only(code(icd, 'C7A.1'))],
  [
    'Point 4 D05.1 is not malignancy',
    'not-documented',
    only(code(icd, 'D05.1', 'Carcinoma in situ')),
  ],
  ['R1 coded reason of the referral', 'met', { condition: null, referral: { reasonCode: [crps] } }],
  [
    'R1 reason of the referral in text',
    'needs-review',
    { condition: null, referral: { reasonCode: [{ text: 'chronic pain' }] } },
  ],
  [
    'R1 look-alike as reason of the referral',
    'not-met',
    { condition: null, referral: { reasonCode: [code(icd, 'G89.11')] } },
  ],
  [
    'R1 underlying as reason and score 8',
    'met',
    { condition: null, referral: { reasonCode: [code(icd, 'E11.42')] } },
  ],
  ['Point 3 of another patient', 'not-documented', only(crps, other)],
  [
    'Two dates: onset after the check date',
    'not-documented',
    only(crps, { onsetDateTime: '2026-03-10' }),
  ],
  ['Nothing at all', 'not-documented', { condition: null }],
])

verdicts(t, 'chronicity', [
  ['R2 90 days', 'met', only(crps, { onsetDateTime: daysFrom(-90) })],
  ['R2 89 days', 'not-met', only(crps, { onsetDateTime: daysFrom(-89) })],
  [
    'R2 onset of the day, with a time',
    'met',
    only(crps, { onsetDateTime: `${daysFrom(-90)}T23:30:00-05:00` }),
  ],
  ['3.8 recordedDate', 'met', only(crps, { ...undated, recordedDate: daysFrom(-90) })],
  ['3.8 recordedDate too new', 'not-met', only(crps, { ...undated, recordedDate: daysFrom(-89) })],
  [
    '3.8 onset before recordedDate',
    'not-met',
    only(crps, { onsetDateTime: daysFrom(-10), recordedDate: '2023-01-01' }),
  ],
  [
    '3.8 onset period',
    'met',
    only(crps, { ...undated, onsetPeriod: { start: '2024-01-01', end: '2026-02-01' } }),
  ],
  [
    'Point 8 text and recordedDate',
    'met',
    only(crps, { ...undated, onsetString: 'years ago', recordedDate: '2023-01-01' }),
  ],
  [
    'Point 34 text without recordedDate',
    'not-documented',
    only(crps, { ...undated, onsetString: 'years ago' }),
  ],
  ['Point 8 age 47', 'met', only(crps, { ...undated, onsetAge: quantity(47, 'a') })],
  ['Point 5 2025-12', 'needs-review', only(crps, { onsetDateTime: '2025-12' })],
  ['Point 5 2025-11', 'met', only(crps, { onsetDateTime: '2025-11' })],
  ['Point 5 2025', 'needs-review', only(crps, { onsetDateTime: '2025' })],
  ['Point 5 2024', 'met', only(crps, { onsetDateTime: '2024' })],
  ['Point 5 2026', 'not-met', only(crps, { onsetDateTime: '2026' })],
  ['Point 34 undated CRPS', 'not-documented', only(crps, undated)],
  [
    'Point 34 undated G89.29',
    'needs-review',
    only(code(icd, 'G89.29', 'Other chronic pain'), undated),
  ],
  [
    'Point 34 undated chronic pain without display',
    'needs-review',
    only(code(sct, '82423001'), undated),
  ],
  [
    'Point 8 new, and old provisional',
    'met',
    {
      ...only(crps, { onsetDateTime: daysFrom(-20) }),
      add: [condition(code(icd, 'M79.7'), verification('provisional'))],
    },
  ],
  [
    'Point 8 new, and old resolved',
    'not-met',
    {
      ...only(crps, { onsetDateTime: daysFrom(-20) }),
      add: [condition(code(icd, 'M79.7'), clinical('resolved'))],
    },
  ],
  [
    'Point 8 new, and undated chronic',
    'needs-review',
    {
      ...only(crps, { onsetDateTime: daysFrom(-20) }),
      add: [condition(code(icd, 'G89.4'), undated)],
    },
  ],
  [
    'Point 8 new, and undated fibromyalgia',
    'not-met',
    {
      ...only(crps, { onsetDateTime: daysFrom(-20) }),
      add: [condition(code(icd, 'M79.7'), undated)],
    },
  ],
  ['Point 8 underlying counts', 'met', neuropathy(null)],
  ['Point 34 imprecise', 'needs-review', only(code(icd, 'G90.5'))],
  ['Point 34 text only', 'needs-review', only({ text: 'back pain' })],
  [
    'Point 34 new CRPS, old text',
    'needs-review',
    { ...only(crps, { onsetDateTime: daysFrom(-20) }), add: [condition({ text: 'back pain' })] },
  ],
  ['R2 look-alike is no candidate', 'not-documented', only(code(icd, 'R52'))],
  ['R2 resolved is no candidate', 'not-documented', only(crps, clinical('resolved'))],
  ['R2 refuted is no candidate', 'not-documented', only(crps, verification('refuted'))],
  [
    'R2 reason of the referral has no date',
    'not-documented',
    { condition: null, referral: { reasonCode: [crps] } },
  ],
  [
    'R2 chronic reason of the referral',
    'needs-review',
    { condition: null, referral: { reasonCode: [code(icd, 'G89.29')] } },
  ],
  [
    'R2 counts from the referral, not from the check',
    'not-met',
    only(crps, { onsetDateTime: daysFrom(-85) }),
  ],
])

const scored = (observation: FhirResource | null): Parts => ({ pain: observation })
verdicts(t, 'baseline-pain-score', [
  ['R4 90 days', 'met', scored(pain(daysFrom(-90), 8))],
  ['R4 91 days', 'not-documented', scored(pain(daysFrom(-91), 8))],
  ['R4 score 0', 'met', scored(pain('2026-02-20', 0))],
  ['Two dates: on the check date', 'met', scored(pain('2026-03-09', 8))],
  ['Two dates: after the check date', 'not-documented', scored(pain('2026-03-10', 8))],
  ['Two dates: an earlier check', 'not-documented', scored(pain('2026-03-05', 8)), '2026-03-04'],
  ['Point 5 2025-12', 'needs-review', scored(pain('2025-12', 8))],
  ['Point 5 2026-01', 'met', scored(pain('2026-01', 8))],
  ['Point 5 2026', 'met', scored(pain('2026', 8))],
  ['Point 5 2025-11', 'not-documented', scored(pain('2025-11', 8))],
  ...['72514-3', '75893-8', '38208-5', '38221-8', '91147-9', '38214-3'].map(
    (loinc): Row => [`Point 9 ${loinc}`, 'met', scored(pain('2026-02-20', 6, loinc))],
  ),
  ...['91145-3', '91146-1', '91351-7', '71961-7'].map(
    (loinc): Row => [`Point 9 ${loinc}`, 'not-documented', scored(pain('2026-02-20', 6, loinc))],
  ),
  ...['amended', 'corrected'].map(
    (each): Row => [
      `3.5 ${each}`,
      'met',
      scored({ ...pain('2026-02-20', 6), status: each as Observation['status'] }),
    ],
  ),
  ...['preliminary', 'registered', 'cancelled', 'unknown', 'entered-in-error'].map(
    (each): Row => [
      `3.5 ${each}`,
      'not-documented',
      scored({ ...pain('2026-02-20', 6), status: each as Observation['status'] }),
    ],
  ),
  ['Point 9 without unit', 'met', scored(measured('72514-3', '2026-02-20', 6))],
  [
    'Point 9 as an integer',
    'met',
    scored(observation(code(lnc, '72514-3'), '2026-02-20', { valueInteger: 6 })),
  ],
  [
    'R4 without a value',
    'not-documented',
    scored(
      observation(code(lnc, '72514-3'), '2026-02-20', { dataAbsentReason: { text: 'asleep' } }),
    ),
  ],
  ['R4 undated', 'not-documented', scored(measured('72514-3', undefined, 6))],
  ['Point 3 of another patient', 'not-documented', scored({ ...pain('2026-02-20', 6), ...other })],
])

const strong: Readonly<Record<string, FhirResource>> = {
  'cardiovascular-disease': condition(code(icd, 'I20.0'), { onsetDateTime: daysFrom(-30) }),
  'liver-disease': condition(code(icd, 'K76.6')),
  psychosis: condition(code(icd, 'F31.2'), { onsetDateTime: daysFrom(-30) }),
  'substance-use': condition(code(icd, 'F10.20')),
  'intracranial-pressure': condition(code(icd, 'G93.2')),
  glaucoma: condition(code(icd, 'H40.1110')),
  pregnancy: condition(code(icd, 'Z33.1'), { onsetDateTime: daysFrom(-60) }),
  'ketamine-hypersensitivity': allergy(code(rx, '6130')),
}
const uncertain: Readonly<Record<string, FhirResource>> = {
  'cardiovascular-disease': bloodPressure('2026-02-25', 148, 80),
  'liver-disease': condition(code(icd, 'K74.60')),
  psychosis: condition(code(icd, 'F20.0')),
  'substance-use': condition(code(icd, 'F10.90')),
  'intracranial-pressure': condition(code(icd, 'G91.2')),
  glaucoma: condition(code(icd, 'H40.051')),
  pregnancy: condition(code(icd, 'Z33.1'), undated),
  'ketamine-hypersensitivity': allergy(code(rx, '6130'), {
    verificationStatus: status('allergyintolerance-verification', 'unconfirmed'),
  }),
}
const over: Readonly<Record<string, FhirResource>> = {
  'cardiovascular-disease': condition(code(icd, 'I25.10'), clinical('resolved')),
  'liver-disease': condition(code(icd, 'K76.6'), clinical('resolved')),
  psychosis: condition(code(icd, 'F20.0'), clinical('remission')),
  'substance-use': condition(code(icd, 'F10.21')),
  'intracranial-pressure': condition(code(icd, 'G93.2'), verification('refuted')),
  glaucoma: condition(code(icd, 'Z83.511')),
  pregnancy: condition(code(icd, 'Z33.1'), { onsetDateTime: daysFrom(-302) }),
  'ketamine-hypersensitivity': allergy(code(rx, '6130'), {
    clinicalStatus: status('allergyintolerance-clinical', 'resolved'),
  }),
}
const table: readonly (readonly [
  string,
  Readonly<Record<string, FhirResource>>,
  readonly string[],
])[] = [
  ['E+', strong, ['not-met', 'conflicting', 'not-met']],
  ['E~', uncertain, ['not-met', 'needs-review', 'needs-review']],
  ['E0', over, ['not-met', 'met', 'not-documented']],
]
for (const [evidence, records, expected] of table)
  for (const [id, record] of Object.entries(records))
    for (const [index, answers] of [['Y'], ['N'], ['UNK', 'NASK', 'ASKU', '']].entries())
      for (const answer of answers)
        t.test(
          `Section 4: ${id}, ${evidence} and ${answer || 'no answer'}: ${expected[index]}`,
          async (t) => {
            const found = criterion(
              screenParts({ answers: { [id]: answer }, add: [record] }),
              id as CriterionId,
            )
            t.equal(found.verdict, expected[index], found.explanation)
          },
        )

const item = (linkId: string, answer: string) => ({
  linkId,
  answer: [
    { valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v2-0532', code: answer } },
  ],
})
const stale = (answer: string) => form({ glaucoma: answer }, { authored: daysFrom(-91) })
const second = (answer: string, authored: string, more = {}) =>
  form({ glaucoma: answer }, { authored, ...more })
verdicts(t, 'glaucoma', [
  ['3.6 90 days', 'met', { form: form(screened, { authored: daysFrom(-90) }) }],
  ['3.6 91 days', 'not-documented', { form: form(screened, { authored: daysFrom(-91) }) }],
  ['3.6 on the check date', 'met', { form: form(screened, { authored: '2026-03-09' }) }],
  [
    '3.6 after the check date',
    'not-documented',
    { form: form(screened, { authored: '2026-03-10' }) },
  ],
  ['3.6 amended', 'met', { form: form(screened, { status: 'amended' }) }],
  ['3.6 in progress', 'not-documented', { form: form(screened, { status: 'in-progress' }) }],
  ['3.6 stopped', 'not-documented', { form: form(screened, { status: 'stopped' }) }],
  [
    '3.1 form entered in error',
    'not-documented',
    { form: form({ glaucoma: 'Y' }, { status: 'entered-in-error' }) },
  ],
  ['3.6 undated form', 'not-documented', { form: form(screened, { authored: undefined }) }],
  ['Point 22 stale Y', 'needs-review', { form: stale('Y') }],
  ['Point 22 stale N', 'not-documented', { form: stale('N') }],
  ['Point 22 stale Y, newer N', 'met', { add: [stale('Y')] }],
  [
    'Point 33 stale Y, newer unknown',
    'needs-review',
    { answers: { glaucoma: 'UNK' }, add: [stale('Y')] },
  ],
  [
    'Point 22 unfinished Y newer than N',
    'needs-review',
    { add: [second('Y', '2026-03-01', { status: 'in-progress' })] },
  ],
  [
    'Point 22 unfinished Y older than N',
    'met',
    { add: [second('Y', '2026-02-01', { status: 'in-progress' })] },
  ],
  [
    'Point 22 unfinished N newer than Y',
    'not-met',
    { answers: { glaucoma: 'Y' }, add: [second('N', '2026-03-01', { status: 'in-progress' })] },
  ],
  ['Point 22 the newest answer Y', 'not-met', { add: [second('Y', '2026-03-01')] }],
  ['Point 22 the newest answer N', 'met', { add: [second('Y', '2026-02-01')] }],
  ['Point 22 the newest answer unknown', 'not-documented', { add: [second('UNK', '2026-03-01')] }],
  [
    'Point 22 a newer form that is silent',
    'met',
    { add: [form({ psychosis: 'N' }, { authored: '2026-03-01' })] },
  ],
  ['Point 33 same day, Y before N', 'not-met', { add: [second('Y', '2026-02-27')] }],
  ['Point 33 same day, unknown before N', 'not-documented', { add: [second('UNK', '2026-02-27')] }],
  [
    'Point 33 same day, by time',
    'met',
    { form: second('N', '2026-02-27T11:00:00Z'), add: [second('Y', '2026-02-27T09:00:00Z')] },
  ],
  [
    'Point 33 same day, time on one form only',
    'not-met',
    { form: second('N', '2026-02-27'), add: [second('Y', '2026-02-27T09:00:00Z')] },
  ],
  [
    'Point 22 canonical with a version',
    'met',
    {
      form: form(screened, {
        questionnaire:
          'https://referloop.example/fhir/Questionnaire/ketamine-infusion-screening|2.1',
      }),
    },
  ],
  [
    'The form: another questionnaire',
    'not-documented',
    { form: form(screened, { questionnaire: 'https://elsewhere.example/Questionnaire/x' }) },
  ],
  [
    'Point 22 nested item',
    'met',
    { form: form({}, { item: [{ linkId: 'group', item: [item('glaucoma', 'N')] }] }) },
  ],
  [
    'Point 22 item nested under an answer',
    'not-met',
    {
      form: form(
        {},
        { item: [{ linkId: 'q', answer: [{ valueString: 'x', item: [item('glaucoma', 'Y')] }] }] },
      ),
    },
  ],
  [
    'The form: boolean is no answer',
    'not-documented',
    { form: form({}, { item: [{ linkId: 'glaucoma', answer: [{ valueBoolean: false }] }] }) },
  ],
  [
    'The form: another system is no answer',
    'not-documented',
    {
      form: form(
        {},
        {
          item: [{ linkId: 'glaucoma', answer: [{ valueCoding: { system: 'urn:x', code: 'N' } }] }],
        },
      ),
    },
  ],
  ['Point 3 form of another patient', 'not-documented', { form: form(screened, other) }],
  ['Point 5 form of 2026-02', 'met', { form: form(screened, { authored: '2026-02' }) }],
])
