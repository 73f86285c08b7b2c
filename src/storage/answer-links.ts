/** Links for practices: one live link a referral, and what is told of it. */

import type {
  AnswerLink,
  FoundLink,
  LinkStanding,
  LinkStore,
} from '../domain/answering/answer-link.ts'
import type { Database, Row } from './database.ts'
import { storable } from './database.ts'

/** @param firstWall as in resourceStore */
export function answerLinkStore(db: Database, firstWall = true): LinkStore {
  const selectStandings = standingsStatement(firstWall)
  return {
    async replace(link, { secret, code }) {
      await db.transaction(async (tx) => {
        // Two who make one at the same moment come one after the other, and the later one counts.
        await tx.query(holdReferral, [link.referralId])
        await tx.query(endLive, [link.referralId, link.createdAt])
        await tx.query(insertLink, [
          link.id,
          link.referralId,
          link.referrerId,
          link.clinicId,
          secret,
          code,
          link.createdAt,
          link.expiresAt,
        ])
      })
    },
    async find(digest) {
      const [row] = await db.query(selectLink, [digest])
      return row && toFound(row)
    },
    async takeTry(id, most) {
      const [row] = await db.query(updateTries, [id, most])
      return row && most - Number(row.tries)
    },
    async open(id, by, kept, at) {
      return (await db.query(updateOpened, [id, by, kept, at])).length > 0
    },
    async end(referralId, at) {
      const [row] = await db.query(endLive, [storable(referralId), at])
      return row && String(row.id)
    },
    async askAgain(id, at) {
      await db.query(updateAsked, [id, at])
    },
    async standings(viewer, referralIds) {
      const rows = await db.queryAs(viewer, selectStandings, [
        referralIds.map(storable),
        viewer.role,
        viewer.organization,
      ])
      return rows.map(toStanding)
    },
  }
}

const instant = (value: unknown): string | undefined =>
  value instanceof Date ? value.toISOString() : undefined

const toLink = (row: Row): AnswerLink => ({
  id: String(row.id),
  referralId: String(row.referral_id),
  referrerId: String(row.referrer_id),
  clinicId: String(row.clinic_id),
  createdAt: (row.created_at as Date).toISOString(),
  expiresAt: (row.expires_at as Date).toISOString(),
  openedAt: instant(row.opened_at),
  endedAt: instant(row.ended_at),
  tries: Number(row.tries),
})

const toFound = (row: Row): FoundLink => ({ ...toLink(row), isKept: row.is_kept === true })

const toStanding = (row: Row): LinkStanding => ({
  referralId: String(row.referral_id),
  createdAt: (row.created_at as Date).toISOString(),
  expiresAt: (row.expires_at as Date).toISOString(),
  openedAt: instant(row.opened_at),
  endedAt: instant(row.ended_at),
  askedAgainAt: instant(row.asked_at),
})

const holdReferral = {
  name: 'hold-answer-link',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('answer link ' || $1::text, 0))`,
}

/** Whom it let in is out. */
const endLive = {
  name: 'end-answer-link',
  text: `
    WITH ended AS (
      UPDATE referloop.answer_link SET ended_at = $2::text::timestamptz
      WHERE referral_id = $1 AND ended_at IS NULL
      RETURNING id
    ), left_out AS (
      DELETE FROM referloop.session s USING ended WHERE s.link = ended.id
    )
    SELECT id FROM ended`,
}

const insertLink = {
  name: 'insert-answer-link',
  text: `
    INSERT INTO referloop.answer_link
      (id, referral_id, referrer_id, clinic_id, secret_digest, code_digest, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7::text::timestamptz, $8::text::timestamptz)`,
}

const selectLink = {
  name: 'find-answer-link',
  text: `
    SELECT id, referral_id, referrer_id, clinic_id, created_at, expires_at, opened_at, ended_at,
      tries, kept_digest IS NOT DISTINCT FROM $1 AS is_kept
    FROM referloop.answer_link
    WHERE secret_digest = $1 OR code_digest = $1 OR kept_digest = $1`,
}

const updateTries = {
  name: 'try-answer-link',
  text: `
    UPDATE referloop.answer_link SET tries = tries + 1
    WHERE id = $1 AND ended_at IS NULL AND tries < $2::int
    RETURNING tries`,
}

/** Unopened, or by the browser that has opened it before, which from now on keeps something else. */
const updateOpened = {
  name: 'open-answer-link',
  text: `
    UPDATE referloop.answer_link
    SET opened_at = $4::text::timestamptz, kept_digest = $3, tries = 0
    WHERE id = $1 AND ended_at IS NULL AND expires_at > $4::text::timestamptz
      AND (opened_at IS NULL AND $2 IN (secret_digest, code_digest) OR kept_digest = $2)
    RETURNING id`,
}

const updateAsked = {
  name: 'ask-for-answer-link',
  text: 'UPDATE referloop.answer_link SET asked_again_at = $2::text::timestamptz WHERE id = $1',
}

/** An older link may be the one that another is asked for with; a newer link is the answer. */
function standingsStatement(firstWall: boolean) {
  const mine = firstWall
    ? `(($2 = 'referrer' AND l.referrer_id = $3) OR ($2 = 'clinic' AND l.clinic_id = $3))`
    : '($2::text IS NOT NULL AND $3::text IS NOT NULL)'
  return {
    name: firstWall ? 'answer-links' : 'unfiltered answer-links',
    text: `
      SELECT latest.*, asked.at AS asked_at
      FROM unnest($1::text[]) AS wanted (id)
      CROSS JOIN LATERAL (
        SELECT l.referral_id, l.created_at, l.expires_at, l.opened_at, l.ended_at
        FROM referloop.answer_link l
        WHERE l.referral_id = wanted.id AND ${mine}
        ORDER BY l.created_at DESC, l.id DESC LIMIT 1
      ) AS latest
      LEFT JOIN LATERAL (
        SELECT max(l.asked_again_at) AS at FROM referloop.answer_link l
        WHERE l.referral_id = wanted.id AND ${mine}
      ) AS asked ON asked.at > greatest(latest.created_at, latest.opened_at)`,
  }
}
