/** Dates without their day, at both of their bounds. */

import t from 'tap'
import { spanOf } from '../../../src/domain/screening/dates.ts'
import { Calendar, type DateUse, PartialDates } from '../../../src/domain/screening/scenarios.ts'

const dayOf = (text: string) => spanOf(text)?.first ?? Number.NaN
const check = dayOf('2026-03-09')

/** The scenarios besides the first, as the indexes that are late in each. */
function scenarios(...dates: readonly (readonly [DateUse, string])[]) {
  const partial = new PartialDates()
  for (const [use, text] of dates) partial.indexOf(use, text)
  return partial.others().map((late) => [...late])
}

t.test('a date is met once for each of its uses', async (t) => {
  const partial = new PartialDates()
  t.equal(partial.indexOf('start', '2025'), 0)
  t.equal(partial.indexOf('end', '2025'), 1)
  t.equal(partial.indexOf('start', '2025-03'), 2)
  t.equal(partial.indexOf('start', '2025'), 0, 'known by now')
  t.same(partial.texts(), ['2025', '2025-03'])
})

t.test('up to four dates are late in every combination, each once', async (t) => {
  t.same(scenarios(), [])
  t.same(scenarios(['at', '2025']), [[0]])
  t.same(scenarios(['at', '2024'], ['at', '2025']), [[0], [1], [0, 1]])
  const four = scenarios(['at', '2021'], ['at', '2022'], ['at', '2023'], ['at', '2024'])
  t.equal(four.length, 15)
  t.equal(new Set(four.map(String)).size, 15)
  t.same(four.at(-1), [0, 1, 2, 3])
})

t.test('more dates are all late, or their ends, or all but their ends', async (t) => {
  t.same(
    scenarios(
      ['start', '2021'],
      ['end', '2021'],
      ['at', '2022'],
      ['end', '2023'],
      ['birth', '1970'],
    ),
    [
      [0, 1, 2, 3, 4],
      [1, 3],
      [0, 2, 4],
    ],
  )
})

t.test('in a scenario a partial date is its first or its last day', async (t) => {
  const partial = new PartialDates()
  const early = new Calendar(partial, new Set(), check)
  t.equal(early.day('2025-02', 'end'), dayOf('2025-02-01'))
  t.equal(early.day('2025-02'), dayOf('2025-02-01'))
  t.equal(early.day('2026', 'planned'), dayOf('2026-01-01'))
  t.equal(early.day('2025-02-03'), dayOf('2025-02-03'))
  t.equal(early.day('soon'), undefined)
  t.equal(early.day(undefined), undefined)
  t.same(partial.texts(), ['2025-02', '2026'], 'a whole date leaves nothing open')
  const lateEnd = new Calendar(partial, new Set([0]), check)
  t.equal(lateEnd.day('2025-02', 'end'), dayOf('2025-02-28'))
  t.equal(lateEnd.day('2025-02'), dayOf('2025-02-01'), 'used in another way')
  const late = new Calendar(partial, new Set([0, 1, 2, 3]), check)
  t.equal(late.day('2026', 'planned'), dayOf('2026-12-31'))
  t.equal(late.day('2026'), check, 'what was, was before the check')
  t.equal(late.day('2027', 'at'), dayOf('2027-01-01'), 'of the future as it stands')
})

t.test('a date used in no other way is used as it stands', async (t) => {
  const partial = new PartialDates()
  const calendar = new Calendar(partial, new Set([0]), check)
  t.equal(calendar.day('2025'), dayOf('2025-12-31'))
  t.equal(partial.indexOf('at', '2025'), 0)
})
