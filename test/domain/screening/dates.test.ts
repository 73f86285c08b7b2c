import t from 'tap'
import {
  addMonths,
  addYears,
  dateOf,
  spanOf,
  yearsBetween,
} from '../../../src/domain/screening/dates.ts'
import { exceeds, inUnit } from '../../../src/domain/screening/quantities.ts'

const day = (text: string) => spanOf(text)?.first ?? Number.NaN
const span = (text: string) => {
  const found = spanOf(text)
  return found && [dateOf(found.first), dateOf(found.last)]
}

t.test('the days of a date', async (t) => {
  t.strictSame(span('2026-03-02'), ['2026-03-02', '2026-03-02'])
  t.strictSame(span('2026-03-02T23:59:59-10:00'), ['2026-03-02', '2026-03-02'])
  t.strictSame(span('2024-02'), ['2024-02-01', '2024-02-29'])
  t.strictSame(span('2025-02'), ['2025-02-01', '2025-02-28'])
  t.strictSame(span('2000-02'), ['2000-02-01', '2000-02-29'])
  t.strictSame(span('1900-02'), ['1900-02-01', '1900-02-28'])
  t.strictSame(span('2025'), ['2025-01-01', '2025-12-31'])
  for (const text of [
    '',
    '20',
    '2025-',
    '2025-13',
    '2025-00',
    '2025-02-29',
    '2025-01-32',
    '2025-01-00',
    'yesterday',
    'abcd',
    '202:',
    '202/',
    '2025-0:',
    '2025-0/-01',
    '2025-01-0:',
    '2025-01-0/',
    '2025/01/01',
    '2025-01/01',
  ])
    t.equal(spanOf(text), undefined, text)
  t.equal(spanOf(undefined), undefined)
  for (const text of ['1969-12-31', '1970-01-01', '1999-12-31', '2024-02-29', '2400-02-29'])
    t.equal(day(text), Date.parse(text) / 86_400_000, text)
})

t.test('years and months', async (t) => {
  t.equal(dateOf(addYears(day('2024-02-29'), 1)), '2025-02-28')
  t.equal(dateOf(addYears(day('2026-03-02'), -5)), '2021-03-02')
  t.equal(dateOf(addMonths(day('2026-01-31'), 1)), '2026-02-28')
  t.equal(dateOf(addMonths(day('2026-01-15'), -1)), '2025-12-15')
  t.equal(yearsBetween(day('1970-03-02'), day('2026-03-02')), 56)
  t.equal(yearsBetween(day('1970-03-03'), day('2026-03-02')), 55)
})

t.test('units', async (t) => {
  t.equal(inUnit({ value: 3, code: 'kPa' }, 'mm[Hg]')?.toFixed(4), '22.5019')
  t.equal(inUnit({ value: 2, code: 'ukat/L' }, 'U/L'), 120)
  t.equal(inUnit({ value: 2, unit: 'IU/L' }, 'U/L'), 2)
  t.equal(
    inUnit({ value: 2, code: 'kPa', unit: 'mmHg' }, 'mm[Hg]')?.toFixed(2),
    '15.00',
    'code before unit text',
  )
  t.equal(
    inUnit({ value: 2, code: 'x', unit: 'mmHg' }, 'mm[Hg]'),
    2,
    'unit text where the code says nothing',
  )
  t.equal(inUnit({ value: 2 }, 'mm[Hg]'), undefined)
  t.equal(inUnit({ value: 2, unit: 'kg' }, 'mm[Hg]'), undefined)
  t.equal(inUnit({ unit: 'mmHg' }, 'mm[Hg]'), undefined)
  t.equal(inUnit({ value: 2, unit: 'm'.repeat(50) }, 'm'), undefined)
  t.equal(inUnit(undefined, 'm'), undefined)
  t.equal(inUnit({ value: 2, unit: 'weeks' }, 'd'), 14)
})

t.test('limits', async (t) => {
  t.equal(exceeds(21, undefined, 21), 'no')
  t.equal(exceeds(21.1, undefined, 21), 'yes')
  t.equal(exceeds(21, undefined, 21, true), 'yes')
  t.equal(exceeds(20.9, undefined, 21, true), 'no')
  t.equal(exceeds(22, '>', 21), 'yes')
  t.equal(exceeds(21, '>=', 21), 'no', 'a comparator counts as the value')
  t.equal(exceeds(21, '<', 21), 'no')
  t.equal(exceeds(22, '<', 21), 'maybe')
  t.equal(exceeds(22, '<=', 21), 'maybe')
})
