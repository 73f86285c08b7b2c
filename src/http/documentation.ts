/** Parts of a route's schema: what the OpenAPI document says of it. Nothing here is enforced. */

import type { FastifyInstance, FastifySchema } from 'fastify'
import { operationOutcome } from '../domain/fhir/outcome.ts'
import { Problem, type ProblemCode, problems } from '../domain/problem.ts'
import { fhirJson } from './negotiate.ts'

declare module 'fastify' {
  interface FastifySchema {
    summary?: string
    description?: string
    tags?: readonly string[]
    operationId?: string
    security?: readonly Record<string, readonly string[]>[]
    hide?: boolean
  }
}

export const tags = {
  referral: 'Hand in a referral, supply what is missing, change or take it back.',
  check: 'Check without storing anything.',
  'order-time': 'CDS Hooks 2.0: advice while an order is written.',
  task: 'The clinic says how the referral is getting on.',
  subscription: 'Be told: FHIR Subscriptions, R5 backport on R4.',
  read: 'Read what was stored: versions, histories, searches.',
  discovery: 'What this service can do; open to everybody.',
  token: 'Log in: SMART Backend Services.',
  operations: 'For those who run the service.',
} as const

type Tag = keyof typeof tags

/** Types that have a schema of their own here; the rest is `Resource`. */
const profiled = {
  Resource: ['Any FHIR R4 resource.', 'resourcelist.html'],
  Bundle: ['Resources in one container.', 'bundle.html'],
  OperationOutcome: ['What is wrong, and how to mend it.', 'operationoutcome.html'],
  CapabilityStatement: ['What the service can do.', 'capabilitystatement.html'],
  ServiceRequest: ['A referral, as the referrer asks for it.', 'servicerequest.html'],
  Task: ['How the referral is getting on.', 'task.html'],
  GuidanceResponse: ['The result of a check.', 'guidanceresponse.html'],
  QuestionnaireResponse: ['Answers to the screening form.', 'questionnaireresponse.html'],
  Subscription: ['Who wants to be told of what, and where.', 'subscription.html'],
  AuditEvent: ['Who did what with which data.', 'auditevent.html'],
  MeasureReport: ['How many of how many.', 'measurereport.html'],
  Parameters: ['What an operation takes or gives.', 'parameters.html'],
} as const

export type DocumentedType = keyof typeof profiled

/** Adds the schemas that answers and bodies refer to. */
export function addFhirSchemas(app: FastifyInstance): void {
  for (const [name, [description, page]] of Object.entries(profiled))
    app.addSchema({
      $id: name,
      type: 'object',
      description,
      externalDocs: { url: `https://hl7.org/fhir/R4/${page}` },
      required: ['resourceType'],
      properties: {
        resourceType: name === 'Resource' ? { type: 'string' } : { type: 'string', enum: [name] },
        id: { type: 'string', pattern: '^[A-Za-z0-9\\-.]{1,64}$' },
        meta: { type: 'object', additionalProperties: true },
      },
      additionalProperties: true,
    })
}

interface Parts {
  readonly summary: string
  readonly description: string
  readonly tag: Tag
  readonly params?: Readonly<Record<string, object>>
  readonly query?: Readonly<Record<string, object>>
  readonly headers?: Readonly<Record<string, object>>
  readonly body?: object
  /** By status; `fhirAnswer` makes them. */
  readonly answers: Readonly<Record<number, object>>
  readonly problems?: readonly ProblemCode[]
  /** True for routes without a token. */
  readonly open?: boolean
}

/** Problems that every route behind the token may answer with. */
export const guarded: readonly ProblemCode[] = ['missing-token', 'invalid-token', 'forbidden']
const always: readonly ProblemCode[] = ['not-acceptable', 'too-many-requests', 'unavailable']

/** @returns the schema of a route under /fhir */
export function documented(parts: Parts): FastifySchema {
  const codes = [...(parts.open ? [] : guarded), ...(parts.problems ?? []), ...always]
  return {
    summary: parts.summary,
    description: parts.description,
    tags: [parts.tag],
    ...(parts.open ? { security: [] } : {}),
    ...(parts.params ? { params: members(parts.params, true) } : {}),
    ...(parts.query ? { querystring: members(parts.query) } : {}),
    ...(parts.headers ? { headers: members(parts.headers) } : {}),
    ...(parts.body ? { body: parts.body } : {}),
    response: { ...parts.answers, ...refusals(codes) },
  }
}

const members = (properties: Readonly<Record<string, object>>, required = false) => ({
  type: 'object',
  properties,
  ...(required ? { required: Object.keys(properties) } : {}),
})

/** A FHIR answer with an example. */
export function fhirAnswer(
  description: string,
  type: DocumentedType,
  example: object,
  headers: readonly (keyof typeof answerHeaders)[] = [],
): object {
  return {
    description,
    ...(headers.length > 0
      ? { headers: Object.fromEntries(headers.map((name) => [name, answerHeaders[name]])) }
      : {}),
    content: fhirContent(fhirJson, type, { example: { value: example } }),
  }
}

/** A FHIR body with examples, by their names. */
export const fhirBody = (
  type: DocumentedType,
  examples: Readonly<Record<string, object>>,
): object => ({
  content: Object.fromEntries(
    [fhirJson, 'application/json'].map((mediaType) => [
      mediaType,
      {
        schema: {
          $ref: `${type}#`,
          'x-examples': Object.fromEntries(
            Object.entries(examples).map(([name, value]) => [name, { value }]),
          ),
        },
      },
    ]),
  ),
})

const fhirContent = (mediaType: string, type: DocumentedType, examples: object) => ({
  [mediaType]: { schema: { $ref: `${type}#` }, examples },
})

const answerHeaders = {
  ETag: { type: 'string', description: 'The version, for If-Match and If-None-Match: `W/"3"`.' },
  'Last-Modified': { type: 'string', description: 'When the version was stored.' },
  Location: { type: 'string', description: 'Address of the version that was stored.' },
  'Content-Location': { type: 'string', description: 'Address of the version that is there now.' },
} as const

/** An answer without a body. */
export const emptyAnswer = (description: string): object => ({ description, type: 'null' })

/** One answer for each status, with an example for each code. */
export function refusals(
  codes: readonly ProblemCode[],
  mediaType: string = fhirJson,
): Record<number, object> {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of new Set(codes)) {
    const [status] = problems[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      status,
      {
        description: ofStatus
          .map((code) => `[${code}](/errors/${code}): ${problems[code][2]}`)
          .join('\n\n'),
        content: fhirContent(
          mediaType,
          'OperationOutcome',
          Object.fromEntries(
            ofStatus.map((code) => [
              code,
              { value: operationOutcome(code, new Problem(code).issues) },
            ]),
          ),
        ),
      },
    ]),
  )
}

export const typeParam = {
  type: 'string',
  description: 'A resource type; /fhir/metadata lists them.',
  examples: ['ServiceRequest'],
}
export const idParam = {
  type: 'string',
  pattern: '^[A-Za-z0-9\\-.]{1,64}$',
  description: 'The logical id.',
  examples: ['7d1f0c8e-1a52-4a3e-9b55-0c2a6f1d9e11'],
}
/** Parameters that say how an answer looks. */
export const formatQuery = {
  _format: { type: 'string', enum: ['json', fhirJson, 'application/json'] },
  _pretty: { type: 'boolean', description: 'Lay the JSON out for people.' },
}
