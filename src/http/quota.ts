/** How much one client may ask for, so that there is a turn for every other: counted in each process. */

import { rateLimit } from '../domain/access/rate-limit.ts'
import { Problem } from '../domain/problem.ts'

export interface Quota {
  /** Requests of one client; as many at once, then evenly. 429 beyond. */
  readonly requestsPerMinute: number
  /** Requests of one client that are here at the same moment; some of them wait for their turn. */
  readonly atOnce: number
  /** Bytes of bodies that one client sends in a minute; as many at once, then evenly. */
  readonly bytesPerMinute: number
  /** Bytes of bodies that one client sends in a day (UTC). */
  readonly bytesPerDay: number
}

/**
 * Lets a request in.
 * @param bytes of its body, as announced
 * @returns what to call when it has been answered; harmless when repeated
 * @throws Problem too-many-requests with the seconds to wait
 */
export type Admit = (client: string, bytes: number) => () => void

/**
 * Who sent too many has to be quiet for so long, the least that Retry-After says: a client that goes on
 * all the same gets nothing, rather than what its quota lets through at every moment.
 */
const quietSeconds = 1

export function quotas(quota: Quota, now: () => Date): Admit {
  const rate = rateLimit(quota.requestsPerMinute, now)
  const active = new Map<string, number>()
  const refusedUntil = new Map<string, number>()
  const takeBytes = bytesLimit(quota, now)

  return (client, bytes) => {
    const count = admit(client)
    takeBytes(client, bytes)
    active.set(client, count + 1)
    let ended = false
    return () => {
      if (ended) return
      ended = true
      const left = (active.get(client) ?? 1) - 1
      if (left > 0) active.set(client, left)
      else active.delete(client)
    }
  }

  /** @returns how many of the client's are here */
  function admit(client: string): number {
    const count = active.get(client) ?? 0
    try {
      if (now().getTime() < (refusedUntil.get(client) ?? 0))
        refuse(`Send nothing for ${quietSeconds} s, then go on more slowly.`)
      refusedUntil.delete(client)
      rate.admit(client)
    } catch (error) {
      refusedUntil.set(client, now().getTime() + quietSeconds * 1000)
      throw error
    }
    if (count >= quota.atOnce) refuse(`Send at most ${quota.atOnce} requests at the same time.`)
    return count
  }
}

function refuse(advice: string): never {
  throw new Problem('too-many-requests', advice, { retryAfter: quietSeconds })
}

const day = 86_400_000
const minute = 60_000

interface Sent {
  readonly today: number
  /** Of this minute, as far as it has not drained away. */
  readonly lately: number
  readonly at: number
}

function bytesLimit(
  { bytesPerMinute, bytesPerDay }: Quota,
  now: () => Date,
): (client: string, bytes: number) => void {
  const sent = new Map<string, Sent>()
  let today = 0
  return (client, bytes) => {
    if (bytes === 0) return
    const at = now().getTime()
    if (Math.floor(at / day) !== today) sent.clear()
    today = Math.floor(at / day)
    const before = sent.get(client) ?? { today: 0, lately: 0, at }
    const drained = (Math.max(0, at - before.at) * bytesPerMinute) / minute
    const lately = Math.max(0, before.lately - drained) + bytes
    if (before.today + bytes > bytesPerDay)
      throw new Problem('too-many-requests', 'Your client has sent as much as it may in a day.', {
        retryAfter: Math.ceil(((today + 1) * day - at) / 1000),
      })
    if (lately > bytesPerMinute)
      throw new Problem('too-many-requests', 'Your client sends too much in a minute.', {
        retryAfter: Math.ceil(((lately - bytesPerMinute) / bytesPerMinute) * 60),
      })
    sent.set(client, { today: before.today + bytes, lately, at })
  }
}
