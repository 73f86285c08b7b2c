/** Which referrals have a reminder or a deadline due, and how many are overdue. */

import type { InformationStore } from '../domain/referral/ports.ts'
import type { Database } from './database.ts'

export const informationStore = (db: Database): InformationStore => ({
  async due(now, limit) {
    const rows = await db.query(selectDue, [now, limit])
    return rows.map(({ id }) => String(id))
  },
  async overdue() {
    const rows = await db.query(countOverdue, [])
    return new Map(rows.map(({ clinic_id, referrals }) => [String(clinic_id), Number(referrals)]))
  },
})

const selectDue = {
  name: 'information-due',
  text: `
    SELECT id
    FROM referloop.referral
    WHERE information_next <= $1::text::timestamptz
    ORDER BY information_next, id
    LIMIT $2`,
}

const countOverdue = {
  name: 'information-overdue',
  text: `
    SELECT clinic_id, count(*)::int AS referrals
    FROM referloop.referral
    WHERE information IS NOT NULL AND information_next IS NULL
    GROUP BY clinic_id`,
}
