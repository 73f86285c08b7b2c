/** What one client's flood does to another's steady requests: its p99 with and without, in turns. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { referralBundle } from '../payloads.ts'
import { type Child, startChild } from './child.ts'
import { openDatabases } from './database.ts'
import { median, percentile } from './figures.ts'
import { makeWorld } from './world.ts'

export interface FairnessOptions {
  /** False lets the flood have what it can get. */
  readonly quotas: boolean
  readonly rounds: number
  readonly seconds: number
  /** Which floods; all of them by default. */
  readonly floods?: readonly FloodName[]
  /** The quota of each client; the steady one has to get along with it. */
  readonly requestsPerMinute?: number
  readonly say?: (line: string) => void
}

export interface Fairness {
  /** Milliseconds, the median of the rounds. */
  readonly alone: number
  readonly floods: readonly {
    readonly what: string
    readonly p99: number
    /** With the flood to without it, the median of the rounds' own. */
    readonly ratio: number
    readonly answered: Readonly<Record<string, number>>
  }[]
}

/** Of the steady client: as a large practice in its busiest minute. */
const perSecond = 40

const mebibyte = 1024 * 1024

/** A record as long as is taken, half of it in one attachment and half in many small values. */
function largeBody(bytes: number): string {
  const bundle = referralBundle(0)
  const [first] = bundle.entry ?? []
  const coding = Array.from({ length: 9_000 }, (_, i) => ({ system: 'urn:x', code: `c${i}` }))
  const many = Array.from({ length: 5 }, () => ({
    ...first,
    resource: { resourceType: 'Basic', code: { coding } },
  }))
  const text = JSON.stringify({ ...bundle, entry: [...(bundle.entry ?? []), ...many] })
  const data = 'A'.repeat(Math.max(0, bytes - text.length - 200))
  const attached = `{"resource":{"resourceType":"Binary","contentType":"text/plain","data":"${data}"}},`
  return text.replace('"entry":[', `"entry":[${attached}`)
}

const floods = [
  {
    what: 'as many at once as it may',
    connections: 64,
    body: () => JSON.stringify(referralBundle(0)),
    beyond: false,
  },
  {
    what: 'bodies of 9.5 MiB',
    connections: 16,
    body: () => largeBody(9.5 * mebibyte),
    beyond: false,
  },
  {
    what: 'far beyond the quota',
    connections: 64,
    body: () => JSON.stringify(referralBundle(0)),
    beyond: true,
  },
] as const

type FloodName = (typeof floods)[number]['what']

export async function measureFairness(options: FairnessOptions): Promise<Fairness> {
  const folder = mkdtempSync(join(tmpdir(), 'referloop-fairness-'))
  const databases = await openDatabases()
  const children: Child[] = []
  try {
    const world = await makeWorld()
    const file = (name: string, content: string) => {
      const path = join(folder, name)
      writeFileSync(path, content, { mode: 0o600 })
      return path
    }
    const service = startChild('service.ts', {
      ...(await databases.fresh()),
      HOST: '127.0.0.1',
      BENCH_QUOTAS: options.quotas ? 'on' : 'off',
      BENCH_REQUESTS_PER_MINUTE: String(options.requestsPerMinute ?? 3_000),
      REFERLOOP_REGISTRY: file('registry.json', JSON.stringify(world.registry())),
      REFERLOOP_KEYS: file('keys.json', world.keys),
    })
    const flooder = startChild('flood.ts')
    children.push(service, flooder)
    const baseUrl = await service.ask<string>('start')
    const calm = await world.token(baseUrl, 'hilltop-internal')
    const token = await world.token(baseUrl, 'lakeside-family')
    await steady(baseUrl, calm, 1.5)
    const alone: number[] = []
    const chosen = floods.filter(({ what }) => options.floods?.includes(what) ?? true)
    const found = chosen.map(({ what }) => ({
      what,
      p99s: [] as number[],
      ratios: [] as number[],
      answered: {} as Record<string, number>,
    }))
    for (let round = 1; round <= options.rounds; round++)
      for (const [i, { what, connections, body, beyond }] of chosen.entries()) {
        if (beyond && options.quotas)
          await useUp(baseUrl, token, options.requestsPerMinute ?? 3_000)
        const before = await steady(baseUrl, calm, options.seconds)
        await flooder.ask('start', { url: `${baseUrl}/fhir`, token, connections, body: body() })
        // Until it has reached what it comes to.
        await sleep(1_000)
        const during = await steady(baseUrl, calm, options.seconds)
        const answered = await flooder.ask<Record<string, number>>('stop')
        await sleep(500)
        alone.push(before)
        const one = found[i]
        one?.p99s.push(during)
        one?.ratios.push(during / before)
        if (one) one.answered = answered
        options.say?.(
          `round ${round}, ${what}: p99 ${before.toFixed(1)} ms alone, ${during.toFixed(1)} ms with it, ${JSON.stringify(answered)}`,
        )
      }
    return {
      alone: median(alone),
      floods: found.map(({ what, p99s, ratios, answered }) => ({
        what,
        p99: median(p99s),
        ratio: median(ratios),
        answered,
      })),
    }
  } finally {
    await Promise.all(children.map((child) => child.stop()))
    await databases.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a client may send at once is gone after this, so that it is beyond its quota from then on. */
async function useUp(baseUrl: string, token: string, most: number): Promise<void> {
  const pool = new Pool(baseUrl, { connections: 16, pipelining: 1 })
  let left = most * 2
  let refused = false
  const connection = async () => {
    while (left-- > 0 && !refused) {
      const { statusCode, body } = await pool.request({
        path: '/fhir/Task/none',
        method: 'GET',
        headers: { authorization: `Bearer ${token}` },
      })
      await body.dump()
      refused ||= statusCode === 429
    }
  }
  await Promise.all(Array.from({ length: 16 }, connection))
  await pool.close()
  if (!refused) throw new Error('the quota has no end')
}

let number = Date.now() % 1_000_000_000

/** @returns p99 of its requests, on schedule whether or not what went before was answered */
async function steady(baseUrl: string, token: string, seconds: number): Promise<number> {
  const pool = new Pool(baseUrl, { connections: 8, pipelining: 1 })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' }
  const times: number[] = []
  const send = async (i: number) => {
    const begun = performance.now()
    const { statusCode, body } = await pool.request(
      i % 4 === 0
        ? { path: '/fhir', method: 'POST', headers, body: bundleOf(number++) }
        : { path: '/fhir/Task?_count=5', method: 'GET', headers },
    )
    await body.dump()
    if (statusCode !== 200 && statusCode !== 503)
      throw new Error(`the steady client was answered ${statusCode}`)
    times.push(performance.now() - begun)
  }
  try {
    const begun = performance.now()
    const sent: Promise<void>[] = []
    for (let i = 0; i < perSecond * seconds; i++) {
      const wait = begun + (i * 1_000) / perSecond - performance.now()
      if (wait > 0) await sleep(wait)
      sent.push(send(i))
    }
    await Promise.all(sent)
    return percentile(times, 0.99)
  } finally {
    await pool.close()
  }
}

const pieces = JSON.stringify(referralBundle(0)).split(/(?<=(?:REF|LF)-B)0(?=")/)
const bundleOf = (of: number): string => pieces.join(String(of))
