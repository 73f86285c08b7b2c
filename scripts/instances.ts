/**
 * Several processes on one PostgreSQL: `npm run test:instances`, or some of it with
 * `-- --only takeUp,rolling,upgrade,before`. Exit 1 when something was not as promised.
 */

import { parseArgs } from 'node:util'
import { startPostgres } from '../test/helpers/postgres.ts'
import { campaigns } from '../test/instances/campaign.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(campaigns).join() },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
})
const say = (line: string) => process.stdout.write(`${new Date().toISOString()} ${line}\n`)
const postgres = await startPostgres()
if ('skip' in postgres) throw new Error(postgres.skip)
let broken = 0
try {
  for (const name of values.only.split(',')) {
    if (!Object.hasOwn(campaigns, name)) throw new Error(`There is no ${name}`)
    const campaign = campaigns[name as keyof typeof campaigns]
    for (const wrong of await campaign({ postgres, seed: Number(values.seed), say })) {
      broken++
      say(`NOT AS PROMISED: ${name}: ${wrong}`)
    }
  }
} finally {
  await postgres.close()
}
process.exitCode = broken > 0 ? 1 : 0
