/**
 * What a failed call to a clinic's EHR means for what may follow.
 *
 * | what happened                                             | phase   | permanent |
 * |-----------------------------------------------------------|---------|-----------|
 * | our own rules forbid the call                             | before  | yes       |
 * | no such host, connection refused, TLS, no access token    | before  | no        |
 * | 400, 403, 404, 405, 410, 413, 415, 422, 501 and their like | refused | yes       |
 * | 412 on a transaction: several matches at the EHR          | refused | yes       |
 * | 401, 408, 409, 425, 429, 412 on an update                 | refused | no        |
 * | 503 with Retry-After: turned away on purpose              | refused | no        |
 * | 307, 308: asked to go elsewhere with the same request     | refused | yes       |
 * | 301, 302, 303: what servers also say after having acted   | unknown | no        |
 * | other 5xx, a 503 without Retry-After                      | unknown | no        |
 * | timeout, reset or unusable answer after sending           | unknown | no        |
 * | a resource that is read and larger than the limit         | unknown | yes       |
 * | 2xx whose body cannot be used                             | unknown | no        |
 *
 * A 503 alone is also what a proxy says when the EHR behind it died half-way, hence `unknown`: the
 * price is one search before the next attempt.
 */

import { EhrFailure } from '../domain/referral/ports.ts'
import { AnswerLost, NotSent, type OutboundAnswer } from './exchange.ts'
import { EgressRefused } from './outbound-address.ts'
import { retryAfterSeconds } from './retry-after.ts'

/** The interaction, as far as statuses mean different things. */
export type Interaction = 'transaction' | 'update' | 'search' | 'read'

const waiting: ReadonlySet<number> = new Set([401, 408, 409, 425, 429])

/** Turns what the egress threw into the port's failure; anything unforeseen is a bug and passes. */
export function failureOfCall(error: unknown, interaction: Interaction): unknown {
  if (error instanceof EgressRefused)
    return new EhrFailure(error.message, { phase: 'before', permanent: true, cause: error })
  if (error instanceof NotSent)
    return new EhrFailure('The EHR could not be reached.', { phase: 'before', cause: error })
  if (!(error instanceof AnswerLost)) return error
  const { status } = error
  if (status !== undefined && (status < 200 || status > 299))
    return failureOfStatus(status, undefined, interaction, error)
  // It will be no smaller the next time, and holds up what else is to be read.
  const permanent = interaction === 'read' && error.reason === 'too-large'
  return new EhrFailure(error.message, { phase: 'unknown', permanent, status, cause: error })
}

/** The failure that an answer other than 2xx stands for. */
export function failureOfAnswer(
  answer: OutboundAnswer,
  interaction: Interaction,
  now: Date,
): EhrFailure {
  const retryAfter = retryAfterSeconds(answer.header('retry-after'), now)
  return failureOfStatus(answer.status, retryAfter, interaction)
}

function failureOfStatus(
  status: number,
  retryAfter: number | undefined,
  interaction: Interaction,
  cause?: unknown,
): EhrFailure {
  const phase = refuses(status, retryAfter) ? 'refused' : 'unknown'
  const stale = status === 412 && interaction === 'update'
  const permanent =
    phase === 'refused' && status !== 503 && status !== 429 && !waiting.has(status) && !stale
  return new EhrFailure(`The EHR answered ${status}.`, {
    phase,
    permanent,
    retryAfter,
    status,
    cause,
  })
}

const refuses = (status: number, retryAfter: number | undefined): boolean =>
  (status >= 400 && status < 500) ||
  status === 307 ||
  status === 308 ||
  status === 501 ||
  (status === 503 && retryAfter !== undefined)

/** A 2xx whose body cannot be used: a write may have been done all the same. */
export const unusableAnswer = (what: string, status?: number, cause?: unknown): EhrFailure =>
  new EhrFailure(`The EHR's answer cannot be used: ${what}.`, { phase: 'unknown', status, cause })
