/**
 * The parts of a commit that number what subscribers are told of. The numbers are given under the
 * lock of the subscription's row, in the transaction of the change itself: no change without its event,
 * no number twice, and none left out by a change that is taken back.
 */

import type { ReferralChange } from '../domain/referral/ports.ts'
import { happeningsIn } from '../domain/subscription/happenings.ts'
import { arrayLiteral, type Bind, type Part, unnest } from './commit-part.ts'

/** Parts that wait for locks of their own: a subscription's is taken behind all of them, so that no two commits wait for one another. */
const lockedBefore = ['next_referrals', 'identifiers', 'replaced', 'shared_identifiers']

/** How commits and the telling of subscribers know of one another. */
export interface Telling {
  /** Whose time decides what is due, in tests; else the database's own. */
  readonly clock: (() => Date) | undefined
  /** Says that there may be something to tell. */
  wake(): void
}

/** @param others the other parts of the statement */
export function events(
  $: Bind,
  changes: readonly ReferralChange[],
  others: readonly Part[],
  { clock }: Telling,
): readonly Part[] {
  const found = changes.flatMap(happeningsIn)
  if (found.length === 0) return []
  const behind = others
    .filter(({ name }) => lockedBefore.includes(name))
    .map(({ name }) => `(SELECT count(*) FROM ${name}) >= 0 AND`)
  const now = `coalesce(${$(clock?.().toISOString() ?? null, 'text')}::timestamptz, clock_timestamp())`
  const isWith = new Set(
    changes.flatMap(({ referral }) =>
      ['requested', 'cancelled'].includes(referral.status) ? [] : referral.id,
    ),
  )
  const source = unnest($, {
    ordinal: ['int[]', found.map((_, i) => i)],
    topic: ['text[]', found.map(({ topic }) => topic)],
    referral_id: ['text[]', found.map(({ referralId }) => referralId)],
    referrer_id: ['text[]', found.map(({ referrerId }) => referrerId)],
    clinic_id: ['text[]', found.map(({ clinicId }) => clinicId)],
    is_with_clinic: ['boolean[]', found.map(({ referralId }) => isWith.has(referralId))],
    task_id: ['text[]', found.map(({ taskId }) => taskId)],
    task_version: ['int[]', found.map(({ version }) => version)],
    recorded: ['text[]', found.map(({ at }) => at)],
    tokens: ['text[]', found.map(({ tokens }) => arrayLiteral(tokens))],
  })
  return [
    {
      name: 'happened',
      sql: `
        SELECT x.ordinal, x.topic, x.referral_id, x.referrer_id, x.task_id, x.task_version,
          x.recorded::timestamptz AS recorded, x.tokens::text[] AS tokens,
          -- A clinic hears of what is, or once was, with it.
          CASE WHEN x.is_with_clinic OR EXISTS (
            SELECT FROM referloop.referral r
            WHERE r.id = x.referral_id AND r.with_clinic_since IS NOT NULL)
          THEN x.clinic_id END AS clinic_id
        FROM ${source}`,
    },
    {
      name: 'listening',
      sql: `
        SELECT s.id, s.role, s.organization, s.topic, s.filters
        FROM referloop.subscription s
        WHERE ${behind.join(' ')}
          s.status <> 'off' AND (s.ends_at IS NULL OR s.ends_at > ${now})
          AND EXISTS (SELECT FROM happened h WHERE ${concerns})
        ORDER BY s.id
        FOR UPDATE OF s`,
    },
    {
      name: 'told',
      sql: `
        SELECT s.id, s.role, s.organization, h.task_id, h.task_version, h.referral_id, h.recorded,
          row_number() OVER (PARTITION BY s.id ORDER BY h.ordinal)::int AS nth
        FROM listening s JOIN happened h ON ${concerns}`,
    },
    {
      name: 'counted',
      sql: `
        UPDATE referloop.subscription s
        SET event_count = s.event_count + c.more,
          -- One that waits to be tried again goes on waiting.
          due_at = CASE WHEN s.status = 'active' AND s.failures = 0
            THEN ${now} ELSE s.due_at END
        FROM (SELECT id, count(*)::int AS more FROM told GROUP BY id) AS c
        WHERE s.id = c.id
        RETURNING s.id, s.event_count - c.more AS before`,
    },
    {
      name: 'events',
      sql: `
        INSERT INTO referloop.subscription_event (subscription_id, number, recorded, task_id,
          task_version, referral_id, role, organization)
        SELECT told.id, counted.before + told.nth, told.recorded, told.task_id,
          told.task_version, told.referral_id, told.role, told.organization
        FROM told JOIN counted ON counted.id = told.id`,
    },
  ]
}

/** Is happening h one that subscription s is about? */
const concerns = `
  h.topic = s.topic
  AND CASE s.role WHEN 'referrer' THEN h.referrer_id ELSE h.clinic_id END = s.organization
  AND NOT EXISTS (
    SELECT FROM jsonb_array_elements(s.filters) AS f (any_of)
    WHERE NOT jsonb_exists_any(f.any_of, h.tokens))`
