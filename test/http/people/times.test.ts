import t from 'tap'
import { ageAt, dateWords, spanWords, timeWords } from '../../../src/http/people/times.ts'
import { viewOf } from '../../../src/http/people/view.ts'

const view = viewOf({
  language: 'en',
  timeZone: 'America/New_York',
  now: new Date('2026-03-02T15:00:00.000Z'),
  session: undefined,
  organization: '',
  path: '',
  formToken: '',
  theme: 'auto',
  shortcuts: true,
  sandbox: false,
})

t.test('a date is never to be read backwards, and says no more than it knows', async (t) => {
  t.equal(dateWords('1945-07-14', view), '14 Jul 1945')
  t.equal(dateWords('1948-09-03', view), '3 Sep 1948')
  t.equal(dateWords('1978-06', view), 'Jun 1978')
  t.equal(dateWords('1978', view), '1978')
  t.equal(dateWords('soon', view), 'soon')
})

t.test('a time is on the clinic’s clock, in summer and in winter', async (t) => {
  t.equal(timeWords('2026-03-02T15:02:00.000Z', view), '2 Mar 2026, 10:02')
  t.equal(timeWords('2026-07-02T15:02:00.000Z', view), '2 Jul 2026, 11:02')
  t.equal(timeWords('2026-03-03T04:30:00.000Z', view), '2 Mar 2026, 23:30')
})

t.test('an age is in whole years, where the day of birth is known', async (t) => {
  const now = new Date('2026-03-02T15:00:00.000Z')
  t.equal(ageAt('1978-03-02', now), 48)
  t.equal(ageAt('1978-03-03', now), 47)
  t.equal(ageAt('1978-03', now), undefined)
  t.equal(ageAt('2027-01-01', now), undefined)
})

t.test('a span has the largest unit that fits', async (t) => {
  t.equal(spanWords(59 * 60_000, view), '59 min')
  t.equal(spanWords(-5 * 3_600_000, view), '5 hr')
  t.equal(spanWords(47 * 3_600_000, view), '47 hr')
  t.equal(spanWords(48 * 3_600_000, view), '2 days')
})
