/** The audit trail read by the tenants that it concerns. */

import type { Viewer } from '../domain/access/caller.ts'
import type { AuditQuery, AuditRow, AuditTrail } from '../domain/audit/audit-row.ts'
import type { Database, Row } from './database.ts'
import { storable } from './database.ts'
import { isReleasedAs } from './rows.ts'

/**
 * $1 is the organisation. Its own requests bear it as their referrer or clinic; besides, a referrer
 * sees what concerns its patients, a clinic what concerns a referral once that is with it.
 */
const visible: Readonly<Record<Viewer['role'], string>> = {
  referrer: 'e.referrer_id = $1',
  clinic: `e.clinic_id = $1 AND e.action <> 'consent' AND (e.organization = $1 OR EXISTS (
    SELECT FROM referloop.referral r
    WHERE r.id = e.referral_id AND r.clinic_id = $1 AND r.with_clinic_since IS NOT NULL))`,
}

const columns = `
  e.id::text, e.recorded, e.action, e.kind, e.outcome, e.agent, e.organization, e.referral_id,
  e.referrer_id, e.clinic_id, e.patient_id, e.query, e.request_id, e.token_id, e.network,
  e.person, e.person_name`

/** What is withheld from a clinic is not named in its trail either, nor what the whole check found. */
const columnsFor: Readonly<Record<Viewer['role'], string>> = {
  referrer: `${columns}, e.entities, e.detail`,
  clinic: `${columns},
    ARRAY(
      SELECT entity FROM unnest(e.entities) AS entity
      WHERE NOT EXISTS (
        SELECT FROM referloop.referral r
        WHERE r.id = e.referral_id
          AND NOT ${isReleasedAs("split_part(entity, '/', 1) || '/' || split_part(entity, '/', 2)")})
    ) AS entities,
    CASE WHEN NOT EXISTS (
      SELECT FROM referloop.referral r WHERE r.id = e.referral_id AND r.release IS NOT NULL)
    THEN e.detail END AS detail`,
}

/** With the first wall down a query takes what it is given, and row-level security has to hold alone. */
const everything = '$1::text IS NOT NULL'

/** @param firstWall as in resourceStore */
export function auditTrail(db: Database, firstWall = true): AuditTrail {
  const find = (viewer: Viewer, query: AuditQuery) =>
    search(db, viewer, query, firstWall ? visible[viewer.role] : everything)
  return {
    async read(viewer, id) {
      const [row] = await find(viewer, { ids: [id], count: 0 })
      return row
    },
    search: find,
  }
}

const comparisons = { ge: '>=', gt: '>', le: '<=', lt: '<' } as const

async function search(
  db: Database,
  viewer: Viewer,
  query: AuditQuery,
  rule: string,
): Promise<readonly AuditRow[]> {
  const values: unknown[] = [viewer.organization]
  const $ = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const anyOf = (column: string, wanted: readonly string[] | undefined) =>
    wanted ? [`${column} = ANY (${$(wanted.map(storable), 'text[]')})`] : []
  const conditions = [
    rule,
    ...(query.ids ? [`e.id = ANY (${$(query.ids.filter(isRowId), 'bigint[]')})`] : []),
    ...(query.before ? [`e.id < ${$(query.before, 'bigint')}`] : []),
    ...(query.recorded ?? []).map(
      ({ op, instant }) => `e.recorded ${comparisons[op]} ${$(instant, 'text::timestamptz')}`,
    ),
    ...anyOf('e.patient_id', query.patients),
    ...anyOf('e.agent', query.agents),
    ...anyOf('e.outcome', query.outcomes),
    ...anyOf('e.kind', query.kinds),
    ...(query.entities ? [`e.entities && ${$(query.entities.map(storable), 'text[]')}`] : []),
  ]
  const rows = await db.queryAs(
    viewer,
    `SELECT ${columnsFor[viewer.role]}
     FROM referloop.audit_event e
     WHERE ${conditions.map((each) => `(${each})`).join(' AND ')}
     ORDER BY e.id DESC
     LIMIT ${$(query.count + 1, 'int')}`,
    values,
  )
  return rows.map(toAuditRow)
}

/** What fits a bigint; an id of another form names no row. */
const isRowId = (id: string): boolean => /^[1-9]\d{0,17}$/.test(id)

const optional = (value: unknown): string | undefined =>
  value === null ? undefined : String(value)

const toAuditRow = (row: Row): AuditRow => ({
  id: String(row.id),
  recorded: (row.recorded as Date).toISOString(),
  action: String(row.action),
  kind: row.kind as AuditRow['kind'],
  outcome: row.outcome as AuditRow['outcome'],
  agent: String(row.agent),
  organization: optional(row.organization),
  referralId: optional(row.referral_id),
  referrerId: optional(row.referrer_id),
  clinicId: optional(row.clinic_id),
  patientId: optional(row.patient_id),
  entities: row.entities as string[],
  detail: optional(row.detail),
  query: optional(row.query),
  requestId: optional(row.request_id),
  tokenId: optional(row.token_id),
  network: optional(row.network),
  person: optional(row.person),
  personName: optional(row.person_name),
})
