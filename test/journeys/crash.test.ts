/** The promise under SIGKILL. Longer campaigns: npm run test:crash -- --kills 200 --seed 7 */

import t from 'tap'
import { crashCampaign } from '../helpers/crash-campaign.ts'

t.test('whatever the moment it is killed at, nothing is lost, doubled or half there', async (t) => {
  const seed = Date.now() % 100_000
  t.comment(`seed ${seed}`)
  const result = await crashCampaign({ kills: 12, seed, say: (line) => t.comment(line) })
  t.comment(JSON.stringify({ ...result, faults: result.faults.length }))
  t.same(result.faults, [])
  t.equal(result.kills, 12)
  t.ok(result.acknowledged >= 12, 'enough came in for the kills to matter')
})
