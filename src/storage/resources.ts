/** The FHIR read side: a foreign row is an absent row, in reads, counts, history and search. */

import type { Viewer } from '../domain/access/caller.ts'
import type { ResourceStore, SearchQuery } from '../domain/referral/ports.ts'
import type { Database, Statement } from './database.ts'
import { storable } from './database.ts'
import { split } from './referrals.ts'
import { clinicColumns, isReleased, resourceColumns, toResource } from './rows.ts'

/** @param firstWall false leaves the viewer to row-level security alone: for the test that it holds */
export function resourceStore(db: Database, firstWall = true): ResourceStore {
  const { one, version: oneVersion, history, many } = firstWall ? filtered : unfiltered
  const find = async (viewer: Viewer, statements: ByRole, ...values: unknown[]) => {
    const statement = statements[viewer.role]
    const rows = await db.queryAs(viewer, statement, [viewer.organization, ...values])
    return rows.map(toResource)
  }
  return {
    async read(viewer, type, id) {
      const [row] = await find(viewer, one, ...keys(type, id))
      return row
    },
    async readVersion(viewer, type, id, version) {
      const [row] = await find(viewer, oneVersion, ...keys(type, id), version)
      return row
    },
    history: (viewer, type, id, count, before) =>
      find(viewer, history, ...keys(type, id), before ?? null, count),
    async readMany(viewer, references) {
      if (references.length === 0) return []
      return find(viewer, many, ...split([...new Set(references)]))
    },
    search: (viewer, type, query) => search(db, firstWall, viewer, type, query),
  }
}

const keys = (type: string, id: string): [string, string] => [storable(type), storable(id)]

type Role = Viewer['role']
type ByRole = Readonly<Record<Role, Statement>>

/**
 * Which rows x a viewer sees, $1 being the organisation. A clinic sees what belongs to a referral
 * that is or was with it, and the shared resources that such a referral names.
 */
const visible: Readonly<Record<Role, string>> = {
  referrer: 'x.referrer_id = $1',
  clinic: `
    ((x.clinic_id = $1 AND EXISTS (
        SELECT FROM referloop.referral r
        WHERE r.id = x.referral_id AND r.clinic_id = $1 AND r.with_clinic_since IS NOT NULL
          AND ${isReleased}))
      OR (x.referral_id IS NULL AND EXISTS (
        SELECT FROM referloop.clinic_participant p
        WHERE p.clinic_id = $1 AND p.type = x.type AND p.id = x.id
          AND p.referrer_id = x.referrer_id)))`,
}

/** With the first wall down a query takes what it is given, and the second has to hold alone. */
const everything: Readonly<Record<Role, string>> = {
  referrer: '$1::text IS NOT NULL',
  clinic: '$1::text IS NOT NULL',
}

const columnsFor: Readonly<Record<Role, string>> = {
  referrer: resourceColumns,
  clinic: clinicColumns,
}

function readStatements(name: string, rules: Readonly<Record<Role, string>>) {
  const forEach = (what: string, text: (rule: string, columns: string) => string): ByRole => ({
    referrer: { name: `${name}${what} referrer`, text: text(rules.referrer, columnsFor.referrer) },
    clinic: { name: `${name}${what} clinic`, text: text(rules.clinic, columnsFor.clinic) },
  })
  const current = (columns: string) => `SELECT ${columns} FROM referloop.resource x`
  const former = (columns: string) => `SELECT ${columns} FROM referloop.resource_history x`
  return {
    one: forEach(
      'read',
      (rule, columns) => `${current(columns)} WHERE x.type = $2 AND x.id = $3 AND ${rule}`,
    ),
    version: forEach('vread', (rule, columns) => {
      const named = `x.type = $2 AND x.id = $3 AND x.version = $4::int AND ${rule}`
      return `${current(columns)} WHERE ${named} UNION ALL ${former(columns)} WHERE ${named}`
    }),
    history: forEach(
      'history',
      (rule, columns) => `
        SELECT * FROM (
          ${current(columns)} WHERE x.type = $2 AND x.id = $3 AND ${rule}
          UNION ALL
          ${former(columns)} WHERE x.type = $2 AND x.id = $3 AND ${rule}
        ) AS versions
        WHERE $4::int IS NULL OR version < $4::int
        ORDER BY version DESC
        LIMIT $5::int`,
    ),
    many: forEach(
      'read-many',
      (rule, columns) => `
        SELECT ${columns}
        FROM unnest($2::text[], $3::text[]) AS asked (type, id)
        JOIN referloop.resource x ON x.id = asked.id AND x.type = asked.type
        WHERE ${rule}`,
    ),
  }
}

const filtered = readStatements('', visible)
const unfiltered = readStatements('unfiltered ', everything)

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
    WHERE x.clinic_id = $1 AND x.type = $2 AND r.with_clinic_since IS NOT NULL AND ${isReleased}
    UNION ALL
    SELECT x.*
    FROM referloop.clinic_participant p
    JOIN referloop.resource x ON x.type = p.type AND x.id = p.id AND x.referrer_id = p.referrer_id
    WHERE p.clinic_id = $1 AND p.type = $2 AND x.referral_id IS NULL`,
}

const searchableByAll =
  'SELECT x.* FROM referloop.resource x WHERE $1::text IS NOT NULL AND x.type = $2'

async function search(
  db: Database,
  firstWall: boolean,
  viewer: Viewer,
  type: string,
  query: SearchQuery,
) {
  const from = firstWall ? searchable[viewer.role] : searchableByAll
  const { text, values } = searchStatement(from, viewer, type, query)
  const rows = await db.queryAs(viewer, text, values)
  return {
    rows: rows.filter((row) => row.id !== null).map(toResource),
    total: Number(rows[0]?.total ?? 0),
  }
}

const comparisons = { ge: '>=', gt: '>', le: '<=', lt: '<' } as const

function searchStatement(from: string, viewer: Viewer, type: string, query: SearchQuery) {
  const values: unknown[] = [viewer.organization, storable(type)]
  const $ = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const conditions = [
    // Where row-level security applies, only this function can use the index of tokens (0003).
    ...query.tokens.map(
      (anyOf) =>
        `x.id = ANY (ARRAY(SELECT referloop.with_tokens($2, ${$(anyOf.map(storable), 'text[]')})))`,
    ),
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
      SELECT x.* FROM (${from}) AS x
      ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
    ),
    page AS (
      SELECT ${columnsFor[viewer.role]}
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
