/** The clinic's worklist, read behind row-level security. */

import { createHash } from 'node:crypto'
import type { Viewer } from '../domain/access/caller.ts'
import {
  mostCounted,
  type QueuedReferral,
  type QueueQuery,
  type Tab,
  tabs,
  type WorklistStore,
} from '../domain/referral/worklist.ts'
import type { Database, Row } from './database.ts'
import { storable } from './database.ts'

/** @param firstWall as in resourceStore */
export function worklistStore(db: Database, firstWall = true): WorklistStore {
  const mine = visible(firstWall)
  return {
    async page(viewer, query) {
      const { statement, values } = pageStatement(mine(viewer), viewer, query)
      return (await db.queryAs(viewer, statement, values)).map(toQueued)
    },
    async counts(viewer) {
      const [row] = await db.queryAs(viewer, countStatement(mine(viewer)), [viewer.organization])
      return Object.fromEntries(tabs.map((tab) => [tab, Number(row?.[tab] ?? 0)])) as Record<
        Tab,
        number
      >
    },
    async find(viewer, { words, identifiers }, count) {
      const values: unknown[] = [viewer.organization]
      const $ = (value: unknown, type: string) => `$${values.push(value)}::${type}`
      // Behind a policy the index of tokens is reached through such functions only (0003).
      const tokens = (anyOf: readonly string[]) => $(anyOf.map(storable), 'text[]')
      const patients = words
        .map((anyOf) => `SELECT referloop.patients_sought(${tokens(anyOf)})`)
        .join(' INTERSECT ')
      const rows = await db.queryAs(
        viewer,
        `WITH patients (id) AS MATERIALIZED (${patients || 'SELECT NULL::text WHERE false'}),
           requests (id) AS MATERIALIZED (
             SELECT referloop.with_tokens('ServiceRequest', ${tokens(identifiers)})),
           found AS (
             SELECT r.id FROM patients p JOIN referloop.referral r ON r.patient_id = p.id
             UNION
             SELECT id FROM requests
           )
         SELECT ${columns} FROM found JOIN referloop.referral r ON r.id = found.id
         WHERE ${mine(viewer)}
         ORDER BY r.updated_at DESC, r.id DESC
         LIMIT ${$(count + 1, 'int')}`,
        values,
      )
      return rows.map(toQueued)
    },
  }
}

const columns = `
  r.id, r.task_id, r.patient_id, r.referrer_id, r.version, r.status, r.business_status, r.tab,
  r.priority, r.next_due, r.created_at, r.updated_at, r.with_clinic_since`

/** $1 is the organisation; a referrer's rows may have never been with their clinic. */
const visible =
  (firstWall: boolean) =>
  ({ role }: Viewer): string => {
    if (!firstWall) return '$1::text IS NOT NULL'
    return role === 'clinic'
      ? 'r.clinic_id = $1 AND r.with_clinic_since IS NOT NULL'
      : 'r.referrer_id = $1'
  }

const overallIs = (code: string, { role }: Viewer): string =>
  role === 'clinic' ? `(r.overall = ${code} OR r.release IS NOT NULL)` : `r.overall = ${code}`

/** Each tab by itself, and no further than is told apart. */
const countStatement = (mine: string) => ({
  name: `worklist-counts ${mine.length}`,
  alongIndex: true as const,
  text: `SELECT ${tabs
    .map(
      (tab) => `(SELECT count(*) FROM (
        SELECT FROM referloop.referral r WHERE ${mine} AND r.tab = '${tab}' LIMIT ${mostCounted}
      ) AS counted)::int AS "${tab}"`,
    )
    .join(', ')}`,
})

/** As the index has it, word for word. */
const due = "(CASE WHEN r.next_due IS NULL THEN 'infinity'::timestamptz ELSE r.next_due END)"
const urgencies: Readonly<Record<string, number>> = { stat: 0, asap: 1, urgent: 2, routine: 3 }

function pageStatement(mine: string, viewer: Viewer, { tab, filter, after, count }: QueueQuery) {
  const values: unknown[] = [viewer.organization]
  const $ = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const instant = (value: string) => $(value, 'text::timestamptz')
  const closed = tab === 'closed'
  const conditions = [
    mine,
    closed ? "r.tab = 'closed'" : `r.tab = ${$(tab, 'text')}`,
    ...(filter.priority ? [`r.priority = ${$(filter.priority, 'text')}`] : []),
    ...(filter.overall ? [overallIs($(filter.overall, 'text'), viewer)] : []),
    ...(filter.referrer ? [`r.referrer_id = ${$(storable(filter.referrer), 'text')}`] : []),
    ...(filter.dueBy ? [`${due} <= ${instant(filter.dueBy)}`] : []),
    ...(after && closed
      ? [`(r.updated_at, r.id) < (${instant(after.updatedAt)}, ${$(storable(after.id), 'text')})`]
      : []),
    ...(after && !closed
      ? [
          `(${due}, r.urgency, r.created_at, r.id) > (${instant(after.due ?? 'infinity')},
            ${$(urgencies[after.priority] ?? 3, 'smallint')}, ${instant(after.createdAt)},
            ${$(storable(after.id), 'text')})`,
        ]
      : []),
  ]
  const order = closed ? 'r.updated_at DESC, r.id DESC' : `${due}, r.urgency, r.created_at, r.id`
  const text = `
    SELECT ${columns} FROM referloop.referral r
    WHERE ${conditions.join(' AND ')}
    ORDER BY ${order}
    LIMIT ${$(count + 1, 'int')}`
  const name = `worklist ${createHash('sha1').update(text).digest('hex')}`
  // Along the index a filter that hardly anything fits would fetch every row, one by one.
  const walks = !filter.priority && !filter.overall && !filter.referrer
  return { statement: { name, text, ...(walks ? { alongIndex: true as const } : {}) }, values }
}

const toQueued = (row: Row): QueuedReferral =>
  ({
    id: row.id,
    taskId: row.task_id,
    patientId: row.patient_id,
    referrerId: row.referrer_id,
    version: row.version,
    status: row.status,
    businessStatus: row.business_status,
    tab: row.tab,
    priority: row.priority,
    due: row.next_due ? (row.next_due as Date).toISOString() : undefined,
    createdAt: (row.created_at as Date).toISOString(),
    updatedAt: (row.updated_at as Date).toISOString(),
    withClinicSince: ((row.with_clinic_since ?? row.created_at) as Date).toISOString(),
  }) as QueuedReferral
