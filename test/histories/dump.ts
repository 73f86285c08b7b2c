/** The database of a run that has ended, as its judge reads it. */

import pg from 'pg'
import { auditChain } from '../../src/storage/audit-chain.ts'
import { openPostgres } from '../../src/storage/postgres.ts'
import type { Dump } from './history.ts'

/** @param url of a PostgreSQL database that nobody writes to any more */
export async function dumpDatabase(url: string): Promise<Dump> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const rows = async <Row>(sql: string) => (await client.query(sql)).rows as Row[]
    return {
      referrals: await rows(`
        SELECT id, task_id AS "taskId", patient_id AS "patientId", referrer_id AS "referrerId",
          clinic_id AS "clinicId", identifiers, status, business_status AS "businessStatus", delivery
        FROM referloop.referral ORDER BY created_at, id`),
      resources: (
        await rows<Dump['resources'][number] & { referralId: string | null }>(`
        SELECT type, id, version, referral_id AS "referralId", content FROM referloop.resource
        UNION ALL
        SELECT type, id, version, referral_id, content FROM referloop.resource_history`)
      ).map(withoutNull),
      reports: await rows(`
        SELECT referral_id AS "referralId", ehr_version AS "ehrVersion", to_status AS "to", verdict
        FROM referloop.status_report ORDER BY recorded`),
      audit: (
        await rows<Dump['audit'][number]>(`
        SELECT action, outcome, referral_id AS "referralId", request_id AS "requestId", entities
        FROM referloop.audit_event ORDER BY id`)
      ).map(withoutNull),
      jobs: await rows(`
        SELECT 'deliver' AS queue, data ->> 'referralId' AS "referralId",
          CASE WHEN name <> 'deliver' OR state IN ('failed', 'cancelled') THEN 'given-up'
            WHEN state = 'completed' THEN 'done' ELSE 'open' END AS state
        FROM pgboss.job WHERE name LIKE 'deliver%'`),
      trail: await trailOf(url),
      subscriptions: await rows(`
        SELECT s.id, s.organization, s.status, coalesce((
          SELECT json_agg(json_build_object('eventNumber', e.number, 'referralId', e.referral_id)
            ORDER BY e.number)
          FROM referloop.subscription_event e WHERE e.subscription_id = s.id), '[]') AS events
        FROM referloop.subscription s`),
    }
  } finally {
    await client.end()
  }
}

/** As they were sealed, in the order of the chains. */
async function trailOf(url: string): Promise<Dump['trail']> {
  const db = openPostgres(url, 1)
  try {
    const sealed = await Array.fromAsync(auditChain(db, () => new Date()).sealed())
    return {
      seals: sealed.map(({ seal }) => seal),
      events: sealed.flatMap(({ event }) => event ?? []),
    }
  } finally {
    await db.close()
  }
}

const withoutNull = <Row extends object>(row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Row
