/** What the OpenAPI document says of the routes about subscriptions. */

import type { ProblemCode } from '../domain/problem.ts'
import {
  documented,
  emptyAnswer,
  fhirAnswer,
  fhirBody,
  formatQuery,
  idParam,
} from './documentation.ts'
import {
  eventsAsked,
  newSubscription,
  statusAsked,
  subscription,
  subscriptionEvents,
  subscriptionStatus,
  subscriptions,
} from './examples-subscription.ts'

const bodyProblems: readonly ProblemCode[] = [
  'not-json',
  'json-limit',
  'not-fhir',
  'invalid-resource',
  'bad-request',
  'too-large',
  'unsupported-media-type',
  'subscription-refused',
  'endpoint-refused',
]
const versionAnswer = ['ETag', 'Last-Modified'] as const
const params = { id: idParam }
const tag = 'subscription'

export const createSubscriptionSchema = documented({
  summary: 'Subscribe',
  description:
    'FHIR Subscriptions R5 backport 1.1 on R4: rest-hook, the topics referral-status and information-wanted, payload content empty, id-only or full-resource. It begins as `requested`; once the endpoint has taken the handshake it is `active`. Needs the scope system/Task.r as well.',
  tag,
  body: fhirBody('Subscription', { subscription: newSubscription }),
  answers: {
    201: fhirAnswer('The subscription, requested', 'Subscription', newSubscription, [
      ...versionAnswer,
      'Location',
    ]),
  },
  problems: [...bodyProblems, 'not-supported'],
})

export const updateSubscriptionSchema = documented({
  summary: 'Change a subscription, switch it off, or begin it again',
  description:
    'Status `off` ends it; anything else begins again with a handshake, and the count of events goes on. A header whose value is `[redacted]` keeps the value that it has.',
  tag,
  params,
  headers: {
    'If-Match': { type: 'string', description: 'The ETag that you read. Required.' },
  },
  body: fhirBody('Subscription', { subscription }),
  answers: {
    200: fhirAnswer('The subscription', 'Subscription', subscription, [
      ...versionAnswer,
      'Content-Location',
    ]),
  },
  problems: [...bodyProblems, 'not-found', 'version-conflict', 'precondition-required'],
})

export const deleteSubscriptionSchema = documented({
  summary: 'End a subscription and forget its events',
  description: 'A notification that is on its way may still arrive.',
  tag,
  params,
  answers: { 204: emptyAnswer('It is gone.') },
  problems: ['not-found'],
})

export const readSubscriptionSchema = documented({
  summary: 'Read a subscription',
  description: 'The values of its headers are not shown.',
  tag,
  params,
  query: formatQuery,
  answers: { 200: fhirAnswer('The subscription', 'Subscription', subscription, versionAnswer) },
  problems: ['not-found'],
})

export const searchSubscriptionSchema = documented({
  summary: 'Search your subscriptions',
  description: 'All matches come on one page; an organisation has at most 50.',
  tag,
  query: {
    _id: { type: 'string' },
    status: { type: 'string', examples: ['error'] },
    url: { type: 'string', description: 'The endpoint.' },
    topic: { type: 'string', description: 'The canonical URL of the topic.' },
    ...formatQuery,
  },
  answers: { 200: fhirAnswer('The matches', 'Bundle', subscriptions) },
  problems: ['bad-parameter'],
})

const commas = 'Repeat it, or put commas between.'

type Method = 'GET' | 'POST'

/** @param ofOne true for /Subscription/{id}/$status */
export const statusSchema = (ofOne: boolean, method: Method) =>
  documented({
    summary: ofOne ? 'How a subscription is doing' : 'How your subscriptions are doing',
    description:
      'Status, number of events so far, and what went wrong last. By GET or by POST, with Parameters or without a body.',
    tag,
    ...(ofOne ? { params } : {}),
    query: {
      ...(ofOne
        ? {}
        : {
            id: { type: 'string', description: `Only these. ${commas}` },
            status: { type: 'string', description: `Only in these statuses. ${commas}` },
          }),
      ...formatQuery,
    },
    ...(method === 'POST' ? { body: fhirBody('Parameters', { asked: statusAsked }) } : {}),
    answers: { 200: fhirAnswer('One Parameters for each', 'Bundle', subscriptionStatus) },
    problems: ofOne
      ? ['bad-parameter', 'bad-request', 'not-found']
      : ['bad-parameter', 'bad-request'],
  })

export const eventsSchema = (method: Method) =>
  documented({
    summary: 'Events once more',
    description:
      'What happened from one event number to another, both inclusive, of the last 35 days; 100 in one answer. By GET or by POST with Parameters.',
    tag,
    params,
    query: {
      eventsSinceNumber: {
        type: 'string',
        description: 'The first event wanted.',
        examples: ['1'],
      },
      eventsUntilNumber: { type: 'string', description: 'The last event wanted.' },
      content: {
        type: 'string',
        enum: ['empty', 'id-only', 'full-resource'],
        description: 'As the subscription has it when not said.',
      },
      ...formatQuery,
    },
    ...(method === 'POST' ? { body: fhirBody('Parameters', { asked: eventsAsked }) } : {}),
    answers: { 200: fhirAnswer('A notification Bundle', 'Bundle', subscriptionEvents) },
    problems: ['bad-parameter', 'bad-request', 'not-found'],
  })
