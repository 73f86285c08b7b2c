/** The criteria read a second time: vital signs, laboratory values, eyes and pregnancy. */

import type { CodeableConcept, Condition, FhirResource, Observation } from 'fhir/r4'
import t from 'tap'
import {
  bloodPressure,
  clinical,
  code,
  condition,
  daysFrom,
  form,
  icd,
  lnc,
  measured,
  medicine,
  observation,
  type Parts,
  quantity,
  screened,
  sct,
  status,
  verdicts,
  verification,
} from './build.ts'

const having = (...add: FhirResource[]): Parts => ({ add })
const answered = (id: string, answer: string, ...add: FhirResource[]): Parts => ({
  answers: { [id]: answer },
  add,
})
const coded = (value: string, more: Partial<Condition> = {}): FhirResource =>
  condition(code(icd, value), more)
const since = (days: number) => ({ onsetDateTime: daysFrom(-days) })
const undated = { onsetDateTime: undefined }
const pressure = (systolic: number, diastolic: number, unit?: string): Parts => ({
  bloodPressure: bloodPressure('2026-02-20', systolic, diastolic, unit),
})
const part = (loinc: string, value: number, unit = 'mm[Hg]', date = '2026-02-25') =>
  measured(loinc, date, value, unit)

verdicts(t, 'cardiovascular-disease', [
  ['X1 139/89', 'met', pressure(139, 89)],
  ['X1 140/80', 'needs-review', pressure(140, 80)],
  ['X1 120/90', 'needs-review', pressure(120, 90)],
  ['X1 159/99', 'needs-review', pressure(159, 99)],
  ['X1 160/80 beside N', 'conflicting', pressure(160, 80)],
  ['X1 120/100 beside N', 'conflicting', pressure(120, 100)],
  [
    'X1 160/80 and no answer',
    'not-met',
    { ...pressure(160, 80), answers: { 'cardiovascular-disease': '' } },
  ],
  ['X1 no reading', 'not-documented', { bloodPressure: null }],
  ['X1 reading of 90 days before', 'met', { bloodPressure: bloodPressure(daysFrom(-90), 120, 70) }],
  [
    'X1 reading of 91 days before',
    'not-documented',
    { bloodPressure: bloodPressure(daysFrom(-91), 120, 70) },
  ],
  ['X1 reading on the check date', 'met', { bloodPressure: bloodPressure('2026-03-09', 120, 70) }],
  [
    'X1 reading after the check date',
    'not-documented',
    { bloodPressure: bloodPressure('2026-03-10', 120, 70) },
  ],
  [
    '3.5 preliminary reading',
    'not-documented',
    { bloodPressure: { ...bloodPressure('2026-02-20', 120, 70), status: 'preliminary' } },
  ],
  ['X1 the newest day wins, good', 'met', having(bloodPressure('2026-02-10', 170, 105))],
  ['X1 the newest day wins, bad', 'conflicting', having(bloodPressure('2026-02-25', 170, 105))],
  [
    'Point 6 of several the lowest, in the band',
    'met',
    having(bloodPressure('2026-02-20', 150, 95)),
  ],
  [
    'Point 32 any reading at 160/100 is at least E~',
    'needs-review',
    having(bloodPressure('2026-02-20', 160, 78)),
  ],
  ['Point 32 any diastolic of 100', 'needs-review', having(bloodPressure('2026-02-20', 150, 100))],
  [
    'X1 two separate observations',
    'met',
    { bloodPressure: null, add: [part('8480-6', 120), part('8462-4', 70)] },
  ],
  [
    'X1 two separate observations, high',
    'conflicting',
    { bloodPressure: null, add: [part('8480-6', 165), part('8462-4', 70)] },
  ],
  ['Point 6 half a reading that is high counts', 'conflicting', having(part('8480-6', 165))],
  ['Point 6 half in the band counts', 'needs-review', having(part('8480-6', 145))],
  ['Point 6 half that is low: the newest day with both', 'met', having(part('8480-6', 120))],
  [
    'Point 6 half that is low and nothing else',
    'not-documented',
    { bloodPressure: null, add: [part('8480-6', 120)] },
  ],
  [
    'Point 6 the diastolic alone, high',
    'conflicting',
    { bloodPressure: null, add: [part('8462-4', 101)] },
  ],
  ['3.9 kPa: 20 and 10', 'needs-review', pressure(20, 10, 'kPa')],
  ['3.9 kPa: 16 and 10', 'met', pressure(16, 10, 'kPa')],
  ['Point 9 unit text mmHg', 'met', pressure(120, 70, 'mmHg')],
  ['3.9 an unknown unit', 'not-documented', pressure(120, 70, 'cm')],
  ['X1 hypertension with BP in range', 'met', having(coded('I10'))],
  [
    'X1 hypertension with no reading',
    'not-documented',
    { bloodPressure: null, add: [coded('I10')] },
  ],
  [
    'X1 hypertension, BP in range, no answer',
    'not-documented',
    answered('cardiovascular-disease', '', coded('I10')),
  ],
  [
    'X1 hypertension, SNOMED, no answer',
    'not-documented',
    answered('cardiovascular-disease', '', condition(code(sct, '59621000'))),
  ],
  ['X1 stable disease, N and BP', 'met', having(coded('I25.10'))],
  [
    'X1 stable disease, N, no reading',
    'not-documented',
    { bloodPressure: null, add: [coded('I25.10')] },
  ],
  [
    'X1 stable disease and no answer',
    'needs-review',
    answered('cardiovascular-disease', '', coded('I25.10')),
  ],
  ['X1 stable disease and Y', 'not-met', answered('cardiovascular-disease', 'Y', coded('I25.10'))],
  [
    'X1 stable disease and BP in the band',
    'needs-review',
    { ...pressure(148, 80), add: [coded('I25.10')] },
  ],
  [
    'Point 4 I11.0 and no answer',
    'needs-review',
    answered('cardiovascular-disease', '', coded('I11.0')),
  ],
  [
    'Point 4 I13.0 and no answer',
    'needs-review',
    answered('cardiovascular-disease', '', coded('I13.0')),
  ],
  [
    'Point 4 I13.10 is judged by BP',
    'not-documented',
    answered('cardiovascular-disease', '', coded('I13.10')),
  ],
  ['Point 4 I11.0, N and BP in range', 'met', having(coded('I11.0'))],
  ['Point 4 I25.42 within 180 days', 'conflicting', having(coded('I25.42', since(100)))],
  ['Point 7 infarction 180 days before', 'conflicting', having(coded('I21.4', since(180)))],
  ['Point 7 infarction 181 days before', 'met', having(coded('I21.4', since(181)))],
  [
    'Point 7 infarction 181 days before, no answer',
    'needs-review',
    answered('cardiovascular-disease', '', coded('I21.4', since(181))),
  ],
  [
    'Point 7 infarction recorded 100 days before',
    'conflicting',
    having(coded('I21.4', { ...undated, recordedDate: daysFrom(-100) })),
  ],
  ['Point 7 undated infarction', 'needs-review', having(coded('I21.4', undated))],
  ['Point 7 hypertensive urgency 90 days before', 'conflicting', having(coded('I16.0', since(90)))],
  ['Point 7 hypertensive urgency 91 days before', 'met', having(coded('I16.0', since(91)))],
  ['Point 7 443482000 91 days before', 'met', having(condition(code(sct, '443482000'), since(91)))],
  [
    'Point 7 443482000 90 days before',
    'conflicting',
    having(condition(code(sct, '443482000'), since(90))),
  ],
  [
    'Point 24 resolved inside the window',
    'needs-review',
    having(coded('I21.4', { ...since(100), ...clinical('resolved') })),
  ],
  [
    'Point 24 inactive inside the window',
    'needs-review',
    having(coded('I21.4', { ...since(100), ...clinical('inactive') })),
  ],
  [
    'Point 24 resolved outside the window',
    'met',
    having(coded('I21.4', { ...since(181), ...clinical('resolved') })),
  ],
  [
    'Point 24 recurrence, recorded inside',
    'conflicting',
    having(
      coded('I20.0', { ...since(400), recordedDate: daysFrom(-30), ...clinical('recurrence') }),
    ),
  ],
  [
    'Point 24 relapse, recorded outside',
    'met',
    having(coded('I20.0', { ...since(400), recordedDate: daysFrom(-181), ...clinical('relapse') })),
  ],
  [
    'Point 24 active, recorded inside but begun outside',
    'met',
    having(coded('I20.0', { ...since(400), recordedDate: daysFrom(-30) })),
  ],
  ['Point 24 refuted', 'met', having(coded('I21.4', { ...since(30), ...verification('refuted') }))],
  [
    '3.2 provisional infarction',
    'needs-review',
    having(coded('I21.4', { ...since(30), ...verification('provisional') })),
  ],
  [
    'Point 5 infarction of 2025-09',
    'needs-review',
    answered('cardiovascular-disease', 'N', coded('I21.4', { onsetDateTime: '2025-09' })),
  ],
  ['X1 elevated reading R03.0 is excluded', 'met', having(coded('R03.0'))],
  ['X1 ocular hypertension is no heart disease', 'met', having(condition(code(sct, '4210003')))],
  ['Point 1 category I25', 'needs-review', having(coded('I25'))],
  ['Point 1 category I21', 'needs-review', having(coded('I21'))],
  ['3.4 Z86.79', 'met', having(coded('Z86.79'))],
  [
    'Point 30 unstable angina as the reason of the referral',
    'conflicting',
    { referral: { reasonCode: [code(icd, 'I20.0')] } },
  ],
])

const lab = (
  loinc: string,
  value: number,
  unit?: string,
  date = '2026-02-20',
  more: Partial<Observation> = {},
) => ({ ...measured(loinc, date, value, unit), ...more })
const alt = (
  value: number,
  unit: string | undefined = 'U/L',
  date?: string,
  more?: Partial<Observation>,
) => lab('1742-6', value, unit, date, more)
const ast = (
  value: number,
  unit: string | undefined = 'U/L',
  date?: string,
  more?: Partial<Observation>,
) => lab('1920-8', value, unit, date, more)
const bilirubin = (value: number, unit: string | undefined = 'mg/dL', loinc = '1975-2') =>
  lab(loinc, value, unit)
const high = (value: number) => ({ referenceRange: [{ high: quantity(value, 'U/L') }] })
const compared = (comparator: '<' | '<=' | '>' | '>=', value: number, unit = 'U/L') =>
  observation(code(lnc, '1742-6'), '2026-02-20', {
    valueQuantity: { ...quantity(value, unit), comparator },
  })
const fatty = coded('K76.0')
const childPugh = (text: string, value: string, date = '2026-02-20') =>
  observation({ text }, date, { valueString: value })

verdicts(t, 'liver-disease', [
  ['X2 ALT 120', 'met', having(alt(120))],
  ['X2 ALT 121', 'needs-review', having(alt(121))],
  ['X2 ALT 200', 'needs-review', having(alt(200))],
  ['X2 ALT 201', 'conflicting', having(alt(201))],
  ['X2 AST 201', 'conflicting', having(ast(201))],
  ['X2 AST 88112-8 201', 'conflicting', having(lab('88112-8', 201, 'U/L'))],
  ['X2 upper limit 60: 180', 'met', having(alt(180, 'U/L', undefined, high(60)))],
  ['X2 upper limit 60: 181', 'needs-review', having(alt(181, 'U/L', undefined, high(60)))],
  ['X2 upper limit 30: 151', 'conflicting', having(alt(151, 'U/L', undefined, high(30)))],
  ['3.9 ukat/L 2.0', 'met', having(alt(2, 'ukat/L'))],
  ['3.9 ukat/L 3.4', 'conflicting', having(alt(3.4, 'ukat/L'))],
  ['Point 9 [iU]/L', 'conflicting', having(alt(210, '[iU]/L'))],
  ['Point 9 IU/L', 'conflicting', having(alt(210, 'IU/L'))],
  ['Point 25 abnormal without unit', 'needs-review', having(measured('1742-6', '2026-02-20', 210))],
  ['Point 25 normal without unit', 'met', having(measured('1742-6', '2026-02-20', 30))],
  ['Point 25 abnormal, unknown unit', 'needs-review', having(alt(210, 'mg'))],
  ['Point 6 180 days before', 'conflicting', having(alt(250, 'U/L', daysFrom(-180)))],
  ['Point 6 181 days before', 'met', having(alt(250, 'U/L', daysFrom(-181)))],
  ['Point 6 per analyte', 'conflicting', having(alt(250, 'U/L', '2026-01-10'), ast(30))],
  ['Point 6 newest day', 'met', having(alt(250, 'U/L', '2026-01-10'), alt(30))],
  ['Point 6 same day the worst', 'conflicting', having(alt(250), alt(30))],
  [
    'Point 6 analyte, not LOINC code',
    'met',
    having(lab('1920-8', 250, 'U/L', '2026-01-10'), lab('30239-8', 30, 'U/L')),
  ],
  ['X2 bilirubin 3.0', 'met', having(bilirubin(3))],
  ['X2 bilirubin 3.1', 'needs-review', having(bilirubin(3.1))],
  ['X2 bilirubin 30', 'needs-review', having(bilirubin(30))],
  ['Point 36 bilirubin 51 umol/L', 'met', having(bilirubin(51, 'umol/L', '14631-6'))],
  ['Point 36 bilirubin 52 umol/L', 'needs-review', having(bilirubin(52, 'umol/L', '14631-6'))],
  ['Point 25 > 200', 'needs-review', having(compared('>', 200))],
  ['Point 25 >= 201', 'conflicting', having(compared('>=', 201))],
  ['Point 25 > 100', 'met', having(compared('>', 100))],
  ['3.5 preliminary ALT', 'met', having(alt(250, 'U/L', undefined, { status: 'preliminary' }))],
  ['Point 19 mild, both normal', 'met', having(fatty, alt(40), ast(40))],
  ['Point 19 mild, ALT only', 'not-documented', having(fatty, alt(40))],
  ['Point 19 mild, AST only', 'not-documented', having(fatty, ast(40))],
  ['Point 19 mild, none', 'not-documented', having(fatty)],
  [
    'Point 19 mild, one too old',
    'not-documented',
    having(fatty, alt(40), ast(40, 'U/L', daysFrom(-181))),
  ],
  [
    'Point 19 mild, ALT without unit',
    'not-documented',
    having(fatty, measured('1742-6', '2026-02-20', 30), ast(40)),
  ],
  ['Point 25 mild, < 40', 'met', having(fatty, compared('<', 40), ast(40))],
  [
    'Point 25 mild, < 500 clears nothing',
    'needs-review',
    having(fatty, compared('<', 500), ast(40)),
  ],
  ['Point 19 mild and ALT 150', 'needs-review', having(fatty, alt(150), ast(40))],
  ['X2 mild resolved asks for nothing', 'met', having(coded('K76.0', clinical('resolved')))],
  ['X2 mild without labs, Y', 'not-met', answered('liver-disease', 'Y', fatty)],
  ['Point 4 other ascites R18.8', 'needs-review', having(coded('R18.8'))],
  [
    'Point 19 Child-Pugh C in the value',
    'conflicting',
    having(childPugh('Child-Pugh class', 'Child-Pugh C')),
  ],
  ['Point 19 Child-Pugh B', 'needs-review', having(childPugh('Liver', 'Child-Pugh B'))],
  ['Point 19 Child-Pugh A', 'met', having(childPugh('Liver', 'Child-Pugh A'))],
  ['Point 32 code text and value joined', 'conflicting', having(childPugh('Child-Pugh', 'C'))],
  [
    'Point 32 code text with class, value B',
    'needs-review',
    having(childPugh('Child-Pugh class', 'B')),
  ],
  [
    'Point 32 Child-Pugh of 365 days before',
    'conflicting',
    having(childPugh('Child-Pugh', 'C', daysFrom(-365))),
  ],
  [
    'Point 32 Child-Pugh of 366 days before',
    'met',
    having(childPugh('Child-Pugh', 'C', daysFrom(-366))),
  ],
  [
    'Point 32 Child-Pugh, the newest day',
    'met',
    having(childPugh('Child-Pugh', 'C', '2025-12-01'), childPugh('Child-Pugh', 'A')),
  ],
  ['Point 19 numbers are ignored', 'met', having(childPugh('Child-Pugh score', '10'))],
  ['3.2 provisional varices', 'needs-review', having(coded('I85.00', verification('provisional')))],
  ['Point 1 category K72', 'needs-review', having(coded('K72'))],
  ['No labs, no disease', 'met', {}],
])

const eye = (
  loinc: string,
  value: number,
  unit: string | undefined = 'mm[Hg]',
  date = '2026-02-20',
) => measured(loinc, date, value, unit)
const side = (value: number, site: string, date = '2026-02-20') =>
  observation(code(sct, '41633001'), date, {
    valueQuantity: quantity(value, 'mm[Hg]'),
    bodySite: code(sct, site),
  })
verdicts(t, 'glaucoma', [
  ['X6 right 21', 'met', having(eye('79892-6', 21))],
  ['X6 right 22', 'needs-review', having(eye('79892-6', 22))],
  ['X6 left 21.5', 'needs-review', having(eye('79893-4', 21.5))],
  ['X6 SNOMED with body site', 'needs-review', having(side(24, '8966001'))],
  ['X6 365 days', 'needs-review', having(eye('79892-6', 25, 'mm[Hg]', daysFrom(-365)))],
  ['X6 366 days', 'met', having(eye('79892-6', 25, 'mm[Hg]', daysFrom(-366)))],
  [
    'Point 32 newest day per eye',
    'met',
    having(eye('79892-6', 25, 'mm[Hg]', '2026-01-01'), eye('79892-6', 18)),
  ],
  [
    'Point 32 the other eye does not help',
    'needs-review',
    having(eye('79892-6', 25, 'mm[Hg]', '2026-01-01'), eye('79893-4', 18)),
  ],
  ['Point 6 same day the worst', 'needs-review', having(eye('79892-6', 25), eye('79892-6', 18))],
  ['3.9 2.7 kPa', 'met', having(eye('79892-6', 2.7, 'kPa'))],
  ['3.9 3 kPa', 'needs-review', having(eye('79892-6', 3, 'kPa'))],
  ['Point 25 high without unit', 'needs-review', having(measured('79892-6', '2026-02-20', 25))],
  ['Point 25 normal without unit', 'met', having(measured('79892-6', '2026-02-20', 15))],
  [
    'Point 25 > 21',
    'met',
    having(
      observation(code(lnc, '79892-6'), '2026-02-20', {
        valueQuantity: { ...quantity(21, 'mm[Hg]'), comparator: '>' },
      }),
    ),
  ],
  ['X6 suspect H40.003', 'needs-review', having(coded('H40.003'))],
  ['X6 H40.1 category', 'needs-review', having(coded('H40.1'))],
  ['X6 H40.1110 without the dot', 'conflicting', having(coded('H401110'))],
  ['X6 cataract', 'met', having(coded('H26.9'))],
])

const female = (birthDate: string): Parts => ({ patient: { birthDate } })
const unanswered = { answers: { pregnancy: '' } }
const result = (loinc: string, date: string, more: Partial<Observation>) =>
  observation(code(lnc, loinc), date, more)
const said = (value: string, date = '2026-02-20', loinc = '2106-3') =>
  result(loinc, date, { valueString: value })
const chosen = (concept: CodeableConcept, date = '2026-02-20', loinc = '2106-3') =>
  result(loinc, date, { valueCodeableConcept: concept })
const pregnantStatus = (date: string) => chosen(code(sct, '77386006'), date, '82810-3')
const notPregnant = (date: string) => chosen(code(sct, '60001007'), date, '82810-3')
const pregnant = (days: number, more: Partial<Condition> = {}) =>
  coded('Z33.1', { ...since(days), ...more })
verdicts(t, 'pregnancy', [
  ['X7 answer N suffices', 'met', {}],
  ['X7 no answer', 'not-documented', unanswered],
  ['Point 21 male, no answer', 'met', { ...unanswered, patient: { gender: 'male' } }],
  ['Point 21 male, no form', 'met', { form: null, patient: { gender: 'male' } }],
  ['X7 gender other is asked', 'not-documented', { ...unanswered, patient: { gender: 'other' } }],
  [
    'X7 gender unknown is asked',
    'not-documented',
    { ...unanswered, patient: { gender: 'unknown' } },
  ],
  [
    'X7 gender missing is asked',
    'not-documented',
    { ...unanswered, patient: { gender: undefined } as never },
  ],
  ['Point 21 twelve today', 'not-documented', { ...unanswered, ...female('2014-03-02') }],
  ['Point 21 twelve tomorrow', 'met', { ...unanswered, ...female('2014-03-03') }],
  ['Point 21 fifty-five', 'not-documented', { ...unanswered, ...female('1970-03-03') }],
  ['Point 21 fifty-six today', 'met', { ...unanswered, ...female('1970-03-02') }],
  [
    'Point 21 birth date missing is asked',
    'not-documented',
    { ...unanswered, patient: { birthDate: undefined } as never },
  ],
  ['Point 21 Z90.710', 'met', { ...unanswered, add: [coded('Z90.710')] }],
  [
    'Point 21 Z90.711 resolved',
    'met',
    { ...unanswered, add: [coded('Z90.711', clinical('resolved'))] },
  ],
  [
    'Point 21 Z90.710 refuted',
    'not-documented',
    { ...unanswered, add: [coded('Z90.710', verification('refuted'))] },
  ],
  [
    'Point 21 Z90.710 provisional',
    'met',
    { ...unanswered, add: [coded('Z90.710', verification('provisional'))] },
  ],
  ['Point 26 Z78.0 confirmed', 'met', { ...unanswered, add: [coded('Z78.0')] }],
  [
    'Point 26 Z78.0 provisional',
    'not-documented',
    { ...unanswered, add: [coded('Z78.0', verification('provisional'))] },
  ],
  [
    'Point 21 male and Y',
    'needs-review',
    { answers: { pregnancy: 'Y' }, patient: { gender: 'male' } },
  ],
  [
    'Point 26 male and pregnancy on record',
    'needs-review',
    { patient: { gender: 'male' }, add: [pregnant(30)] },
  ],
  [
    'Point 26 hysterectomy and an undated pregnancy',
    'needs-review',
    having(coded('Z90.710'), coded('Z33.1', undated)),
  ],
  ['X7 pregnancy 301 days before', 'conflicting', having(pregnant(301))],
  ['X7 pregnancy 302 days before', 'met', having(pregnant(302))],
  [
    'X7 pregnancy recorded 60 days before',
    'conflicting',
    having(coded('Z33.1', { ...undated, recordedDate: daysFrom(-60) })),
  ],
  ['X7 pregnancy resolved', 'met', having(pregnant(60, clinical('resolved')))],
  ['3.2 provisional pregnancy', 'needs-review', having(pregnant(60, verification('provisional')))],
  ['Point 21 undated pregnancy', 'needs-review', having(coded('Z33.1', undated))],
  ['X7 status of 301 days before', 'conflicting', having(pregnantStatus(daysFrom(-301)))],
  ['X7 status of 302 days before', 'met', having(pregnantStatus(daysFrom(-302)))],
  ['X7 hCG of 42 days before', 'conflicting', having(said('Positive', daysFrom(-42)))],
  ['X7 hCG of 43 days before', 'met', having(said('Positive', daysFrom(-43)))],
  ['X7 hCG detected', 'conflicting', having(chosen(code(sct, '260373001')))],
  ['X7 hCG positive by SNOMED', 'conflicting', having(chosen(code(sct, '10828004')))],
  ['X7 hCG positive by LOINC answer', 'conflicting', having(chosen(code(lnc, 'LA6576-8')))],
  [
    'X7 hCG by interpretation',
    'conflicting',
    having(
      result('2118-8', '2026-02-20', {
        interpretation: [status('v3-ObservationInterpretation', 'POS')],
      }),
    ),
  ],
  ['X7 hCG negative', 'met', having(said('Negative'))],
  ['Point 27 not detected', 'met', having(said('Not detected'))],
  ['Point 27 non-reactive', 'met', having(said('Non-reactive'))],
  ['Point 27 reactive', 'conflicting', having(said('weakly reactive'))],
  ['Point 27 neither', 'needs-review', having(said('see report'))],
  [
    'X7 preliminary hCG',
    'met',
    having({ ...said('Positive'), status: 'preliminary' } as Observation),
  ],
  [
    'Point 21 negative on a later day',
    'met',
    having(said('Positive', '2026-02-10'), said('Negative', '2026-02-12')),
  ],
  [
    'Point 21 negative on the same day',
    'conflicting',
    having(said('Positive', '2026-02-10'), said('Negative', '2026-02-10')),
  ],
  [
    'Point 21 negative on an earlier day',
    'conflicting',
    having(said('Positive', '2026-02-10'), said('Negative', '2026-02-09')),
  ],
  [
    'Point 21 later not pregnant',
    'met',
    having(said('Positive', '2026-02-10'), notPregnant('2026-02-12')),
  ],
  ['Point 21 negative after the pregnancy', 'met', having(pregnant(60), said('Negative'))],
  [
    'Point 26 negative after onset, before record',
    'conflicting',
    having(pregnant(60, { recordedDate: daysFrom(-5) }), said('Negative', daysFrom(-10))),
  ],
  [
    'Point 21 negative does not stand for N',
    'not-documented',
    { ...unanswered, add: [said('Negative')] },
  ],
  [
    'Point 26 quantitative hCG 25',
    'conflicting',
    having(measured('19080-1', '2026-02-20', 25, '[IU]/L')),
  ],
  ['Point 26 quantitative hCG 24', 'met', having(measured('19080-1', '2026-02-20', 24, '[IU]/L'))],
  [
    'Point 26 quantitative hCG 43 days before',
    'met',
    having(measured('19080-1', daysFrom(-43), 2500, '[IU]/L')),
  ],
  [
    'Point 26 quantitative hCG, m[IU]/mL',
    'conflicting',
    having(measured('19080-1', '2026-02-20', 2500, 'm[IU]/mL')),
  ],
  [
    'Point 26 gestational age 301 days before',
    'conflicting',
    having(measured('11885-1', daysFrom(-301), 8, 'wk')),
  ],
  [
    'Point 26 gestational age 302 days before',
    'met',
    having(measured('11885-1', daysFrom(-302), 8, 'wk')),
  ],
  [
    'Point 26 statusReason preg',
    'needs-review',
    having(
      medicine(
        '310431',
        '2025-10-01',
        '2025-12-01',
        status('medicationrequest-status-reason', 'preg'),
      ),
    ),
  ],
  [
    'Point 26 statusReason preg too old',
    'met',
    having(
      medicine(
        '310431',
        '2024-10-01',
        '2024-12-01',
        status('medicationrequest-status-reason', 'preg'),
      ),
    ),
  ],
  [
    '3.1 pregnancy entered in error',
    'met',
    having(pregnant(60, { ...verification('entered-in-error'), clinicalStatus: undefined })),
  ],
  ['Point 5 onset 2025-05', 'needs-review', having(coded('Z33.1', { onsetDateTime: '2025-05' }))],
  ['Point 22 stale form', 'not-documented', { form: form(screened, { authored: daysFrom(-100) }) }],
])

const at = (date: string, systolic: number, diastolic: number): FhirResource =>
  bloodPressure(date, systolic, diastolic)
verdicts(t, 'cardiovascular-disease', [
  [
    'Point 6 separate halves of two times on one day',
    'needs-review',
    {
      bloodPressure: null,
      add: [part('8480-6', 150), part('8462-4', 95), part('8480-6', 142), part('8462-4', 92)],
    },
  ],
  [
    'Point 6 same day, one in range',
    'met',
    { bloodPressure: at('2026-02-20', 150, 80), add: [at('2026-02-20', 130, 80)] },
  ],
  [
    'X1 BP of 160 and Y',
    'not-met',
    { answers: { 'cardiovascular-disease': 'Y' }, bloodPressure: at('2026-02-20', 165, 80) },
  ],
  [
    'X1 no reading, E+ and N',
    'conflicting',
    { bloodPressure: null, add: [coded('I20.0', since(10))] },
  ],
  [
    'X1 no reading and Y',
    'not-met',
    { answers: { 'cardiovascular-disease': 'Y' }, bloodPressure: null },
  ],
  [
    'X1 no reading, stable disease, no answer',
    'needs-review',
    { answers: { 'cardiovascular-disease': '' }, bloodPressure: null, add: [coded('I25.10')] },
  ],
  [
    'X1 hypertension and Y',
    'not-met',
    { answers: { 'cardiovascular-disease': 'Y' }, add: [coded('I10')] },
  ],
  [
    'X1 provisional stable disease, N and BP',
    'met',
    having(coded('I25.10', verification('provisional'))),
  ],
  [
    'X1 stable disease resolved, no answer',
    'not-documented',
    { answers: { 'cardiovascular-disease': '' }, add: [coded('I25.10', clinical('resolved'))] },
  ],
  [
    '3.9 BP without unit',
    'not-documented',
    {
      bloodPressure: observation(code(lnc, '85354-9'), '2026-02-20', {
        component: [
          { code: code(lnc, '8480-6'), valueQuantity: quantity(120) },
          { code: code(lnc, '8462-4'), valueQuantity: quantity(70) },
        ],
      }),
    },
  ],
  [
    'Point 9 code before unit text',
    'met',
    {
      bloodPressure: observation(code(lnc, '85354-9'), '2026-02-20', {
        component: [
          {
            code: code(lnc, '8480-6'),
            valueQuantity: {
              value: 120,
              unit: 'strange',
              system: 'http://unitsofmeasure.org',
              code: 'mm[Hg]',
            },
          },
          { code: code(lnc, '8462-4'), valueQuantity: { value: 70, unit: 'mmHg' } },
        ],
      }),
    },
  ],
  ['Point 5 BP of 2025-12', 'needs-review', { bloodPressure: at('2025-12', 120, 70) }],
  ['Point 5 BP of 2026-02', 'met', { bloodPressure: at('2026-02', 120, 70) }],
  [
    'X1 entered in error I20.0',
    'met',
    having(
      coded('I20.0', {
        ...since(10),
        ...verification('entered-in-error'),
        clinicalStatus: undefined,
      }),
    ),
  ],
  ['X1 after the check', 'met', having(coded('I20.0', { onsetDateTime: '2026-03-10' }))],
  [
    'X1 between referral and check',
    'conflicting',
    having(coded('I20.0', { onsetDateTime: '2026-03-08' })),
  ],
  ['Point 7 child of I16.0', 'conflicting', having(coded('I16.01', since(90)))],
  ['Point 7 category I16 91 days before', 'needs-review', having(coded('I16', since(91)))],
  ['X1 category I10 has no dot and is listed', 'met', having(coded('I10'))],
  ['Point 1 a category of hypertension I11', 'needs-review', having(coded('I11'))],
])
verdicts(t, 'liver-disease', [
  [
    'Point 25 bilirubin without unit, abnormal',
    'needs-review',
    having(measured('1975-2', '2026-02-20', 4)),
  ],
  ['Point 25 bilirubin without unit, normal', 'met', having(measured('1975-2', '2026-02-20', 1))],
  ['Point 25 <= 120', 'met', having(compared('<=', 120))],
  ['Point 25 < 121', 'needs-review', having(compared('<', 121))],
  ['X2 severe and unknown', 'not-met', { answers: { 'liver-disease': '' }, add: [alt(300)] }],
  [
    'X2 AST 150 and no answer',
    'needs-review',
    { answers: { 'liver-disease': '' }, add: [ast(150)] },
  ],
  [
    'X2 mild, no answer, labs',
    'not-documented',
    { answers: { 'liver-disease': '' }, add: [fatty, alt(40), ast(40)] },
  ],
  [
    'X2 mild provisional, no labs',
    'not-documented',
    having(coded('K76.0', verification('provisional'))),
  ],
  ['X2 albumin decides nothing', 'met', having(lab('1751-7', 1.5, 'g/dL'))],
  [
    'X2 upper limit without unit',
    'needs-review',
    having(alt(121, 'U/L', undefined, { referenceRange: [{ low: quantity(0, 'U/L') }] })),
  ],
  ['X2 the check date', 'conflicting', having(alt(250, 'U/L', '2026-03-09'))],
  ['X2 after the check date', 'met', having(alt(250, 'U/L', '2026-03-10'))],
  ['Point 5 ALT of 2025-09', 'needs-review', having(alt(250, 'U/L', '2025-09'))],
  ['X2 bilirubin in blood', 'needs-review', having(lab('42719-5', 4, 'mg/dL'))],
  ['X2 35194-0 in umol/L', 'needs-review', having(lab('35194-0', 60, 'umol/L'))],
])
verdicts(t, 'pregnancy', [
  [
    'Point 26 hCG 25 mIU/mL by unit text',
    'conflicting',
    having(
      observation(code(lnc, '19080-1'), '2026-02-20', {
        valueQuantity: { value: 25, unit: 'mIU/mL' },
      }),
    ),
  ],
  [
    'Point 25 quantitative hCG > 10',
    'met',
    having(
      observation(code(lnc, '19080-1'), '2026-02-20', {
        valueQuantity: { ...quantity(10, '[IU]/L'), comparator: '>' },
      }),
    ),
  ],
  [
    'Point 26 quantitative hCG < 5',
    'met',
    having(
      observation(code(lnc, '19080-1'), '2026-02-20', {
        valueQuantity: { ...quantity(5, '[IU]/L'), comparator: '<' },
      }),
    ),
  ],
  [
    'Point 21 negative by 82810-3 does not cancel what is newer',
    'conflicting',
    having(pregnant(20), notPregnant('2026-01-20')),
  ],
  ['X7 E+ and Y', 'not-met', { answers: { pregnancy: 'Y' }, add: [pregnant(20)] }],
  [
    'X7 between referral and check',
    'conflicting',
    having(coded('Z33.1', { onsetDateTime: '2026-03-05' })),
  ],
  ['X7 hCG on the check date', 'conflicting', having(said('Positive', '2026-03-09'))],
  ['Point 31 Z33.2 without a display is in no list', 'needs-review', having(coded('Z33.2'))],
  [
    'Point 26 gestational age cancelled by a later negative',
    'met',
    having(measured('11885-1', '2025-10-01', 8, 'wk'), said('Negative')),
  ],
  [
    'Point 30 pregnancy as the reason of the referral',
    'conflicting',
    { referral: { reasonCode: [code(icd, 'Z33.1')] } },
  ],
  [
    'X7 recurrence of an old pregnancy',
    'met',
    having(coded('Z33.1', { ...since(400), ...clinical('recurrence') })),
  ],
])
