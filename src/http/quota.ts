/** How much one client may ask for, and all of them together, so that there is a turn for every other: counted in each process. */

import { rateLimit } from '../domain/access/rate-limit.ts'
import { Problem } from '../domain/problem.ts'

export interface Quota {
  /** Requests of one client; as many at once, then evenly. 429 beyond. */
  readonly requestsPerMinute: number
  /** Requests of one client that are here at the same moment; some of them wait for their turn. */
  readonly atOnce: number
  /**
   * Requests of all clients that are here at the same moment. Beyond, who has no more than an even share
   * of them is still let in, the others are told to come back: what waits longer than its sender does is
   * work for nobody.
   */
  readonly atOnceOfAll: number
  /** Bytes of bodies that one client sends in a minute; as many at once, then evenly. */
  readonly bytesPerMinute: number
  /** Bytes of bodies that one client sends in a day (UTC). */
  readonly bytesPerDay: number
}

/**
 * Lets a request in.
 * @param bytes of its body, as announced
 * @returns what to call when it has been answered; harmless when repeated
 * @throws Problem too-many-requests, or unavailable when it is the others who send too much, with the
 *   seconds to wait
 */
export type Admit = (client: string, bytes: number) => () => void

/**
 * Who sent too many has to be quiet for so long, the least that Retry-After says: a client that goes on
 * all the same gets nothing, rather than what its quota lets through at every moment.
 */
const quietSeconds = 1

/** About as long as what is here then takes to be done. */
const busySeconds = 2

export function quotas(quota: Quota, now: () => Date): Admit {
  const rate = rateLimit(quota.requestsPerMinute, now)
  const active = new Map<string, number>()
  let here = 0
  const refusedUntil = new Map<string, number>()
  const takeBytes = bytesLimit(quota, now)

  return (client, bytes) => {
    const count = admit(client)
    takeBytes(client, bytes)
    active.set(client, count + 1)
    here++
    let ended = false
    return () => {
      if (ended) return
      ended = true
      here--
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
    const share = Math.max(1, Math.floor(quota.atOnceOfAll / active.size))
    if (here >= quota.atOnceOfAll && count >= share)
      throw new Problem('unavailable', 'More is being asked for than can be done in time.', {
        retryAfter: busySeconds,
      })
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
