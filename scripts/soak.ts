/**
 * Does the service grow? `npm run test:soak -- --minutes 60`: two practices refer, read and search, two
 * clinics' EHRs accept and complete, and memory and open files are read from /metrics every five
 * seconds. Exit 1 when memory grows by 1 % in ten minutes after the warm-up, or open files by one.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startSandboxEhr } from '../src/sandbox/ehr/start.ts'
import { growthOf, leaksIn, type Sample } from '../test/faults/leaks.ts'
import { aReferral, npis } from '../test/helpers/a-referral.ts'
import { logIn } from '../test/helpers/fhir-client.ts'
import { ownRegistry } from '../test/helpers/own-registry.ts'
import { startPostgres } from '../test/helpers/postgres.ts'
import { startService, threeFreePorts } from '../test/helpers/service-process.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    // The code is compiled, caches and heap find their size.
    'warm-up': { type: 'string', default: '10' },
    'pause-ms': { type: 'string', default: '100' },
  },
})
const [minutes, warmUp, pauseMs] = [values.minutes, values['warm-up'], values['pause-ms']].map(
  Number,
) as [number, number, number]
const everyMs = 5_000
const say = (line: string) => process.stdout.write(`${new Date().toISOString()} ${line}\n`)

const postgres = await startPostgres()
if ('skip' in postgres) throw new Error(postgres.skip)
const database = await postgres.newDatabase()
const folder = await mkdtemp(join(tmpdir(), 'referloop-soak-'))
const clinics = Object.keys(npis) as (keyof typeof npis)[]
const ehrs = await Promise.all(
  clinics.map((name) => startSandboxEhr({ port: 0, name, autopilot: { stepMs: 500 } })),
)
const bases = Object.fromEntries(clinics.map((id, i) => [id, ehrs[i]?.baseUrl ?? '']))
const { config, clientKeys } = await ownRegistry(bases)
const file = async (name: string, content: unknown) => {
  await writeFile(join(folder, name), JSON.stringify(content))
  return join(folder, name)
}
const service = startService(folder, await threeFreePorts(Math.random), {
  DATABASE_URL: database.url,
  REFERLOOP_REGISTRY: await file('registry.json', config.registry),
  REFERLOOP_KEYS: await file('keys.json', config.keys),
  REFERLOOP_ALLOW_NETWORKS: '127.0.0.0/8',
  HOST: '127.0.0.1',
})
await service.ready()
const began = performance.now()
const seconds = () => (performance.now() - began) / 1_000
const samples: Sample[] = []
let [accepted, failed] = [0, 0]

const practices = (['lakeside-family', 'hilltop-internal'] as const).map(async (id, i) => {
  while (seconds() < minutes * 60) {
    // A token lives five minutes.
    const by = await logIn(service.baseUrl, id, clientKeys[id] ?? {})
    for (const until = seconds() + 120; seconds() < Math.min(until, minutes * 60); ) {
      const clinicNpi = npis[clinics[i] as keyof typeof npis]
      const { status } = await by.post('', aReferral({ clinicNpi }))
      if (status === 200) accepted++
      else failed++
      await by.get('Task?_sort=-_lastUpdated&_count=20')
      await pause(pauseMs)
    }
  }
})
while (seconds() < minutes * 60) {
  await pause(everyMs)
  const text = await (await fetch(`${service.baseUrl}/metrics`)).text()
  const metric = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1])
  const [memoryBytes, files] = [metric('process_resident_memory_bytes'), metric('process_open_fds')]
  samples.push({ at: seconds(), memoryBytes, files })
  if (samples.length % 12 === 0)
    say(`${Math.round(memoryBytes / 2 ** 20)} MiB, ${files} files, ${accepted} referrals`)
}
await Promise.all(practices)
const code = await service.stop()
if (code !== 0) say(service.said().slice(-2_000))
for (const ehr of ehrs) await ehr.close()
await database.drop()
await postgres.close()
await rm(folder, { recursive: true, force: true })

const growth = growthOf(samples.filter(({ at }) => at > warmUp * 60))
const wrong = [
  ...leaksIn(growth),
  ...(failed > 0 ? [`${failed} referrals were refused`] : []),
  ...(accepted < minutes * 60 ? [`only ${accepted} referrals: that shows nothing`] : []),
  ...(code === 0 ? [] : [`it stopped with ${code}`]),
]
say(JSON.stringify({ minutes, warmUp, accepted, ...growth, wrong }, null, 2))
process.exitCode = wrong.length > 0 || !Number.isFinite(growth.memoryPercent) ? 1 : 0
