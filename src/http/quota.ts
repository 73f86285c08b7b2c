/** How much one client may ask for, so that there is a turn for every other: counted in each process. */

import { rateLimit } from '../domain/access/rate-limit.ts'
import { Problem } from '../domain/problem.ts'

export interface Quota {
  /** Requests of one client; as many at once, then evenly. 429 beyond. */
  readonly requestsPerMinute: number
  /** Requests of one client that are being answered at the same moment. */
  readonly atOnce: number
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

export function quotas(quota: Quota, now: () => Date): Admit {
  const rate = rateLimit(quota.requestsPerMinute, now)
  const active = new Map<string, number>()
  const takeBytes = dailyBytes(quota.bytesPerDay, now)

  return (client, bytes) => {
    rate.admit(client)
    const count = active.get(client) ?? 0
    if (count >= quota.atOnce)
      throw new Problem(
        'too-many-requests',
        `Send at most ${quota.atOnce} requests at the same time.`,
        { retryAfter: 1 },
      )
    takeBytes(client, bytes)
    active.set(client, count + 1)
    let ended = false
    return () => {
      if (ended) return
      ended = true
      const left = (active.get(client) ?? 1) - 1
      // Stryker disable next-line ConditionalExpression,EqualityOperator: none kept counts as none, and takes memory
      if (left > 0) active.set(client, left)
      else active.delete(client)
    }
  }
}

const day = 86_400_000

function dailyBytes(most: number, now: () => Date): (client: string, bytes: number) => void {
  const sent = new Map<string, number>()
  let today = 0
  return (client, bytes) => {
    const time = now().getTime()
    if (Math.floor(time / day) !== today) sent.clear()
    today = Math.floor(time / day)
    const total = (sent.get(client) ?? 0) + bytes
    if (total > most)
      throw new Problem('too-many-requests', 'Your client has sent as much as it may in a day.', {
        retryAfter: Math.ceil(((today + 1) * day - time) / 1000),
      })
    sent.set(client, total)
  }
}
