/** The load: unique referrals over a few connections, timed one by one. */

import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { answerParent } from './harness/child.ts'
import { percentile } from './harness/figures.ts'
import type { Order, Outcome } from './harness/order.ts'
import { referralBundle } from './payloads.ts'

/** A referral of yesterday: the windows of the policy are counted back from the day it is checked. */
function recentBundle(): string {
  const text = JSON.stringify(referralBundle(0))
  const authored = /"authoredOn":"([0-9-]{10})"/.exec(text)?.[1] ?? ''
  const days = Math.floor((Date.now() - Date.parse(authored)) / 86_400_000) - 1
  return text.replace(/"(\d{4}-\d\d-\d\d)(?=["T])/g, (_, day: string) => {
    const moved = new Date(Date.parse(day) + days * 86_400_000)
    return `"${moved.toISOString().slice(0, 10)}`
  })
}

/** Only the business identifiers tell two referrals apart: the service gives the rest new ids. */
const pieces = recentBundle().split(/(?<=(?:REF|LF)-B)0(?=")/)
const bodyOf = (number: number): string => pieces.join(String(number))
const identifierOf = (number: number): string => `REF-B${number}`

async function run(order: Order): Promise<Outcome> {
  const { origin, pathname } = new URL(order.url)
  const pool = new Pool(origin, { connections: order.connections, pipelining: 1 })
  const headers = {
    'content-type': 'application/fhir+json',
    ...(order.token ? { authorization: `Bearer ${order.token}` } : {}),
  }
  let number = order.first
  const times: number[] = []
  const answered: [string, number][] = []
  const send = async () => {
    const mine = number++
    const begun = performance.now()
    const answer = await pool.request({
      path: pathname,
      method: 'POST',
      headers,
      body: bodyOf(mine),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} ${text.slice(0, 600)}`)
    times.push(performance.now() - begun)
    answered.push([identifierOf(mine), Date.now()])
  }
  const closedLoop = async (more: () => boolean) => {
    const connection = async () => {
      while (more()) await send()
    }
    await Promise.all(Array.from({ length: order.connections }, connection))
  }
  try {
    const begun = performance.now()
    if (order.rate) await openLoop(order.rate, order.seconds ?? 1, send)
    else await closedLoop(order.count ? forCount(order.count) : forSeconds(order.seconds ?? 1))
    const seconds = (performance.now() - begun) / 1_000
    return {
      sent: times.length,
      perSecond: times.length / seconds,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      next: number,
      answered,
    }
  } finally {
    await pool.close()
  }
}

function forSeconds(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1_000
  return () => performance.now() < end
}

function forCount(count: number): () => boolean {
  let left = count
  return () => left-- > 0
}

/** Starts on schedule, whether or not what went before was answered. */
async function openLoop(rate: number, seconds: number, send: () => Promise<void>): Promise<void> {
  const begun = performance.now()
  const running: Promise<void>[] = []
  for (let i = 0; i < rate * seconds; i++) {
    const wait = begun + (i * 1_000) / rate - performance.now()
    if (wait > 0) await sleep(wait)
    running.push(send())
  }
  await Promise.all(running)
}

answerParent({ run: (order) => run(order as Order) }, async () => {})
