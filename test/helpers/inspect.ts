/** Looks into the database of an app that has stopped: what is there, row by row. */

import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import type { Test } from 'tap'

export interface AuditRow {
  readonly action: string
  readonly outcome: string
  readonly agent: string
  readonly detail: string | null
  readonly request_id: string | null
  readonly referral_id: string | null
}

export interface Inspection {
  /** Rows of each table that referrals leave something in; the audit trail and log-ins aside. */
  counts(): Promise<Readonly<Record<string, number>>>
  audit(): Promise<readonly AuditRow[]>
  /** Versions that a clinic's EHR reported, with what became of each. */
  reports(referralId: string): Promise<readonly { from: string; to: string; verdict: string }[]>
}

/** @param where URL of a PostgreSQL database, or the data folder of the embedded one */
export async function inspect(
  t: Test,
  where: string | { readonly dataDirectory: string },
): Promise<Inspection> {
  const query = await open(t, where)
  return {
    async counts() {
      const counts: Record<string, number> = {}
      for (const table of tables) {
        const rows = await query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)
        counts[table.split(' ')[0] as string] = rows[0]?.n ?? 0
      }
      return counts
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

type Query = <Row>(text: string) => Promise<readonly Row[]>

async function open(t: Test, where: string | { readonly dataDirectory: string }): Promise<Query> {
  if (typeof where === 'string') {
    const client = new pg.Client({ connectionString: where })
    await client.connect()
    t.teardown(() => client.end())
    return async <Row>(text: string) => (await client.query(text)).rows as Row[]
  }
  const database = await PGlite.create({ dataDir: join(where.dataDirectory, 'database', 'pglite') })
  t.teardown(() => database.close())
  return async <Row>(text: string) => (await database.query<Row>(text)).rows
}
