/**
 * What is still done in time when five times as much is asked for as can be done:
 * `node bench/overload.ts [--practices 100] [--seconds 10] [--times 5] [--without-limit]`.
 * Exit 1 when less than 80 % of the peak is done, or when something acknowledged is not there.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Pool } from 'undici'
import { type Child, startChild } from './harness/child.ts'
import { openDatabases } from './harness/database.ts'
import { percentile } from './harness/figures.ts'
import { makeWorld } from './harness/world.ts'
import { referralBundle } from './payloads.ts'

const { values } = parseArgs({
  options: {
    practices: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '10' },
    times: { type: 'string', default: '5' },
    'without-limit': { type: 'boolean', default: false },
  },
})
const [practices, seconds, times] = [values.practices, values.seconds, values.times].map(
  Number,
) as [number, number, number]

/** A sender that has waited for so long goes away, and its request was done for nobody. */
const patienceMs = 10_000

interface Tally {
  /** Identifiers of what got a 2xx, with who sent it. */
  readonly taken: (readonly [practice: number, identifier: string])[]
  readonly times: number[]
  readonly answered: Record<string, number>
}

const newTally = (): Tally => ({ taken: [], times: [], answered: {} })
const pieces = JSON.stringify(referralBundle(0)).split(/(?<=(?:REF|LF)-B)0(?=")/)
const system = 'https://lakeside-family.example/referral'
let number = Date.now() % 1_000_000_000

const folder = mkdtempSync(join(tmpdir(), 'referloop-overload-'))
const databases = await openDatabases()
const children: Child[] = []
try {
  const world = await makeWorld(practices)
  const file = (name: string, content: string) => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const service = startChild('service.ts', {
    ...(await databases.fresh()),
    HOST: '127.0.0.1',
    BENCH_QUOTAS: 'on',
    BENCH_REQUESTS_PER_MINUTE: '1000000',
    ...(values['without-limit'] ? { BENCH_AT_ONCE_OF_ALL: '1000000' } : {}),
    REFERLOOP_REGISTRY: file('registry.json', JSON.stringify(world.registry())),
    REFERLOOP_KEYS: file('keys.json', world.keys),
  })
  children.push(service)
  const baseUrl = await service.ask<string>('start')
  const tokens: string[] = []
  for (const practice of world.practices) tokens.push(await world.token(baseUrl, practice))

  await closedLoop(baseUrl, tokens, 3)
  const peak = await closedLoop(baseUrl, tokens, seconds)
  const peakRate = peak.taken.length / seconds
  say(`peak: ${peakRate.toFixed(1)} referrals a second, p99 ${p99(peak)} ms`)
  const over = await openLoop(baseUrl, tokens, peakRate * times)
  const goodput = over.taken.length / seconds
  say(
    `${times} times as many: ${goodput.toFixed(1)} a second in time, ${((goodput / peakRate) * 100).toFixed(0)} % of the peak; p99 of what was taken ${p99(over)} ms; answered ${JSON.stringify(over.answered)}`,
  )
  const gone = await missing(baseUrl, tokens, over)
  say(`${gone} of ${over.taken.length} acknowledged are not there`)
  if (gone > 0 || goodput < 0.8 * peakRate) process.exitCode = 1
} finally {
  await Promise.all(children.map((child) => child.stop()))
  await databases.close()
  rmSync(folder, { recursive: true, force: true })
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function p99({ times }: Tally): string {
  return percentile(times, 0.99).toFixed(0)
}

/** As many as it takes: each connection sends again as soon as it is answered. */
async function closedLoop(
  baseUrl: string,
  tokens: readonly string[],
  seconds: number,
): Promise<Tally> {
  const tally = newTally()
  const pool = new Pool(baseUrl, { connections: 16, pipelining: 1 })
  const end = performance.now() + seconds * 1_000
  await Promise.all(
    Array.from({ length: 16 }, async (_, i) => {
      while (performance.now() < end) await send(pool, tokens, i++ % tokens.length, tally)
    }),
  )
  await pool.close()
  return tally
}

/** On schedule, whether or not what went before was answered; in turn by each practice. */
async function openLoop(baseUrl: string, tokens: readonly string[], rate: number): Promise<Tally> {
  const tally = newTally()
  const pool = new Pool(baseUrl, { connections: 480, pipelining: 1 })
  const begun = performance.now()
  const sent: Promise<void>[] = []
  for (let i = 0; i < rate * seconds; i++) {
    const wait = begun + (i * 1_000) / rate - performance.now()
    if (wait > 0) await sleep(wait)
    sent.push(send(pool, tokens, i % tokens.length, tally))
  }
  await Promise.all(sent)
  await pool.destroy()
  return tally
}

async function send(
  pool: Pool,
  tokens: readonly string[],
  practice: number,
  { taken, times, answered }: Tally,
): Promise<void> {
  const mine = number++
  const begun = performance.now()
  const status = await pool
    .request({
      path: '/fhir',
      method: 'POST',
      headers: {
        'content-type': 'application/fhir+json',
        authorization: `Bearer ${tokens[practice]}`,
      },
      body: pieces.join(String(mine)),
      signal: AbortSignal.timeout(patienceMs),
    })
    .then(
      async ({ statusCode, body }) => {
        await body.dump()
        return statusCode
      },
      () => 'no answer',
    )
  answered[status] = (answered[status] ?? 0) + 1
  if (status !== 200) return
  taken.push([practice, `REF-B${mine}`])
  times.push(performance.now() - begun)
}

/** @returns how many of what was acknowledged its sender does not find */
async function missing(
  baseUrl: string,
  tokens: readonly string[],
  { taken }: Tally,
): Promise<number> {
  const pool = new Pool(baseUrl, { connections: 8, pipelining: 1 })
  const left = [...taken]
  let gone = 0
  const connection = async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const [practice, identifier] = next
      const found = await count(pool, tokens[practice] ?? '', identifier)
      // What nobody waits for any more is still being done: come back.
      if (found === undefined) left.unshift(next)
      else if (found !== 1) gone++
    }
  }
  await Promise.all(Array.from({ length: 8 }, connection))
  await pool.close()
  return gone
}

/** @returns undefined when it could not be said now */
async function count(pool: Pool, token: string, identifier: string): Promise<number | undefined> {
  try {
    const { statusCode, body } = await pool.request({
      path: `/fhir/ServiceRequest?identifier=${encodeURIComponent(`${system}|${identifier}`)}`,
      method: 'GET',
      headers: { authorization: `Bearer ${token}` },
    })
    const { total } = (await body.json()) as { total?: number }
    if (statusCode === 200) return total
  } catch {
    // A connection that was closed at the same moment.
  }
  await sleep(200)
  return undefined
}
