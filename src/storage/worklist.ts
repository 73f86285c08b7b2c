/** The clinic's worklist, read behind row-level security. */

import type { Viewer } from '../domain/access/caller.ts'
import {
  type Counted,
  mostCounted,
  type QueueFilter,
  type Tab,
  tabs,
} from '../domain/referral/worklist.ts'
import type { WorklistStore } from '../domain/referral/worklist-store.ts'
import type { Database, Row } from './database.ts'
import { storable } from './database.ts'
import { deskStore } from './desk.ts'
import {
  due,
  isHidden,
  isShown,
  now,
  pageStatement,
  queueColumns,
  toQueued,
  urgencyOf,
} from './queue-statement.ts'
import { viewStore } from './saved-views.ts'

/** @param firstWall as in resourceStore */
export function worklistStore(db: Database, clock: () => Date, firstWall = true): WorklistStore {
  const mine = visible(firstWall)
  const at = () => clock().toISOString()
  return {
    async page(viewer, query) {
      const { statement, values } = pageStatement(mine(viewer), viewer, query, clock())
      return (await db.queryAs(viewer, statement, values)).map(toQueued)
    },
    async counts(viewer, owner) {
      const values = [viewer.organization, at(), ...(owner === undefined ? [] : [storable(owner)])]
      const [row] = await db.queryAs(viewer, countStatement(mine(viewer), owner), values)
      return Object.fromEntries(tabs.map((tab) => [tab, Number(row?.[tab] ?? 0)])) as Record<
        Tab,
        number
      >
    },
    async sizes(viewer, lists) {
      if (lists.length === 0) return []
      const column = <Value>(read: (filter: QueueFilter) => Value | undefined) =>
        lists.map(({ filter }) => read(filter) ?? null)
      const rows = await db.queryAs(viewer, sizeStatement(mine(viewer)), [
        viewer.organization,
        at(),
        lists.map((_, n) => n),
        lists.map(({ tab }) => tab),
        column(({ priority }) => urgencyOf(priority)),
        column(({ overall }) => overall),
        column(({ referrer }) => referrer),
        lists.map(({ filter }) => filter.dueBy ?? 'infinity'),
        column(({ owner }) => owner),
      ])
      return lists.map((_, n) => toCounted(rows.find((row) => row.n === n)))
    },
    async some(viewer, ids) {
      const values = [viewer.organization, at(), ids.map(storable)]
      return (await db.queryAs(viewer, someStatement(mine(viewer)), values)).map(toQueued)
    },
    async woken(viewer, after, until) {
      const values = [viewer.organization, after, until]
      const rows = await db.queryAs(viewer, wokenStatement(mine(viewer)), values)
      return rows.map(({ id }) => String(id))
    },
    async find(viewer, { words, identifiers }, count) {
      const values: unknown[] = [viewer.organization, at()]
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
         SELECT ${queueColumns(now)} FROM found JOIN referloop.referral r ON r.id = found.id
         WHERE ${mine(viewer)}
         ORDER BY r.updated_at DESC, r.id DESC
         LIMIT ${$(count + 1, 'int')}`,
        values,
      )
      return rows.map(toQueued)
    },
    desk: deskStore(db, clock, firstWall),
    views: viewStore(db),
  }
}

/** $1 is the organisation; a referrer's rows may have never been with their clinic. */
const visible =
  (firstWall: boolean) =>
  ({ role }: Viewer): string => {
    if (!firstWall) return '$1::text IS NOT NULL'
    return role === 'clinic'
      ? 'r.clinic_id = $1 AND r.with_clinic_since IS NOT NULL'
      : 'r.referrer_id = $1'
  }

/** Each tab by itself, and no further than is told apart. */
function countStatement(mine: string, owner: string | undefined) {
  const whose = owner === undefined ? mine : `${mine} AND r.owner = $3`
  const counted = (tab: Tab) =>
    tab === 'snoozed' ? isHidden(now) : `r.tab = '${tab}' AND ${isShown(now)}`
  return {
    name: `worklist-counts ${whose.length}`,
    alongIndex: true as const,
    text: `SELECT ${tabs
      .map(
        (tab) => `(SELECT count(*) FROM (
        SELECT FROM referloop.referral r WHERE ${whose} AND ${counted(tab)} LIMIT ${mostCounted}
      ) AS counted)::int AS "${tab}"`,
      )
      .join(', ')}`,
  }
}

/**
 * One statement for however many lists: what it looks at of each is the beginning of its tab, up to its
 * due time, within an index that has all of it.
 */
function sizeStatement(mine: string) {
  const part = (isOne: string, rows: string) => `
    SELECT v.n, seen.count::int AS seen, seen.fit::int AS fit
    FROM asked v
    CROSS JOIN LATERAL (
      SELECT count(*), count(*) FILTER (WHERE
        (v.urgency IS NULL OR r.urgency = v.urgency)
        AND (v.overall IS NULL OR r.found_by IN (v.overall, '*'))
        AND (v.referrer IS NULL OR r.referrer_id = v.referrer)) AS fit
      FROM (
        SELECT r.urgency, r.found_by, r.referrer_id
        FROM referloop.referral r
        WHERE ${mine} AND ${rows} AND ${due} <= v.due_by::timestamptz
        LIMIT ${mostCounted}
      ) AS r
    ) AS seen
    WHERE ${isOne}`
  const ofTab = `r.tab = v.tab AND ${isShown(now)}`
  const isHis = '(v.owner IS NULL OR r.owner = v.owner)'
  return {
    name: `worklist-sizes ${mine.length}`,
    alongIndex: true as const,
    text: `
      WITH asked AS (
        SELECT * FROM unnest($3::int[], $4::text[], $5::smallint[], $6::text[], $7::text[],
          $8::text[], $9::text[]) AS v (n, tab, urgency, overall, referrer, due_by, owner))
      ${part("v.tab <> 'snoozed' AND v.owner IS NULL", ofTab)}
      UNION ALL
      ${part("v.tab <> 'snoozed' AND v.owner IS NOT NULL", `r.owner = v.owner AND ${ofTab}`)}
      UNION ALL
      ${part("v.tab = 'snoozed'", `${isHidden(now)} AND ${isHis}`)}`,
  }
}

const toCounted = (row: Row | undefined): Counted => ({
  count: Number(row?.fit ?? 0),
  isMore: Number(row?.seen ?? 0) >= mostCounted,
})

const someStatement = (mine: string) => ({
  name: `worklist-some ${mine.length}`,
  text: `
    SELECT ${queueColumns(now)}
    FROM unnest($3::text[]) WITH ORDINALITY AS wanted (id, n)
    JOIN referloop.referral r ON r.id = wanted.id
    WHERE ${mine}
    ORDER BY wanted.n`,
})

const wokenStatement = (mine: string) => ({
  name: `worklist-woken ${mine.length}`,
  text: `
    SELECT r.id FROM referloop.referral r
    WHERE ${mine} AND r.hidden_until > ${now} AND r.hidden_until <= $3::text::timestamptz
    ORDER BY r.hidden_until
    LIMIT 100`,
})
