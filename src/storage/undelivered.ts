/** Which referrals did not reach their clinics, and which of these a person has to know of. */

import type { UndeliveredStore } from '../domain/referral/ports.ts'
import type { Database, Row } from './database.ts'
import { storable } from './database.ts'
import { referralColumns, toReferral } from './rows.ts'

export const undeliveredStore = (db: Database): UndeliveredStore => ({
  async givenUp({ referralId, clinicId }) {
    const rows = await db.query(selectGivenUp, [
      referralId === undefined ? null : storable(referralId),
      clinicId === undefined ? null : storable(clinicId),
    ])
    return rows.map((row) => ({ referral: toReferral(row), jobFailed: row.job_failed === true }))
  },
  countGivenUp: async () => byClinic(await db.query(countGivenUp, [])),
  countUrgent: async (since) => byClinic(await db.query(countUrgent, [since])),
  async takeUrgent(since, now) {
    const rows = await db.query(takeUrgent, [since, now])
    return rows.map((row) => ({
      referralId: String(row.id),
      clinicId: String(row.clinic_id),
      priority: String(row.priority),
      businessStatus: String(row.business_status),
      since: (row.undelivered_since as Date).toISOString(),
    }))
  },
})

const byClinic = (rows: readonly Row[]): ReadonlyMap<string, number> =>
  new Map(rows.map(({ clinic_id, referrals }) => [String(clinic_id), Number(referrals)]))

// A job that failed to the last blocks its referral until another takes its place.
const failedJobs = `
  SELECT singleton_key FROM pgboss.job
  WHERE name = 'deliver' AND state = 'failed' AND policy = 'key_strict_fifo'`

const selectGivenUp = {
  name: 'given-up',
  text: `
    SELECT ${referralColumns}, r.id IN (${failedJobs}) AS job_failed
    FROM referloop.referral r
    WHERE (r.given_up_since IS NOT NULL OR r.business_status = 'delivery-failed'
        OR r.id IN (${failedJobs}))
      AND ($1::text IS NULL OR r.id = $1) AND ($2::text IS NULL OR r.clinic_id = $2)`,
}

const countGivenUp = {
  name: 'count-given-up',
  text: `
    SELECT clinic_id, count(*)::int AS referrals
    FROM (
      SELECT id, clinic_id FROM referloop.referral WHERE given_up_since IS NOT NULL
      UNION
      SELECT id, clinic_id FROM referloop.referral WHERE id IN (${failedJobs})
    ) AS given_up
    GROUP BY clinic_id`,
}

// The status is looked at as well: an instance of the version before does not reset the instant.
const isUrgent = `
  undelivered_since IS NOT NULL AND priority <> 'routine'
    AND (business_status = 'delivery-failed'
      OR (business_status = 'sending' AND undelivered_since <= $1::text::timestamptz))`

const countUrgent = {
  name: 'count-urgent-undelivered',
  text: `
    SELECT clinic_id, count(*)::int AS referrals
    FROM referloop.referral
    WHERE ${isUrgent}
    GROUP BY clinic_id`,
}

const takeUrgent = {
  name: 'take-urgent-undelivered',
  text: `
    UPDATE referloop.referral
    SET undelivered_alerted = $2::text::timestamptz
    WHERE ${isUrgent} AND undelivered_alerted IS NULL
    RETURNING id, clinic_id, priority, business_status, undelivered_since`,
}
