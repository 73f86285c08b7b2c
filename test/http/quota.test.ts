import t from 'tap'
import { quotas } from '../../src/http/quota.ts'

const now = () => new Date('2026-03-02T10:00:00Z')

t.test('OW4 a client over a limit is told which', async (t) => {
  const admit = quotas({ requestsPerMinute: 60, atOnce: 1, bytesPerDay: 10 }, now)
  const done = admit('a', 4)
  t.throws(() => admit('a', 0), { message: 'Send at most 1 requests at the same time.' })
  done()
  t.throws(() => admit('a', 7), { message: 'Your client has sent as much as it may in a day.' })
})
