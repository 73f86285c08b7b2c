/**
 * A write comes from a page of ours, in this session:
 * https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */

import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { formToken } from '../../domain/access/session.ts'
import { Problem } from '../../domain/problem.ts'
import { Form } from './form.ts'

/**
 * Believes the browser first (Fetch Metadata, else Origin), and then asks for the token of the session.
 * @param secret of the session; before sign-in there is none, and what the browser says has to do
 * @throws Problem foreign-form
 */
export function requireOwnForm(
  request: FastifyRequest,
  origin: string,
  secret: string | undefined,
): void {
  const { 'sec-fetch-site': site, origin: sender } = request.headers
  if (site === undefined ? sender !== undefined && sender !== origin : site !== 'same-origin')
    throw new Problem('foreign-form')
  if (secret === undefined) {
    // A browser that says nothing of where a form came from cannot sign anybody in.
    if (site === undefined && sender === undefined) throw new Problem('foreign-form')
    return
  }
  const given = request.body instanceof Form ? request.body.text('form-token') : ''
  if (!isSame(given, formToken(secret))) throw new Problem('foreign-form')
}

const isSame = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
