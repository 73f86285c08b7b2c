/** Seals the audit trail in batches, and reads it back for verification. */

import type { Head, Seal, TrailEvent } from '../domain/audit/chain.ts'
import { type Checkpoint, sealAll, sha256 } from '../domain/audit/chain.ts'
import type { TrailSource } from '../domain/audit/verify-trail.ts'
import type { Database, Queryable, Row } from './database.ts'

/** One sealer at a time in all instances; any number will do that nothing else locks. */
const advisoryLock = 7_362_002
const mostAtOnce = 1000
const pageSize = 2000
/**
 * Ids are given out before a transaction commits, so a lower one may turn up after a higher one was
 * sealed, within the 8 s that a statement may take: at a thousand rows a second some 8,000 ids.
 */
const lookBack = 100_000

/**
 * Every column as text. Microseconds: a change of one must show. Rows from before there were people
 * keep the hash that they have.
 */
const eventColumns = `
  e.id::text, e.organization,
  ARRAY[to_char(e.recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.action, e.kind,
    e.outcome, e.agent, e.organization, e.referral_id, e.referrer_id, e.clinic_id, e.patient_id,
    e.entities::text, e.detail, e.query, e.request_id, e.token_id, e.network]
    || CASE WHEN e.person IS NOT NULL THEN ARRAY[e.person, e.person_name] END AS columns`

interface SealedBatch {
  readonly sealed: number
  readonly checkpoint: number
  /** SHA-256 of the signed text, hex. */
  readonly digest: string
}

export interface AuditChain extends TrailSource {
  /**
   * Seals what is there, one batch of it, and signs a checkpoint.
   * @returns undefined when nothing was to be sealed, or another instance is at it
   */
  seal(sign: (checkpoint: Checkpoint) => Promise<string>): Promise<SealedBatch | undefined>
}

export function auditChain(db: Database, now: () => Date): AuditChain {
  /** The last id of a batch that had all there was; the first batch looks through the whole trail. */
  let sealedTo = 0
  return {
    async seal(sign) {
      const from = Math.max(0, sealedTo - lookBack)
      const batch = await db.transaction((tx) => sealBatch(tx, from, sign, now))
      if (batch && batch.sealed < mostAtOnce) sealedTo = Math.max(sealedTo, batch.lastId)
      return batch
    },
    checkpoints: () => checkpoints(db),
    sealed: () => sealed(db),
    unsealed: async () => Number((await db.query(countUnsealed))[0]?.n ?? 0),
  }
}

async function sealBatch(
  tx: Queryable,
  from: number,
  sign: (checkpoint: Checkpoint) => Promise<string>,
  now: () => Date,
): Promise<(SealedBatch & { readonly lastId: number }) | undefined> {
  const [lock] = await tx.query('SELECT pg_try_advisory_xact_lock($1::bigint) AS held', [
    advisoryLock,
  ])
  if (!lock?.held) return undefined
  const events = (await tx.query(selectUnsealed, [from, mostAtOnce])).map(toEvent)
  const last = events.at(-1)
  if (!last) return undefined
  const { seals, moved } = sealAll(await headsOf(tx), events)
  await tx.query(insertSeals, [
    seals.map(({ chain }) => chain),
    seals.map(({ position }) => position),
    seals.map(({ eventId }) => eventId),
    seals.map(({ hash }) => hash),
  ])
  const [before] = await tx.query(selectLastCheckpoint)
  const number = Number(before?.number ?? 0) + 1
  const jws = await sign({
    number,
    previous: before ? sha256(String(before.jws)) : '',
    made: now().toISOString(),
    heads: moved,
  })
  await tx.query('INSERT INTO referloop.audit_checkpoint (number, jws) VALUES ($1, $2)', [
    number,
    jws,
  ])
  return { sealed: seals.length, checkpoint: number, digest: sha256(jws), lastId: Number(last.id) }
}

const selectUnsealed = `
  SELECT ${eventColumns}
  FROM referloop.audit_event e
  WHERE e.id > $1::bigint AND NOT EXISTS (
    SELECT FROM referloop.audit_seal s WHERE s.event_id = e.id)
  ORDER BY e.id
  LIMIT $2::int`

const countUnsealed = `
  SELECT count(*) AS n
  FROM referloop.audit_event e
  WHERE NOT EXISTS (SELECT FROM referloop.audit_seal s WHERE s.event_id = e.id)`

const insertSeals = `
  INSERT INTO referloop.audit_seal (chain, position, event_id, hash)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[])`

const selectLastCheckpoint = `
  SELECT number, jws FROM referloop.audit_checkpoint ORDER BY number DESC LIMIT 1`

/** By a walk from chain to chain: there are as many as organisations, however long they are. */
async function headsOf(tx: Queryable): Promise<ReadonlyMap<string, Head>> {
  const rows = await tx.query(`
    WITH RECURSIVE chains AS (
      (SELECT chain FROM referloop.audit_seal ORDER BY chain LIMIT 1)
      UNION ALL
      SELECT (SELECT s.chain FROM referloop.audit_seal s WHERE s.chain > c.chain ORDER BY s.chain LIMIT 1)
      FROM chains c
      WHERE c.chain IS NOT NULL
    )
    SELECT c.chain, head.position, head.hash
    FROM chains c CROSS JOIN LATERAL (
      SELECT s.position, s.hash FROM referloop.audit_seal s
      WHERE s.chain = c.chain ORDER BY s.position DESC LIMIT 1
    ) AS head`)
  return new Map(
    rows.map(({ chain, position, hash }) => [String(chain), [Number(position), String(hash)]]),
  )
}

async function* checkpoints(db: Database) {
  for (let after = 0; ; ) {
    const rows = await db.query(
      `SELECT number, jws FROM referloop.audit_checkpoint
       WHERE number > $1::bigint ORDER BY number LIMIT $2::int`,
      [after, pageSize],
    )
    for (const { number, jws } of rows) yield { number: Number(number), jws: String(jws) }
    if (rows.length < pageSize) return
    after = Number(rows.at(-1)?.number)
  }
}

async function* sealed(db: Database) {
  for (let [chain, position] = ['', 0]; ; ) {
    const rows = await db.query(selectSealed, [chain, position, pageSize])
    for (const row of rows)
      yield { seal: toSeal(row), event: row.id === null ? undefined : toEvent(row) }
    const last = rows.at(-1)
    if (!last || rows.length < pageSize) return
    ;[chain, position] = [String(last.chain), Number(last.position)]
  }
}

// The page first, and its events then: joined before the LIMIT, a planner without statistics reads
// the whole trail for each page (more than nine seconds after 1,000 kills).
const selectSealed = `
  WITH page AS MATERIALIZED (
    SELECT chain, position, event_id, hash
    FROM referloop.audit_seal
    WHERE (chain, position) > ($1::text, $2::bigint)
    ORDER BY chain, position
    LIMIT $3::int
  )
  SELECT s.chain, s.position, s.event_id::text, s.hash, ${eventColumns}
  FROM page s LEFT JOIN referloop.audit_event e ON e.id = s.event_id
  ORDER BY s.chain, s.position`

const toSeal = (row: Row): Seal => ({
  chain: String(row.chain),
  position: Number(row.position),
  eventId: String(row.event_id),
  hash: String(row.hash),
})

const toEvent = (row: Row): TrailEvent => ({
  id: String(row.id),
  organization: row.organization as string | null,
  columns: row.columns as (string | null)[],
})
