import t from 'tap'
import {
  allergy,
  code,
  daysFrom,
  icd,
  medicine,
  outcomes,
  type Parts,
  pain,
  rx,
  sct,
  status,
  verdicts,
} from '../build.ts'

const id = 'failed-other-therapies'
const start = '2025-05-06'
const of = (...add: NonNullable<Parts['add']>): Parts => ({ add })
const taken = (rxcui: string, outcome?: string | ReturnType<typeof code>, length = 28, more = {}) =>
  medicine(rxcui, start, daysFrom(length, start), outcome, { reasonCode: undefined, ...more })
const gabapentin = (outcome?: string, length = 28, more = {}) =>
  taken('310431', outcome, length, more)
const duloxetine = (outcome?: string, length = 28, more = {}) =>
  taken('596934', outcome, length, more)
const failed = 'ineffective'
const worded = (text: string, outcome?: string, length = 28) =>
  taken('', outcome, length, { medicationCodeableConcept: { text } })
const therapy = (value: string, more = {}) => ({
  resourceType: 'Procedure' as const,
  status: 'completed' as const,
  subject: { reference: 'urn:uuid:patient' },
  code: code(sct, value),
  performedPeriod: { start, end: daysFrom(28, start) },
  outcome: code(outcomes, failed),
  ...more,
})

verdicts(t, id, [
  ['two classes', 'met', of(gabapentin(failed), duloxetine(failed))],
  [
    'two classes, one not tolerated after 3 days',
    'met',
    of(gabapentin(failed), duloxetine('adverse-effect', 3)),
  ],
  ['two medicines of one class', 'not-met', of(gabapentin(failed), taken('187832', failed))],
  ['one class', 'not-met', of(gabapentin(failed))],
  ['one class for 27 days', 'not-met', of(gabapentin(failed), duloxetine(failed, 27))],
  ['one class effective', 'not-met', of(gabapentin(failed), duloxetine('effective'))],
  ['too short and nothing else', 'not-met', of(gabapentin(undefined, 27))],
  ['without outcome', 'not-documented', of(gabapentin(), duloxetine())],
  ['one failed, one without outcome', 'not-met', of(gabapentin(failed), duloxetine())],
  ['none', 'not-documented', {}],
  ['an opioid is no other class', 'not-met', of(gabapentin(failed), taken('835603', failed))],
  [
    'a combination with an opioid is an opioid',
    'not-met',
    of(gabapentin(failed), taken('859315', failed)),
  ],
  [
    'a gel is of class topical',
    'met',
    of(taken('5640', failed), taken('855633', failed), taken('855635', failed)),
  ],
  [
    'refills join',
    'met',
    of(
      gabapentin(failed),
      duloxetine(undefined, 14),
      taken('596934', failed, 14, {
        authoredOn: daysFrom(21, start),
        dosageInstruction: [
          {
            timing: {
              repeat: { boundsPeriod: { start: daysFrom(21, start), end: daysFrom(35, start) } },
            },
          },
        ],
      }),
    ),
  ],
  [
    'by scores',
    'met',
    of(
      gabapentin(failed),
      duloxetine(),
      pain(daysFrom(-1, start), 8),
      pain(daysFrom(20, start), 8),
    ),
  ],
  ['cancelled', 'not-met', of(gabapentin(failed), duloxetine(failed, 28, { status: 'cancelled' }))],
  [
    'six years ago',
    'not-met',
    of(gabapentin(failed), medicine('596934', '2019-01-01', '2019-06-01', failed)),
  ],
  [
    'of unknown length',
    'needs-review',
    of(gabapentin(failed), medicine('596934', start, undefined, failed)),
  ],
  [
    'of unknown length, no outcome',
    'not-met',
    of(gabapentin(failed), medicine('596934', start, undefined)),
  ],
])

t.test('reasons', async (t) => {
  const second = (...reasonCode: ReturnType<typeof code>[]) =>
    of(gabapentin(failed), duloxetine(failed, 28, { reasonCode }))
  verdicts(t, id, [
    ['qualifying', 'met', second(code(icd, 'B02.29'))],
    ['underlying', 'met', second(code(icd, 'G60.3'))],
    ['malignancy', 'met', second(code(icd, 'C50.911'))],
    ...['G89.4', 'M25.511', 'M54.50', 'M79.18', 'M79.2', 'M79.651', 'R52'].map(
      (each) => [each, 'met', second(code(icd, each))] as const,
    ),
    ['acute pain', 'not-met', second(code(icd, 'G89.11'))],
    ['depression', 'not-met', second(code(icd, 'F32.9'))],
    ['depression and pain', 'met', second(code(icd, 'F32.9'), code(icd, 'M54.50'))],
    ['in words', 'met', second({ text: 'something' } as never)],
  ])
})

t.test('sources that disagree', async (t) => {
  const scores = [pain(daysFrom(-1, start), 8), pain(daysFrom(20, start), 4)]
  verdicts(t, id, [
    [
      'the class would be the second',
      'conflicting',
      of(
        gabapentin(failed),
        medicine('596934', daysFrom(100, start), daysFrom(130, start), failed),
        pain(daysFrom(99, start), 8),
        pain(daysFrom(120, start), 4),
      ),
    ],
    ['the class would be the first', 'not-met', of(gabapentin(failed), ...scores)],
    [
      'the class would be the third',
      'met',
      of(
        gabapentin(failed),
        duloxetine(failed),
        medicine('5640', daysFrom(100, start), daysFrom(130, start), failed),
        pain(daysFrom(99, start), 8),
        pain(daysFrom(120, start), 4),
      ),
    ],
  ])
})

t.test('medicines in words', async (t) => {
  verdicts(t, id, [
    [
      'could be the second class',
      'needs-review',
      of(gabapentin(failed), worded('Duloxetine 60 mg', failed)),
    ],
    [
      'could be the second class, no outcome',
      'needs-review',
      of(gabapentin(failed), worded('Duloxetine 60 mg')),
    ],
    ['of the same class', 'not-met', of(gabapentin(failed), worded('pregabalin', failed))],
    ['effective', 'not-met', of(gabapentin(failed), worded('duloxetine', 'effective'))],
    ['alone', 'not-documented', of(worded('duloxetine'))],
    ['alone, failed', 'not-met', of(worded('duloxetine', failed))],
    [
      'joined with a coded refill',
      'needs-review',
      of(gabapentin(failed), duloxetine(undefined, 14), worded('duloxetine', failed, 28)),
    ],
    ['of no class', 'not-met', of(gabapentin(failed), worded('homeopathic drops', failed))],
    ['a gel', 'needs-review', of(taken('5640', failed), worded('ibuprofen gel', failed))],
  ])
})

t.test('therapies', async (t) => {
  const begun = (more: object) => of(gabapentin(failed), therapy('91251008', more))
  verdicts(t, id, [
    ['still going on', 'met', begun({ status: 'in-progress', performedPeriod: { start } })],
    [
      'still going on for 27 days',
      'not-met',
      begun({ status: 'in-progress', performedPeriod: { start: daysFrom(-27) } }),
    ],
    [
      'on one day, completed',
      'needs-review',
      begun({ performedPeriod: undefined, performedDateTime: start }),
    ],
    ['begun after the check', 'not-met', begun({ performedPeriod: { start: '2026-03-10' } })],
    [
      'outcome as the reason of its status',
      'met',
      begun({ outcome: undefined, statusReason: code(outcomes, failed) }),
    ],
    ['without an outcome', 'not-met', begun({ outcome: undefined })],
    ['for depression', 'not-met', begun({ reasonCode: [code(icd, 'F32.9')] })],
  ])
  verdicts(t, id, [
    ['physical therapy', 'met', of(gabapentin(failed), therapy('91251008'))],
    [
      'physical and psychological therapy are one class',
      'not-met',
      of(therapy('91251008'), therapy('228557008')),
    ],
    [
      '27 days',
      'not-met',
      of(
        gabapentin(failed),
        therapy('91251008', { performedPeriod: { start, end: daysFrom(27, start) } }),
      ),
    ],
    [
      'still going on',
      'met',
      of(
        gabapentin(failed),
        therapy('91251008', { status: 'in-progress', performedPeriod: { start } }),
      ),
    ],
    [
      'begun lately',
      'not-met',
      of(
        gabapentin(failed),
        therapy('91251008', { status: 'in-progress', performedPeriod: { start: daysFrom(-27) } }),
      ),
    ],
    [
      'of unknown length',
      'needs-review',
      of(
        gabapentin(failed),
        therapy('91251008', { performedPeriod: undefined, performedDateTime: start }),
      ),
    ],
    [
      'begun after the check',
      'not-met',
      of(gabapentin(failed), therapy('91251008', { performedPeriod: { start: '2026-03-10' } })),
    ],
    ['not done', 'not-met', of(gabapentin(failed), therapy('91251008', { status: 'not-done' }))],
    ['another procedure', 'not-met', of(gabapentin(failed), therapy('609588000'))],
  ])
})

t.test('intolerances', async (t) => {
  const intolerance = allergy(code(rx, '187832'))
  verdicts(t, id, [
    [
      'of a class that was taken',
      'met',
      of(duloxetine(failed), gabapentin(undefined, 3), intolerance),
    ],
    ['of a class that was not taken', 'not-met', of(duloxetine(failed), intolerance)],
    [
      'unconfirmed',
      'not-met',
      of(duloxetine(failed), gabapentin(undefined, 3), {
        ...intolerance,
        verificationStatus: status('allergyintolerance-verification', 'unconfirmed'),
      }),
    ],
  ])
})
