import fc from 'fast-check'
import t from 'tap'
import {
  openingsBetween,
  startOfDay,
  usualHours,
} from '../../../src/domain/access/working-hours.ts'
import { measurementPeriod } from '../../../src/domain/insight/measurement-period.ts'
import { type Period, type PeriodWish, periodOf } from '../../../src/domain/insight/period.ts'

const zone = 'America/New_York'
const now = '2026-11-23T15:00:00.000Z'
const of = (wish: PeriodWish, at = now): Period => periodOf(wish, at, zone) as Period

t.test('a period begins and ends at midnight on the clinic’s clock', async (t) => {
  const march = of({ code: 'month', on: '2026-03-17' })
  // The clocks go forward on the 8th: the month is an hour short.
  t.match(march, {
    from: '2026-03-01T05:00:00.000Z',
    until: '2026-04-01T04:00:00.000Z',
    first: '2026-03-01',
    last: '2026-03-31',
    isRunning: false,
  })
  t.match(march.before, { first: '2026-02-01', last: '2026-02-28', until: march.from })
  t.match(of({ code: 'quarter', on: '2026-06-30' }), { first: '2026-04-01', last: '2026-06-30' })
  t.match(of({ code: 'year', on: '2025-05-05' }), { first: '2025-01-01', last: '2025-12-31' })
  t.match(of({ code: 'week', on: '2026-11-01' }), { first: '2026-10-26', last: '2026-11-01' })
})

t.test('of one that is not over, as much of the one before is compared', async (t) => {
  const quarter = of({ code: 'quarter' })
  t.match(quarter, { first: '2026-10-01', last: '2026-11-23', until: now, isRunning: true })
  // 53 days after the first of July, at 10:00 as it is now.
  t.match(quarter.before, {
    from: '2026-07-01T04:00:00.000Z',
    until: '2026-08-23T14:00:00.000Z',
    last: '2026-08-23',
  })
  const long = of({ code: 'month' }, '2026-03-31T16:00:00.000Z')
  t.match(long.before, { first: '2026-02-01', last: '2026-02-28', until: long.from })
})

t.test('steps begin on Mondays and firsts, and say when they are cut short', async (t) => {
  const { steps, step } = of({ code: 'month', on: '2026-04-01' })
  t.equal(step, 'week')
  t.same(
    steps.map(({ first, isPart }) => [first, isPart]),
    [
      ['2026-04-01', true],
      ['2026-04-06', false],
      ['2026-04-13', false],
      ['2026-04-20', false],
      ['2026-04-27', true],
    ],
  )
  t.equal(of({ code: 'year', on: '2025-01-01', step: 'day' }).step, 'month', 'not 365 bars')
  t.equal(of({ code: 'week' }).steps.length, 1, 'and none for days to come')
})

t.test('what is no period is none', async (t) => {
  const custom = (first: string, last: string) => of({ code: 'custom', first, last })
  for (const [first, last] of [
    ['2026-02-30', '2026-03-01'],
    ['2026-03-02', '2026-03-01'],
    ['2026-11-24', '2026-11-30'],
    ['2020-01-01', '2026-01-01'],
    ['yesterday', '2026-01-01'],
  ] as const)
    t.equal(custom(first, last), undefined, first)
  t.ok(custom('2026-03-01', '2026-03-01'))
  t.equal(of({ code: 'month', on: '2026-13-01' }), undefined)
})

t.test('steps cover the period without gaps, whatever the zone', async () => {
  const zones = ['America/New_York', 'Pacific/Auckland', 'America/Havana', 'Asia/Kolkata']
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom('week', 'month', 'quarter', 'year'),
      fc.constantFrom('day', 'week', 'month', undefined),
      fc.integer({ min: 0, max: 2000 }),
      (timeZone, code, step, days) => {
        const on = new Date(Date.UTC(2021, 0, 1) + days * 86_400_000).toISOString().slice(0, 10)
        const period = periodOf({ code, on, step } as PeriodWish, now, timeZone) as Period
        const starts = period.steps.map(({ from }) => from)
        return (
          starts[0] === period.from &&
          starts.every((start, n) => n === 0 || start > (starts[n - 1] as string)) &&
          (starts.at(-1) as string) < period.until &&
          period.before.until <= period.from &&
          period.before.from < period.before.until
        )
      },
    ),
    { numRuns: 200 },
  )
})

t.test('a day begins when the clock says so, also where midnight is left out', async (t) => {
  // Cuba's clocks go forward at midnight.
  t.equal(startOfDay('2026-03-08', 'America/Havana'), '2026-03-08T05:00:00.000Z')
  t.equal(startOfDay('2026-03-09', 'America/Havana'), '2026-03-09T04:00:00.000Z')
})

t.test(
  'a clinic opens at its hour before and after the clocks change, and on no holiday',
  async (t) => {
    const hours = { ...usualHours, holidays: ['2026-03-10'] }
    t.same(openingsBetween('2026-03-06T12:00:00.000Z', '2026-03-11T12:00:00.000Z', hours), [
      '2026-03-05T13:00:00.000Z',
      '2026-03-06T13:00:00.000Z',
      '2026-03-09T12:00:00.000Z',
      '2026-03-11T12:00:00.000Z',
      '2026-03-12T12:00:00.000Z',
    ])
  },
)

t.test('CMS50: referrals of the first ten months of the measurement period', async (t) => {
  t.same(measurementPeriod('2026-01-01', '2026-12-31', zone), {
    from: '2026-01-01T05:00:00.000Z',
    until: '2027-01-01T05:00:00.000Z',
    // The 31st of October counts, the 1st of November does not.
    referredUntil: '2026-11-01T04:00:00.000Z',
  })
  t.same(measurementPeriod('2026', '2026', zone), measurementPeriod('2026-01', '2026-12', zone))
  t.match(measurementPeriod('2026-01', '2026-02', zone), {
    until: '2026-03-01T05:00:00.000Z',
    referredUntil: '2026-03-01T05:00:00.000Z',
  })
  t.match(measurementPeriod('2026-04-30', '2027-04-29', zone), {
    referredUntil: '2027-03-01T05:00:00.000Z',
  })
  for (const [start, end] of [
    ['2026-02-29', '2026-12-31'],
    ['2026-12-31', '2026-01-01'],
    ['2020', '2026'],
    ['x', '2026'],
  ] as const)
    t.equal(measurementPeriod(start, end, zone), undefined, `${start} ${end}`)
})
