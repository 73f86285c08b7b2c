/**
 * Somebody who is signed in: https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html
 *
 * The browser holds a secret; what is stored is its digest, so that who reads the database is nobody.
 */

import { createHash } from 'node:crypto'
import type { Caller, Person } from './caller.ts'
import type { Registry } from './registry.ts'

/** What a sign-in proved. */
export interface Identity {
  readonly role: Caller['role']
  /** Registry id. */
  readonly organization: string
  readonly person: Person
  /** Set where a link let them in: the one referral that they may see. */
  readonly through?: { readonly link: string; readonly referralId: string } | undefined
}

export interface Session extends Identity {
  /** For the audit trail: names the session, and opens nothing. */
  readonly id: string
  /** Instants. */
  readonly startedAt: string
  readonly lastSeenAt: string
}

export interface SessionStore {
  begin(digest: string, session: Session): Promise<void>
  find(digest: string): Promise<Session | undefined>
  seen(digest: string, at: string): Promise<void>
  end(digest: string): Promise<void>
}

export interface SessionPorts {
  readonly sessions: SessionStore
  registry(): Registry
  now(): Date
  newId(): string
  /** 32 random bytes, base64url. */
  newSecret(): string
}

/** The registered organisation may be closed to everybody at any moment. */
export type Sessions = ReturnType<typeof sessionsOf>

const minute = 60_000
/** A nurse who is called away leaves the screen to others. */
const idleMs = 15 * minute
/** A shift. */
export const longestMs = 12 * 60 * minute
/** So often is it written down that somebody is still there; idleness is known as exactly as that. */
const seenEveryMs = 15_000

const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** Proves that a form was made for this session: known to its pages and to nobody else. */
export const formToken = (secret: string): string =>
  createHash('sha256').update(`form ${secret}`).digest('base64url')

export function sessionsOf({ sessions, registry, now, newId, newSecret }: SessionPorts) {
  return {
    /** @returns the secret for the browser; every sign-in has a fresh one */
    async begin(
      identity: Identity,
    ): Promise<{ readonly secret: string; readonly session: Session }> {
      const secret = newSecret()
      const at = now().toISOString()
      const session = { ...identity, id: newId(), startedAt: at, lastSeenAt: at }
      await sessions.begin(digestOf(secret), session)
      return { secret, session }
    },

    /**
     * Who has this secret.
     * @param act false for what the browser asks by itself, which is no sign of a person
     * @returns undefined when it is unknown, was ended, or is over; then it is ended
     */
    async resume(secret: string, act = true): Promise<Session | undefined> {
      const digest = digestOf(secret)
      const session = await sessions.find(digest)
      if (!session) return undefined
      if (!isGood(session, now(), registry())) {
        await sessions.end(digest)
        return undefined
      }
      if (act && now().getTime() - Date.parse(session.lastSeenAt) >= seenEveryMs)
        await sessions.seen(digest, now().toISOString())
      return session
    },

    end: (secret: string): Promise<void> => sessions.end(digestOf(secret)),
  }
}

function isGood(session: Session, now: Date, registry: Registry): boolean {
  const at = now.getTime()
  const isFresh =
    at - Date.parse(session.lastSeenAt) < idleMs && at - Date.parse(session.startedAt) < longestMs
  return isFresh && isOpen(session, registry)
}

/** True while the organisation is registered and not disabled. */
function isOpen(
  { role, organization }: Pick<Identity, 'role' | 'organization'>,
  registry: Registry,
): boolean {
  const found =
    role === 'clinic' ? registry.clinicById(organization) : registry.referrerById(organization)
  return found !== undefined && !found.disabled
}

/** As the stories know who asks: the worklist is a client of ours, and a person acts through it. */
export const callerOfSession = ({ id, role, organization, person, through }: Session): Caller => ({
  role,
  organization,
  client: clientOf({ through }),
  scopes: [],
  tokenId: id,
  person,
  ...(through ? { only: through.referralId } : {}),
})

/** The door of ours that a person came in by. */
export const clientOf = ({ through }: Pick<Identity, 'through'>): string =>
  through ? 'answer-link' : 'worklist'
