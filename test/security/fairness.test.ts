/** OW4, OW6: what a flood by one client does to another, with the app as it ships in a process of its own. */

import t from 'tap'
import { measureFairness } from '../../bench/harness/fairness.ts'

// Measured on two busy cores: 0.9 to 1.2 times; without quotas and turns 27, and nothing refused.
const mostTimes = 3

t.test('OW4 OW6 a flood by one client leaves the p99 of another about where it was', async (t) => {
  const { alone, floods } = await measureFairness({
    quotas: process.env.FAIRNESS_WITHOUT_QUOTAS !== 'yes',
    rounds: 3,
    seconds: 1.5,
    requestsPerMinute: 900,
    floods: ['far beyond the quota'],
  })
  t.comment(`p99 alone ${alone.toFixed(1)} ms`)
  t.equal(floods.length, 1)
  for (const { what, ratio, answered } of floods) {
    t.comment(`${what}: ${ratio.toFixed(2)} times, answered ${JSON.stringify(answered)}`)
    const [taken = 0, refused = 0] = [answered[200], answered[429]]
    t.ok(refused > 2 * taken, `of the flood ${taken} were taken and ${refused} refused`)
    t.ok(ratio < mostTimes, `${ratio.toFixed(2)} times`)
  }
})
