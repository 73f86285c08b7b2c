/** The promise under SIGKILL. Longer campaigns: npm run test:crash -- --kills 200 --seed 7 */

import t from 'tap'
import { crashCampaign } from '../helpers/crash-campaign.ts'

const kills = 6

t.test(
  'F1 S1, F1 S2, F1 S3: whatever the moment it is killed at, nothing is lost, doubled or half there',
  async (t) => {
    const seed = Date.now() % 100_000
    t.comment(`seed ${seed}`)
    const result = await crashCampaign({ kills, seed, say: (line) => t.comment(line) })
    t.comment(JSON.stringify({ ...result, faults: result.faults.length }))
    t.same(result.faults, [])
    t.equal(result.kills, kills)
    t.ok(result.acknowledged >= kills, 'enough came in for the kills to matter')
  },
)
