/** Token buckets: so many requests a minute for each key, at most a minute's worth at once. */

import { Problem } from '../problem.ts'
import { Recent } from './recent.ts'

interface Bucket {
  readonly tokens: number
  readonly at: number
}

/** The least recently seen keys are forgotten beyond this, which bounds memory; a forgotten key starts afresh. */
const mostBuckets = 20_000

export interface RateLimit {
  /** @throws Problem `too-many-requests` with the seconds until one more is allowed */
  admit(key: string): void
}

/** Each key has a bucket of its own, so that no one uses up what is another's. */
export function rateLimit(perMinute: number, now: () => Date): RateLimit {
  const buckets = new Recent<Bucket>(mostBuckets)
  const perMillisecond = perMinute / 60_000

  return {
    admit(key) {
      const at = now().getTime()
      const tokens = refilled(buckets.get(key), at)
      buckets.set(key, { tokens: tokens < 1 ? tokens : tokens - 1, at })
      if (tokens < 1) refuse(tokens)
    },
  }

  function refilled(bucket: Bucket | undefined, at: number): number {
    if (!bucket) return perMinute
    const gained = Math.max(0, at - bucket.at) * perMillisecond
    return Math.min(perMinute, bucket.tokens + gained)
  }

  function refuse(tokens: number): never {
    const retryAfter = Math.max(1, Math.ceil((1 - tokens) / perMillisecond / 1000))
    throw new Problem('too-many-requests', `Wait ${retryAfter} s before the next request.`, {
      retryAfter,
    })
  }
}
