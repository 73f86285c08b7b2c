/** The parts of a commit that write resources: new ones, and versions that replace others. */

import type { ReferralChange, ResourceWrite } from '../domain/referral/ports.ts'
import { arrayLiteral, type Bind, type Part, refuseUnless, unnest } from './commit-part.ts'
import { storable } from './database.ts'

export function resources($: Bind, changes: readonly ReferralChange[]): readonly Part[] {
  const rows = changes.flatMap(({ resources }, i) =>
    resources.map((resource) => ({ ...resource, change: i + 1 })),
  )
  if (rows.length === 0) return []
  const replacing = rows.filter(({ version }) => version > 1).length
  return [
    incoming($, changes, rows),
    ...(replacing < rows.length ? [created] : []),
    ...(replacing > 0 ? [superseded, replaced($, replacing)] : []),
  ]
}

/** `change` counts from one: PostgreSQL's arrays do. */
type Incoming = ResourceWrite & { readonly change: number }

function incoming($: Bind, changes: readonly ReferralChange[], rows: readonly Incoming[]): Part {
  const ownerOf = (key: 'id' | 'referrerId' | 'clinicId') =>
    `(${$(
      changes.map(({ referral }) => referral[key]),
      'text[]',
    )})[change]`
  const contents = pack(rows.map(({ content }) => storable(content)))
  return {
    name: 'incoming',
    sql: `
      SELECT type, id, version, last_updated::timestamptz AS last_updated,
        ${ownerOf('referrerId')} AS referrer_id,
        CASE WHEN NOT shared THEN ${ownerOf('clinicId')} END AS clinic_id,
        CASE WHEN NOT shared THEN ${ownerOf('id')} END AS referral_id,
        digest, tokens::text[] AS tokens,
        convert_from(substr(${$(contents.bytes, 'bytea')}, at, length), 'UTF8') AS content
      FROM ${unnest($, {
        change: ['int[]', rows.map(({ change }) => change)],
        type: ['text[]', rows.map(({ type }) => storable(type))],
        id: ['text[]', rows.map(({ id }) => storable(id))],
        version: ['int[]', rows.map(({ version }) => version)],
        last_updated: ['text[]', rows.map(({ lastUpdated }) => lastUpdated)],
        shared: ['boolean[]', rows.map(({ sharedIdentifiers }) => sharedIdentifiers !== undefined)],
        digest: ['text[]', rows.map(({ digest }) => digest ?? null)],
        tokens: ['text[]', rows.map(({ tokens }) => arrayLiteral(tokens))],
        at: ['int[]', contents.at],
        length: ['int[]', contents.length],
      })}`,
  }
}

/**
 * Texts in one piece, with where each begins (from one) and its length in bytes: as an array, every
 * quote in them would be escaped here and unescaped there.
 */
function pack(texts: readonly string[]) {
  const length = texts.map((text) => Buffer.byteLength(text))
  let next = 1
  const at = length.map((bytes) => {
    next += bytes
    return next - bytes
  })
  return { bytes: Buffer.from(texts.join('')), at, length }
}

const created: Part = {
  name: 'created',
  sql: `
    INSERT INTO referloop.resource
      (type, id, version, last_updated, referrer_id, clinic_id, referral_id, digest, tokens, content)
    SELECT type, id, version, last_updated, referrer_id, clinic_id, referral_id, digest, tokens, content
    FROM incoming
    WHERE version = 1`,
}

/** The row that an incoming version replaces: the one before it, of the same owner. */
const predecessor = `
  old.id = incoming.id AND old.type = incoming.type
  AND incoming.version > 1 AND old.version = incoming.version - 1
  AND old.referrer_id = incoming.referrer_id
  AND old.referral_id IS NOT DISTINCT FROM incoming.referral_id`

const superseded: Part = {
  name: 'superseded',
  sql: `
    INSERT INTO referloop.resource_history
      (type, id, version, last_updated, referrer_id, clinic_id, referral_id, content)
    SELECT old.type, old.id, old.version, old.last_updated,
      old.referrer_id, old.clinic_id, old.referral_id, old.content
    FROM referloop.resource old JOIN incoming ON ${predecessor}`,
}

function replaced($: Bind, count: number): Part {
  return {
    name: 'replaced',
    sql: `
      UPDATE referloop.resource old
      SET version = incoming.version, last_updated = incoming.last_updated,
        digest = incoming.digest, tokens = incoming.tokens, content = incoming.content
      FROM incoming
      WHERE ${predecessor}
      RETURNING old.id`,
    check: refuseUnless(`(SELECT count(*) FROM replaced) = ${$(count, 'int')}`, 'stale'),
  }
}

/** As with the referrals' identifiers: new, or of the very same resource. */
export function sharedIdentifiers($: Bind, changes: readonly ReferralChange[]): Part | undefined {
  const wanted = new Map<string, readonly string[]>()
  for (const { referral, resources } of changes)
    for (const { type, id, sharedIdentifiers = [] } of resources)
      for (const identifier of sharedIdentifiers.map(storable)) {
        const row = [referral.referrerId, type, identifier, id]
        wanted.set(row.join(' '), row)
      }
  if (wanted.size === 0) return undefined
  const rows = [...wanted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
  const source = unnest($, {
    referrer_id: ['text[]', rows.map(([referrer]) => referrer)],
    type: ['text[]', rows.map(([, type]) => type)],
    identifier: ['text[]', rows.map(([, , identifier]) => identifier)],
    id: ['text[]', rows.map(([, , , id]) => id)],
  })
  return {
    name: 'shared_identifiers',
    sql: `
      INSERT INTO referloop.shared_identifier (referrer_id, type, identifier, id)
      SELECT referrer_id, type, identifier, id
      FROM ${source}
      ON CONFLICT DO NOTHING
      RETURNING id`,
    check: refuseUnless(
      `(SELECT count(*) FROM shared_identifiers) + (
        SELECT count(*) FROM ${source} WHERE x.id = (
          SELECT known.id FROM referloop.shared_identifier known
          WHERE known.referrer_id = x.referrer_id AND known.type = x.type
            AND known.identifier = x.identifier
          LIMIT 1)
      ) = ${$(rows.length, 'int')}`,
      'identifier-taken',
    ),
  }
}
