/**
 * The promise under SIGKILL at named points, two instances on one PostgreSQL. CI runs 200 kills as a step
 * of its own; longer: `npm run test:histories -- --kills 1000 --histories 0 --seed 7`.
 */

import t from 'tap'
import { startPostgres } from '../helpers/postgres.ts'
import { enoughKills } from './enough-kills.ts'
import { killCampaign } from './kill-campaign.ts'

const kills = 8
t.setTimeout(900_000)

const postgres = await startPostgres()
if ('skip' in postgres)
  t.test('F1 S1, F1 S2, F1 S3: kills at named points', { skip: postgres.skip }, async () => {})
else
  t.test('F1 S1, F1 S2, F1 S3: kills at named points break no promise', async (t) => {
    const database = await postgres.newDatabase()
    t.teardown(async () => {
      await database.drop()
      await postgres.close()
    })
    const seed = Date.now() % 100_000
    t.comment(`seed ${seed}`)
    const say = (line: string) => t.comment(line)
    const result = await killCampaign({ kills, seed, databaseUrl: database.url, say })
    const { evidence, ...figures } = result
    t.comment(JSON.stringify({ ...figures, breaches: result.breaches.length }))
    for (const each of evidence) t.comment(JSON.stringify(each))
    t.same(result.breaches.slice(0, 20), [])
    t.equal(result.kills, kills)
    const { counts, tooLittle } = enoughKills(result)
    t.comment(JSON.stringify(counts))
    t.same(tooLittle, [], 'enough happened for the kills to matter')
  })
