import t from 'tap'
import { atWallClock } from '../../../src/domain/access/working-hours.ts'

const zone = 'America/New_York'

t.test('a time on the wall is an instant, in summer and in winter', async (t) => {
  t.equal(atWallClock('2026-01-15T09:30', zone), '2026-01-15T14:30:00.000Z')
  t.equal(atWallClock('2026-07-15T09:30', zone), '2026-07-15T13:30:00.000Z')
  t.equal(atWallClock('2026-07-15T09:30', 'Asia/Kolkata'), '2026-07-15T04:00:00.000Z')
})

t.test('where the clock is put back, an hour comes twice and one of them is meant', async (t) => {
  t.match(atWallClock('2026-11-01T01:30', zone), /^2026-11-01T0[56]:30:00\.000Z$/)
})

t.test('what no clock shows is no time', async (t) => {
  for (const local of [
    '2026-03-08T02:30',
    '2026-02-30T10:00',
    '2026-13-01T10:00',
    '2026-01-01T24:01',
    '2026-01-01',
    '',
    'tomorrow',
  ])
    t.equal(atWallClock(local, zone), undefined, local)
})
