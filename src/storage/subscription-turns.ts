/**
 * Whose turn it is to be told. Each subscription is a queue of its own: it is taken by one holder at
 * a time, and what the holder writes counts only while it holds the lease. Leases run by the clock of
 * the database.
 */

import { randomUUID } from 'node:crypto'
import type {
  SubscriptionFigures,
  SubscriptionStatus,
  Turn,
  TurnEnd,
  TurnStore,
} from '../domain/subscription/ports.ts'
import { auditInsert } from './audit.ts'
import type { Database, Row } from './database.ts'
import { eventColumns, subscriptionColumns, toEvent, toSubscription } from './subscriptions.ts'

/** @param dueClock as in subscriptionStore */
export function turnStore(
  db: Database,
  dueClock: (() => Date) | undefined,
  onWork: TurnStore['onWork'],
): TurnStore {
  const dueNow = () => dueClock?.().toISOString() ?? null
  return {
    onWork,
    async take(limit, busy) {
      const lease = randomUUID()
      const rows = await db.query(takeTurns, [lease, limit, [...busy], dueNow()])
      return Promise.all(rows.map((row) => turnOf(db, row, lease)))
    },
    async end({ subscription, lease }, end) {
      const { sql, value } = auditInsert(end.audit)
      const rows = await db.query(
        `WITH ended AS (${endTurn}), audited AS (${sql('$10::text::json').replace(
          'FROM json_to_recordset',
          'FROM ended, json_to_recordset',
        )}) SELECT count(*)::int AS n FROM ended`,
        [...endValues(subscription.id, lease, end), dueNow(), value],
      )
      return rows[0]?.n === 1
    },
    async forget(days) {
      await db.query(forgetEvents, [days, dueNow()])
    },
    measure: () => measure(db, dueNow()),
  }
}

const now = (parameter: string) => `coalesce(${parameter}::text::timestamptz, clock_timestamp())`

/** The lease outlives the longest that the subscriber may take, and the writing down of what it said. */
const takeTurns = {
  name: 'take-turns',
  text: `
    UPDATE referloop.subscription s
    SET lease = $1, leased_until = ${now('$4')} + make_interval(secs => s.timeout_seconds + 15),
      telling_through = CASE WHEN s.status = 'active' AND s.event_count > s.told_through
        THEN coalesce(s.telling_through, least(s.event_count, s.told_through + s.max_count)) END
    WHERE s.id IN (
      SELECT waiting.id
      FROM referloop.subscription waiting
      WHERE waiting.due_at <= ${now('$4')}
        AND waiting.status IN ('requested', 'active')
        AND (waiting.ends_at IS NULL OR waiting.ends_at > ${now('$4')})
        AND (waiting.leased_until IS NULL OR waiting.leased_until < ${now('$4')})
        AND NOT waiting.organization = ANY ($3::text[])
      ORDER BY waiting.due_at
      LIMIT $2::int
      FOR UPDATE SKIP LOCKED)
    RETURNING ${subscriptionColumns}, s.secret, s.failures, s.told_through, s.telling_through`,
}

async function turnOf(db: Database, row: Row, lease: string): Promise<Turn> {
  const subscription = toSubscription(row)
  const through = row.telling_through === null ? undefined : Number(row.telling_through)
  const events =
    through === undefined
      ? []
      : await db.query(selectEvents, [subscription.id, row.told_through, through])
  return {
    subscription,
    secret: typeof row.secret === 'string' ? row.secret : undefined,
    lease,
    events: events.map(toEvent),
    through,
    failures: Number(row.failures),
  }
}

const selectEvents = {
  name: 'events-to-tell',
  text: `
    SELECT ${eventColumns}
    FROM referloop.subscription_event s
    WHERE s.subscription_id = $1 AND s.number > $2::int AND s.number <= $3::int
    ORDER BY s.number`,
}

const endValues = (id: string, lease: string, end: TurnEnd): readonly unknown[] => [
  id,
  lease,
  end.status,
  end.error ?? null,
  end.failures,
  end.delivered ?? null,
  end.waitSeconds ?? null,
  end.secret ?? null,
]

/** A repeat tells the same events, so what is being told stays until it has arrived. */
const endTurn = `
  UPDATE referloop.subscription s
  SET status = $3::text, error = $4::text, failures = $5::int,
    version = s.version + CASE WHEN s.status = $3::text THEN 0 ELSE 1 END,
    last_updated = CASE WHEN s.status = $3::text THEN s.last_updated
      ELSE greatest(${now('$9')}, s.last_updated + interval '1 millisecond') END,
    told_through = greatest(s.told_through, $6::int),
    telling_through = CASE WHEN $6::int IS NULL AND $3::text = 'active' THEN s.telling_through END,
    secret = coalesce($8::text, s.secret),
    due_at = CASE
      WHEN $3::text NOT IN ('requested', 'active') THEN NULL
      WHEN $7::float8 IS NOT NULL THEN ${now('$9')} + make_interval(secs => $7::float8)
      WHEN s.event_count > greatest(s.told_through, $6::int) THEN ${now('$9')}
      ELSE ${now('$9')} + make_interval(secs => s.heartbeat_seconds) END,
    lease = NULL, leased_until = NULL
  WHERE s.id = $1::text AND s.lease = $2::text
  RETURNING 1`

const forgetEvents = {
  name: 'forget-events',
  text: `
    DELETE FROM referloop.subscription_event
    WHERE recorded < ${now('$2')} - make_interval(days => $1::int)`,
}

async function measure(db: Database, dueNow: string | null): Promise<SubscriptionFigures> {
  const rows = await db.query(measureSubscriptions, [dueNow])
  const byStatus: Record<SubscriptionStatus, number> = { requested: 0, active: 0, error: 0, off: 0 }
  const oldestUntold = new Map<string, number>()
  for (const { organization, status, subscriptions, oldest } of rows) {
    byStatus[status as SubscriptionStatus] += Number(subscriptions)
    if (oldest !== null)
      oldestUntold.set(
        String(organization),
        Math.max(Number(oldest), oldestUntold.get(String(organization)) ?? 0),
      )
  }
  return { byStatus, oldestUntold }
}

const measureSubscriptions = {
  name: 'measure-subscriptions',
  text: `
    SELECT s.organization, s.status, count(*)::int AS subscriptions,
      max(extract(epoch FROM ${now('$1')} - first.recorded)::float8) AS oldest
    FROM referloop.subscription s
    LEFT JOIN referloop.subscription_event first
      ON s.status = 'active' AND first.subscription_id = s.id AND first.number = s.told_through + 1
    GROUP BY s.organization, s.status`,
}
