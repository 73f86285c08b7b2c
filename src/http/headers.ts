/** Headers that every answer bears: https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html */

import type { FastifyReply } from 'fastify'

/** What an answer that is no page may do in a browser: nothing. */
const apiPolicy = "default-src 'none'; frame-ancestors 'none'"

/** @param secure true when the service is reached by https */
export function securityHeaders(reply: FastifyReply, requestId: string, secure: boolean): void {
  reply.headers({
    'x-request-id': requestId,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'content-security-policy': apiPolicy,
    'referrer-policy': 'no-referrer',
    ...(secure ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } : {}),
  })
}

/** A caller's own request id, when it is one that may stand in a log; else ours. */
export function requestIdFrom(header: string | string[] | undefined, newId: () => string): string {
  return typeof header === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(header) ? header : newId()
}
