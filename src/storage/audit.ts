/** The audit trail: appended to, never changed. */

import type { AuditEntry, ReferralChange } from '../domain/referral/ports.ts'
import type { Database } from './database.ts'
import { storable } from './database.ts'

/** Each column as JSON names it, and its type there. */
const columns = {
  recorded: ['recorded', 'timestamptz'],
  action: ['action', 'text'],
  kind: ['kind', 'text'],
  outcome: ['outcome', 'text'],
  agent: ['agent', 'text'],
  organization: ['organization', 'text'],
  referral_id: ['"referralId"', 'text'],
  referrer_id: ['"referrerId"', 'text'],
  clinic_id: ['"clinicId"', 'text'],
  patient_id: ['"patientId"', 'text'],
  entities: ['entities', 'text[]'],
  detail: ['detail', 'text'],
  query: ['query', 'text'],
  request_id: ['"requestId"', 'text'],
  token_id: ['"tokenId"', 'text'],
  network: ['network', 'text'],
  person: ['person', 'text'],
  person_name: ['"personName"', 'text'],
} as const

const names = Object.keys(columns) as (keyof typeof columns)[]

/** What a read was about is looked up where the entry does not say: its referral and its tenants. */
const lookedUp: Partial<Record<keyof typeof columns, string>> = {
  referral_id: 'coalesce(x."referralId", r.referral_id)',
  referrer_id: 'coalesce(r.referrer_id, x."referrerId")',
  clinic_id: 'coalesce(x."clinicId", r.clinic_id)',
}

const insertText = (parameter: string, from: '' | 'looked up'): string => `
  INSERT INTO referloop.audit_event (${names.join(', ')})
  SELECT ${names.map((name) => (from && lookedUp[name]) || `x.${columns[name][0]}`).join(', ')}
  FROM json_to_recordset(${parameter}) AS x (
    ${names.map((name) => columns[name].join(' ')).join(', ')}
  )
  ${
    from &&
    `LEFT JOIN referloop.resource r
      ON r.type = split_part(x.entities[1], '/', 1) AND r.id = split_part(x.entities[1], '/', 2)`
  }`

/** What a change tells of concerns the tenants and the patient of its referral. */
export const auditOfChanges = (changes: readonly ReferralChange[]): readonly AuditEntry[] =>
  changes.flatMap(({ audit, referral: { referrerId, clinicId, patientId } }) =>
    audit.map((entry) => ({ referrerId, clinicId, patientId, ...entry })),
  )

/** @returns the INSERT, given where its parameter stands, and that parameter (JSON) */
export const auditInsert = (entries: readonly AuditEntry[]) => ({
  sql: (parameter: string) => insertText(parameter, ''),
  value: toJson(entries),
})

const toJson = (entries: readonly AuditEntry[]): string =>
  JSON.stringify(
    entries.map(({ entities = [], ...entry }) => ({ ...entry, entities })),
    (_name, value) => (typeof value === 'string' ? storable(value) : value),
  )

const insertAlone = { name: 'audit', text: insertText('$1::text::json', 'looked up') }

/** Audit of what changed nothing. */
export async function recordAudit(db: Database, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  await db.ensureRoom()
  await db.query(insertAlone, [toJson(entries)])
}
