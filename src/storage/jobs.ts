/** The background work, on pg-boss: one key per referral, in order; several referrals at once. */

import { type JobWithMetadata, PgBoss } from 'pg-boss'
import { Problem } from '../domain/problem.ts'
import { EhrFailure, type Job, type JobQueue } from '../domain/referral/ports.ts'
import { killsToGiveUp, type WorkLimits } from '../domain/referral/taken-job.ts'
import { safeError } from '../domain/safe-error.ts'
import { type Crew, newCrew } from './crew.ts'
import type { Database, Log } from './database.ts'
import { captureInsert, type Insert, type NewJob } from './job-insert.ts'
import { bossDatabase, givenUp, jobQueues, retries, superviseSeconds } from './job-queues.ts'

/** How commit writes jobs in its own statement. */
export interface JobWriter {
  /** The statement with which pg-boss inserts, its one parameter being `$1`. */
  insertText(queue: Job['queue']): string
  /** That parameter. */
  insertValue(jobs: readonly NewJob[]): string
  /** Tells the workers of this process that jobs were committed. */
  wake(queue: Job['queue']): void
}

export type Jobs = JobQueue & JobWriter

type Handle = Parameters<JobQueue['work']>[1]
/** `heard`: how many attempts there had been when the last one that told of its end did. */
type Kept = Job & { readonly heard?: number }
type Delivered = JobWithMetadata<Kept>

const heartbeatMs = 4_000
// Below the 25 s that a process is given to stop.
const closeWithinMs = 23_000
const longestRetryAfter = 86_400

/** @param places referrals worked on at once, in each queue */
export async function openJobs(db: Database, places: number, log?: Log): Promise<Jobs> {
  const boss = new PgBoss({
    db: bossDatabase(db),
    backend: db.engine === 'pglite' ? 'pglite' : 'postgres',
    schedule: false,
    registerInstance: false,
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
  })
  const trouble = (error: unknown) => log?.warn({ err: safeError(error) }, 'job queue')
  boss.on('error', trouble)
  boss.on('warning', () => log?.warn({}, 'job queue is slow'))
  await boss.start()
  const inserts = new Map<string, Insert>()
  for (const queue of jobQueues) inserts.set(queue, await captureInsert(boss, queue))
  const insertOf = (queue: Job['queue']): Insert => {
    const insert = inserts.get(queue)
    if (insert === undefined) throw new Error(`There is no queue ${queue}`)
    return insert
  }
  const crews = new Map<Job['queue'], Crew<Delivered>>()
  let closing: Promise<void> | undefined
  return {
    insertText: (queue) => insertOf(queue).text,
    insertValue: (jobs) => JSON.stringify(jobs.map((each) => insertOf(each.job.queue).row(each))),
    wake: (queue) => crews.get(queue)?.wake(),
    async work(queue, handle, limits) {
      // Processes that end before their first check would leave for ever what others died with.
      if (crews.size === 0) await boss.supervise()
      crews.set(queue, hire(queue, handle, limits))
    },
    depth: () => depthOf(db),
    close() {
      closing ??= close()
      return closing
    },
  }

  function hire(queue: Job['queue'], handle: Handle, limits?: WorkLimits): Crew<Delivered> {
    const take = async (passedOver: readonly string[], batchSize: number) => {
      const ignoreGroups = [...passedOver]
      const jobs = await boss.fetch<Kept>(queue, { includeMetadata: true, ignoreGroups, batchSize })
      return jobs as Delivered[]
    }
    const run = (job: Delivered) => attempt(job, handle).catch(trouble)
    return newCrew({ take, run, failed: trouble }, places, limits)
  }

  /** What cannot be finished in time is given back at once, rather than when its heartbeat is missed. */
  async function close(): Promise<void> {
    const left = await Promise.all([...crews.values()].map((crew) => crew.close(closeWithinMs)))
    for (const job of left.flat()) await fail(job, 'the process stopped').catch(trouble)
    await boss.stop({ graceful: false, close: false })
  }

  async function attempt(job: Delivered, handle: Handle): Promise<void> {
    const { heard = 0, ...data } = job.data
    const killed = job.retryCount - heard
    // Not even giving it up was survived, again and again. Earlier, a process that is killed by others while
    // it writes that down would leave a referral that looks as if it were on its way.
    if (killed > 10 * killsToGiveUp) return bury(job)
    const claim = { id: job.id, retryCount: job.retryCount }
    const beat = setInterval(() => void boss.touch(job.name, claim).catch(trouble), heartbeatMs)
    const last = job.retryCount >= job.retryLimit
    try {
      await handle({ ...data, attempt: job.retryCount + 1, last, killed })
    } catch (error) {
      report(job, error)
      const told = error instanceof EhrFailure && !last ? error.retryAfter : undefined
      return await fail(job, reasonOf(error), told)
    } finally {
      clearInterval(beat)
    }
    await boss.complete(job.name, claim)
  }

  /** What the EHR refuses is its story's to tell; anything else is a bug, or the database away. */
  function report({ data: { referralId }, retryCount }: Delivered, error: unknown): void {
    if (error instanceof EhrFailure) return
    const facts = { referralId, attempt: retryCount + 1, outcome: reasonOf(error) }
    if (error instanceof Problem) log?.warn(facts, 'job failed')
    else log?.error({ ...facts, err: safeError(error) }, 'job failed')
  }

  /**
   * Ends the attempt: the next one follows after the queue's own delay, or as long as the EHR asked.
   * @param message is kept with the job: says what broke, without what the other side answered
   */
  async function fail(job: Delivered, message: string, told?: number): Promise<void> {
    const { id, retryCount } = job
    await db.transaction(async (tx) => {
      const within = { db: bossDatabase(tx) }
      await boss.fail(job.name, { id, retryCount }, { message }, within)
      if (retryCount >= job.retryLimit) return
      const startAfter = told === undefined ? {} : { startAfter: delayOf(job, told) }
      const heard = retryCount + 1
      await boss.update(job.name, { ...job.data, heard }, { id, ...startAfter, ...within })
    })
  }

  /** To the jobs that were given up, for a person to look at. */
  async function bury(job: Delivered): Promise<void> {
    const { id, retryCount, data } = job
    log?.error({ referralId: data.referralId, attempt: retryCount + 1 }, 'job ends its processes')
    await db.transaction(async (tx) => {
      await tx.query(noRetry, [id, job.name])
      const message = 'the process ended each time'
      await boss.fail(job.name, { id, retryCount }, { message }, { db: bossDatabase(tx) })
    })
  }
}

/** Seconds: never sooner than the queue would have tried by itself. */
function delayOf({ name, retryCount }: Delivered, told: number): number {
  const { firstDelay, maxDelay } = retries[name as Job['queue']]
  const own = Math.min(maxDelay, firstDelay * 2 ** Math.min(16, retryCount))
  return Math.ceil(Math.min(longestRetryAfter, Math.max(told, own)))
}

function reasonOf(error: unknown): string {
  if (error instanceof EhrFailure)
    return `${error.name}: ${error.phase}${error.status === undefined ? '' : ` ${error.status}`}`
  if (error instanceof Problem) return `${error.name}: ${error.code}`
  return error instanceof Error ? error.name : typeof error
}

async function depthOf(db: Database): Promise<Record<string, number>> {
  const depth: Record<string, number> = {}
  for (const queue of jobQueues) {
    depth[queue] = 0
    depth[givenUp(queue)] = 0
  }
  const rows = await db.query(selectDepth, [Object.keys(depth)])
  for (const row of rows) depth[String(row.name)] = Number(row.jobs)
  return depth
}

const selectDepth = {
  name: 'job-depth',
  text: `
    SELECT name, count(*)::int AS jobs
    FROM pgboss.job
    WHERE name = ANY ($1::text[]) AND state < 'completed'
    GROUP BY name`,
}

const noRetry = {
  name: 'job-no-retry',
  text: 'UPDATE pgboss.job SET retry_limit = retry_count WHERE id = $1 AND name = $2',
}
