/** The background work, on pg-boss: one key per referral, in order; several referrals at once. */

import { randomBytes } from 'node:crypto'
import { type JobWithMetadata, PgBoss } from 'pg-boss'
import { Problem } from '../domain/problem.ts'
import { EhrFailure, type Job, type JobQueue } from '../domain/referral/ports.ts'
import { safeError } from '../domain/safe-error.ts'
import type { Database, Log } from './database.ts'
import { bossDatabase, givenUp, jobQueues, retries, superviseSeconds } from './job-queues.ts'

/** How commit writes jobs in its own statement. */
export interface JobWriter {
  /** The statement with which pg-boss inserts, its one parameter being `$1`. */
  insertText(queue: Job['queue']): string
  /** That parameter. */
  insertValue(jobs: readonly Job[]): string
  /** Tells the workers of this process that jobs were committed. */
  wake(queue: Job['queue']): void
}

export type Jobs = JobQueue & JobWriter

type Handle = Parameters<JobQueue['work']>[1]
type Delivered = JobWithMetadata<Job>

// One worker asks every second, which bounds how long a retry or a job committed by another process
// lies; the others sleep until a commit here or a busy colleague wakes them. LISTEN/NOTIFY would
// be quicker across processes, but NOTIFY makes PostgreSQL commit one transaction at a time.
const watchfulSeconds = 1
const sleepySeconds = 10
const heartbeatSeconds = 4
const closeWithinMs = 25_000
const longestRetryAfter = 86_400

/** @param concurrency referrals worked on at once */
export async function openJobs(db: Database, concurrency: number, log?: Log): Promise<Jobs> {
  const boss = new PgBoss({
    db: bossDatabase(db),
    backend: db.engine === 'pglite' ? 'pglite' : 'postgres',
    schedule: false,
    registerInstance: false,
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
  })
  boss.on('error', (error) => log?.warn({ err: safeError(error) }, 'job queue'))
  boss.on('warning', () => log?.warn({}, 'job queue is slow'))
  await boss.start()
  const inserts = new Map<string, Insert>()
  for (const queue of jobQueues) inserts.set(queue, await captureInsert(boss, queue))
  const insertOf = (queue: Job['queue']): Insert => {
    const insert = inserts.get(queue)
    if (insert === undefined) throw new Error(`There is no queue ${queue}`)
    return insert
  }
  const crews = new Map<string, Crew>()
  let closing: Promise<void> | undefined
  return {
    insertText: (queue) => insertOf(queue).text,
    insertValue: (jobs) => JSON.stringify(jobs.map((job) => insertOf(job.queue).row(job))),
    wake: (queue) => crews.get(queue)?.wake(),
    async work(queue, handle) {
      // Processes that end before their first check would leave for ever what others died with.
      if (crews.size === 0) await boss.supervise()
      const crew = crews.get(queue) ?? newCrew(boss)
      crews.set(queue, crew)
      for (let i = 0; i < concurrency; i++) await hire(crew, queue, handle)
    },
    depth: () => depthOf(db),
    close() {
      closing ??= boss.stop({ timeout: closeWithinMs, close: false })
      return closing
    },
  }

  async function hire(crew: Crew, queue: Job['queue'], handle: Handle): Promise<void> {
    const pollingIntervalSeconds = crew.size() === 0 ? watchfulSeconds : sleepySeconds
    const options = {
      includeMetadata: true,
      pollingIntervalSeconds,
      heartbeatRefreshSeconds: heartbeatSeconds,
    } as const
    const worker = crew.newcomer()
    worker.id = await boss.work<Job, void, typeof options>(queue, options, async ([job]) => {
      if (job === undefined) return
      crew.begin(worker)
      try {
        await attempt(job, handle)
      } finally {
        crew.end(worker)
      }
    })
  }

  async function attempt(job: Delivered, handle: Handle): Promise<void> {
    const last = job.retryCount >= job.retryLimit
    try {
      await handle({ ...job.data, attempt: job.retryCount + 1, last })
    } catch (error) {
      report(job, error)
      const told = error instanceof EhrFailure && !last ? error.retryAfter : undefined
      if (told !== undefined) return await postpone(job, told, error)
      // The reason is kept with the job: say what broke, without what the other side answered.
      throw new Error(reasonOf(error))
    }
  }

  /** What the EHR refuses is its story's to tell; anything else is a bug, or the database away. */
  function report({ data: { referralId }, retryCount }: Delivered, error: unknown): void {
    if (error instanceof EhrFailure) return
    const facts = { referralId, attempt: retryCount + 1, outcome: reasonOf(error) }
    if (error instanceof Problem) log?.warn(facts, 'job failed')
    else log?.error({ ...facts, err: safeError(error) }, 'job failed')
  }

  /** Fails the attempt and puts the next one off for as long as the EHR asked, in one transaction. */
  async function postpone(job: Delivered, seconds: number, error: unknown): Promise<void> {
    const { firstDelay, maxDelay } = retries[job.name as Job['queue']]
    const own = Math.min(maxDelay, firstDelay * 2 ** Math.min(16, job.retryCount))
    const startAfter = Math.ceil(Math.min(longestRetryAfter, Math.max(seconds, own)))
    await db.transaction(async (tx) => {
      const within = { db: bossDatabase(tx) }
      const { id, retryCount } = job
      await boss.fail(job.name, { id, retryCount }, { message: reasonOf(error) }, within)
      await boss.update(job.name, undefined, { id, startAfter, ...within })
    })
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof EhrFailure)
    return `${error.name}: ${error.phase}${error.status === undefined ? '' : ` ${error.status}`}`
  if (error instanceof Problem) return `${error.name}: ${error.code}`
  return error instanceof Error ? error.name : typeof error
}

interface Insert {
  readonly text: string
  row(job: Job): object
}

/** Asks pg-boss to send, and keeps the statement that it would have run. */
async function captureInsert(boss: PgBoss, queue: Job['queue']): Promise<Insert> {
  let text = ''
  let parameter: unknown
  const executeSql = async (sql: string, values?: unknown[]) => {
    text = sql
    parameter = values?.[0]
    return { rows: [{ id: null }] }
  }
  await boss.send(queue, {}, { singletonKey: 'referral', db: { executeSql } })
  const [sample] = JSON.parse(String(parameter)) as object[]
  // commit makes a common table expression of it, which has to be one INSERT.
  if (!/^\s*INSERT INTO/.test(text) || text.split('$1').length !== 2 || sample === undefined)
    throw new Error('This version of pg-boss inserts jobs in a way that commit does not know')
  return {
    text,
    row: (job) => ({ ...sample, id: orderedId(), data: job, singletonKey: job.referralId }),
  }
}

let sequence = 0

/** A UUID (version 7) that sorts behind the one before: pg-boss orders the jobs of one instant by id. */
function orderedId(): string {
  sequence = (sequence + 1) % 0x1000
  const time = Date.now().toString(16).padStart(12, '0')
  const tail = randomBytes(8)
  tail[0] = 0x80 | ((tail[0] ?? 0) & 0x3f)
  const random = tail.toString('hex')
  const serial = sequence.toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${serial}-${random.slice(0, 4)}-${random.slice(4)}`
}

interface Worker {
  id?: string
  busy: boolean
}

type Crew = ReturnType<typeof newCrew>

/** The workers of one queue: who has work wakes a colleague, and looks for more when done. */
function newCrew(boss: PgBoss) {
  const workers: Worker[] = []
  const notify = (worker: Worker | undefined) => {
    if (worker?.id !== undefined) boss.notifyWorker(worker.id)
  }
  // When all are busy, the first will look again as soon as it is done.
  const wake = () => notify(workers.find(({ busy }) => !busy) ?? workers[0])
  return {
    wake,
    size: () => workers.length,
    newcomer(): Worker {
      const worker: Worker = { busy: false }
      workers.push(worker)
      return worker
    },
    begin(worker: Worker) {
      worker.busy = true
      wake()
    },
    end(worker: Worker) {
      worker.busy = false
      notify(worker)
    },
  }
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
