/** What open referrals wait for: whose step is overdue, and how many wait for whom. */

import type { StepStore } from '../domain/referral/ports.ts'
import type { Database } from './database.ts'

export const stepStore = (db: Database): StepStore => ({
  async due(now, limit) {
    const rows = await db.query(selectDue, [now, limit])
    return rows.map(({ id }) => String(id))
  },
  async counts(now) {
    const rows = await db.query(count, [now])
    return rows.map((row) => ({
      clinicId: String(row.clinic_id),
      actor: String(row.next_actor),
      open: Number(row.open),
      overdue: Number(row.overdue),
      oldestSeconds: Number(row.oldest),
    }))
  },
})

const selectDue = {
  name: 'steps-due',
  text: `
    (SELECT id FROM referloop.referral
      WHERE next_notice <= $1::text::timestamptz
      ORDER BY next_notice, id
      LIMIT $2)
    UNION
    (SELECT id FROM referloop.referral
      WHERE step_of IS DISTINCT FROM business_status
        AND status NOT IN ('rejected', 'cancelled', 'failed', 'completed')
      LIMIT $2)`,
}

const count = {
  name: 'steps-counted',
  text: `
    SELECT clinic_id, next_actor, count(*)::int AS open,
      (count(*) FILTER (WHERE next_due < now.now))::int AS overdue,
      coalesce(extract(epoch FROM
        min(now.now) - min(next_due) FILTER (WHERE next_due < now.now)), 0)::float8 AS oldest
    FROM referloop.referral, (SELECT $1::text::timestamptz AS now) AS now
    WHERE next_due IS NOT NULL
    GROUP BY clinic_id, next_actor`,
}
