/**
 * PostgreSQL is stopped at once, as by a power cut, again and again: `npm run test:restarts -- --times 50`.
 * Exit 1 when anything that was acknowledged is gone, or it takes longer than five seconds to go on.
 */

import { parseArgs } from 'node:util'
import { restartCampaign } from '../test/faults/restarts.ts'
import { startPostgres } from '../test/helpers/postgres.ts'

const { values } = parseArgs({ options: { times: { type: 'string', default: '50' } } })
const server = await startPostgres()
if ('skip' in server) throw new Error(server.skip)
if (!server.restart) throw new Error('DATABASE_URL names a server that is not ours to stop')
const database = await server.newDatabase()
const times = Number(values.times)
const result = await restartCampaign({ times, url: database.url, restart: server.restart })
const sorted = result.backAfter.toSorted((a, b) => a - b)
process.stdout.write(
  `${JSON.stringify({ ...result, backAfter: { p50: sorted.at(times / 2), max: sorted.at(-1) } }, null, 2)}\n`,
)
await database.drop()
await server.close()
process.exitCode = result.wrong.length > 0 || result.acknowledged < times ? 1 : 0
