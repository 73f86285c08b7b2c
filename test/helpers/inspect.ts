/** Looks into the database of an app that has stopped: what is there, row by row. */

import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'

interface AuditRow {
  readonly action: string
  readonly outcome: string
  readonly agent: string
  readonly detail: string | null
  readonly request_id: string | null
  readonly referral_id: string | null
}

interface ReferralRow {
  readonly status: string
  readonly business_status: string
  readonly delivery: { readonly state: string; readonly lastError?: string }
}

export interface Inspection {
  close(): Promise<void>
  referral(id: string): Promise<ReferralRow | undefined>
  /** Rows of each table that referrals leave something in; the audit trail and log-ins aside. */
  counts(): Promise<Readonly<Record<string, number>>>
  /** What is there by halves: a referral without its parts, a part without its referral. */
  halves(): Promise<readonly string[]>
  audit(): Promise<readonly AuditRow[]>
  /** Versions that a clinic's EHR reported, with what became of each. */
  reports(referralId: string): Promise<readonly { from: string; to: string; verdict: string }[]>
}

/** @param where URL of a PostgreSQL database, or the data folder of the embedded one */
export async function inspect(
  where: string | { readonly dataDirectory: string },
): Promise<Inspection> {
  const { query, close } = await open(where)
  return {
    close,
    async referral(id) {
      const [row] = await query<ReferralRow>(
        `SELECT status, business_status, delivery FROM referloop.referral WHERE id = '${id}'`,
      )
      return row
    },
    async counts() {
      const counts: Record<string, number> = {}
      for (const table of tables) {
        const rows = await query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)
        counts[table.split(' ')[0] as string] = rows[0]?.n ?? 0
      }
      return counts
    },
    async halves() {
      const rows = await query<{ half: string }>(`
        SELECT 'referral ' || r.id || ' without ' || part.type AS half
        FROM referloop.referral r
        CROSS JOIN LATERAL (VALUES ('ServiceRequest', r.id), ('Task', r.task_id), ('Patient', r.patient_id))
          AS part (type, id)
        WHERE NOT EXISTS (
          SELECT FROM referloop.resource x WHERE x.type = part.type AND x.id = part.id)
        UNION ALL
        SELECT x.type || '/' || x.id || ' without its referral'
        FROM referloop.resource x LEFT JOIN referloop.referral r ON r.id = x.referral_id
        WHERE x.referral_id IS NOT NULL AND r.id IS NULL
        UNION ALL
        SELECT 'identifier ' || i.identifier || ' without its referral'
        FROM referloop.referral_identifier i LEFT JOIN referloop.referral r ON r.id = i.referral_id
        WHERE r.id IS NULL`)
      return rows.map(({ half }) => half)
    },
    audit: () =>
      query<AuditRow>(
        `SELECT action, outcome, agent, detail, request_id, referral_id
         FROM referloop.audit_event ORDER BY id`,
      ),
    reports: (referralId) =>
      query(
        `SELECT from_status AS "from", to_status AS "to", verdict FROM referloop.status_report
         WHERE referral_id = '${referralId}' ORDER BY recorded`,
      ),
  }
}

const tables = [
  'referloop.referral',
  'referloop.referral_identifier',
  'referloop.resource',
  'referloop.resource_history',
  'referloop.shared_identifier',
  'referloop.clinic_participant',
  'referloop.status_report',
  "pgboss.job WHERE name = 'deliver'",
] as const

interface Opened {
  query<Row>(text: string): Promise<readonly Row[]>
  /** Safe to call twice. */
  close(): Promise<void>
}

async function open(where: string | { readonly dataDirectory: string }): Promise<Opened> {
  if (typeof where === 'string') {
    const client = new pg.Client({ connectionString: where })
    await client.connect()
    return {
      query: async <Row>(text: string) => (await client.query(text)).rows as Row[],
      close: () => client.end(),
    }
  }
  const database = await PGlite.create({ dataDir: join(where.dataDirectory, 'database', 'pglite') })
  return {
    query: async <Row>(text: string) => (await database.query<Row>(text)).rows,
    close: async () => {
      if (!database.closed) await database.close()
    },
  }
}
