/** The parts of a commit that write resources: new ones, and versions that replace others. */

import type { ReferralChange } from '../domain/referral/ports.ts'
import type { Referral } from '../domain/referral/referral.ts'
import { type Bind, type Part, refuseUnless } from './commit-part.ts'
import { storable } from './database.ts'

export function incoming($: Bind, { resources }: ReferralChange): Part {
  const digests = resources.map(({ digest }) => digest ?? null)
  return {
    name: 'incoming',
    sql: `
      SELECT type, id, version, last_updated, shared, digest, tokens::text[] AS tokens, content
      FROM unnest(
        ${$(
          resources.map(({ type }) => storable(type)),
          'text[]',
        )},
        ${$(
          resources.map(({ id }) => storable(id)),
          'text[]',
        )},
        ${$(
          resources.map(({ version }) => version),
          'int[]',
        )},
        ${$(
          resources.map(({ lastUpdated }) => lastUpdated),
          'text[]::timestamptz[]',
        )},
        ${$(
          resources.map(({ sharedIdentifiers }) => sharedIdentifiers !== undefined),
          'boolean[]',
        )},
        ${$(digests, 'text[]')},
        ${$(
          resources.map(({ tokens }) => arrayLiteral(tokens)),
          'text[]',
        )},
        ${$(
          resources.map(({ content }) => storable(content)),
          'text[]',
        )}
      ) AS x (type, id, version, last_updated, shared, digest, tokens, content)`,
  }
}

export function created($: Bind, referral: Referral): Part {
  return {
    name: 'created',
    sql: `
      INSERT INTO referloop.resource
        (type, id, version, last_updated, referrer_id, clinic_id, referral_id, digest, tokens, content)
      SELECT type, id, version, last_updated, ${$(referral.referrerId, 'text')},
        CASE WHEN NOT shared THEN ${$(referral.clinicId, 'text')} END,
        CASE WHEN NOT shared THEN ${$(referral.id, 'text')} END,
        digest, tokens, content
      FROM incoming
      WHERE version = 1`,
  }
}

/** The row that an incoming version replaces: the one before it, of the same owner. */
const predecessor = ($: Bind, referral: Referral): string => `
  old.id = incoming.id AND old.type = incoming.type AND old.version = incoming.version - 1
  AND incoming.version > 1 AND old.referrer_id = ${$(referral.referrerId, 'text')}
  AND old.referral_id IS NOT DISTINCT FROM
    CASE WHEN NOT incoming.shared THEN ${$(referral.id, 'text')} END`

export function superseded($: Bind, referral: Referral): Part {
  return {
    name: 'superseded',
    sql: `
      INSERT INTO referloop.resource_history
        (type, id, version, last_updated, referrer_id, clinic_id, referral_id, content)
      SELECT old.type, old.id, old.version, old.last_updated,
        old.referrer_id, old.clinic_id, old.referral_id, old.content
      FROM referloop.resource old JOIN incoming ON ${predecessor($, referral)}`,
  }
}

export function replaced($: Bind, { referral }: ReferralChange, count: number): Part {
  return {
    name: 'replaced',
    sql: `
      UPDATE referloop.resource old
      SET version = incoming.version, last_updated = incoming.last_updated,
        digest = incoming.digest, tokens = incoming.tokens, content = incoming.content
      FROM incoming
      WHERE ${predecessor($, referral)}
      RETURNING old.id`,
    check: refuseUnless(`(SELECT count(*) FROM replaced) = ${$(count, 'int')}`, 'stale'),
  }
}

/** As with the referral's identifiers: new, or of the very same resource. */
export function sharedIdentifiers($: Bind, { resources, referral }: ReferralChange): Part {
  const wanted = new Map<string, readonly [type: string, identifier: string, id: string]>()
  for (const { type, id, sharedIdentifiers = [] } of resources)
    for (const identifier of sharedIdentifiers.map(storable).sort())
      wanted.set(`${type}|${identifier}`, [type, identifier, id])
  const rows = [...wanted.values()]
  const referrer = $(referral.referrerId, 'text')
  const wantedRows = `unnest(
    ${$(
      rows.map(([type]) => type),
      'text[]',
    )},
    ${$(
      rows.map(([, identifier]) => identifier),
      'text[]',
    )},
    ${$(
      rows.map(([, , id]) => id),
      'text[]',
    )}
  ) AS wanted (type, identifier, id)`
  return {
    name: 'shared_identifiers',
    sql: `
      INSERT INTO referloop.shared_identifier (referrer_id, type, identifier, id)
      SELECT ${referrer}, type, identifier, id
      FROM ${wantedRows}
      ON CONFLICT DO NOTHING
      RETURNING id`,
    check: refuseUnless(
      `(SELECT count(*) FROM shared_identifiers) + (
        SELECT count(*) FROM ${wantedRows} JOIN referloop.shared_identifier known
          ON known.referrer_id = ${referrer} AND known.type = wanted.type
          AND known.identifier = wanted.identifier AND known.id = wanted.id
      ) = ${$(rows.length, 'int')}`,
      'identifier-taken',
    ),
  }
}

/** A PostgreSQL array as text, for arrays within an array. */
const arrayLiteral = (texts: readonly string[]): string =>
  `{${texts.map((text) => `"${storable(text).replace(/["\\]/g, '\\$&')}"`).join(',')}}`
