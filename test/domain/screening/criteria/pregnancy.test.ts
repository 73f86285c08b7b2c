import t from 'tap'
import {
  clinical,
  code,
  condition,
  criterion,
  daysFrom,
  icd,
  lnc,
  measured,
  medicine,
  observation,
  type Parts,
  screenParts,
  sct,
  status,
  verdicts,
  verification,
} from '../build.ts'

const id = 'pregnancy'
const has = (value: string, more = {}): Parts => ({ add: [condition(code(icd, value), more)] })
const pregnant = (days: number, more = {}) =>
  has('Z34.01', { onsetDateTime: daysFrom(-days), ...more })
const lab = (...add: NonNullable<Parts['add']>): Parts => ({ add })
const hcg = (days: number, value: string, loinc = '2106-3') =>
  observation(code(lnc, loinc), daysFrom(-days), { valueString: value })
const state = (days: number, value: string) =>
  observation(code(lnc, '82810-3'), daysFrom(-days), { valueCodeableConcept: code(sct, value) })
const unanswered = (parts: Parts): Parts => ({ ...parts, answers: { [id]: '' } })
const male: Parts = { patient: { gender: 'male' } }
const born = (birthDate: string): Parts => ({ patient: { birthDate }, answers: { [id]: '' } })

verdicts(t, id, [
  ['no', 'met', {}],
  ['unanswered', 'not-documented', unanswered({})],
  ['yes', 'not-met', { answers: { [id]: 'Y' } }],
  ['pregnancy 301 days before', 'conflicting', pregnant(301)],
  ['pregnancy 302 days before', 'met', pregnant(302)],
  ['pregnancy, unanswered', 'not-met', unanswered(pregnant(100))],
  ['pregnancy, provisional', 'needs-review', pregnant(100, verification('provisional'))],
  ['pregnancy, resolved', 'met', pregnant(100, clinical('resolved'))],
  ['pregnancy, undated', 'needs-review', pregnant(0, { onsetDateTime: undefined })],
  [
    'pregnancy, recorded 301 days before',
    'conflicting',
    pregnant(0, { onsetDateTime: undefined, recordedDate: daysFrom(-301) }),
  ],
  ['weeks of gestation', 'conflicting', has('Z3A.12', { onsetDateTime: daysFrom(-30) })],
  ['status pregnant 301 days before', 'conflicting', lab(state(301, '77386006'))],
  ['status pregnant 302 days before', 'met', lab(state(302, '77386006'))],
  ['status unclear', 'needs-review', lab(state(10, '146799005'))],
  ['status not pregnant', 'met', lab(state(10, '60001007'))],
  ['positive test 42 days before', 'conflicting', lab(hcg(42, 'Positive'))],
  ['positive test 43 days before', 'met', lab(hcg(43, 'Positive'))],
  ['positive test, unanswered', 'not-met', unanswered(lab(hcg(10, 'positive')))],
  ['detected', 'conflicting', lab(hcg(10, 'hCG detected'))],
  ['reactive', 'conflicting', lab(hcg(10, 'Reactive'))],
  ['not detected', 'met', lab(hcg(10, 'Not detected'))],
  ['non-reactive', 'met', lab(hcg(10, 'non-reactive'))],
  ['none detected', 'met', lab(hcg(10, 'None detected'))],
  ['neither', 'needs-review', lab(hcg(10, 'see comment'))],
  ['no value', 'met', lab(observation(code(lnc, '2106-3'), daysFrom(-10)))],
  [
    'positive by code',
    'conflicting',
    lab(
      observation(code(lnc, '2106-3'), daysFrom(-10), {
        valueCodeableConcept: code(sct, '10828004'),
      }),
    ),
  ],
  [
    'positive by LOINC answer',
    'conflicting',
    lab(
      observation(code(lnc, '2106-3'), daysFrom(-10), {
        valueCodeableConcept: code(lnc, 'LA6576-8'),
      }),
    ),
  ],
  [
    'positive by interpretation',
    'conflicting',
    lab(
      observation(code(lnc, '2106-3'), daysFrom(-10), {
        interpretation: [status('v3-ObservationInterpretation', 'POS')],
      }),
    ),
  ],
  ['quantity of 25', 'conflicting', lab(measured('19080-1', daysFrom(-10), 25, '[IU]/L'))],
  ['quantity of 24.9', 'met', lab(measured('19080-1', daysFrom(-10), 24.9, '[IU]/L'))],
  ['quantity of 25 mIU/mL', 'conflicting', lab(measured('19080-1', daysFrom(-10), 25, 'm[IU]/mL'))],
  ['quantity 43 days before', 'met', lab(measured('19080-1', daysFrom(-43), 25, '[IU]/L'))],
  ['quantity without unit', 'needs-review', lab(measured('19080-1', daysFrom(-10), 25))],
  [
    'gestational age 301 days before',
    'conflicting',
    lab(measured('11885-1', daysFrom(-301), 8, 'wk')),
  ],
  ['gestational age 302 days before', 'met', lab(measured('11885-1', daysFrom(-302), 8, 'wk'))],
  ['words', 'needs-review', lab(condition({ text: 'Pregnancy, 12 weeks' }))],
  ['other words', 'needs-review', lab(condition({ text: 'multigravida' }))],
])

t.test('a negative test cancels what is older than it by all dates', async (t) => {
  verdicts(t, id, [
    [
      'an older condition',
      'met',
      lab(condition(code(icd, 'Z34.01'), { onsetDateTime: daysFrom(-60) }), hcg(59, 'Negative')),
    ],
    [
      'a condition of the same day',
      'conflicting',
      lab(condition(code(icd, 'Z34.01'), { onsetDateTime: daysFrom(-60) }), hcg(60, 'Negative')),
    ],
    [
      'a condition recorded later',
      'conflicting',
      lab(
        condition(code(icd, 'Z34.01'), {
          onsetDateTime: daysFrom(-60),
          recordedDate: daysFrom(-10),
        }),
        hcg(20, 'Negative'),
      ),
    ],
    [
      'an undated condition is not cancelled',
      'needs-review',
      lab(condition(code(icd, 'Z34.01'), { onsetDateTime: undefined }), hcg(1, 'Negative')),
    ],
    ['an older test', 'met', lab(hcg(20, 'Positive'), hcg(10, 'Negative'))],
    ['a newer test', 'conflicting', lab(hcg(10, 'Positive'), hcg(20, 'Negative'))],
    ['by status', 'met', lab(hcg(20, 'Positive'), state(10, '60001007'))],
    ['by status of the same day', 'conflicting', lab(hcg(20, 'Positive'), state(20, '60001007'))],
    [
      'older words',
      'met',
      lab(condition({ text: 'pregnant' }, { onsetDateTime: daysFrom(-60) }), hcg(10, 'Negative')),
    ],
  ])
})

t.test('stopped for pregnancy', async (t) => {
  const stopped = (start: string, end: string) =>
    lab(medicine('310431', start, end, status('medicationrequest-status-reason', 'preg')))
  verdicts(t, id, [
    ['301 days before', 'needs-review', stopped(daysFrom(-400), daysFrom(-301))],
    ['302 days before', 'met', stopped(daysFrom(-400), daysFrom(-302))],
    [
      'cancelled by a test',
      'met',
      lab(...(stopped(daysFrom(-100), daysFrom(-60)).add ?? []), hcg(10, 'Negative')),
    ],
  ])
})

t.test('where it does not apply', async (t) => {
  verdicts(t, id, [
    ['male', 'met', { ...male, answers: { [id]: '' } }],
    ['male and yes', 'needs-review', { ...male, answers: { [id]: 'Y' } }],
    ['male with a positive test', 'needs-review', { ...male, ...lab(hcg(10, 'Positive')) }],
    ['male with words', 'needs-review', { ...male, ...lab(condition({ text: 'pregnancy' })) }],
    ['other gender', 'not-documented', { patient: { gender: 'other' }, answers: { [id]: '' } }],
    ['unknown gender', 'not-documented', { patient: { gender: 'unknown' }, answers: { [id]: '' } }],
    ['no gender', 'not-documented', { patient: { gender: undefined }, answers: { [id]: '' } }],
    ['no patient', 'not-documented', { patient: undefined, answers: { [id]: '' } }],
    [
      'no birth date',
      'not-documented',
      { patient: { birthDate: undefined }, answers: { [id]: '' } },
    ],
    ['55 years', 'not-documented', born('1970-03-03')],
    ['56 years on the day', 'met', born('1970-03-02')],
    ['12 years on the day', 'not-documented', born('2014-03-02')],
    ['11 years', 'met', born('2014-03-03')],
    ['a birth year on both sides', 'needs-review', born('1970')],
    ['hysterectomy', 'met', unanswered(has('Z90.710'))],
    ['hysterectomy, inactive', 'met', unanswered(has('Z90.711', clinical('inactive')))],
    ['hysterectomy, provisional', 'met', unanswered(has('Z90.710', verification('provisional')))],
    [
      'hysterectomy, refuted',
      'not-documented',
      unanswered(has('Z90.710', verification('refuted'))),
    ],
    ['hysterectomy and yes', 'needs-review', { ...has('Z90.710'), answers: { [id]: 'Y' } }],
    ['menopause', 'met', unanswered(has('Z78.0'))],
    [
      'menopause, provisional',
      'not-documented',
      unanswered(has('Z78.0', verification('provisional'))),
    ],
  ])
  t.test('is said', async (t) => {
    const found = criterion(screenParts({ ...male, answers: { [id]: '' } }), id)
    t.equal(found.applicable, false)
    t.match(found.explanation, /not applicable/i)
  })
})
