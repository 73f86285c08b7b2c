/** Somebody is signed in: a session of their own, on record, in a cookie. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Identity, Session } from '../../../domain/access/session.ts'
import { auditEntry } from '../../request.ts'
import { readCookie, setCookie } from '../cookies.ts'
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
  const { role, organization, person, id } = session
  await deps.audit([
    {
      ...auditEntry(request, { action: 'sign-in', kind: 'E', outcome: 'success' }, deps.now()),
      agent: 'worklist',
      organization,
      ...(role === 'clinic' ? { clinicId: organization } : { referrerId: organization }),
      tokenId: id,
      person: person.id,
      personName: person.name,
    },
  ])
  setCookie(reply, 'session', secret, setting)
  return session
}
