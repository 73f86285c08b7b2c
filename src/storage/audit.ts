/** The audit trail: appended to, never changed. */

import type { AuditEntry } from '../domain/referral/ports.ts'
import type { Database } from './database.ts'
import { storable } from './database.ts'

/** @returns the INSERT, given where its parameter stands, and that parameter (JSON) */
export function auditInsert(entries: readonly AuditEntry[]) {
  const rows = entries.map((entry) => ({
    ...entry,
    entities: (entry.entities ?? []).map(storable),
    ...(entry.detail === undefined ? {} : { detail: storable(entry.detail) }),
    ...(entry.requestId === undefined ? {} : { requestId: storable(entry.requestId) }),
    agent: storable(entry.agent),
  }))
  return { sql: insertText, value: JSON.stringify(rows) }
}

const insertText = (parameter: string): string => `
  INSERT INTO referloop.audit_event
    (recorded, action, kind, outcome, agent, organization, referral_id, entities, detail, request_id, token_id)
  SELECT recorded, action, kind, outcome, agent, organization, "referralId", entities, detail,
    "requestId", "tokenId"
  FROM json_to_recordset(${parameter}) AS x (
    recorded timestamptz, action text, kind text, outcome text, agent text, organization text,
    "referralId" text, entities text[], detail text, "requestId" text, "tokenId" text
  )`

const insertAlone = { name: 'audit', text: insertText('$1::text::json') }

/** Audit of what changed nothing. */
export async function recordAudit(db: Database, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  await db.ensureRoom()
  await db.query(insertAlone, [auditInsert(entries).value])
}
