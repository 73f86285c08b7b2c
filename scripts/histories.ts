/**
 * A long run against the invariants: `npm run test:histories -- --kills 1000 --histories 10000 --seed 7`.
 * Exit 1 when one was broken.
 */

import { parseArgs } from 'node:util'
import { killCampaign } from '../test/faults/kill-campaign.ts'
import { failpoints } from '../test/faults/points.ts'
import { startPostgres } from '../test/helpers/postgres.ts'
import { judge } from '../test/histories/judge.ts'
import { simulate } from '../test/histories/simulation/simulate.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    histories: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
  },
})
/** Fewer would mean that the kills hit nothing but idle moments. */
const leastPoints = 25
const say = (line: string) => process.stdout.write(`${new Date().toISOString()} ${line}\n`)
const [kills, seed] = [Number(values.kills), Number(values.seed)]
let breaches = 0
const histories = Number(values.histories)
say(`seed ${seed}`)
let referrals = 0
for (let n = 0; n < histories; n++) {
  const history = await simulate(seed + n)
  referrals += history.database.referrals.length
  const found = judge(history)
  for (const { invariant, what } of found) say(`seed ${seed + n}: ${invariant} ${what}`)
  breaches += found.length
  if ((n + 1) % 500 === 0 || n + 1 === histories)
    say(`${n + 1} histories, ${referrals} referrals, ${breaches} breaches`)
}
if (kills > 0) {
  const postgres = await startPostgres()
  if ('skip' in postgres) throw new Error(postgres.skip)
  const database = await postgres.newDatabase()
  const result = await killCampaign({ kills, seed, databaseUrl: database.url, say })
  say(JSON.stringify({ seed, ...result, breaches: result.breaches.slice(0, 20) }, null, 2))
  breaches += result.breaches.length
  const named = Object.keys(result.points).filter((point) => failpoints.includes(point))
  say(`${result.kills} kills at ${named.length} named points`)
  if (kills >= 200 && named.length < leastPoints) breaches++
  await database.drop()
  await postgres.close()
}
process.exitCode = breaches > 0 ? 1 : 0
