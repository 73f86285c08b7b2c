import t from 'tap'
import {
  code,
  daysFrom,
  lnc,
  measured,
  observation,
  type Parts,
  pain,
  quantity,
  verdicts,
} from '../build.ts'

const only = (...resources: NonNullable<Parts['add']>): Parts => ({
  pain: null,
  add: resources,
  opioid: null,
})

verdicts(t, 'baseline-pain-score', [
  ['90 days before', 'met', only(pain(daysFrom(-90), 5))],
  ['91 days before', 'not-documented', only(pain(daysFrom(-91), 5))],
  ['on the check date', 'met', only(pain('2026-03-09', 5))],
  ['after the check date', 'not-documented', only(pain('2026-03-10', 5))],
  ['a later check date admits it', 'met', only(pain('2026-03-10', 5)), '2026-03-10'],
  ['a score of 0', 'met', only(pain('2026-02-20', 0))],
  ['without a unit', 'met', only(measured('72514-3', '2026-02-20', 5))],
  ['an integer', 'met', only(observation(code(lnc, '72514-3'), '2026-02-20', { valueInteger: 5 }))],
  ...(['75893-8', '38208-5', '38221-8', '91147-9', '38214-3'] as const).map(
    (each) => [`scale ${each}`, 'met', only(pain('2026-02-20', 5, each))] as const,
  ),
  ['a scale that informs only', 'not-documented', only(pain('2026-02-20', 5, '91145-3'))],
  ['a negative score is no reading', 'not-documented', only(pain('2026-02-20', -1))],
  ['a score above 10 is no reading', 'not-documented', only(pain('2026-02-20', 11))],
  ['without a value', 'not-documented', only(observation(code(lnc, '72514-3'), '2026-02-20'))],
  ['without a date', 'not-documented', only(measured('72514-3', undefined, 5))],
  ['a month inside the window', 'met', only(pain('2026-01', 5))],
  ['a month across its start', 'needs-review', only(pain('2025-12', 5)), '2026-03-09'],
  [
    'a component',
    'met',
    only(
      observation(code(lnc, '91148-7'), '2026-02-20', {
        component: [{ code: code(lnc, '91147-9'), valueQuantity: quantity(6) }],
      }),
    ),
  ],
  ...(['final', 'amended', 'corrected'] as const).map(
    (status) => [status, 'met', only({ ...pain('2026-02-20', 5), status })] as const,
  ),
  ...(['preliminary', 'registered', 'cancelled', 'unknown', 'entered-in-error'] as const).map(
    (status) => [status, 'not-documented', only({ ...pain('2026-02-20', 5), status })] as const,
  ),
])
