/** Each client assertion buys one token: https://www.rfc-editor.org/rfc/rfc7523#section-3, item 7. */

import type { Database } from './database.ts'
import { storable } from './database.ts'

export interface SpentAssertions {
  /**
   * Takes the assertion out of circulation.
   * @param expiresAt from when on it would be refused anyway, so that nobody need remember it
   * @returns false when it had been spent before
   */
  spend(clientId: string, jti: string, expiresAt: Date): Promise<boolean>
}

const sweepEveryMs = 60_000

export function spentAssertions(db: Database, now: () => Date): SpentAssertions {
  let swept = 0
  return {
    async spend(clientId, jti, expiresAt) {
      const time = now()
      if (Math.abs(time.getTime() - swept) > sweepEveryMs) {
        swept = time.getTime()
        await db.query(deleteExpired, [])
      }
      const rows = await db.query(insertSpent, [
        storable(clientId),
        storable(jti),
        expiresAt.toISOString(),
      ])
      return rows.length === 1
    },
  }
}

const insertSpent = {
  name: 'spend',
  text: `
    INSERT INTO referloop.spent_assertion (client_id, jti, expires_at)
    VALUES ($1, $2, $3::text::timestamptz)
    ON CONFLICT DO NOTHING
    RETURNING jti`,
}

// By the clock of the database, and later than needed: a process whose clock jumped ahead would forget
// what it, or another whose clock is behind, still takes for valid.
const deleteExpired = {
  name: 'sweep-spent-late',
  text: `
    DELETE FROM referloop.spent_assertion
    WHERE expires_at < clock_timestamp() - interval '2 hours'`,
}
