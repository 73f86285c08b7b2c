/** What the OpenAPI document says of the CDS services: https://cds-hooks.hl7.org/2.0/ */

import type { FastifySchema } from 'fastify'
import type { ProblemCode } from '../domain/problem.ts'
import { cdsServicesExample, feedbackExample, hookAnswer, hookCall } from './cds-examples.ts'
import { emptyAnswer, guarded, refusals } from './documentation.ts'
import { plainJson } from './negotiate.ts'

const text = { type: 'string' } as const
const uri = { type: 'string', format: 'uri' } as const
const open = { type: 'object', additionalProperties: true } as const
const list = (items: object) => ({ type: 'array', items })
const object = (required: readonly string[], properties: Readonly<Record<string, object>>) => ({
  type: 'object',
  required,
  properties,
  additionalProperties: true,
})
const coding = object(['code'], { system: uri, code: text, display: text })

const json = (schema: object, example: object) => ({
  content: {
    [plainJson]: { schema, examples: { example: { value: example } } },
  },
})
const body = (schema: object, example: object) => ({
  content: {
    [plainJson]: { schema: { ...schema, 'x-examples': { example: { value: example } } } },
  },
})

/** Refusals of these routes are OperationOutcomes in application/json. */
const answers = (codes: readonly ProblemCode[]) =>
  refusals([...guarded, ...codes, 'too-many-requests', 'unavailable'], plainJson)

const common = { tags: ['order-time'] }
const params = object(['id'], {
  id: {
    ...text,
    description: 'The id of the service; /cds-services lists them.',
    examples: ['ketamine-infusion-referral'],
  },
})
const security: readonly Record<string, readonly string[]>[] = [{ token: [] }, { cdsClient: [] }]
const bodyProblems: readonly ProblemCode[] = [
  'bad-request',
  'not-json',
  'json-limit',
  'too-large',
  'unsupported-media-type',
  'not-found',
]

export const discoverySchema: FastifySchema = {
  ...common,
  summary: 'Which CDS services there are',
  description:
    'One service for each policy, once for each hook, with the queries that the policy needs as prefetch templates. Open to everybody.',
  security: [],
  response: {
    200: {
      description: 'The services',
      ...json(
        object(['services'], {
          services: list(
            object(['hook', 'id', 'description'], {
              hook: { ...text, enum: ['order-select', 'order-sign'] },
              id: text,
              title: text,
              description: text,
              usageRequirements: text,
              prefetch: { type: 'object', additionalProperties: text },
            }),
          ),
        }),
        cdsServicesExample,
      ),
    },
  },
}

const action = object(['type', 'description', 'resource'], {
  type: { ...text, enum: ['create', 'update'] },
  description: text,
  resource: open,
})
const suggestion = object(['label', 'uuid', 'actions'], {
  label: text,
  uuid: text,
  isRecommended: { type: 'boolean' },
  actions: list(action),
})
const card = object(['uuid', 'summary', 'indicator', 'source'], {
  uuid: text,
  summary: { ...text, maxLength: 139 },
  detail: { ...text, description: 'GitHub Flavored Markdown.' },
  indicator: { ...text, enum: ['info', 'warning', 'critical'] },
  source: object(['label'], { label: text, url: uri, topic: coding }),
  suggestions: list(suggestion),
  selectionBehavior: { ...text, enum: ['at-most-one'] },
  overrideReasons: list(coding),
  links: list(
    object(['label', 'url', 'type'], {
      label: text,
      url: uri,
      type: { ...text, enum: ['absolute'] },
    }),
  ),
})

export const serviceSchema: FastifySchema = {
  ...common,
  summary: 'Check the orders of a hook call',
  description:
    'Draft ServiceRequests that ask for the service of the policy are checked with what was prefetched, as they would be at submission. No cards means that there is nothing to say. Nothing is stored, and nothing is fetched. The bearer token is a JWT of the CDS client (aud is this address) or an access token of ours.',
  security,
  params,
  body: body(
    object(['hook', 'hookInstance', 'context'], {
      hook: { ...text, enum: ['order-select', 'order-sign'] },
      hookInstance: { ...text, format: 'uuid' },
      context: object(['userId', 'patientId', 'draftOrders'], {
        userId: text,
        patientId: text,
        encounterId: text,
        selections: { ...list(text), description: 'Required for order-select.' },
        draftOrders: { $ref: 'Bundle#' },
      }),
      prefetch: open,
    }),
    hookCall,
  ),
  response: {
    200: {
      description: 'The cards',
      ...json(object(['cards'], { cards: list(card) }), hookAnswer),
    },
    ...answers([
      ...bodyProblems,
      'invalid-resource',
      'prefetch-missing',
      'hook-not-served',
      'patient-differs',
    ]),
  },
}

export const feedbackSchema: FastifySchema = {
  ...common,
  summary: 'Tell what became of cards',
  description:
    'Counted by outcome and, for reasons of ours, by reason. What a clinician wrote is not kept.',
  security,
  params,
  body: body(
    object(['feedback'], {
      feedback: list(
        object(['card', 'outcome', 'outcomeTimestamp'], {
          card: text,
          outcome: { ...text, enum: ['accepted', 'overridden'] },
          acceptedSuggestions: list(object(['id'], { id: text })),
          overrideReason: object([], { reason: coding, userComment: text }),
          outcomeTimestamp: { ...text, format: 'date-time' },
        }),
      ),
    }),
    feedbackExample,
  ),
  response: { 200: emptyAnswer('It was taken note of.'), ...answers(bodyProblems) },
}
