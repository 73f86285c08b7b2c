/** The FHIR read side: a foreign row is an absent row, in reads, counts, history and search. */

import type { Viewer } from '../domain/access/caller.ts'
import type { ResourceStore, SearchQuery } from '../domain/referral/ports.ts'
import type { Database } from './database.ts'
import { storable } from './database.ts'
import { split } from './referrals.ts'
import { resourceColumns, toResource } from './rows.ts'

export function resourceStore(db: Database): ResourceStore {
  return {
    async read(viewer, type, id) {
      const [row] = await db.query(selectOne[viewer.role], [viewer.organization, ...keys(type, id)])
      return row && toResource(row)
    },
    async readVersion(viewer, type, id, version) {
      const [row] = await db.query(selectVersion[viewer.role], [
        viewer.organization,
        ...keys(type, id),
        version,
      ])
      return row && toResource(row)
    },
    async history(viewer, type, id, count, before) {
      const rows = await db.query(selectHistory[viewer.role], [
        viewer.organization,
        ...keys(type, id),
        before ?? null,
        count,
      ])
      return rows.map(toResource)
    },
    async readMany(viewer, references) {
      if (references.length === 0) return []
      const rows = await db.query(selectMany[viewer.role], [
        viewer.organization,
        ...split([...new Set(references)]),
      ])
      return rows.map(toResource)
    },
    search: (viewer, type, query) => search(db, viewer, type, query),
  }
}

const keys = (type: string, id: string): [string, string] => [storable(type), storable(id)]

type Role = Viewer['role']

/**
 * Which rows x a viewer sees, $1 being the organisation. A clinic sees what belongs to a referral
 * that is or was with it, and the shared resources that such a referral names.
 */
const visible: Readonly<Record<Role, string>> = {
  referrer: 'x.referrer_id = $1',
  clinic: `
    ((x.clinic_id = $1 AND EXISTS (
        SELECT FROM referloop.referral r
        WHERE r.id = x.referral_id AND r.clinic_id = $1 AND r.with_clinic_since IS NOT NULL))
      OR (x.referral_id IS NULL AND EXISTS (
        SELECT FROM referloop.clinic_participant p
        WHERE p.clinic_id = $1 AND p.type = x.type AND p.id = x.id
          AND p.referrer_id = x.referrer_id)))`,
}

const forEach = (name: string, text: (rule: string) => string) => ({
  referrer: { name: `${name} referrer`, text: text(visible.referrer) },
  clinic: { name: `${name} clinic`, text: text(visible.clinic) },
})

const selectOne = forEach(
  'read',
  (rule) => `
    SELECT ${resourceColumns}
    FROM referloop.resource x
    WHERE x.type = $2 AND x.id = $3 AND ${rule}`,
)

const selectVersion = forEach(
  'vread',
  (rule) => `
    SELECT ${resourceColumns}
    FROM referloop.resource x
    WHERE x.type = $2 AND x.id = $3 AND x.version = $4::int AND ${rule}
    UNION ALL
    SELECT ${resourceColumns}
    FROM referloop.resource_history x
    WHERE x.type = $2 AND x.id = $3 AND x.version = $4::int AND ${rule}`,
)

const selectHistory = forEach(
  'history',
  (rule) => `
    SELECT * FROM (
      SELECT ${resourceColumns}
      FROM referloop.resource x
      WHERE x.type = $2 AND x.id = $3 AND ${rule}
      UNION ALL
      SELECT ${resourceColumns}
      FROM referloop.resource_history x
      WHERE x.type = $2 AND x.id = $3 AND ${rule}
    ) AS versions
    WHERE $4::int IS NULL OR version < $4::int
    ORDER BY version DESC
    LIMIT $5::int`,
)

const selectMany = forEach(
  'read-many',
  (rule) => `
    SELECT ${resourceColumns}
    FROM unnest($2::text[], $3::text[]) AS asked (type, id)
    JOIN referloop.resource x ON x.id = asked.id AND x.type = asked.type
    WHERE ${rule}`,
)

/**
 * The rows of one type that a viewer may search, $1 the organisation and $2 the type. For a clinic
 * in two branches, so that each has an index to walk: its referrals' resources, and the shared ones.
 */
const searchable: Readonly<Record<Role, string>> = {
  referrer: 'SELECT x.* FROM referloop.resource x WHERE x.referrer_id = $1 AND x.type = $2',
  clinic: `
    SELECT x.*
    FROM referloop.resource x
    JOIN referloop.referral r ON r.id = x.referral_id AND r.clinic_id = $1
    WHERE x.clinic_id = $1 AND x.type = $2 AND r.with_clinic_since IS NOT NULL
    UNION ALL
    SELECT x.*
    FROM referloop.clinic_participant p
    JOIN referloop.resource x ON x.type = p.type AND x.id = p.id AND x.referrer_id = p.referrer_id
    WHERE p.clinic_id = $1 AND p.type = $2 AND x.referral_id IS NULL`,
}

async function search(db: Database, viewer: Viewer, type: string, query: SearchQuery) {
  const { text, values } = searchStatement(viewer, type, query)
  const rows = await db.query(text, values)
  return {
    rows: rows.filter((row) => row.id !== null).map(toResource),
    total: Number(rows[0]?.total ?? 0),
  }
}

const comparisons = { ge: '>=', gt: '>', le: '<=', lt: '<' } as const

function searchStatement(viewer: Viewer, type: string, query: SearchQuery) {
  const values: unknown[] = [viewer.organization, storable(type)]
  const $ = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const conditions = [
    // The index of tokens holds only rows that have some, and wants to hear it.
    ...(query.tokens.length > 0 ? ['cardinality(x.tokens) > 0'] : []),
    ...query.tokens.map((anyOf) => `x.tokens && ${$(anyOf.map(storable), 'text[]')}`),
    ...(query.ids ? [`x.id = ANY (${$(query.ids.map(storable), 'text[]')})`] : []),
    ...(query.lastUpdated ?? []).map(
      ({ op, instant }) => `x.last_updated ${comparisons[op]} ${$(instant, 'text::timestamptz')}`,
    ),
  ]
  const ascending = query.order === 'ascending'
  const direction = ascending ? 'ASC' : 'DESC'
  const after = query.after
    ? `WHERE (x.last_updated, x.id) ${ascending ? '>' : '<'}
        (${$(query.after.lastUpdated, 'text::timestamptz')}, ${$(storable(query.after.id), 'text')})`
    : ''
  const text = `
    WITH matching AS NOT MATERIALIZED (
      SELECT x.* FROM (${searchable[viewer.role]}) AS x
      ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
    ),
    page AS (
      SELECT ${resourceColumns}
      FROM matching x
      ${after}
      ORDER BY x.last_updated ${direction}, x.id ${direction}
      LIMIT ${$(query.count + 1, 'int')}
    )
    SELECT page.*, matches.total
    FROM (SELECT count(*)::int AS total FROM matching) AS matches LEFT JOIN page ON true
    ORDER BY page.last_updated ${direction}, page.id ${direction}`
  return { text, values }
}
