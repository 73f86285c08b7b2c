/** Who is signed in, and who is about to be. */

import type { Session, SessionStore } from '../domain/access/session.ts'
import { longestMs } from '../domain/access/session.ts'
import type { AttemptStore } from '../domain/access/sign-in-attempt.ts'
import type { Database, Row } from './database.ts'
import { storable } from './database.ts'

const sweepEveryMs = 60_000

export function sessionStore(db: Database, now: () => Date): SessionStore {
  const sweep = sweeper(now, (at) => db.query(deleteOld, [new Date(at - longestMs).toISOString()]))
  return {
    async begin(digest, session) {
      await sweep()
      const { id, role, organization, person, startedAt, lastSeenAt, through } = session
      await db.query(insertSession, [
        digest,
        id,
        role,
        organization,
        storable(person.id),
        storable(person.name),
        startedAt,
        lastSeenAt,
        through?.link ?? null,
        through?.referralId ?? null,
      ])
    },
    async find(digest) {
      const [row] = await db.query(selectSession, [digest])
      return row && toSession(row)
    },
    async seen(digest, at) {
      await db.query(updateSeen, [digest, at])
    },
    async end(digest) {
      await db.query(deleteSession, [digest])
    },
  }
}

export function attemptStore(db: Database, now: () => Date): AttemptStore {
  const sweep = sweeper(now, (at) => db.query(deleteExpired, [new Date(at).toISOString()]))
  return {
    async keep(digest, sealed, expiresAt) {
      await sweep()
      await db.query(insertAttempt, [digest, expiresAt, sealed])
    },
    async take(digest) {
      const [row] = await db.query(takeAttempt, [digest, now().toISOString()])
      return row && String(row.sealed)
    },
  }
}

/** Clears away now and then, with whatever comes next. */
function sweeper(now: () => Date, work: (at: number) => Promise<unknown>): () => Promise<void> {
  let swept = 0
  return async () => {
    const at = now().getTime()
    if (at - swept <= sweepEveryMs) return
    swept = at
    await work(at)
  }
}

const toSession = (row: Row): Session => ({
  id: String(row.id),
  role: row.role as Session['role'],
  organization: String(row.organization),
  person: { id: String(row.person), name: String(row.person_name) },
  startedAt: (row.started_at as Date).toISOString(),
  lastSeenAt: (row.last_seen_at as Date).toISOString(),
  ...(row.link === null
    ? {}
    : { through: { link: String(row.link), referralId: String(row.referral_id) } }),
})

const insertSession = {
  name: 'begin-session',
  text: `
    INSERT INTO referloop.session
      (digest, id, role, organization, person, person_name, started_at, last_seen_at, link,
        referral_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7::text::timestamptz, $8::text::timestamptz, $9, $10)`,
}

const selectSession = {
  name: 'find-session',
  text: `
    SELECT id, role, organization, person, person_name, started_at, last_seen_at, link, referral_id
    FROM referloop.session WHERE digest = $1`,
}

const updateSeen = {
  name: 'session-seen',
  text: `
    UPDATE referloop.session SET last_seen_at = greatest(last_seen_at, $2::text::timestamptz)
    WHERE digest = $1`,
}

const deleteSession = {
  name: 'end-session',
  text: 'DELETE FROM referloop.session WHERE digest = $1',
}

const deleteOld = {
  name: 'sweep-sessions',
  text: 'DELETE FROM referloop.session WHERE started_at < $1::text::timestamptz',
}

const insertAttempt = {
  name: 'keep-attempt',
  text: `
    INSERT INTO referloop.sign_in_attempt (digest, expires_at, sealed)
    VALUES ($1, $2::text::timestamptz, $3)`,
}

/** Whoever takes it has it alone. */
const takeAttempt = {
  name: 'take-attempt',
  text: `
    DELETE FROM referloop.sign_in_attempt
    WHERE digest = $1 AND expires_at > $2::text::timestamptz
    RETURNING sealed`,
}

const deleteExpired = {
  name: 'sweep-attempts',
  text: 'DELETE FROM referloop.sign_in_attempt WHERE expires_at <= $1::text::timestamptz',
}
