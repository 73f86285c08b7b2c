/** What people typed and have not sent. Read behind row-level security, within the clinic by person. */

import type { Draft, DraftKey, DraftStore } from '../domain/referral/draft.ts'
import { mostDrafts } from '../domain/referral/draft.ts'
import type { Database, Row } from './database.ts'
import { storable } from './database.ts'

export const draftStore = (db: Database): DraftStore => ({
  async keep(draft) {
    await db.query(deleteExpired, [draft.savedAt])
    const rows = await db.query(upsert, [
      ...keyOf(draft),
      draft.clinicId,
      draft.sealed,
      draft.version,
      draft.savedAt,
      draft.expiresAt,
      draft.sendAt ?? null,
      mostDrafts,
    ])
    return rows.length > 0
  },
  async ofPerson(viewer, personId) {
    const values = [viewer.organization, storable(personId)]
    return (await db.queryAs(viewer, selectOfPerson, values)).map(toDraft)
  },
  async ofReferral(viewer, personId, referralId) {
    const values = [viewer.organization, storable(personId), storable(referralId)]
    return (await db.queryAs(viewer, selectOfReferral, values)).map(toDraft)
  },
  async drop(key) {
    await db.query(deleteDraft, keyOf(key))
  },
  takeBack: async (key) => (await db.query(takeBack, keyOf(key))).length > 0,
  async held(viewer) {
    const rows = await db.queryAs(viewer, selectHeld, [viewer.organization])
    return rows.map(({ referral_id }) => String(referral_id))
  },
  takeDue: async (now, until) => (await db.query(takeDue, [now, until])).map(toDraft),
  async refuse(key, problem) {
    await db.query(refuse, [...keyOf(key), problem])
  },
})

const keyOf = ({ referralId, personId, act }: DraftKey): readonly string[] =>
  [referralId, personId, act].map(storable)

const toDraft = (row: Row): Draft => ({
  referralId: String(row.referral_id),
  personId: String(row.person),
  act: String(row.act),
  clinicId: String(row.clinic_id),
  sealed: String(row.sealed),
  version: Number(row.version),
  savedAt: (row.saved_at as Date).toISOString(),
  expiresAt: (row.expires_at as Date).toISOString(),
  sendAt: row.send_at ? (row.send_at as Date).toISOString() : undefined,
  refused: row.refused ? String(row.refused) : undefined,
})

const columns =
  'referral_id, person, act, clinic_id, sealed, version, saved_at, expires_at, send_at, refused'
const isIt = 'referral_id = $1 AND person = $2 AND act = $3'

/** A new one where there is room; the next state of one that nobody is about to send. */
const upsert = {
  name: 'keep-draft',
  text: `
    INSERT INTO referloop.draft AS d
      (referral_id, person, act, clinic_id, sealed, version, saved_at, expires_at, send_at)
    SELECT $1, $2, $3, $4, $5, $6::int, $7::text::timestamptz, $8::text::timestamptz,
      $9::text::timestamptz
    WHERE (SELECT count(*) FROM referloop.draft o
           WHERE o.clinic_id = $4 AND o.person = $2
             AND NOT (o.referral_id = $1 AND o.act = $3)) < $10::int
    ON CONFLICT (referral_id, person, act) DO UPDATE
    SET sealed = EXCLUDED.sealed, version = EXCLUDED.version, saved_at = EXCLUDED.saved_at,
      expires_at = EXCLUDED.expires_at, send_at = EXCLUDED.send_at, refused = NULL
    WHERE d.send_at IS NULL AND d.clinic_id = EXCLUDED.clinic_id
    RETURNING 1`,
}

const deleteExpired = {
  name: 'sweep-drafts',
  text: `
    DELETE FROM referloop.draft
    WHERE expires_at < $1::text::timestamptz AND send_at IS NULL`,
}

const selectOfPerson = {
  name: 'drafts-of-person',
  text: `
    SELECT ${columns} FROM referloop.draft
    WHERE clinic_id = $1 AND person = $2
    ORDER BY saved_at DESC, referral_id, act`,
}

const selectOfReferral = {
  name: 'drafts-of-referral',
  text: `
    SELECT ${columns} FROM referloop.draft
    WHERE clinic_id = $1 AND person = $2 AND referral_id = $3
    ORDER BY saved_at DESC, act`,
}

/** What is held is taken back first. */
const deleteDraft = {
  name: 'drop-draft',
  text: `DELETE FROM referloop.draft WHERE ${isIt} AND (send_at IS NULL OR sending)`,
}

const takeBack = {
  name: 'take-draft-back',
  text: `
    UPDATE referloop.draft SET send_at = NULL
    WHERE ${isIt} AND send_at IS NOT NULL AND NOT sending
    RETURNING 1`,
}

const selectHeld = {
  name: 'drafts-held',
  text: `
    SELECT DISTINCT referral_id FROM referloop.draft WHERE clinic_id = $1 AND send_at IS NOT NULL`,
}

const takeDue = {
  name: 'take-due-drafts',
  text: `
    UPDATE referloop.draft d SET sending = true, send_at = $2::text::timestamptz
    FROM (
      SELECT referral_id, person, act FROM referloop.draft
      WHERE send_at <= $1::text::timestamptz
      ORDER BY send_at
      LIMIT 20 FOR UPDATE SKIP LOCKED
    ) AS due
    WHERE (d.referral_id, d.person, d.act) = (due.referral_id, due.person, due.act)
    RETURNING d.*`,
}

const refuse = {
  name: 'refuse-draft',
  text: `
    UPDATE referloop.draft SET send_at = NULL, sending = false, refused = $4 WHERE ${isIt}`,
}
