import t from 'tap'
import { parseRegistry, RegistryError } from '../../../src/domain/access/registry.ts'
import {
  endOfWorkingDay,
  usualHours,
  type WorkingHours,
} from '../../../src/domain/access/working-hours.ts'

const parse = (members: object) =>
  parseRegistry({
    referrers: [],
    clinics: [
      {
        id: 'river-pain-clinic',
        name: 'River Pain Clinic',
        npi: '1234567893',
        policy: 'ketamine-infusion-referral',
        ...members,
      },
    ],
  }).clinics[0]?.due

t.test('without terms of its own a clinic has the usual ones', async (t) => {
  t.strictSame(parse({}), {
    days: {
      acknowledgement: { routine: 5, urgent: 1 },
      triage: { routine: 2, urgent: 0 },
      scheduling: { routine: 5, urgent: 1 },
      visit: { routine: 30, urgent: 10 },
      report: { routine: 5, urgent: 2 },
      resumption: { routine: 10, urgent: 2 },
      cancellation: { routine: 2, urgent: 0 },
    },
    hours: usualHours,
  })
  t.strictSame(parse({ hours: {}, due: {} }), parse({}))
})

t.test('terms and hours of its own stand, for urgent referrals apart', async (t) => {
  const hours = { timeZone: 'America/Chicago', days: [2, 6], open: '07:30', close: '12:00' }
  const own = parse({
    hours: { ...hours, holidays: ['2026-12-25'] },
    due: { triage: 1, urgent: { triage: 1, report: 0 } },
  })
  t.strictSame(own?.hours, {
    timeZone: 'America/Chicago',
    days: [2, 6],
    open: 450,
    close: 720,
    holidays: ['2026-12-25'],
  })
  t.strictSame(own?.days.triage, { routine: 1, urgent: 1 })
  t.strictSame(own?.days.report, { routine: 5, urgent: 0 })
})

t.test('what is wrong is named with its place', async (t) => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ due: 'soon' }, /clinics\[0\]\.due must be an object/],
    [{ due: { triage: -1 } }, /due\.triage must be a whole number from 0 to 365/],
    [{ due: { urgent: { triage: 1.5 } } }, /due\.urgent\.triage must be a whole number/],
    [{ due: { triaje: 1 } }, /due\.triaje is not known here/],
    [{ due: { urgent: { urgent: {} } } }, /due\.urgent\.urgent is not known here/],
    [{ hours: [] }, /hours must be an object/],
    [{ hours: { timeZone: 'Mars/Olympus' } }, /hours\.timeZone must be a time zone/],
    [{ hours: { timeZone: '-05:00' } }, /hours\.timeZone must be a time zone/],
    [{ hours: { timeZone: 5 } }, /hours\.timeZone must be a time zone/],
    [{ hours: { open: '8:00' } }, /hours\.open must be a time of day/],
    [{ hours: { close: '24:00' } }, /hours\.close must be a time of day/],
    [{ hours: { open: '17:00' } }, /hours\.close must be later than open/],
    [{ hours: { days: [] } }, /hours\.days must be a list of days/],
    [{ hours: { days: [0] } }, /hours\.days must be a list of days/],
    [{ hours: { holidays: ['2026-02-30'] } }, /hours\.holidays must be a list/],
    [{ hours: { holidays: ['Christmas'] } }, /hours\.holidays must be a list/],
  ]
  for (const [members, message] of cases)
    t.throws(() => parse(members), { name: RegistryError.name, message })
})

const chicago: WorkingHours = { ...usualHours, timeZone: 'America/Chicago' }

t.test(
  'a working day ends when the clinic closes, whatever the clock was changed to',
  async (t) => {
    const cases: readonly (readonly [came: string, days: number, ends: string, what: string])[] = [
      ['2026-03-02T16:00:00Z', 0, '2026-03-02T23:00:00.000Z', 'Monday morning, the same day'],
      ['2026-03-02T16:00:00Z', 2, '2026-03-04T23:00:00.000Z', 'and two days after'],
      ['2026-03-02T22:59:59Z', 0, '2026-03-02T23:00:00.000Z', 'to the last second'],
      ['2026-03-02T23:00:00Z', 0, '2026-03-03T23:00:00.000Z', 'at closing time it is tomorrow’s'],
      ['2026-03-03T05:30:00Z', 0, '2026-03-03T23:00:00.000Z', 'late on Monday, there'],
      ['2026-03-06T16:00:00Z', 1, '2026-03-09T22:00:00.000Z', 'Friday to Monday; spring forward'],
      ['2026-03-07T16:00:00Z', 0, '2026-03-09T22:00:00.000Z', 'a Saturday counts for Monday'],
      ['2026-10-30T16:00:00Z', 1, '2026-11-02T23:00:00.000Z', 'Friday to Monday; fall back'],
      ['2026-12-31T18:00:00Z', 1, '2027-01-01T23:00:00.000Z', 'over the end of the year'],
    ]
    for (const [came, days, ends, what] of cases)
      t.equal(endOfWorkingDay(came, days, chicago), ends, what)
  },
)

t.test(
  'days off are passed over, and a clinic that closes in the lost hour still closes',
  async (t) => {
    const holidays = ['2026-11-26', '2026-11-27']
    t.equal(
      endOfWorkingDay('2026-11-25T16:00:00Z', 1, { ...chicago, holidays }),
      '2026-11-30T23:00:00.000Z',
    )
    const night = { ...chicago, days: [7], close: 150 }
    t.equal(endOfWorkingDay('2026-03-07T12:00:00Z', 0, night), '2026-03-08T07:30:00.000Z')
    const whole = { ...usualHours, timeZone: 'Pacific/Auckland', days: [1, 2, 3, 4, 5, 6, 7] }
    t.equal(endOfWorkingDay('2026-09-26T00:00:00Z', 1, whole), '2026-09-27T04:00:00.000Z')
  },
)
