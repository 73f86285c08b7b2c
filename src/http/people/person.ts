/** Who looks at a page. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../../domain/access/caller.ts'
import { callerOfSession, formToken, type Session } from '../../domain/access/session.ts'
import { usualHours } from '../../domain/access/working-hours.ts'
import { Problem } from '../../domain/problem.ts'
import { type CookieSetting, clearCookie, readCookie } from './cookies.ts'
import type { PageDeps } from './deps.ts'
import { languageFor } from './language.ts'
import { themes, type View, viewOf } from './view.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in at the pages, with the secret of the session. */
    signedIn: { readonly session: Session; readonly secret: string } | null
  }
}

export const cookieSetting = ({ baseUrl }: Pick<PageDeps, 'baseUrl'>): CookieSetting => ({
  secure: baseUrl.startsWith('https:'),
})

/**
 * Finds the session of the request and makes its person the caller.
 * @param act false for what the browser asks by itself
 */
export async function recognise(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: PageDeps,
  act: boolean,
): Promise<void> {
  const setting = cookieSetting(deps)
  const secret = readCookie(request, 'session', setting)
  if (secret === undefined) return
  const session = await deps.people.sessions.resume(secret, act)
  if (!session) return clearCookie(reply, 'session', setting)
  request.signedIn = { session, secret }
  request.caller = callerOfSession(session)
  await deps.takePlace(request, `person ${session.person.id}`)
}

/** True where the last session of the browser was one that a link began. */
export const cameByLink = (request: FastifyRequest, deps: PageDeps): boolean =>
  readCookie(request, 'answer-kept', cookieSetting(deps)) !== undefined

/**
 * The caller, when it is somebody of an organisation of that role.
 * @throws Problem not-signed-in, or not-found for the others: their pages are elsewhere
 */
export function requirePerson(request: FastifyRequest, role?: Caller['role']): Caller {
  const { caller } = request
  if (!caller || !request.signedIn) throw new Problem('not-signed-in')
  if (role !== undefined && caller.role !== role) throw new Problem('not-found')
  return caller
}

/** Through what this request's page is made. */
export function viewFor(request: FastifyRequest, deps: PageDeps): View {
  const setting = cookieSetting(deps)
  const { session, secret } = request.signedIn ?? {}
  const registry = deps.people.registry()
  const clinic = session?.role === 'clinic' ? registry.clinicById(session.organization) : undefined
  const organization = clinic ?? (session ? registry.referrerById(session.organization) : undefined)
  return viewOf({
    language: languageFor(
      readCookie(request, 'language', setting),
      request.headers['accept-language'],
    ),
    timeZone: (clinic?.due.hours ?? usualHours).timeZone,
    now: deps.now(),
    session,
    organization: organization?.name ?? '',
    path: request.method === 'GET' ? request.url : '',
    formToken: secret === undefined ? '' : formToken(secret),
    theme: themes.find((theme) => theme === readCookie(request, 'theme', setting)) ?? 'auto',
    shortcuts: readCookie(request, 'shortcuts', setting) !== 'off',
    sandbox: deps.sandbox ?? false,
  })
}
