/** Signing in through an EHR: from within it (`/launch`), or from our own page. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../../domain/problem.ts'
import { auditEntry } from '../../request.ts'
import { clearCookie, readCookie, setCookie } from '../cookies.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { cookieSetting } from '../person.ts'
import { signIn } from './begin-session.ts'
import { nextOf } from './next.ts'

const open = { access: 'public' } as const
const attemptSeconds = 600

export const smartRoutes: PageRoutes = (app, deps) => {
  const { smart } = deps.people
  const setting = cookieSetting(deps)

  const send = async (
    request: FastifyRequest,
    reply: FastifyReply,
    issuer: string,
    next: string,
    launch?: string,
  ) => {
    await deps.takePlace(request, `address ${request.ip}`)
    const { url, binding } = await smart.begin(issuer, next, launch)
    setCookie(reply, 'sign-in', binding, setting, attemptSeconds)
    return reply.redirect(url, 303)
  }

  app.get<{ Querystring: Record<string, unknown> }>(
    '/launch',
    { config: open },
    async (request, reply) => {
      const { iss, launch } = request.query
      if (typeof iss !== 'string' || typeof launch !== 'string')
        throw new Problem('bad-request', 'An EHR opens this address, with iss and launch.')
      return send(request, reply, iss.replace(/\/+$/, ''), '', launch)
    },
  )

  app.get<{ Querystring: Record<string, unknown> }>(
    '/sign-in/start',
    { config: open },
    async (request, reply) => {
      const { organization, next } = request.query
      const registry = deps.people.registry()
      const found = [...registry.clinics, ...registry.referrers].find(
        ({ id }) => id === organization,
      )
      if (!found?.signIn) throw new Problem('not-found')
      return send(request, reply, found.signIn.issuer, typeof next === 'string' ? next : '')
    },
  )

  app.get('/sign-in/callback', { config: open }, async (request, reply) => {
    await deps.takePlace(request, `address ${request.ip}`)
    const binding = readCookie(request, 'sign-in', setting)
    clearCookie(reply, 'sign-in', setting)
    const query = request.url.slice(request.url.indexOf('?') + 1)
    const { identity, next } = await smart.finish(query, binding).catch(async (error: unknown) => {
      await noteRefused(deps, request, error)
      throw error
    })
    const session = await signIn(request, reply, deps, identity)
    return reply.redirect(nextOf(next, session), 303)
  })
}

/** Of who it was nothing is proved, so nobody is named. */
const noteRefused = (deps: PageDeps, request: FastifyRequest, error: unknown): Promise<void> => {
  const status = error instanceof Problem ? error.status : 500
  const outcome = status < 500 ? 'minor-failure' : 'serious-failure'
  const entry = auditEntry(request, { action: 'sign-in-refused', kind: 'E', outcome }, deps.now())
  return deps.noteRefusal({ ...entry, agent: 'worklist' }, status, request.log)
}
