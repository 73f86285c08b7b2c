/** Subscriptions and what is sent for them, as the documentation shows it. */

import { topics } from '../domain/subscription/topics.ts'
import { task } from './examples.ts'

const base = 'https://referloop.example/fhir'
const backport = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition'
const id = '5b0c7f3e-2d64-4a18-9c3b-7e1f0a8d6b21'
const statusId = '0f4a6c1e-9b7d-8c52-a3e1-6d2b8f5c7a90'

export const newSubscription = {
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'Bring our order up to date when the clinic moves its Task',
  criteria: topics['referral-status'].url,
  _criteria: {
    extension: [
      {
        url: `${backport}/backport-filter-criteria`,
        valueString: 'Task?status=accepted,rejected,completed',
      },
    ],
  },
  channel: {
    extension: [
      { url: `${backport}/backport-heartbeat-period`, valueUnsignedInt: 3600 },
      { url: `${backport}/backport-timeout`, valueUnsignedInt: 10 },
      { url: `${backport}/backport-max-count`, valuePositiveInt: 10 },
    ],
    type: 'rest-hook',
    endpoint: 'https://ehr.lakeside-family.example/hooks/referloop',
    payload: 'application/fhir+json',
    _payload: {
      extension: [{ url: `${backport}/backport-payload-content`, valueCode: 'id-only' }],
    },
    header: ['Authorization: Bearer 7f1c-made-up'],
  },
}

const { channel, ...unsent } = newSubscription

export const subscription = {
  ...unsent,
  id,
  meta: {
    versionId: '2',
    lastUpdated: '2026-03-02T09:31:00.000Z',
    profile: [`${backport}/backport-subscription`],
  },
  status: 'active',
  channel: { ...channel, header: ['Authorization: [redacted]'] },
}

const statusParameters = (type: string, more: readonly object[] = []) => ({
  resourceType: 'Parameters',
  id: statusId,
  meta: { profile: [`${backport}/backport-subscription-status-r4`] },
  parameter: [
    { name: 'subscription', valueReference: { reference: `${base}/Subscription/${id}` } },
    { name: 'topic', valueCanonical: newSubscription.criteria },
    { name: 'status', valueCode: 'active' },
    { name: 'type', valueCode: type },
    { name: 'events-since-subscription-start', valueString: '3' },
    ...more,
  ],
})

export const subscriptionStatus = {
  resourceType: 'Bundle',
  type: 'searchset',
  timestamp: '2026-03-02T10:00:00.000Z',
  total: 1,
  link: [{ relation: 'self', url: `${base}/Subscription/$status` }],
  entry: [
    {
      fullUrl: `urn:uuid:${statusId}`,
      resource: statusParameters('query-status'),
      search: { mode: 'match' },
    },
  ],
}

export const subscriptionEvents = {
  resourceType: 'Bundle',
  id: statusId,
  type: 'history',
  timestamp: '2026-03-02T10:00:00.000Z',
  entry: [
    {
      fullUrl: `urn:uuid:${statusId}`,
      resource: statusParameters('query-event', [
        {
          name: 'notification-event',
          part: [
            { name: 'event-number', valueString: '3' },
            { name: 'timestamp', valueInstant: '2026-03-02T09:45:00.000Z' },
            {
              name: 'focus',
              valueReference: { reference: `${base}/Task/${task.id}`, type: 'Task' },
            },
          ],
        },
      ]),
      request: { method: 'GET', url: `${base}/Subscription/${id}/$status` },
      response: { status: '200' },
    },
    {
      fullUrl: `${base}/Task/${task.id}`,
      request: { method: 'GET', url: `Task/${task.id}` },
      response: { status: '200' },
    },
  ],
}

export const subscriptions = {
  resourceType: 'Bundle',
  type: 'searchset',
  timestamp: '2026-03-02T10:00:00.000Z',
  total: 1,
  link: [{ relation: 'self', url: `${base}/Subscription?status=active` }],
  entry: [
    {
      fullUrl: `${base}/Subscription/${id}`,
      resource: subscription,
      search: { mode: 'match' },
    },
  ],
}

export const eventsAsked = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'eventsSinceNumber', valueString: '2' },
    { name: 'eventsUntilNumber', valueString: '3' },
  ],
}

export const statusAsked = {
  resourceType: 'Parameters',
  parameter: [{ name: 'status', valueCode: 'error' }],
}
