/** What a list of the clinic's worklist selects, and in which order. */

import { createHash } from 'node:crypto'
import type { Viewer } from '../domain/access/caller.ts'
import type { QueuedReferral, QueueQuery } from '../domain/referral/worklist.ts'
import type { Bind } from './commit-part.ts'
import type { Row, Statement } from './database.ts'
import { storable } from './database.ts'

/** The instant of the look is $2. */
export const now = '$2::text::timestamptz'

/** Of a row; `at` is where the instant of the look stands. */
export const queueColumns = (at: string): string => `
  r.id, r.task_id, r.patient_id, r.referrer_id, r.version, r.status, r.business_status,
  CASE WHEN ${isHidden(at)} THEN 'snoozed' ELSE r.tab END AS tab,
  r.priority, r.next_due, r.created_at, r.updated_at, r.with_clinic_since, r.owner, r.desk_version,
  CASE WHEN ${isHidden(at)} THEN r.hidden_until END AS snoozed_until, r.snoozed_for`

export const isHidden = (at: string): string => `(r.hidden_until > ${at} AND r.tab <> 'closed')`
export const isShown = (at: string): string => `(r.hidden_until IS NULL OR r.hidden_until <= ${at})`

/** As the index has it, word for word. */
export const due = "(CASE WHEN r.next_due IS NULL THEN 'infinity'::timestamptz ELSE r.next_due END)"

const urgencies: Readonly<Record<string, number>> = { stat: 0, asap: 1, urgent: 2, routine: 3 }

/** As the generated column has it; what is no priority finds nothing. */
export const urgencyOf = (priority: string | undefined): number | undefined =>
  priority === undefined ? undefined : (urgencies[priority] ?? -1)

type ListQuery = Pick<QueueQuery, 'tab' | 'filter' | 'after'>

/**
 * What has to hold of a row besides whose it is.
 * @param role of who looks: what is withheld from a clinic is not told by its filter
 * @param now where the instant of the look stands
 */
function conditionsOf(
  $: Bind,
  role: Viewer['role'],
  now: string,
  { tab, filter, after }: ListQuery,
): readonly string[] {
  const instant = (value: string) => $(value, 'text::timestamptz')
  const closed = tab === 'closed'
  const { priority, overall, referrer, dueBy, owner } = filter
  return [
    ...(closed
      ? ["r.tab = 'closed'"]
      : tab === 'snoozed'
        ? [isHidden(now)]
        : [`r.tab = ${$(tab, 'text')}`, isShown(now)]),
    ...(owner === undefined ? [] : [`r.owner = ${$(storable(owner), 'text')}`]),
    ...(priority ? [`r.urgency = ${$(urgencyOf(priority), 'smallint')}`] : []),
    ...(overall ? [overallIs($(overall, 'text'), role)] : []),
    ...(referrer ? [`r.referrer_id = ${$(storable(referrer), 'text')}`] : []),
    ...(dueBy ? [`${due} <= ${instant(dueBy)}`] : []),
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
}

const overallIs = (code: string, role: Viewer['role']): string =>
  role === 'clinic' ? `r.found_by IN (${code}, '*')` : `r.overall = ${code}`

const orderOf = (tab: QueueQuery['tab']): string =>
  tab === 'closed' ? 'r.updated_at DESC, r.id DESC' : `${due}, r.urgency, r.created_at, r.id`

/** @param mine whose rows, with the organisation as $1 */
export function pageStatement(
  mine: string,
  viewer: Viewer,
  query: QueueQuery,
  at: Date,
): { readonly statement: Statement; readonly values: readonly unknown[] } {
  const values: unknown[] = [viewer.organization, at.toISOString()]
  const $ = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const text = `
    SELECT ${queueColumns(now)} FROM referloop.referral r
    WHERE ${[mine, ...conditionsOf($, viewer.role, now, query)].join(' AND ')}
    ORDER BY ${orderOf(query.tab)}
    LIMIT ${$(query.count + 1, 'int')}`
  const name = `worklist ${createHash('sha1').update(text).digest('hex')}`
  // What is snoozed is few, and lies in no order.
  const walks = query.tab !== 'snoozed'
  return { statement: { name, text, ...(walks ? { alongIndex: true } : {}) }, values }
}

/** The first row of a list, locked; one that somebody else is about to take is passed over. */
export function firstStatement(
  viewer: Viewer,
  query: Pick<QueueQuery, 'tab' | 'filter'>,
  at: Date,
  columns: string,
): { readonly text: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [viewer.organization, at.toISOString()]
  const $ = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const conditions = [
    `${now} IS NOT NULL`,
    'r.clinic_id = $1 AND r.with_clinic_since IS NOT NULL',
    ...conditionsOf($, viewer.role, now, query),
  ]
  const text = `
    SELECT ${columns} FROM referloop.referral r
    WHERE ${conditions.join(' AND ')}
    ORDER BY ${orderOf(query.tab)}
    LIMIT 1
    FOR UPDATE SKIP LOCKED`
  return { text, values }
}

const instantOf = (value: unknown): string => (value as Date).toISOString()

export const toQueued = (row: Row): QueuedReferral =>
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
    due: row.next_due ? instantOf(row.next_due) : undefined,
    createdAt: instantOf(row.created_at),
    updatedAt: instantOf(row.updated_at),
    withClinicSince: instantOf(row.with_clinic_since ?? row.created_at),
    owner: row.owner,
    snoozedUntil: row.snoozed_until ? instantOf(row.snoozed_until) : undefined,
    snoozedFor: row.snoozed_until ? (row.snoozed_for ?? undefined) : undefined,
    desk: row.desk_version,
  }) as QueuedReferral
