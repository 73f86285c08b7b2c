/** WWW-Authenticate of a refused request: RFC 6750 section 3, https://www.rfc-editor.org/rfc/rfc6750#section-3 */

import type { ProblemCode } from '../problem.ts'

const challenges: Partial<Record<ProblemCode, string>> = {
  // A request without any token is told the scheme and nothing else, as the RFC asks.
  'missing-token': 'Bearer realm="referloop"',
  'invalid-token':
    'Bearer realm="referloop", error="invalid_token", error_description="The access token is expired, revoked or not ours"',
  forbidden:
    'Bearer realm="referloop", error="insufficient_scope", error_description="The access token does not cover this interaction"',
  // No scheme for sessions is registered, and RFC 9110, 15.5.2, wants one with every 401.
  'not-signed-in': 'Cookie form-action="/sign-in"',
}

/** @returns the header's value for the problems that need one (401, and 403 for want of scope) */
export function challengeOf(code: ProblemCode): string | undefined {
  return challenges[code]
}
