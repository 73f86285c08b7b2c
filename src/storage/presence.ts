/** Who has a referral open, as the instances tell one another. */

import type { PresenceStore } from '../domain/referral/presence.ts'
import { presentMs } from '../domain/referral/presence.ts'
import type { Database } from './database.ts'
import { storable } from './database.ts'

const sweepEveryMs = 10 * presentMs

export function presenceStore(db: Database): PresenceStore {
  let swept = 0
  return {
    async note({ organization }, referralId, { person, doing }, at) {
      const now = Date.parse(at)
      if (Math.abs(now - swept) > sweepEveryMs) {
        swept = now
        await db.query(sweep, [new Date(now - presentMs).toISOString()])
      }
      await db.query(upsert, [
        storable(referralId),
        storable(person.id),
        storable(person.name),
        organization,
        doing,
        at,
      ])
    },
    async others(viewer, referralId, personId, since) {
      const rows = await db.queryAs(viewer, selectOthers, [
        storable(referralId),
        viewer.organization,
        storable(personId),
        since,
      ])
      return rows.map(({ person, person_name, doing }) => ({
        person: { id: String(person), name: String(person_name) },
        doing: doing === 'writing' ? 'writing' : 'looking',
      }))
    },
  }
}

const upsert = {
  name: 'note-presence',
  text: `
    INSERT INTO referloop.presence AS p
      (referral_id, person, person_name, clinic_id, doing, seen_at)
    VALUES ($1, $2, $3, $4, $5, $6::text::timestamptz)
    ON CONFLICT (referral_id, clinic_id, person) DO UPDATE
    SET person_name = EXCLUDED.person_name, doing = EXCLUDED.doing, seen_at = EXCLUDED.seen_at`,
}

const selectOthers = {
  name: 'others-present',
  text: `
    SELECT person, person_name, doing FROM referloop.presence
    WHERE referral_id = $1 AND clinic_id = $2 AND person <> $3
      AND seen_at > $4::text::timestamptz
    ORDER BY seen_at DESC
    LIMIT 5`,
}

const sweep = {
  name: 'sweep-presence',
  text: 'DELETE FROM referloop.presence WHERE seen_at < $1::text::timestamptz',
}
