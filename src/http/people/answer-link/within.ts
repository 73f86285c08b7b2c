/** Whom a link let in sees one referral: every other address is none for them. */

import type { FastifyRequest } from 'fastify'
import { Problem } from '../../../domain/problem.ts'

/** What is nobody's in particular: to stay signed in, to leave, how the pages look. */
const everybodys: ReadonlySet<string> = new Set(['/session', '/sign-out', '/preferences'])

/** The pages of one referral for its practice, by the id in their address. */
const ofReferral = /^\/practice\/:id(?:\/|$)/

/** @throws Problem not-found for whoever came in by a link and asks for anything else */
export function requireWithin(request: FastifyRequest): void {
  const { through } = request.signedIn?.session ?? {}
  if (!through) return
  const { url = '', config } = request.routeOptions
  if (config.access === 'public' || everybodys.has(url)) return
  const { id } = request.params as { readonly id?: string }
  if (!ofReferral.test(url) || id !== through.referralId) throw new Problem('not-found')
}
