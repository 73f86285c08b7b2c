/** Subscriptions as their owners have them. */

import type { Viewer } from '../domain/access/caller.ts'
import type { AuditEntry } from '../domain/referral/ports.ts'
import type {
  StoredSubscription,
  SubscriptionEvent,
  SubscriptionStore,
  SubscriptionWrite,
} from '../domain/subscription/ports.ts'
import { auditInsert } from './audit.ts'
import { type Database, type Row, storable } from './database.ts'

/**
 * @param firstWall as in resourceStore
 * @param dueClock whose time decides what is due; the database's own when there is none
 * @param wake called when there is something to send
 */
export function subscriptionStore(
  db: Database,
  firstWall: boolean,
  dueClock: (() => Date) | undefined,
  wake: () => void,
): SubscriptionStore {
  const own = firstWall ? 's.role = $1 AND s.organization = $2' : '$1::text || $2 IS NOT NULL'
  const read = (viewer: Viewer, text: string, values: readonly unknown[]) =>
    db.queryAs(viewer, text, [viewer.role, viewer.organization, ...values])
  const write = async (text: string, values: readonly unknown[], audit: AuditEntry) => {
    await db.ensureRoom()
    const { sql, value } = auditInsert([audit])
    const parameter = `$${values.length + 1}::text::json`
    const rows = await db.query(
      `WITH written AS (${text}), audited AS (${onlyIf(sql(parameter))})
       SELECT count(*)::int AS n FROM written`,
      [...values, value],
    )
    wake()
    return rows[0]?.n === 1
  }
  const dueNow = () => dueClock?.().toISOString() ?? null
  return {
    create: (given, most, audit) =>
      write(insertSubscription, [...valuesOf(given, dueNow()), most], audit),
    replace: (given, expected, audit) =>
      write(updateSubscription, [...valuesOf(given, dueNow()), expected], audit),
    remove: ({ role, organization }, id, audit) =>
      write(deleteSubscription, [storable(id), role, organization], audit),
    async find(viewer, id) {
      const [row] = await read(viewer, `${select} WHERE s.id = $3 AND ${own}`, [storable(id)])
      return row && toSubscription(row)
    },
    async list(viewer) {
      const rows = await read(viewer, `${select} WHERE ${own} ORDER BY s.created_at, s.id`, [])
      return rows.map(toSubscription)
    },
    async events(viewer, id, { from, to, limit }) {
      const rows = await read(
        viewer,
        `SELECT ${eventColumns} FROM referloop.subscription_event s
         WHERE s.subscription_id = $3 AND s.number BETWEEN $4::int AND $5::int AND ${own}
         ORDER BY s.number LIMIT $6::int`,
        [storable(id), from, to, limit],
      )
      return rows.map(toEvent)
    },
    async secretOf(id) {
      const [row] = await db.query('SELECT secret FROM referloop.subscription WHERE id = $1', [
        storable(id),
      ])
      return typeof row?.secret === 'string' ? row.secret : undefined
    },
  }
}

/** What did not happen is not written down as having happened. */
const onlyIf = (insert: string): string =>
  insert.replace(/FROM json_to_recordset/, 'FROM written, json_to_recordset')

const columns = `
  s.id, s.role, s.organization, s.client, s.version, s.last_updated, s.status, s.error, s.content,
  s.terms, s.event_count`

const select = `SELECT ${columns} FROM referloop.subscription s`

/** For the turns as well. */
export const subscriptionColumns = columns

export const eventColumns = 's.number, s.recorded, s.task_id, s.task_version, s.referral_id'

export const toSubscription = (row: Row): StoredSubscription =>
  ({
    id: row.id,
    role: row.role,
    organization: row.organization,
    client: row.client,
    version: row.version,
    lastUpdated: (row.last_updated as Date).toISOString(),
    status: row.status,
    error: row.error ?? undefined,
    content: row.content,
    terms: row.terms,
    eventCount: row.event_count,
  }) as StoredSubscription

export const toEvent = (row: Row): SubscriptionEvent => ({
  number: Number(row.number),
  at: new Date(row.recorded as string | Date).toISOString(),
  taskId: String(row.task_id),
  version: Number(row.task_version),
  referralId: String(row.referral_id),
})

/** $1 to $15, in the order of the statements below. */
function valuesOf(given: SubscriptionWrite, dueNow: string | null): readonly unknown[] {
  const { terms } = given
  return [
    given.id,
    given.role,
    given.organization,
    given.client,
    given.lastUpdated,
    given.status,
    storable(given.content),
    given.secret ?? null,
    terms.topic,
    JSON.stringify(terms.filters.map((anyOf) => anyOf.map(storable))),
    JSON.stringify(terms, (_name, value) => (typeof value === 'string' ? storable(value) : value)),
    terms.timeoutSeconds,
    terms.heartbeatSeconds ?? null,
    terms.maxCount,
    terms.end ?? null,
    dueNow,
  ]
}

const due = `
  CASE WHEN $6::text = 'requested'
    THEN coalesce($16::text::timestamptz, clock_timestamp()) END`

const insertSubscription = `
  INSERT INTO referloop.subscription (id, role, organization, client, version, last_updated,
    created_at, status, content, secret, topic, filters, terms, timeout_seconds, heartbeat_seconds,
    max_count, ends_at, due_at)
  SELECT $1::text, $2::text, $3::text, $4::text, 1, $5::text::timestamptz, $5::text::timestamptz,
    $6::text, $7::text, $8::text, $9::text, $10::text::jsonb, $11::text::json, $12::int, $13::int,
    $14::int, $15::text::timestamptz, ${due}
  WHERE (
    SELECT count(*) FROM referloop.subscription s WHERE s.organization = $3::text AND s.role = $2::text
  ) < $17::int
  RETURNING 1`

/** Whoever was telling it loses the lease: what it heard was said to another endpoint. */
const updateSubscription = `
  UPDATE referloop.subscription s
  SET client = $4::text, version = s.version + 1, last_updated = $5::text::timestamptz,
    status = $6::text, error = NULL, content = $7::text, secret = $8::text, topic = $9::text,
    filters = $10::text::jsonb, terms = $11::text::json, timeout_seconds = $12::int,
    heartbeat_seconds = $13::int, max_count = $14::int, ends_at = $15::text::timestamptz,
    failures = 0, telling_through = NULL, lease = NULL, leased_until = NULL, due_at = ${due}
  WHERE s.id = $1::text AND s.role = $2::text AND s.organization = $3::text
    AND s.version = $17::int
  RETURNING 1`

const deleteSubscription = `
  DELETE FROM referloop.subscription s
  WHERE s.id = $1::text AND s.role = $2::text AND s.organization = $3::text
  RETURNING 1`
