/** How our queues are set up in pg-boss, and how it reaches our database. */

import { type Db, PgBoss, type Queue } from 'pg-boss'
import type { Job } from '../domain/referral/ports.ts'
import type { Queryable } from './database.ts'

export const jobQueues = ['deliver', 'gather'] as const satisfies readonly Job['queue'][]

/** Where a job ends up that failed to the last, with the reason, for a person to look at. */
export const givenUp = (queue: Job['queue']): string => `${queue}-given-up`

const day = 86_400

/**
 * - deliver: delays of 1, 2, 4 … seconds with jitter, an hour at most: 110 retries are four days and
 *   a half, so a clinic may be away over a long weekend.
 * - gather: delays of 1, 2, 4 … minutes, two hours at most: eight retries are a little more than four
 *   hours. The referrer has been asked as well, and need not wait for it.
 */
export const retries = {
  deliver: { limit: 110, firstDelay: 1, maxDelay: 3_600 },
  gather: { limit: 8, firstDelay: 60, maxDelay: 7_200 },
} as const satisfies Record<Job['queue'], object>

const optionsOf = (queue: Job['queue']) => ({
  ...queueOptions,
  retryLimit: retries[queue].limit,
  retryDelay: retries[queue].firstDelay,
  retryDelayMax: retries[queue].maxDelay,
})

const queueOptions = {
  retryBackoff: true,
  // Ten seconds is the least that pg-boss takes. With a check each 8 s, the job of a worker that
  // died is taken up again within 20 s.
  heartbeatSeconds: 10,
  expireInSeconds: 15 * 60,
  // A job that waits is never dropped for its age.
  retentionSeconds: 3650 * day,
  deleteAfterSeconds: day,
} as const satisfies Omit<Queue, 'name'>

export const superviseSeconds = 8

/** pg-boss on one of our sessions. */
export const bossDatabase = (db: Queryable): Db => ({
  executeSql: async (text, values) => ({
    rows: [...(values?.length ? await db.query(text, values) : await db.script(text))],
  }),
})

/** Installs or upgrades the schema of pg-boss, and our queues in it. */
export async function installQueues(db: Queryable, backend: 'postgres' | 'pglite'): Promise<void> {
  const boss = new PgBoss({
    db: bossDatabase(db),
    backend,
    supervise: false,
    schedule: false,
    registerInstance: false,
  })
  // What goes wrong in here is thrown; the same error once more as an event must not end the process.
  boss.on('error', () => {})
  await boss.start()
  try {
    for (const queue of jobQueues) await installQueue(boss, queue)
  } finally {
    await boss.stop({ graceful: false })
  }
}

async function installQueue(boss: PgBoss, queue: Job['queue']): Promise<void> {
  const deadLetter = givenUp(queue)
  const kept = { retentionSeconds: queueOptions.retentionSeconds }
  await boss.createQueue(deadLetter, kept)
  await boss.createQueue(queue, { ...optionsOf(queue), policy: 'key_strict_fifo', deadLetter })
  await boss.updateQueue(deadLetter, kept)
  await boss.updateQueue(queue, { ...optionsOf(queue), deadLetter })
}
