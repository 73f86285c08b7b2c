import t from 'tap'
import {
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
  medicine,
  observation,
  type Parts,
  quantity,
  screened,
  screenParts,
  sct,
  verdicts,
  verification,
} from '../build.ts'

const id = 'cardiovascular-disease'
const bp = (...readings: NonNullable<Parts['add']>): Parts => ({
  bloodPressure: null,
  add: readings,
})
const at = (systolic: number, diastolic: number, date = '2026-02-20') =>
  bloodPressure(date, systolic, diastolic)
const has = (value: string, more = {}): Parts => ({ add: [condition(code(icd, value), more)] })
const mi = (days: number, more = {}) => has('I21.4', { onsetDateTime: daysFrom(-days), ...more })
const unanswered = (parts: Parts): Parts => ({ ...parts, answers: { [id]: '' } })
const yes = (parts: Parts = {}): Parts => ({ ...parts, answers: { [id]: 'Y' } })

verdicts(t, id, [
  ['no and a pressure in range', 'met', {}],
  ['no and no pressure', 'not-documented', { bloodPressure: null }],
  ['unanswered', 'not-documented', unanswered({})],
  ['unknown', 'not-documented', { answers: { [id]: 'UNK' } }],
  ['not asked', 'not-documented', { answers: { [id]: 'NASK' } }],
  ['yes', 'not-met', yes()],
  ['139/89', 'met', bp(at(139, 89))],
  ['140/80', 'needs-review', bp(at(140, 80))],
  ['120/90', 'needs-review', bp(at(120, 90))],
  ['159/99', 'needs-review', bp(at(159, 99))],
  ['160/80', 'conflicting', bp(at(160, 80))],
  ['120/100', 'conflicting', bp(at(120, 100))],
  ['160/80, unanswered', 'not-met', unanswered(bp(at(160, 80)))],
  ['140/80, unanswered', 'needs-review', unanswered(bp(at(140, 80)))],
  ['140/80 and yes', 'not-met', yes(bp(at(140, 80)))],
  ['90 days before', 'met', bp(at(120, 80, daysFrom(-90)))],
  ['91 days before', 'not-documented', bp(at(120, 80, daysFrom(-91)))],
  ['the newest day decides', 'met', bp(at(180, 110, '2026-02-10'), at(120, 80, '2026-02-20'))],
  [
    'the newest day decides the other way',
    'conflicting',
    bp(at(120, 80, '2026-02-10'), at(180, 110)),
  ],
  ['of one day the lowest systolic', 'met', bp(at(150, 80), at(130, 80))],
  ['of one day another one that fails', 'needs-review', bp(at(165, 80), at(130, 80))],
  ['the lowest systolic takes its own diastolic', 'conflicting', bp(at(130, 101), at(135, 80))],
  ['in kPa', 'met', bp(bloodPressure('2026-02-20', 16, 10, 'kPa'))],
  ['in kPa, high', 'conflicting', bp(bloodPressure('2026-02-20', 21.4, 10, 'kPa'))],
  ['mmHg in words', 'met', bp(bloodPressure('2026-02-20', 120, 80, 'mmHg'))],
  [
    'without a unit',
    'not-documented',
    bp(
      observation(code(lnc, '85354-9'), '2026-02-20', {
        component: [
          { code: code(lnc, '8480-6'), valueQuantity: quantity(120) },
          { code: code(lnc, '8462-4'), valueQuantity: quantity(80) },
        ],
      }),
    ),
  ],
  ['in an unknown unit', 'not-documented', bp(bloodPressure('2026-02-20', 120, 80, 'foo'))],
  [
    'two observations of one time',
    'met',
    bp(
      measured('8480-6', '2026-02-20', 128, 'mm[Hg]'),
      measured('8462-4', '2026-02-20', 76, 'mm[Hg]'),
    ),
  ],
  [
    'halves of two times are two readings',
    'needs-review',
    bp(
      measured('8480-6', '2026-02-20T08:00:00Z', 165, 'mm[Hg]'),
      measured('8462-4', '2026-02-20T08:00:00Z', 76, 'mm[Hg]'),
      measured('8480-6', '2026-02-20T18:00:00Z', 128, 'mm[Hg]'),
      measured('8462-4', '2026-02-20T18:00:00Z', 84, 'mm[Hg]'),
    ),
  ],
  [
    'halves of one time stay together',
    'conflicting',
    bp(
      measured('8480-6', '2026-02-20T08:00:00Z', 120, 'mm[Hg]'),
      measured('8462-4', '2026-02-20T08:00:00Z', 101, 'mm[Hg]'),
      measured('8480-6', '2026-02-20T18:00:00Z', 138, 'mm[Hg]'),
      measured('8462-4', '2026-02-20T18:00:00Z', 76, 'mm[Hg]'),
    ),
  ],
  [
    'halves of one day, minutes apart',
    'met',
    bp(
      measured('8480-6', '2026-02-20T08:00:00Z', 128, 'mm[Hg]'),
      measured('8462-4', '2026-02-20T08:01:00Z', 76, 'mm[Hg]'),
    ),
  ],
  [
    'more than 150 counts as 150',
    'needs-review',
    bp({
      ...at(120, 80),
      component: [
        {
          code: code(lnc, '8480-6'),
          valueQuantity: { ...quantity(150, 'mm[Hg]'), comparator: '>' },
        },
        { code: code(lnc, '8462-4'), valueQuantity: quantity(80, 'mm[Hg]') },
      ],
    }),
  ],
  [
    'only half, low, and a whole day before',
    'met',
    bp(measured('8480-6', '2026-02-25', 128, 'mm[Hg]'), at(120, 80)),
  ],
  ['only half, low', 'not-documented', bp(measured('8480-6', '2026-02-25', 128, 'mm[Hg]'))],
  [
    'only half, high',
    'conflicting',
    bp(measured('8480-6', '2026-02-25', 165, 'mm[Hg]'), at(120, 80)),
  ],
  [
    'only half, in the band',
    'needs-review',
    bp(measured('8462-4', '2026-02-25', 92, 'mm[Hg]'), at(120, 80)),
  ],
  [
    'sitting counts',
    'conflicting',
    bp(measured('8459-0', '2026-02-25', 165, 'mm[Hg]'), at(120, 80)),
  ],
  ['preliminary does not count', 'not-documented', bp({ ...at(120, 80), status: 'preliminary' })],
  [
    'undated and failing',
    'needs-review',
    {
      add: [bloodPressure('', 180, 110)].map((each) => ({ ...each, effectiveDateTime: undefined })),
    },
  ],
])

t.test('acute disease holds for its window, whatever became of it', async (t) => {
  verdicts(t, id, [
    ['infarction 180 days before', 'conflicting', mi(180)],
    ['infarction 181 days before is stable disease', 'met', mi(181)],
    ['infarction 180 days before, unanswered', 'not-met', unanswered(mi(180))],
    ['infarction 181 days before, unanswered', 'needs-review', unanswered(mi(181))],
    ['infarction 180 days before, resolved', 'needs-review', mi(180, clinical('resolved'))],
    ['infarction 181 days before, resolved', 'met', mi(181, clinical('resolved'))],
    [
      'infarction 181 days before, resolved, unanswered',
      'not-documented',
      unanswered(mi(181, clinical('resolved'))),
    ],
    ['infarction 10 days before, provisional', 'needs-review', mi(10, verification('provisional'))],
    ['infarction between referral and check', 'conflicting', mi(-3)],
    ['infarction after the check', 'met', mi(-8)],
    ['crisis 90 days before', 'conflicting', has('I16.0', { onsetDateTime: daysFrom(-90) })],
    ['crisis 91 days before', 'met', has('I16.0', { onsetDateTime: daysFrom(-91) })],
    [
      'crisis by SNOMED CT 91 days before',
      'met',
      { add: [condition(code(sct, '443482000'), { onsetDateTime: daysFrom(-91) })] },
    ],
    [
      'recorded date where onset is missing',
      'conflicting',
      has('I21.4', { onsetDateTime: undefined, recordedDate: daysFrom(-180) }),
    ],
    ['undated', 'needs-review', has('I21.4', { onsetDateTime: undefined })],
    [
      'undated and resolved',
      'needs-review',
      has('I21.4', { onsetDateTime: undefined, ...clinical('resolved') }),
    ],
    [
      'undated, abated before the window',
      'met',
      has('I21.4', {
        onsetDateTime: undefined,
        ...clinical('resolved'),
        abatementDateTime: daysFrom(-181),
      }),
    ],
    [
      'recurrence counts from the later date',
      'conflicting',
      has('I20.0', {
        ...clinical('recurrence'),
        onsetDateTime: '2020-01-01',
        recordedDate: daysFrom(-180),
      }),
    ],
    [
      'recurrence recorded long ago',
      'met',
      has('I20.0', {
        ...clinical('recurrence'),
        onsetDateTime: '2020-01-01',
        recordedDate: daysFrom(-181),
      }),
    ],
    [
      'without recurrence the onset decides',
      'met',
      has('I20.0', { onsetDateTime: '2020-01-01', recordedDate: daysFrom(-10) }),
    ],
    [
      'coronary dissection is unstable',
      'conflicting',
      has('I25.42', { onsetDateTime: daysFrom(-30) }),
    ],
    ['a category of both kinds', 'needs-review', has('I50', { onsetDateTime: '2020-01-01' })],
    ['a child added later', 'conflicting', has('I24.81', { onsetDateTime: daysFrom(-30) })],
    ['a month across the limit', 'conflicting', mi(170, { onsetDateTime: '2025-10' })],
    ['a month on both sides of the limit', 'needs-review', mi(180, { onsetDateTime: '2025-09' })],
  ])
})

t.test('stable disease asks for the answer and a pressure in range', async (t) => {
  verdicts(t, id, [
    ['old infarction', 'met', has('I25.2')],
    ['old infarction, unanswered', 'needs-review', unanswered(has('I25.2'))],
    [
      'old infarction and 145/80',
      'needs-review',
      { ...bp(at(145, 80), condition(code(icd, 'I25.2'))) },
    ],
    ['old infarction, no pressure', 'not-documented', bp(condition(code(icd, 'I25.2')))],
    [
      'old infarction, resolved, unanswered',
      'not-documented',
      unanswered(has('I25.2', clinical('resolved'))),
    ],
    ['hypertension is judged by pressure', 'met', has('I10')],
    ['hypertension, unanswered', 'not-documented', unanswered(has('I10'))],
    [
      'hypertension by SNOMED CT, unanswered',
      'not-documented',
      unanswered({ add: [condition(code(sct, '59621000'))] }),
    ],
    ['hypertensive heart failure is stable disease', 'needs-review', unanswered(has('I11.0'))],
    ['hypertensive kidney disease with heart failure', 'needs-review', unanswered(has('I13.2'))],
    ['hypertensive heart disease without', 'not-documented', unanswered(has('I11.9'))],
    ['intracranial hypertension is none', 'met', { add: [condition(code(sct, '68267002'))] }],
    ['family history is none', 'met', has('Z82.49')],
  ])
})

t.test('words and reasons', async (t) => {
  verdicts(t, id, [
    ['text', 'needs-review', { add: [condition({ text: 'Congestive HEART FAILURE' })] }],
    ['an abbreviation', 'needs-review', { add: [condition({ text: 'CHF' })] }],
    ['an abbreviation inside a word', 'met', { add: [condition({ text: 'Schfield syndrome' })] }],
    ['a negated text', 'needs-review', { add: [condition({ text: 'no angina' })] }],
    ['text, resolved', 'met', { add: [condition({ text: 'heart attack' }, clinical('resolved'))] }],
    [
      'an unlisted code by its display',
      'needs-review',
      { add: [condition(code(sct, '1', 'Aortic aneurysm'))] },
    ],
    [
      'the display of a listed code is not read',
      'met',
      { add: [condition(code(icd, 'I10', 'angina'))] },
    ],
    [
      'the text of a listed code is read',
      'needs-review',
      { add: [condition({ ...code(icd, 'I10'), text: 'Hypertension, angina on exertion' })] },
    ],
    ['nothing that identifies it', 'needs-review', { add: [condition(code(sct, '1'))] }],
    [
      'nothing that identifies it, resolved',
      'met',
      { add: [condition(code(sct, '1'), clinical('resolved'))] },
    ],
    [
      'the reason of the referral',
      'conflicting',
      { referral: { reasonCode: [code(icd, 'I21.4')] } },
    ],
    [
      'the reason of a medicine',
      'needs-review',
      {
        add: [
          medicine('314076', '2026-01-01', '2026-02-01', undefined, {
            reasonCode: [code(icd, 'I21.4')],
          }),
        ],
      },
    ],
    [
      'hypertension as the reason of a medicine',
      'met',
      {
        add: [
          medicine('314076', '2026-01-01', '2026-02-01', undefined, {
            reasonCode: [code(icd, 'I10')],
          }),
        ],
      },
    ],
  ])
})

t.test('both sides of a clash are named', async (t) => {
  const { evidence, needed } = criterion(
    screenParts({
      add: [condition(code(icd, 'I21.4'), { id: 'mi', onsetDateTime: '2026-02-01' })],
      form: form(screened, { id: 'form' }),
    }),
    id,
  )
  t.strictSame(evidence, ['urn:uuid:mi', 'urn:uuid:form'])
  t.equal(needed.length, 1)
})

t.test('what is missing is asked for', async (t) => {
  const { needed } = criterion(screenParts(unanswered({ bloodPressure: null })), id)
  t.strictSame(
    needed.map(({ requirement }) => requirement?.type),
    ['QuestionnaireResponse', 'Observation'],
  )
})
