/** What routes read from a request beyond what Fastify gives them. */

import type { FastifyRequest } from 'fastify'
import type { Caller } from '../domain/access/caller.ts'
import { type Interaction, permits } from '../domain/access/scopes.ts'
import { anonymous } from '../domain/audit/refusals.ts'
import { Problem } from '../domain/problem.ts'
import {
  type Agent,
  agentOf as agentOfCaller,
  type Origin,
  personOf,
} from '../domain/referral/change.ts'
import type { AuditEntry } from '../domain/referral/ports.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    caller: Caller | null
    /** Tells the caller's quota that the request has been answered. */
    endTurn: (() => void) | null
    /** Media type and layout of the answer. */
    answer: { readonly type: string; readonly pretty: boolean }
  }
  interface FastifyContextConfig {
    /**
     * `public` lets everybody in, `cds` a CDS client by a JWT of its own as well, `person` somebody
     * who is signed in (src/http/people); without it a route demands a token.
     */
    access?: 'public' | 'cds' | 'person'
    /** Any origin may read the answer: discovery only. */
    cors?: boolean
    /** Takes a request with a Content-Type and nothing behind it. */
    bodyless?: boolean
    /** Tells the CapabilityStatement what the route does. */
    fhir?: FhirRoute
  }
}

/** The FHIR interaction or operation that a route serves. */
export interface FhirRoute {
  /** Resource types that it serves, or the whole system. */
  readonly types: readonly string[] | 'system'
  /** A code of restful-interaction, or an operation's name with its dollar sign. */
  readonly interaction: string
  /** Canonical URL of the OperationDefinition, for operations. */
  readonly definition?: string
}

/** @throws Problem missing-token on a public route, where nobody is known */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Problem('missing-token')
  return request.caller
}

/**
 * Lets the request go on only when the caller's scopes cover the interaction.
 * @returns the caller
 * @throws Problem forbidden, naming the scope that is wanting
 */
export function requireScope(
  request: FastifyRequest,
  type: string,
  interaction: Interaction,
): Caller {
  const caller = callerOf(request)
  if (!permits(caller.scopes, type, interaction))
    throw new Problem(
      'forbidden',
      `The access token's scopes do not cover ${interaction} of ${type === '*' ? 'all types' : type}.`,
    )
  return caller
}

/** Names and values of the query string, in order, repeats kept. */
export function queryPairs(query: unknown): [string, string][] {
  return Object.entries(query as Record<string, string | string[]>).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  )
}

/**
 * The parts of Prefer that are known here: https://www.rfc-editor.org/rfc/rfc7240
 * @throws Problem bad-parameter for a `return` that FHIR does not have
 */
export function preferences(request: FastifyRequest): {
  readonly return: 'minimal' | 'representation' | 'OperationOutcome'
  readonly lenient: boolean
} {
  const text = [request.headers.prefer ?? ''].flat().join(',')
  const wanted = new Map<string, string>()
  for (const part of text.split(/[,;]/)) {
    const [name = '', value = ''] = part.split('=').map((side) => side.trim().replaceAll('"', ''))
    if (!wanted.has(name.toLowerCase())) wanted.set(name.toLowerCase(), value)
  }
  const back = wanted.get('return') ?? 'representation'
  if (back !== 'minimal' && back !== 'representation' && back !== 'OperationOutcome')
    throw new Problem(
      'bad-parameter',
      'Prefer: return is minimal, representation or OperationOutcome.',
    )
  return { return: back, lenient: wanted.get('handling') === 'lenient' }
}

/**
 * The version that a change is based on: https://hl7.org/fhir/R4/http.html#concurrency
 * @throws Problem precondition-required without If-Match, bad-parameter when it is not one ETag of ours
 */
export function ifMatchVersion(request: FastifyRequest): number {
  return versionOfETag(request.headers['if-match'])
}

/** The same for `Bundle.entry.request.ifMatch`. */
export function versionOfETag(etag: string | undefined): number {
  // A star would match whatever is there, which is what If-Match is to prevent.
  if (etag === undefined || etag.trim() === '' || etag.trim() === '*')
    throw new Problem('precondition-required')
  const version = /^(?:W\/)?"([1-9]\d{0,8})"$/.exec(etag.trim())?.[1]
  if (version === undefined)
    throw new Problem('bad-parameter', 'If-Match needs the one ETag that you read, such as W/"3".')
  return Number(version)
}

/**
 * The criteria of a conditional create.
 * @returns undefined without the header
 * @throws Problem bad-parameter when it is empty
 */
export function ifNoneExist(request: FastifyRequest): string | undefined {
  const header = request.headers['if-none-exist']
  if (header === undefined) return undefined
  const text = [header].flat().join('&').replace(/^\?/, '')
  if (text.trim() === '' || text.includes('\0'))
    throw new Problem(
      'bad-parameter',
      'If-None-Exist needs search parameters, e.g. identifier=system|value.',
    )
  return text
}

/** Where a request came from, for the audit trail of a story. */
export const originOf = ({ id, ip }: FastifyRequest): Origin => ({ requestId: id, network: ip })

/** The same with the client, who has to be known. */
export const agentOf = (request: FastifyRequest): Agent =>
  agentOfCaller(callerOf(request), originOf(request))

/** An audit entry for this request; the caller of this function adds what it was about. */
export function auditEntry(
  request: FastifyRequest,
  entry: Pick<
    AuditEntry,
    'action' | 'kind' | 'outcome' | 'entities' | 'detail' | 'query' | 'patientId'
  >,
  now: Date,
): AuditEntry {
  const { client = anonymous, organization, tokenId, role, person } = request.caller ?? {}
  return {
    ...entry,
    agent: client,
    organization,
    referrerId: role === 'referrer' ? organization : undefined,
    clinicId: role === 'clinic' ? organization : undefined,
    tokenId,
    requestId: request.id,
    network: request.ip,
    ...personOf(person ? { person } : {}),
    recorded: now.toISOString(),
  }
}
