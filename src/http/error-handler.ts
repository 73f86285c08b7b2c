/** Turns whatever went wrong into an OperationOutcome, once. */

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { challengeOf } from '../domain/access/challenge.ts'
import { operationOutcome } from '../domain/fhir/outcome.ts'
import { Problem, type ProblemCode } from '../domain/problem.ts'
import { safeError } from '../domain/safe-error.ts'
import { isCdsAddress, isFhirAddress, MethodProblem } from './addresses.ts'
import type { HttpDeps } from './deps.ts'
import { routeOf } from './log.ts'
import type { NoteRefusal } from './refusals.ts'
import { sendFhir } from './reply.ts'
import { auditEntry } from './request.ts'

type ErrorDeps = Pick<HttpDeps, 'now' | 'baseUrl'> & { readonly noteRefusal: NoteRefusal }

/** What Fastify itself finds wrong, in our codes. */
const frameworkProblems: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_EMPTY_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad-request',
  FST_ERR_BAD_URL: 'bad-request',
  FST_ERR_MAX_PARAM_LENGTH: 'not-found',
}

/** Seconds to wait where the problem does not say. */
const usualWait = 5

export function errorHandler(deps: ErrorDeps) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const problem = asProblem(error)
    if (problem.status >= 500) request.log.error({ err: safeError(error) }, problem.code)
    const isAboutPatients = isFhirAddress(request) || isCdsAddress(request)
    if (isAboutPatients || isTurnedAway.has(problem.status))
      await noteProblem(problem, request, deps)
    return sendProblem(problem, reply, deps)
  }
}

/** @returns the problem itself, the one that stands for a framework error, or internal-error */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const { code = '', statusCode = 500 } = error as Partial<FastifyError>
  const known = Object.hasOwn(frameworkProblems, code) ? frameworkProblems[code] : undefined
  if (known) return new Problem(known, undefined, { cause: error })
  if (code.startsWith('FST_ERR_CTP_') || (statusCode >= 400 && statusCode < 500))
    return new Problem('bad-request', undefined, { cause: error })
  return new Problem('internal-error', undefined, { cause: error })
}

/** Answers with the OperationOutcome and the headers that belong to the problem. */
export function sendProblem(
  problem: Problem,
  reply: FastifyReply,
  { baseUrl }: Pick<HttpDeps, 'baseUrl'>,
): FastifyReply {
  const challenge = challengeOf(problem.code)
  if (challenge) reply.header('www-authenticate', challenge)
  if (problem instanceof MethodProblem) reply.header('allow', problem.allow.join(', '))
  if (problem.status === 429 || problem.status === 503)
    reply.header('retry-after', String(problem.retryAfter ?? usualWait))
  // What is left of a body that was not read would be taken for the next request, or read for nothing.
  if (problem.status === 413 || problem.status === 408 || leavesLargeBody(problem, reply))
    reply.header('connection', 'close')
  if (problem.code === 'unsupported-media-type') reply.header('accept-encoding', 'identity')
  const related = problem.related ? `, <${baseUrl}/fhir/${problem.related}>; rel="related"` : ''
  reply.header('link', `<${baseUrl}/errors/${problem.code}>; rel="help"${related}`)
  return sendFhir(reply, operationOutcome(problem.code, problem.issues), problem.status)
}

const largeBody = 64 * 1024

const leavesLargeBody = ({ status }: Problem, { request: { headers } }: FastifyReply): boolean =>
  status === 429 &&
  (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > largeBody)

/**
 * A refusal leaves its audit entry, and nothing else, behind. What is neither below the FHIR base nor
 * a CDS service has nothing of anybody's, so only who may not come in is told of there.
 */
export function noteProblem(
  { status, code }: Problem,
  request: FastifyRequest,
  { noteRefusal, now }: Omit<ErrorDeps, 'baseUrl'>,
): Promise<void> {
  const route = routeOf(request) === 'unmatched' ? 'no route' : routeOf(request)
  const entry = auditEntry(
    request,
    {
      action: 'refuse',
      kind: kinds[request.method] ?? 'E',
      outcome: status >= 500 ? 'serious-failure' : 'minor-failure',
      detail: `${status} ${code}: ${request.method} ${route}`,
    },
    now(),
  )
  return noteRefusal(entry, status, request.log)
}

const isTurnedAway: ReadonlySet<number> = new Set([401, 403, 429])

const kinds: Readonly<Record<string, 'C' | 'R' | 'U' | 'D'>> = {
  GET: 'R',
  HEAD: 'R',
  POST: 'C',
  PUT: 'U',
  PATCH: 'U',
  DELETE: 'D',
}
