import t from 'tap'
import {
  clinical,
  code,
  condition,
  daysFrom,
  icd,
  lnc,
  observation,
  type Parts,
  screenParts,
  sct,
  verdicts,
  verification,
} from '../build.ts'

const id = 'psychosis'
const has = (value: string, more = {}): Parts => ({ add: [condition(code(icd, value), more)] })
const over = (days: number, more = {}) =>
  has('F23', {
    ...clinical('resolved'),
    onsetDateTime: '2020-01-01',
    abatementDateTime: daysFrom(-days),
    ...more,
  })

verdicts(t, id, [
  [
    'a remission code is remission, whatever its text says',
    'met',
    { add: [condition({ ...code(sct, '4926007'), text: 'Schizophrenia, in remission' })] },
  ],
  [
    'a remission code beside one of the disease',
    'needs-review',
    {
      add: [
        condition({
          coding: [
            { system: sct, code: '4926007' },
            { system: icd, code: 'F20.9' },
          ],
        }),
      ],
    },
  ],
  ['nothing and no', 'met', {}],
  ['nothing and unanswered', 'not-documented', { answers: { [id]: '' } }],
  ['acute psychosis', 'conflicting', has('F23')],
  ['acute psychosis, unanswered', 'not-met', { ...has('F23'), answers: { [id]: '' } }],
  ['acute psychosis, provisional', 'needs-review', has('F23', verification('provisional'))],
  ['severe depression with psychosis', 'conflicting', has('F32.3')],
  ['schizophrenia', 'needs-review', has('F20.9')],
  ['schizophrenia, unanswered', 'needs-review', { ...has('F20.9'), answers: { [id]: 'UNK' } }],
  ['schizophrenia, inactive', 'met', has('F20.9', clinical('inactive'))],
  ['schizophrenia in remission, status active', 'met', { add: [condition(code(sct, '4926007'))] }],
  ['bipolar disorder without psychosis', 'met', has('F31.9')],
  ['schizotypal disorder', 'met', has('F21')],
  ['a category', 'needs-review', has('F20')],
  ['refuted', 'met', has('F23', verification('refuted'))],
  ['family history', 'met', has('Z81.8')],
  ['acute, over for 90 days', 'needs-review', over(90)],
  ['acute, over for 91 days', 'met', over(91)],
  ['acute, over, recorded lately', 'needs-review', over(200, { recordedDate: daysFrom(-90) })],
  ['acute, over, began lately', 'needs-review', over(91, { onsetDateTime: daysFrom(-90) })],
  [
    'acute, over, without any date',
    'needs-review',
    has('F23', { ...clinical('resolved'), onsetDateTime: undefined }),
  ],
  [
    'base disease over lately is history',
    'met',
    has('F20.9', { ...clinical('resolved'), onsetDateTime: daysFrom(-10) }),
  ],
  ['words', 'needs-review', { add: [condition({ text: 'paranoid ideation' })] }],
  ['a stem inside a word', 'needs-review', { add: [condition({ text: 'Hallucinations' })] }],
])

t.test('PHQ-9 item 9 warns and decides nothing', async (t) => {
  const asked = (valueInteger: number, date = '2026-02-20') =>
    screenParts({ add: [observation(code(lnc, '44260-8'), date, { valueInteger })] })
  t.equal(asked(1).warnings.length, 1)
  t.equal(asked(1).overall, 'ready')
  t.equal(asked(0).warnings.length, 0)
  t.equal(asked(1, '2025-01-01').warnings.length, 0)
})
