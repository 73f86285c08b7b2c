/**
 * A long run against the invariants: `npm run test:histories -- --kills 1000 --histories 10000 --seed 7`.
 * Exit 1 when one was broken, or when so little happened that nothing was shown.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { enoughKills } from '../test/faults/enough-kills.ts'
import { killCampaign } from '../test/faults/kill-campaign.ts'
import { startPostgres } from '../test/helpers/postgres.ts'
import { runHistories, tooLittle } from '../test/histories/run-histories.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    histories: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
  },
})
const [kills, histories, seed] = [values.kills, values.histories, values.seed].map(Number) as [
  number,
  number,
  number,
]
if (![kills, histories, seed].every((each) => Number.isSafeInteger(each) && each >= 0))
  throw new Error('--kills, --histories and --seed are whole numbers')
const say = (line: string) => process.stdout.write(`${new Date().toISOString()} ${line}\n`)
say(`seed ${seed}`)

const wrong: string[] = []
if (histories > 0) wrong.push(...(await replay()))
if (kills > 0) wrong.push(...(await kill()))
for (const each of wrong) say(`NOT AS PROMISED: ${each}`)
process.exitCode = wrong.length > 0 ? 1 : 0

async function replay(): Promise<readonly string[]> {
  const result = await runHistories(seed, histories, (done, { tally, breaches }) => {
    if (done % 500 === 0 || done === histories)
      say(`${done} histories, ${breaches.length} breaches, ${JSON.stringify(tally)}`)
  })
  return [...result.breaches, ...tooLittle(result)]
}

async function kill(): Promise<readonly string[]> {
  const postgres = await startPostgres()
  if ('skip' in postgres) throw new Error(postgres.skip)
  const database = await postgres.newDatabase()
  const result = await killCampaign({ kills, seed, databaseUrl: database.url, say })
  const { counts, tooLittle } = enoughKills(result)
  const { evidence, ...figures } = result
  say(JSON.stringify({ seed, ...figures, breaches: result.breaches.length }, null, 2))
  if (evidence.length > 0) {
    const path = join('reports', `breaches-${seed}.json`)
    await mkdir('reports', { recursive: true })
    await writeFile(path, JSON.stringify(evidence, null, 2))
    say(`what is known of them: ${path}`)
  }
  say(`${result.kills} kills, ${JSON.stringify(counts)}`)
  await database.drop()
  await postgres.close()
  const broken = result.breaches.map(({ invariant, what }) => `${invariant} ${what}`)
  return [...broken, ...tooLittle]
}
