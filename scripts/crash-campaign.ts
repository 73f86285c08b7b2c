/**
 * A long campaign against the promise that nothing is lost, doubled or half there:
 * `npm run test:crash -- --kills 200 --seed 7`. Exit 1 when the promise was broken.
 */

import { parseArgs } from 'node:util'
import { crashCampaign } from '../test/helpers/crash-campaign.ts'

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' } },
})
const say = (line: string) => process.stdout.write(`${line}\n`)
const result = await crashCampaign({
  kills: Number(values.kills),
  seed: Number(values.seed),
  say,
  keepFaults: true,
})
say(JSON.stringify(result, null, 2))
process.exitCode = result.faults.length > 0 ? 1 : 0
