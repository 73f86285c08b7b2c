/** The criteria read a second time: words, psychosis, substance use, the head, allergies. */

import type {
  AllergyIntolerance,
  CodeableConcept,
  Condition,
  FhirResource,
  MedicationDispense,
  MedicationRequest,
} from 'fhir/r4'
import t from 'tap'
import type { CriterionId } from '../../../src/domain/screening/policy.ts'
import {
  allergy,
  clinical,
  code,
  condition,
  daysFrom,
  form,
  found,
  icd,
  lnc,
  measured,
  medicine,
  observation,
  type Parts,
  type Row,
  rx,
  sct,
  status,
  verdicts,
  verification,
} from './build.ts'

const having = (...add: FhirResource[]): Parts => ({ add })
const coded = (value: string, more: Partial<Condition> = {}): FhirResource =>
  condition(code(icd, value), more)
const since = (days: number) => ({ onsetDateTime: daysFrom(-days) })

const words: Readonly<Record<string, string>> = {
  'cardiovascular-disease':
    'heart failure|myocardial infarction|heart attack|angina|coronary|aortic|cardiomyopathy|arrhythmia|fibrillation|CHF|cardiac arrest|heart block|tachycardia|aneurysm',
  'liver-disease':
    'cirrhosis|liver failure|hepatic failure|hepatic encephalopathy|portal hypertension|hepatitis|ascites|varices|liver disease|hepatorenal',
  psychosis: 'psychosis|psychotic|schizo|delusion|hallucinat|mania|manic|catatoni|paranoi',
  'substance-use':
    'substance use|substance abuse|drug abuse|addiction|alcoholism|alcohol use disorder|alcohol dependence|opioid use disorder|opioid dependence|cocaine|methamphetamine|heroin|opioid abuse|OUD|drug dependence|cocaine dependence|benzodiazepine dependence|IV drug|misuse',
  'intracranial-pressure':
    'intracranial hypertension|intracranial pressure|hydrocephalus|pseudotumor|brain tumor|brain tumour|intracranial haemorrhage|intracranial hemorrhage|papilledema|pseudotumour',
  glaucoma: 'glaucoma|ocular hypertension|intraocular pressure|angle closure|raised IOP',
  pregnancy: 'pregnan|gravid|gestation',
  'ketamine-hypersensitivity': 'ketamine|esketamine|Ketalar|Spravato',
}
for (const [id, list] of Object.entries(words))
  for (const word of list.split('|')) {
    const judged = (resource: FhirResource) => found(having(resource), id as CriterionId)
    t.test(`Points 2, 28 and 31: ${id}: ${word}: needs-review`, async (t) => {
      const found = judged(condition({ text: `Known ${word.toUpperCase()}` }, since(20)))
      t.equal(found.verdict, 'needs-review', found.explanation)
      t.equal(
        judged(condition(code(sct, '1', `${word} of old`), since(20))).verdict,
        'needs-review',
        'display',
      )
      t.equal(
        judged(condition({ text: `no ${word}` }, since(20))).verdict,
        'needs-review',
        'negated',
      )
      t.equal(judged(condition({ text: word }, clinical('resolved'))).verdict, 'met', 'resolved')
      t.equal(
        judged(condition({ ...code(icd, 'M79.7'), text: `pain; ${word}` }, since(20))).verdict,
        'needs-review',
        'text of a coded one',
      )
    })
  }

verdicts(t, 'cardiovascular-disease', [
  ['Point 31 CHF as a whole word', 'met', having(condition({ text: 'Schfeld rash' }))],
  [
    'Point 31 an active code with neither display nor text',
    'needs-review',
    having(condition(code('urn:local', '77'))),
  ],
  [
    'Point 31 an inactive code with neither',
    'met',
    having(condition(code('urn:local', '77'), clinical('resolved'))),
  ],
  ['Point 2 uncoded without a word', 'met', having(condition({ text: 'Ingrown toenail' }))],
  ['Point 2 a code in some list is not uncoded', 'met', having(condition(code(icd, 'H26.9', 'x')))],
])
verdicts(t, 'substance-use', [
  ['Point 31 OUD as a whole word', 'met', having(condition({ text: 'Cloudy vision' }))],
  [
    'Point 31 an active code with neither display nor text',
    'needs-review',
    having(condition(code('urn:local', '77'))),
  ],
])
verdicts(t, 'glaucoma', [
  ['Point 31 raised IOP as whole words', 'met', having(condition({ text: 'praised iopology' }))],
  ['Point 31 a negated text', 'needs-review', having(condition({ text: 'no glaucoma' }))],
  [
    '3.2 uncoded and refuted',
    'met',
    having(condition({ text: 'glaucoma' }, verification('refuted'))),
  ],
  [
    '3.2 uncoded and provisional',
    'needs-review',
    having(condition({ text: 'glaucoma' }, verification('provisional'))),
  ],
  [
    'Section 4 uncoded and Y',
    'not-met',
    { answers: { glaucoma: 'Y' }, add: [condition({ text: 'glaucoma' })] },
  ],
  [
    '3.4 of a family member',
    'met',
    having({
      resourceType: 'FamilyMemberHistory',
      status: 'completed',
      patient: { reference: 'urn:uuid:patient' },
      relationship: { text: 'mother' },
      condition: [{ code: { text: 'glaucoma' } }],
    }),
  ],
  [
    'Point 30 as the reason of the referral',
    'conflicting',
    { referral: { reasonCode: [code(icd, 'G90.511'), code(icd, 'H40.1110')] } },
  ],
  [
    'Point 30 in the reason of a medicine',
    'needs-review',
    having(
      medicine('310431', '2025-01-01', '2025-03-01', undefined, {
        reasonCode: [code(icd, 'H40.1110')],
      }),
    ),
  ],
])

verdicts(t, 'psychosis', [
  ['X3 acute, 90 days before', 'conflicting', having(coded('F23', since(90)))],
  [
    'Point 24 resolved inside the window',
    'needs-review',
    having(coded('F23', { ...since(60), ...clinical('resolved') })),
  ],
  [
    'Point 24 resolved, abatement inside the window',
    'needs-review',
    having(
      coded('F23', { ...since(300), ...clinical('resolved'), abatementDateTime: daysFrom(-90) }),
    ),
  ],
  [
    'Point 24 resolved, abatement outside the window',
    'met',
    having(
      coded('F23', { ...since(300), ...clinical('resolved'), abatementDateTime: daysFrom(-91) }),
    ),
  ],
  [
    'Point 24 resolved, recorded inside the window',
    'needs-review',
    having(coded('F23', { ...since(300), ...clinical('resolved'), recordedDate: daysFrom(-90) })),
  ],
  [
    'Point 24 relapse',
    'conflicting',
    having(coded('F23', { ...since(300), ...clinical('relapse'), recordedDate: daysFrom(-20) })),
  ],
  ['X3 schizophrenia and N', 'needs-review', having(coded('F20.0'))],
  ['X3 schizophrenia inactive', 'met', having(coded('F20.0', clinical('inactive')))],
  [
    '3.2 provisional acute',
    'needs-review',
    having(coded('F23', { ...since(10), ...verification('provisional') })),
  ],
  ['X3 bipolar in remission', 'met', having(coded('F31.74'))],
  ['X3 bipolar without psychotic features', 'met', having(coded('F31.13'))],
  ['X3 schizotypal F21', 'met', having(coded('F21'))],
  ['X3 induced by alcohol', 'conflicting', having(coded('F10.150', since(10)))],
  [
    'X3 in remission, SNOMED',
    'met',
    having(condition(code(sct, '63181006', 'Paranoid schizophrenia in remission (disorder)'))),
  ],
  ['X3 PHQ-9 is advisory', 'met', having(measured('44261-6', '2026-02-20', 27))],
  ['X3 relative with Z81.8', 'met', having(coded('Z81.8'))],
  ['Point 1 category F20', 'needs-review', having(coded('F20'))],
])

const urine = (loinc: string, date: string, value = 'Positive') =>
  observation(code(lnc, loinc), date, { valueString: value })
const outcome = (value: string) => status('medicationrequest-status-reason', value)
const still = (rxcui: string, more: Partial<MedicationRequest> = {}) =>
  medicine(rxcui, '2025-11-01', undefined, undefined, { status: 'active', reasonCode: [], ...more })
const ended = (rxcui: string, days: number, more: Partial<MedicationRequest> = {}) =>
  medicine(rxcui, '2025-06-01', daysFrom(-days), undefined, {
    status: 'completed',
    reasonCode: [],
    ...more,
  })
const dispensed = (rxcui: string, on: number, days: number): MedicationDispense => ({
  resourceType: 'MedicationDispense',
  status: 'completed',
  subject: { reference: 'urn:uuid:patient' },
  medicationCodeableConcept: code(rx, rxcui),
  whenHandedOver: daysFrom(-on),
  daysSupply: { value: days, unit: 'd', system: 'http://unitsofmeasure.org', code: 'd' },
})
const named = (text: string, more: Partial<MedicationRequest> = {}) =>
  still('', { medicationCodeableConcept: { text }, ...more })
verdicts(t, 'substance-use', [
  ['X4 alcohol dependence F10.20', 'conflicting', having(coded('F10.20'))],
  ['X4 F11.20 beside N is conflicting', 'conflicting', having(coded('F11.20'))],
  ['X4 F11.21 clinically active', 'met', having(coded('F11.21'))],
  ['X4 F10.20 in remission', 'met', having(coded('F10.20', clinical('remission')))],
  ['X4 F12.90', 'needs-review', having(coded('F12.90'))],
  ['Point 4 F16.90 listed or not', 'needs-review', having(coded('F16.90'))],
  ['Point 4 F18.99', 'needs-review', having(coded('F18.99'))],
  ['X4 F10.91 remission', 'met', having(coded('F10.91'))],
  ['X4 nicotine F17.210', 'met', having(coded('F17.210'))],
  ['X4 Z79.891', 'met', having(coded('Z79.891'))],
  ['X4 on agonist therapy', 'needs-review', having(condition(code(sct, '1081000119105')))],
  [
    'X4 remission, SNOMED',
    'met',
    having(condition(code(sct, '191821007', 'Opioid dependence in remission (disorder)'))),
  ],
  ['X4 AUDIT 15', 'met', having(measured('75624-7', '2026-02-20', 15))],
  ['X4 AUDIT 16', 'needs-review', having(measured('75624-7', '2026-02-20', 16))],
  [
    'Point 6 AUDIT of 365 days before',
    'needs-review',
    having(measured('75624-7', daysFrom(-365), 20)),
  ],
  ['Point 6 AUDIT of 366 days before', 'met', having(measured('75624-7', daysFrom(-366), 20))],
  [
    'Point 6 AUDIT, the newest day',
    'met',
    having(measured('75624-7', '2025-10-20', 20), measured('75624-7', '2026-02-20', 4)),
  ],
  ['X4 AUDIT-C decides nothing', 'met', having(measured('75626-2', '2026-02-20', 12))],
  ['X4 DAST-10 5', 'met', having(measured('82667-7', '2026-02-20', 5))],
  ['X4 DAST-10 6', 'needs-review', having(measured('82667-7', '2026-02-20', 6))],
  ['X4 ORT is advisory', 'met', having(measured('91392-1', '2026-02-20', 26))],
  ['X4 urine positive 90 days before', 'needs-review', having(urine('3397-7', daysFrom(-90)))],
  ['X4 urine positive 91 days before', 'met', having(urine('3397-7', daysFrom(-91)))],
  [
    'Point 6 a later negative does not cancel',
    'needs-review',
    having(urine('3397-7', '2026-01-20'), urine('3397-7', '2026-02-20', 'Negative')),
  ],
  ['X4 urine negative', 'met', having(urine('3397-7', '2026-02-20', 'Negative'))],
  ['Point 27 none detected', 'met', having(urine('3397-7', '2026-02-20', 'None detected'))],
  ['Point 27 neither', 'needs-review', having(urine('3397-7', '2026-02-20', 'pending'))],
  [
    'Point 20 positive by LA11882-0',
    'needs-review',
    having(
      observation(code(lnc, '3397-7'), '2026-02-20', {
        valueCodeableConcept: code(lnc, 'LA11882-0'),
      }),
    ),
  ],
  [
    'Point 20 opiate while morphine was prescribed',
    'met',
    having(urine('3879-4', '2026-02-20'), still('891881')),
  ],
  [
    'Point 36 opiate while codeine was prescribed',
    'met',
    having(urine('3879-4', '2026-02-20'), still('993781')),
  ],
  [
    'Point 36 opiate while oxycodone was prescribed',
    'needs-review',
    having(urine('3879-4', '2026-02-20'), still('1049683')),
  ],
  [
    'Point 20 opiate after morphine had ended',
    'needs-review',
    having(urine('3879-4', '2026-02-20'), ended('891881', 60)),
  ],
  ['Point 20 opiate without a prescription', 'needs-review', having(urine('3879-4', '2026-02-20'))],
  [
    'Point 20 cocaine while morphine was prescribed',
    'needs-review',
    having(urine('3397-7', '2026-02-20'), still('891881')),
  ],
  ['Point 20 Suboxone running', 'needs-review', having(still('1010606'))],
  [
    'Point 20 Suboxone running beside a remission code',
    'needs-review',
    having(still('1010606'), coded('F11.21')),
  ],
  ['Point 29 completed, ended 29 days before', 'met', having(ended('1010606', 29))],
  ['Point 29 completed, ended 30 days before', 'met', having(ended('1010606', 30))],
  [
    'Point 29 active, ended 29 days before',
    'needs-review',
    having(ended('1010606', 29, { status: 'active' })),
  ],
  [
    'Point 29 active, ended 30 days before',
    'met',
    having(ended('1010606', 30, { status: 'active' })),
  ],
  [
    'Point 29 supply reaches into the 30 days',
    'needs-review',
    having(dispensed('1010606', 59, 30)),
  ],
  ['Point 29 supply ended 30 days before', 'met', having(dispensed('1010606', 60, 30))],
  [
    'Point 20 Sublocade',
    'needs-review',
    having(
      still('1996189', {
        medicationCodeableConcept: code(
          rx,
          '1996189',
          '0.5 ML buprenorphine 200 MG/ML Prefilled Syringe [Sublocade]',
        ),
      }),
    ),
  ],
  ['Point 20 Buprenex injection', 'met', having(still('205533'))],
  ['Point 20 buprenorphine patch', 'met', having(still('904880'))],
  [
    'Point 20 methadone tablets for pain',
    'met',
    having(still('864706', { reasonCode: [code(icd, 'G89.29')] })),
  ],
  [
    'Point 29 methadone tablets for F11.20',
    'needs-review',
    having(still('864706', { reasonCode: [code(icd, 'F11.90')] })),
  ],
  ['X4 methadone 40 mg dispersible', 'needs-review', having(still('864978'))],
  ['Point 29 Suboxone in text', 'needs-review', having(named('suboxone film'))],
  ['Point 29 Zubsolv in text', 'needs-review', having(named('Zubsolv 5.7'))],
  ['Point 29 Probuphine in text', 'needs-review', having(named('Probuphine implant'))],
  ['3a.3 Suboxone cancelled', 'met', having(still('1010606', { status: 'cancelled' }))],
  [
    '3.1 Suboxone entered in error',
    'met',
    having(still('1010606', { status: 'entered-in-error' })),
  ],
  [
    'Point 30 F10.20 in the reason of a medicine',
    'needs-review',
    having(still('310431', { reasonCode: [code(icd, 'F10.20')] })),
  ],
  ['3.2 F10.20 provisional', 'needs-review', having(coded('F10.20', verification('provisional')))],
  ['Point 1 category F11', 'needs-review', having(coded('F11'))],
])

verdicts(t, 'intracranial-pressure', [
  [
    'X5 benign intracranial hypertension, SNOMED',
    'conflicting',
    having(condition(code(sct, '68267002'))),
  ],
  ['X5 tumour', 'needs-review', having(coded('C71.1'))],
  ['X5 shunt', 'needs-review', having(coded('Z98.2'))],
  ['X5 haemorrhage I61.9', 'needs-review', having(coded('I61.9'))],
  ['Point 1 category G91', 'needs-review', having(coded('G91'))],
  ['3.3 resolved', 'met', having(coded('G93.2', clinical('resolved')))],
])

const verified = (value: string): Partial<AllergyIntolerance> => ({
  verificationStatus: status('allergyintolerance-verification', value),
})
const state = (value: string): Partial<AllergyIntolerance> => ({
  clinicalStatus: status('allergyintolerance-clinical', value),
})
const silent = (...add: FhirResource[]): Parts => ({
  answers: { 'ketamine-hypersensitivity': '' },
  add,
})
verdicts(t, 'ketamine-hypersensitivity', [
  ['X8 SNOMED substance', 'conflicting', having(allergy(code(sct, '373464007')))],
  ['X8 esketamine', 'conflicting', having(allergy(code(rx, '2119365')))],
  ['Point 28 product of ketamine', 'conflicting', having(allergy(code(rx, '238082')))],
  ['Point 28 product of esketamine', 'conflicting', having(allergy(code(rx, '2119381')))],
  [
    'X8 substance of the reaction',
    'conflicting',
    having(
      allergy(
        { text: 'anaesthetic' },
        { reaction: [{ substance: code(rx, '6130'), manifestation: [{ text: 'rash' }] }] },
      ),
    ),
  ],
  ['X8 presumed', 'needs-review', having(allergy(code(rx, '6130'), verified('presumed')))],
  ['X8 refuted', 'met', having(allergy(code(rx, '6130'), verified('refuted')))],
  [
    'X8 entered in error',
    'met',
    having(
      allergy(code(rx, '6130'), { ...verified('entered-in-error'), clinicalStatus: undefined }),
    ),
  ],
  ['Point 28 inactive', 'met', having(allergy(code(rx, '6130'), state('inactive')))],
  [
    'Point 3 verification missing',
    'conflicting',
    having(allergy(code(rx, '6130'), { verificationStatus: undefined })),
  ],
  ['Point 28 Ketalar as text', 'needs-review', having(allergy({ text: 'Ketalar' }))],
  [
    'Point 28 reaction to Spravato as text',
    'needs-review',
    having(allergy({ text: 'Spravato nose spray' })),
  ],
  ['Point 28 another allergy', 'met', having(allergy({ text: 'peanut' }))],
  ['X8 716186003 for N', 'met', silent(allergy(code(sct, '716186003')))],
  ['X8 409137002 for N', 'met', silent(allergy(code(sct, '409137002')))],
  ['X8 no known food allergy', 'not-documented', silent(allergy(code(sct, '429625007')))],
  [
    'Point 28 recorded 365 days before',
    'met',
    silent(allergy(code(sct, '716186003'), { recordedDate: daysFrom(-365) })),
  ],
  [
    'Point 28 recorded 366 days before',
    'not-documented',
    silent(allergy(code(sct, '716186003'), { recordedDate: daysFrom(-366) })),
  ],
  [
    'X8 716186003 beside Y',
    'not-met',
    { answers: { 'ketamine-hypersensitivity': 'Y' }, add: [allergy(code(sct, '716186003'))] },
  ],
  [
    'X8 716186003 beside an allergy',
    'conflicting',
    silent(allergy(code(sct, '716186003')), allergy(code(rx, '6130'))),
  ],
  [
    'Section 4 716186003 is for X8 only',
    'met',
    silent(allergy(code(sct, '716186003'), { recordedDate: '2026-02-01' })),
  ],
  [
    'Point 3 of another patient',
    'met',
    having(allergy(code(rx, '6130'), { patient: { reference: 'urn:uuid:other' } })),
  ],
])
const rows: readonly Row[] = [
  [
    'Section 4 716186003 does not answer psychosis',
    'not-documented',
    { answers: { psychosis: '' }, add: [allergy(code(sct, '716186003'))] },
  ],
  [
    'X4 an outcome of another kind',
    'not-documented',
    {
      answers: { psychosis: 'UNK' },
      add: [medicine('310431', '2025-01-01', '2025-02-01', outcome('hospadm'))],
    },
  ],
]
verdicts(t, 'psychosis', rows)

const whose = (id: string, ...add: FhirResource[]): Parts => ({ answers: { [id]: 'N' }, add })
const referredFor = (...reasonCode: CodeableConcept[]): Parts => ({ referral: { reasonCode } })
const noted = (value: string, display: string) => condition(code(icd, value, display))
verdicts(t, 'substance-use', [
  ['Point 1 category F17 is nicotine', 'met', having(coded('F17'))],
  ['Point 1 category F17.2', 'met', having(coded('F17.2'))],
  ['Point 1 a child of a remission code', 'met', having(coded('F10.211'))],
  ['Point 1 a child of F10.20', 'conflicting', having(coded('F10.201'))],
  ['Point 1 category F10.2', 'needs-review', having(coded('F10.2'))],
  [
    'Z81.1 of a family member',
    'met',
    having(noted('Z81.1', 'Family history of alcohol abuse and dependence')),
  ],
  ['Z87.898 history', 'met', having(noted('Z87.898', 'Personal history of substance abuse'))],
  [
    'Point 30 remission as the reason of the referral',
    'met',
    referredFor(code(icd, 'F11.21', 'Opioid dependence, in remission')),
  ],
  [
    'Point 30 a word in the reason of the referral',
    'needs-review',
    referredFor({ text: 'pain, heroin addiction' }),
  ],
  [
    'Point 30 a word in the reason of a medicine',
    'needs-review',
    having(still('310431', { reasonCode: [{ text: 'alcoholism' }] })),
  ],
  [
    'Point 29 methadone for F11.21',
    'needs-review',
    having(still('864706', { reasonCode: [code(icd, 'F11.21')] })),
  ],
  [
    'Point 20 active statement of Suboxone',
    'needs-review',
    having({
      resourceType: 'MedicationStatement',
      status: 'active',
      subject: { reference: 'urn:uuid:patient' },
      medicationCodeableConcept: code(rx, '1010606'),
      effectivePeriod: { start: '2025-11-01' },
    }),
  ],
  [
    'Point 20 Suboxone and Y',
    'not-met',
    { answers: { 'substance-use': 'Y' }, add: [still('1010606')] },
  ],
  [
    'Point 20 interpretation POS',
    'needs-review',
    having(
      observation(code(lnc, '3397-7'), '2026-02-20', {
        interpretation: [status('v3-ObservationInterpretation', 'POS')],
      }),
    ),
  ],
  [
    'Point 27 interpretation NEG',
    'met',
    having(
      observation(code(lnc, '3397-7'), '2026-02-20', {
        interpretation: [status('v3-ObservationInterpretation', 'NEG')],
      }),
    ),
  ],
  [
    'Point 20 negative by SNOMED',
    'met',
    having(
      observation(code(lnc, '3397-7'), '2026-02-20', {
        valueCodeableConcept: code(sct, '260385009', 'Negative'),
      }),
    ),
  ],
  [
    'Point 20 not detected by SNOMED',
    'met',
    having(
      observation(code(lnc, '3397-7'), '2026-02-20', {
        valueCodeableConcept: code(sct, '260415000', 'Not detected'),
      }),
    ),
  ],
  [
    '3.5 cancelled urine screen',
    'met',
    having({ ...urine('3397-7', '2026-02-20'), status: 'cancelled' }),
  ],
  ['Point 5 urine of 2025-12', 'needs-review', having(urine('3397-7', '2025-12'))],
])
verdicts(t, 'psychosis', [
  ['Z86.59 history', 'met', having(noted('Z86.59', 'Personal history of psychosis'))],
  ['Point 1 category F31', 'needs-review', having(coded('F31'))],
  ['Point 1 a child of F20.0', 'needs-review', having(coded('F20.01'))],
  [
    'Point 31 text of a coded condition',
    'needs-review',
    having(condition({ ...code(icd, 'F31.13'), text: 'bipolar, some delusions' })),
  ],
  ['Two dates: after the check', 'met', having(coded('F20.0', { onsetDateTime: '2026-03-10' }))],
  [
    'X3 active, older than 90 days',
    'conflicting',
    having(coded('F23', { onsetDateTime: '2025-12' })),
  ],
  [
    'Point 5 acute in 2024',
    'met',
    having(coded('F23', { onsetDateTime: '2024', ...clinical('resolved') })),
  ],
])
verdicts(t, 'glaucoma', [
  ['Z83.511 of a family member', 'met', having(noted('Z83.511', 'Family history of glaucoma'))],
  [
    'Z83.518 of a family member',
    'met',
    having(noted('Z83.518', 'Family history of glaucoma and other eye disorder')),
  ],
  ['Point 1 category H40.05', 'needs-review', having(coded('H40.05'))],
  [
    'Point 30 a word in the reason of the referral',
    'needs-review',
    referredFor({ text: 'pain with glaucoma' }),
  ],
  [
    'Two answers to one item, Y among them',
    'not-met',
    { form: form({ glaucoma: 'N' }), add: [form({ glaucoma: 'Y' })] },
  ],
  [
    '3.3 abated in the past, status active',
    'met',
    having(coded('H40.1110', { abatementDateTime: '2025-01-01' })),
  ],
])
verdicts(t, 'intracranial-pressure', [
  ['Point 1 category C71', 'needs-review', having(coded('C71'))],
  ['Point 1 category Z98', 'needs-review', having(coded('Z98'))],
  ['Point 1 a child of G93.2', 'conflicting', having(coded('G93.20'))],
])
verdicts(t, 'cardiovascular-disease', [
  ['Point 5 infarction of 2025', 'needs-review', having(coded('I21.4', { onsetDateTime: '2025' }))],
  ['Point 5 infarction of 2024', 'met', having(coded('I21.4', { onsetDateTime: '2024' }))],
  [
    'Point 30 in the reason of a medicine',
    'needs-review',
    having(
      medicine('310431', '2025-01-01', '2025-03-01', undefined, {
        reasonCode: [code(icd, 'I20.0')],
      }),
    ),
  ],
])
verdicts(t, 'pregnancy', [
  [
    'Point 26 male and a stale Y',
    'needs-review',
    { patient: { gender: 'male' }, form: form({ pregnancy: 'Y' }, { authored: daysFrom(-100) }) },
  ],
  [
    'Point 26 male and the word',
    'needs-review',
    { patient: { gender: 'male' }, add: [condition({ text: 'pregnant' })] },
  ],
  [
    'Point 21 birth year only',
    'needs-review',
    { answers: { pregnancy: '' }, patient: { birthDate: '1970' } },
  ],
  ['Point 1 category O09', 'needs-review', having(coded('O09', since(40)))],
  [
    'Point 27 possible pregnancy',
    'needs-review',
    having(
      observation(code(lnc, '82810-3'), '2026-02-20', {
        valueCodeableConcept: code(sct, '102874004', 'Possible pregnancy'),
      }),
    ),
  ],
  [
    'X7 20994-0 positive',
    'conflicting',
    having(observation(code(lnc, '20994-0'), '2026-02-20', { valueString: 'Positive' })),
  ],
  [
    'Point 27 negative by LOINC answer',
    'met',
    having(
      observation(code(lnc, '2106-3'), '2026-02-20', {
        valueCodeableConcept: code(lnc, 'LA6577-6', 'Negative'),
      }),
    ),
  ],
])
verdicts(t, 'liver-disease', [
  ['Point 1 category K70', 'needs-review', having(coded('K70'))],
  ['Point 1 a child of K76.6', 'conflicting', having(coded('K76.61'))],
  [
    'Point 19 Child-Pugh class C in one text',
    'conflicting',
    having(
      observation({ text: 'Assessment' }, '2026-02-20', { valueString: 'Child-Pugh class C' }),
    ),
  ],
  [
    'Point 19 Child-Pugh B as a concept',
    'needs-review',
    having(
      observation({ text: 'Assessment' }, '2026-02-20', {
        valueCodeableConcept: { text: 'child-pugh b' },
      }),
    ),
  ],
  [
    '3.5 Child-Pugh preliminary',
    'met',
    having({
      ...observation({ text: 'Assessment' }, '2026-02-20', { valueString: 'Child-Pugh C' }),
      status: 'preliminary',
    }),
  ],
])
verdicts(t, 'ketamine-hypersensitivity', [
  [
    'Point 28 an unlisted code with the word',
    'needs-review',
    having(allergy(code('urn:local', 'k', 'Ketamine'))),
  ],
  [
    'Section 4 716186003 refuted',
    'not-documented',
    silent(allergy(code(sct, '716186003'), verified('refuted'))),
  ],
  [
    'Point 28 ketamine as the reason of a medicine',
    'met',
    whose('ketamine-hypersensitivity', still('310431')),
  ],
])
