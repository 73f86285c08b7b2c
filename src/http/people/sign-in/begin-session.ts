/** Somebody is signed in: a session of their own, on record, in a cookie. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { clientOf, type Identity, type Session } from '../../../domain/access/session.ts'
import { auditEntry } from '../../request.ts'
import { clearCookie, readCookie, setCookie } from '../cookies.ts'
import type { PageDeps } from '../deps.ts'
import { cookieSetting } from '../person.ts'

/** Begins a session of its own, whatever was there before, and puts it on record. */
export async function signIn(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: PageDeps,
  identity: Identity,
): Promise<Session> {
  const setting = cookieSetting(deps)
  const before = readCookie(request, 'session', setting)
  if (before !== undefined) await deps.people.sessions.end(before)
  const { secret, session } = await deps.people.sessions.begin(identity)
  const { role, organization, person, id, through } = session
  const action = through ? 'open-link' : 'sign-in'
  await deps.audit([
    {
      ...auditEntry(request, { action, kind: 'E', outcome: 'success' }, deps.now()),
      agent: clientOf(session),
      organization,
      ...(role === 'clinic' ? { clinicId: organization } : { referrerId: organization }),
      tokenId: id,
      person: person.id,
      personName: person.name,
      ...(through
        ? {
            referralId: through.referralId,
            entities: [`ServiceRequest/${through.referralId}`],
            detail: `link ${through.link}`,
          }
        : {}),
    },
  ])
  setCookie(reply, 'session', secret, setting)
  // Whoever signs in otherwise is not led back to somebody's link.
  if (!through) clearCookie(reply, 'answer-kept', setting)
  return session
}
