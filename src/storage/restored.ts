/** Was this database put back from a backup? Then the clinics may have more than it knows of. */

import type { RestoredStore } from '../domain/referral/restored-store.ts'
import type { Database } from './database.ts'

/**
 * Compares the database with what it said of itself when it was last opened.
 * @returns true when it has been put back since: it lies elsewhere, or is on another timeline
 */
export async function noticeRestore(db: Database): Promise<boolean> {
  const identity = await db.identity()
  await db.query(insertMark, [identity])
  return (await db.query(updateMark, [identity])).length > 0
}

/** As if it had just been put back: for what cannot be noticed, such as a snapshot of a whole disk. */
export async function markRestored(db: Database): Promise<void> {
  await db.query(insertMark, [await db.identity()])
  await db.query(`
    WITH marked AS (
      UPDATE referloop.database_mark SET restored_at = clock_timestamp() RETURNING restored_at
    ), doubted AS (${doubtSubscriptions('FROM marked')})
    SELECT restored_at FROM marked`)
}

export const restoredStore = (db: Database): RestoredStore => ({
  wasRestored: async () => (await db.query(selectRestored, [])).length > 0,
  isReconciled: async (clinicId) => (await db.query(selectReconciled, [clinicId])).length > 0,
  async unplaced(clinicId, after, limit) {
    const rows = await db.query(selectUnplaced, [clinicId, after, limit])
    return rows.map(({ id }) => String(id))
  },
  reconciled: async (clinicId) => void (await db.query(upsertReconciled, [clinicId])),
})

/**
 * Subscribers may have been told of what is not here any more, and the numbers of those events will be
 * given to others: each of them has to look for itself, and begin again.
 */
function doubtSubscriptions(from: string): string {
  return `
    UPDATE referloop.subscription s
    SET status = 'error', due_at = NULL, lease = NULL, leased_until = NULL, telling_through = NULL,
      version = s.version + 1, last_updated = greatest(clock_timestamp(), s.last_updated),
      error = 'The service was restored from a backup. Events behind number ' || s.event_count
        || ' that were told are gone, and their numbers will be given again: read the Tasks, then'
        || ' send the Subscription as requested.'
    ${from}
    WHERE s.status IN ('requested', 'active')
    RETURNING 1`
}

const insertMark = {
  name: 'first-mark',
  text: `
    INSERT INTO referloop.database_mark (identity) VALUES ($1) ON CONFLICT (one) DO NOTHING`,
}

const updateMark = {
  name: 'next-mark',
  text: `
    WITH marked AS (
      UPDATE referloop.database_mark SET identity = $1, restored_at = clock_timestamp()
      WHERE identity <> $1
      RETURNING restored_at
    ), doubted AS (${doubtSubscriptions('FROM marked')})
    SELECT restored_at FROM marked`,
}

const selectRestored = {
  name: 'restored',
  text: 'SELECT 1 FROM referloop.database_mark WHERE restored_at IS NOT NULL',
}

const selectReconciled = {
  name: 'reconciled',
  text: `
    SELECT 1 FROM referloop.reconciliation, referloop.database_mark
    WHERE clinic_id = $1 AND reconciled_at >= restored_at`,
}

const selectUnplaced = {
  name: 'unplaced',
  text: `
    SELECT id FROM referloop.referral
    WHERE clinic_id = $1 AND ehr_task IS NULL AND id > $2
    ORDER BY id LIMIT $3`,
}

const upsertReconciled = {
  name: 'note-reconciled',
  text: `
    INSERT INTO referloop.reconciliation (clinic_id, reconciled_at)
    VALUES ($1, clock_timestamp())
    ON CONFLICT (clinic_id) DO UPDATE SET reconciled_at = excluded.reconciled_at`,
}
