import t from 'tap'
import { parseRegistry, RegistryError } from '../../../src/domain/access/registry.ts'

const parse = (information?: unknown) =>
  parseRegistry({
    referrers: [],
    clinics: [
      {
        id: 'river-pain-clinic',
        name: 'River Pain Clinic',
        npi: '1234567893',
        policy: 'ketamine-infusion-referral',
        ...(information === undefined ? {} : { information }),
      },
    ],
  }).clinics[0]?.information

const usual = {
  routine: { deadlineDays: 14, reminderDays: [3, 7] },
  urgent: { deadlineDays: 3, reminderDays: [1] },
  linkDays: 14,
}

t.test('without terms of its own a clinic has the usual ones', async (t) => {
  t.strictSame(parse(), usual)
  t.strictSame(parse({}), usual)
})

t.test('a shorter deadline keeps the usual reminders before it', async (t) => {
  t.strictSame(parse({ deadlineDays: 7 })?.routine, { deadlineDays: 7, reminderDays: [3] })
  t.strictSame(parse({ deadlineDays: 8 })?.routine, { deadlineDays: 8, reminderDays: [3, 7] })
  t.strictSame(parse({ deadlineDays: 1, urgent: { deadlineDays: 1 } }), {
    routine: { deadlineDays: 1, reminderDays: [] },
    urgent: { deadlineDays: 1, reminderDays: [] },
    linkDays: 14,
  })
})

t.test('terms of its own stand, for urgent referrals apart', async (t) => {
  const information = {
    deadlineDays: 30,
    reminderDays: [7, 14, 29],
    linkDays: 3,
    urgent: { deadlineDays: 2, reminderDays: [] },
  }
  t.strictSame(parse(information), {
    routine: { deadlineDays: 30, reminderDays: [7, 14, 29] },
    urgent: { deadlineDays: 2, reminderDays: [] },
    linkDays: 3,
  })
})

t.test('what is wrong is named with its place', async (t) => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ['soon', /clinics\[0\]\.information must be an object/],
    [{ deadlineDays: 0 }, /information\.deadlineDays must be a whole number from 1 to 365/],
    [{ deadlineDays: 366 }, /information\.deadlineDays must be a whole number from 1 to 365/],
    [{ deadlineDays: 2.5 }, /information\.deadlineDays/],
    [{ linkDays: 0 }, /information\.linkDays must be a whole number from 1 to 90/],
    [{ linkDays: 91 }, /information\.linkDays/],
    [{ remainderDays: [3] }, /information\.remainderDays is not known here/],
    [{ reminderDays: 3 }, /information\.reminderDays must be a list/],
    [
      { reminderDays: [14] },
      /reminderDays must be .* from 1 to the day before the deadline \(13\)/,
    ],
    [{ reminderDays: [0] }, /information\.reminderDays must be/],
    [{ reminderDays: [1.5] }, /information\.reminderDays must be/],
    [{ reminderDays: [7, 3] }, /information\.reminderDays must be/],
    [{ reminderDays: [3, 3] }, /information\.reminderDays must be/],
    [{ reminderDays: ['3'] }, /information\.reminderDays must be/],
    [{ reminderDays: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }, /at most 10/],
    [{ urgent: { reminderDays: [3] } }, /information\.urgent\.reminderDays .* \(2\)/],
    [{ urgent: { urgent: {} } }, /information\.urgent\.urgent is not known here/],
  ]
  for (const [information, message] of cases)
    t.throws(() => parse(information), { name: 'RegistryError', message })
  t.ok(RegistryError)
})
