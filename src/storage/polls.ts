/** Where the polling of each clinic's EHR has got to. */

import type { PollStore } from '../domain/referral/ports.ts'
import type { Database } from './database.ts'

export const pollStore = (db: Database): PollStore => ({
  async watermark(clinicId) {
    const [row] = await db.query(selectWatermark, [clinicId])
    return row && String(row.watermark)
  },
  async advance(clinicId, watermark) {
    await db.query(upsertWatermark, [clinicId, watermark])
  },
})

const selectWatermark = {
  name: 'watermark',
  text: 'SELECT watermark FROM referloop.poll_watermark WHERE clinic_id = $1',
}

const upsertWatermark = {
  name: 'advance-watermark',
  text: `
    INSERT INTO referloop.poll_watermark (clinic_id, watermark) VALUES ($1, $2)
    ON CONFLICT (clinic_id) DO UPDATE SET watermark = excluded.watermark`,
}
