/** The queue as pg-boss keeps it for us: in order for each referral, leases, retries, an end. */

import { EhrFailure, type Job, type JobQueue } from '../../../src/domain/referral/ports.ts'
import type { Dump, ServiceHistory } from '../history.ts'
import type { Chance } from './chance.ts'
import type { VirtualTime } from './virtual-time.ts'

interface Kept {
  readonly job: Job
  readonly order: number
  retryCount: number
  dueAt: number
  state: 'open' | 'active' | 'done' | 'given-up'
  lease?: { holder: Worker; until: number }
}

/** A process, as far as the queue sees it. */
export interface Worker {
  readonly name: string
  isAlive(): boolean
  /** Resolves when it is killed. */
  readonly died: Promise<'died'>
}

type Handle = Parameters<JobQueue['work']>[1]

export interface SimulatedQueue {
  enqueue(jobs: readonly Job[]): void
  /** Takes one job after the other while the worker lives. */
  work(worker: Worker, handle: Handle): Promise<void>
  isIdle(): boolean
  rows(): Dump['jobs']
  leases(): ServiceHistory['leases']
}

/** As src/storage/job-queues.ts has it. */
const retries = { limit: 110, firstDelay: 1, maxDelay: 3_600 } as const
/** A worker that is gone is noticed by its heartbeat, at the next check. */
const noticedAfterMs = 18_000

export function simulatedQueue(time: VirtualTime, chance: Chance): SimulatedQueue {
  const kept: Kept[] = []
  const leases: { key: string; token: string; from: number; until: number }[] = []

  const take = (worker: Worker): Kept | undefined => {
    const busy = new Set<string>()
    for (const each of kept) {
      if (each.state === 'done') continue
      const { referralId } = each.job
      // One that was given up blocks its referral, as does one that waits for its next attempt.
      const isFirst = !busy.has(referralId)
      busy.add(referralId)
      if (!isFirst || each.state === 'given-up' || each.dueAt > time.now()) continue
      if (each.state === 'active') {
        if (each.lease?.holder.isAlive() || (each.lease?.until ?? 0) > time.now()) continue
        each.retryCount++
      }
      each.state = 'active'
      each.lease = { holder: worker, until: Number.POSITIVE_INFINITY }
      return each
    }
    return undefined
  }

  const failed = (each: Kept, error: unknown): void => {
    if (each.retryCount >= retries.limit) {
      each.state = 'given-up'
      return
    }
    const own = Math.min(retries.maxDelay, retries.firstDelay * 2 ** Math.min(16, each.retryCount))
    const told = error instanceof EhrFailure ? error.retryAfter : undefined
    const seconds = told === undefined ? own * chance.between(0.5, 1) : Math.max(told, own)
    each.dueAt = time.now() + seconds * 1_000
    each.retryCount++
    each.state = 'open'
  }

  return {
    enqueue(jobs) {
      for (const job of jobs) {
        const blocked = kept.findIndex(
          (each) => each.state === 'given-up' && each.job.referralId === job.referralId,
        )
        if (blocked >= 0) kept.splice(blocked, 1)
        kept.push({ job, order: kept.length, retryCount: 0, dueAt: 0, state: 'open' })
      }
    },
    async work(worker, handle) {
      while (worker.isAlive()) {
        const each = take(worker)
        if (!each) {
          await time.sleep(1_000)
          continue
        }
        const lease = {
          key: each.job.referralId,
          token: `${worker.name} ${leases.length}`,
          from: time.now(),
          until: Number.POSITIVE_INFINITY,
        }
        leases.push(lease)
        const attempt = each.retryCount + 1
        const last = each.retryCount >= retries.limit
        const work = handle({ ...each.job, attempt, last }).then(
          () => undefined,
          (error: unknown) => error ?? 'failed',
        )
        const outcome = await Promise.race([work, worker.died])
        if (outcome === 'died') {
          lease.until = time.now()
          if (each.lease) each.lease.until = time.now() + noticedAfterMs
          return
        }
        lease.until = time.now()
        if (outcome === undefined) each.state = 'done'
        else failed(each, outcome)
      }
    },
    isIdle: () => kept.every(({ state }) => state === 'done' || state === 'given-up'),
    rows: () =>
      kept.map(({ job, state }) => ({
        queue: job.queue,
        referralId: job.referralId,
        state: state === 'active' ? 'open' : state,
      })),
    leases: () => leases,
  }
}
