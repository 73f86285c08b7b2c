/** How a commit writes jobs: with the statement that pg-boss itself would have run. */

import { randomBytes } from 'node:crypto'
import type { PgBoss } from 'pg-boss'
import type { Job } from '../domain/referral/ports.ts'

/** A job, and whose share of the workers it takes: the clinic it goes to, or the referrer it asks. */
export interface NewJob {
  readonly job: Job
  readonly group: string
}

export interface Insert {
  /** The statement, its one parameter being `$1`. */
  readonly text: string
  row(added: NewJob): object
}

/** Asks pg-boss to send, and keeps the statement that it would have run. */
export async function captureInsert(boss: PgBoss, queue: Job['queue']): Promise<Insert> {
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
    row: ({ job, group }) => ({
      ...sample,
      id: orderedId(),
      data: job,
      singletonKey: job.referralId,
      groupId: group,
    }),
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
