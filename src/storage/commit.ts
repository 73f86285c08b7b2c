/**
 * Everything that one story writes, as one statement: one round trip, one transaction, and nothing
 * left behind when any part is refused. The stories that commit while another commit is on its way
 * share the next statement (group-commits.ts).
 */

import { createHash } from 'node:crypto'
import type { Job, ReferralChange } from '../domain/referral/ports.ts'
import type { Referral } from '../domain/referral/referral.ts'
import { auditInsert, auditOfChanges } from './audit.ts'
import { events, type Telling } from './commit-events.ts'
import type { Bind, Part } from './commit-part.ts'
import {
  identifiers,
  newReferrals,
  nextReferrals,
  participants,
  reports,
} from './commit-referral.ts'
import { resources, sharedIdentifiers } from './commit-resources.ts'
import type { Database } from './database.ts'
import type { JobWriter } from './jobs.ts'
import { openServices } from './open-services.ts'

/**
 * Writes the changes and their jobs, all or none.
 * @throws an error with SQLSTATE RL001 whose message is the outcome, or 23505 for an id that is
 *   there already
 */
export async function commitAll(
  db: Database,
  jobs: JobWriter,
  telling: Telling,
  changes: readonly ReferralChange[],
): Promise<void> {
  const { statement, values } = write(changes, jobs, telling)
  const [done] = await db.query(statement, values)
  if (Number(done?.told) > 0) telling.wake()
  for (const { queue } of changes.flatMap((change) => change.jobs)) jobs.wake(queue)
}

/**
 * The statement for some changes. Its text, and with it its name, depends only on which parts there
 * are; all the rest, how many changes too, are parameters.
 */
function write(changes: readonly ReferralChange[], writer: JobWriter, telling: Telling) {
  const values: unknown[] = []
  const $: Bind = (value, type) => `$${values.push(value)}::${type}`
  const created = changes.filter(({ expectedVersion }) => expectedVersion === 0)
  const changed = changes.filter(({ expectedVersion }) => expectedVersion > 0)
  const written = [
    created.length > 0 ? newReferrals($, created) : undefined,
    changed.length > 0 ? nextReferrals($, changed) : undefined,
    identifiers($, changes),
    ...openServices($, changes),
    ...resources($, changes),
    sharedIdentifiers($, changes),
    participants($, changes),
    reports($, changes),
    audit($, changes),
    ...enqueued($, changes, writer),
  ].filter((part) => part !== undefined)
  const parts = [...written, ...events($, changes, written, telling)]
  const checks = parts.flatMap(({ check }) => check ?? [])
  const text = `
    WITH ${parts.map(({ name, sql }) => `${name} AS (${sql})`).join(',\n')}
    SELECT CASE ${checks.join('\n')} END, ${told(parts)} AS told`
  return { statement: { name: nameOf(parts), text }, values }
}

/** How many subscribers have something to hear. */
const told = (parts: readonly Part[]): string =>
  parts.some(({ name }) => name === 'counted') ? '(SELECT count(*)::int FROM counted)' : '0'

/** PostgreSQL keeps 63 characters of a name, and the parts' own are longer together. */
const nameOf = (parts: readonly Part[]): string =>
  `commit ${createHash('sha1')
    .update(parts.map(({ name }) => name).join())
    .digest('hex')}`

function audit($: Bind, changes: readonly ReferralChange[]): Part | undefined {
  const entries = auditOfChanges(changes)
  if (entries.length === 0) return undefined
  const { sql, value } = auditInsert(entries)
  return { name: 'audit', sql: sql($(value, 'text::json')) }
}

/**
 * The jobs, inserted as pg-boss itself does. A job that was given up blocks its referral until
 * somebody acts; the one enqueued now is that act, so the old one gives way (its copy stays in the
 * queue of those given up).
 */
function enqueued($: Bind, changes: readonly ReferralChange[], writer: JobWriter): readonly Part[] {
  const added = changes.flatMap(({ jobs, referral }) =>
    jobs.map((job) => ({ job, group: groupOf[job.queue](referral) })),
  )
  const known = new Set(
    changes.flatMap(({ referral, expectedVersion }) => (expectedVersion > 0 ? referral.id : [])),
  )
  return [...new Set(added.map(({ job }) => job.queue))].flatMap((queue) => {
    const mine = added.filter(({ job }) => job.queue === queue)
    const again = mine.map(({ job }) => job).filter(({ referralId }) => known.has(referralId))
    return [
      ...(again.length > 0 ? [gaveWay($, queue, again)] : []),
      {
        name: `enqueued_${queue}`,
        sql: writer.insertText(queue).replace('$1', () => $(writer.insertValue(mine), 'text')),
      },
    ]
  })
}

/** Whose EHR a job keeps waiting for: one that is slow must not take the places of all the others. */
const groupOf = {
  deliver: ({ clinicId }) => clinicId,
  gather: ({ referrerId }) => referrerId,
} as const satisfies Record<Job['queue'], (referral: Referral) => string>

function gaveWay($: Bind, queue: Job['queue'], jobs: readonly Job[]): Part {
  const keys = jobs.map(({ referralId }) => referralId)
  return {
    name: `gave_way_${queue}`,
    sql: `
      DELETE FROM pgboss.job
      WHERE name = ${$(queue, 'text')} AND singleton_key = ANY (${$(keys, 'text[]')})
        AND state = 'failed' AND policy = 'key_strict_fifo'`,
  }
}
