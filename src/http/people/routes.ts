/** The map of the pages for people: the clinic's worklist, the referring practice's pages, and the way in. */

import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../../domain/problem.ts'
import { clinicLinkRoutes } from './answer-link/clinic-routes.ts'
import { openLinkRoutes } from './answer-link/open-routes.ts'
import { requireWithin } from './answer-link/within.ts'
import { assetRoutes } from './assets.ts'
import { clinicRoutes } from './clinic/routes.ts'
import { requireOwnForm } from './csrf.ts'
import type { PageDeps } from './deps.ts'
import { deskRoutes } from './desk/routes.ts'
import { draftRoutes } from './drafts/routes.ts'
import { acceptForms } from './form.ts'
import { insightRoutes } from './insight/routes.ts'
import { packetRoutes } from './packet/routes.ts'
import { recognise } from './person.ts'
import { practiceRoutes } from './practice/routes.ts'
import { preferenceRoutes } from './preferences.ts'
import { pageErrorHandler } from './problem-page.ts'
import { liveRoutes } from './queue/live.ts'
import { queueRoutes } from './queue/routes.ts'
import { referralRoutes } from './referral/routes.ts'
import { pageHeaders } from './send.ts'
import { signInRoutes } from './sign-in/sign-in.ts'
import { smartRoutes } from './sign-in/smart.ts'
import { uploadRoutes } from './uploads/routes.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The browser asks for it by itself: no sign that somebody is there. */
    unattended?: boolean
  }
}

/** A scope of its own: the pages have their way of knowing people, their bodies and their errors. */
export async function peopleRoutes(app: FastifyInstance, deps: PageDeps): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.config = { access: 'person', ...route.config }
    route.schema = { ...route.schema, hide: true }
  })
  await app.register(cookie)
  app.decorateRequest('signedIn', null)
  acceptForms(app)
  app.setErrorHandler(pageErrorHandler(deps))
  const origin = new URL(deps.baseUrl).origin

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(pageHeaders)
    await recognise(request, reply, deps, !request.routeOptions.config.unattended)
    requireWithin(request)
    if (isReading(request)) requireSignedIn(request)
  })
  // After the body was read, so that what was typed is not lost with the session.
  app.addHook('preHandler', async (request) => {
    if (isReading(request)) return
    requireOwnForm(request, origin, request.signedIn?.secret)
    requireSignedIn(request)
  })

  // What is not there below our addresses is said as a page, to who is signed in.
  for (const below of ['/worklist/*', '/referrals/*', '/practice/*', '/clinics/*'])
    app.get(below, async () => {
      throw new Problem('not-found')
    })
  assetRoutes(app)
  signInRoutes(app, deps)
  smartRoutes(app, deps)
  preferenceRoutes(app, deps)
  queueRoutes(app, deps)
  liveRoutes(app, deps)
  referralRoutes(app, deps)
  practiceRoutes(app, deps)
  draftRoutes(app, deps)
  deskRoutes(app, deps)
  packetRoutes(app, deps)
  insightRoutes(app, deps)
  clinicRoutes(app, deps)
  clinicLinkRoutes(app, deps)
  openLinkRoutes(app, deps)
  uploadRoutes(app, deps)
}

const isReading = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD'

/** @throws Problem not-signed-in */
function requireSignedIn(request: FastifyRequest): void {
  if (request.routeOptions.config.access !== 'public' && !request.signedIn)
    throw new Problem('not-signed-in')
}
