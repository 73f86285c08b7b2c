/**
 * Notifications, and what $status and $events answer:
 * https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/notifications.html
 */

import { createHash } from 'node:crypto'
import type { Parameters, ParametersParameter } from 'fhir/r4'
import { bundleText, type EntryText } from '../fhir/bundle.ts'
import { labelledBundle } from '../sensitivity/labelled-bundle.ts'
import type { ContentLevel, StoredSubscription, SubscriptionEvent } from './ports.ts'
import { backportBase } from './read-subscription.ts'
import { statusAt } from './show-subscription.ts'

type NotificationType =
  | 'handshake'
  | 'heartbeat'
  | 'event-notification'
  | 'query-status'
  | 'query-event'

/** What a notification says. */
export interface Notice {
  readonly subscription: StoredSubscription
  readonly type: NotificationType
  readonly content: ContentLevel
  readonly events: readonly SubscriptionEvent[]
  /** JSON of the versions of the Tasks that the events are about, by `id/version`; for full-resource. */
  readonly resources: ReadonlyMap<string, string>
  /** Instant. */
  readonly at: string
}

export const versionKey = ({ taskId, version }: SubscriptionEvent): string => `${taskId}/${version}`

/**
 * The Bundle of a notification, byte for byte the same whenever the same events are told again.
 * @param base our FHIR base
 */
export function notification(notice: Notice, base: string): string {
  const { subscription, type, content, events, at } = notice
  const id = noticeId(notice)
  const status: EntryText = {
    fullUrl: `urn:uuid:${id}`,
    resource: JSON.stringify(statusParameters(notice, base, id)),
    request: { method: 'GET', url: `${base}/Subscription/${subscription.id}/$status` },
    response: { status: '200' },
  }
  const last = events.at(-1)
  const timestamp = type === 'event-notification' && last ? last.at : at
  const head = { id, type: 'history', timestamp } as const
  const entries = content === 'empty' ? [] : entriesOf(notice, base)
  return labelledBundle(head, [status, ...entries])
}

/** The answer of $status: one Parameters for each subscription. */
export function statusBundle(
  subscriptions: readonly StoredSubscription[],
  base: string,
  self: string,
  at: string,
): string {
  const entries = subscriptions.map((subscription): EntryText => {
    const notice = { subscription, type: 'query-status', at, ...nothing } as const
    const id = noticeId(notice)
    return {
      fullUrl: `urn:uuid:${id}`,
      resource: JSON.stringify(statusParameters(notice, base, id)),
      search: { mode: 'match' },
    }
  })
  const link = [{ relation: 'self', url: self }]
  return bundleText({ type: 'searchset', timestamp: at, total: entries.length, link }, entries)
}

const nothing = { content: 'id-only', events: [], resources: new Map<string, string>() } as const

/** A name that a repeat keeps: of which events it tells, or when it was said. */
export function noticeId({ subscription, type, content, events, at }: Notice): string {
  const what = type === 'event-notification' ? events.map(({ number }) => number) : [at]
  const hash = createHash('sha256')
    .update(JSON.stringify([subscription.id, type, content, ...what]))
    .digest('hex')
  // A UUID of version 8, made of a hash: https://www.rfc-editor.org/rfc/rfc9562#section-5.8
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `a${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-')
}

/** https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-subscription-status-r4.html */
function statusParameters(notice: Notice, base: string, id: string): Parameters {
  const { subscription, type, content, events, at } = notice
  const isTold = type === 'event-notification'
  // A repeat says what the first said, so this is how far the notification itself reaches.
  const count = isTold ? (events.at(-1)?.number ?? 0) : subscription.eventCount
  const { error } = subscription
  return {
    resourceType: 'Parameters',
    id,
    meta: { profile: [`${backportBase}/StructureDefinition/backport-subscription-status-r4`] },
    parameter: [
      {
        name: 'subscription',
        valueReference: { reference: `${base}/Subscription/${subscription.id}` },
      },
      ...(content === 'empty' ? [] : [{ name: 'topic', valueCanonical: subscription.terms.topic }]),
      {
        name: 'status',
        valueCode: isTold ? 'active' : statusAt(subscription, new Date(at)),
      },
      { name: 'type', valueCode: type },
      { name: 'events-since-subscription-start', valueString: String(count) },
      ...events.map((event) => eventParameter(event, content, base)),
      ...(error && !isTold ? [{ name: 'error', valueCodeableConcept: { text: error } }] : []),
    ],
  }
}

const eventParameter = (
  { number, at, taskId }: SubscriptionEvent,
  content: ContentLevel,
  base: string,
): ParametersParameter => ({
  name: 'notification-event',
  part: [
    { name: 'event-number', valueString: String(number) },
    { name: 'timestamp', valueInstant: at },
    ...(content === 'empty'
      ? []
      : [{ name: 'focus', valueReference: { reference: `${base}/Task/${taskId}`, type: 'Task' } }]),
  ],
})

function entriesOf({ content, events, resources }: Notice, base: string): readonly EntryText[] {
  if (content === 'full-resource')
    return events.map((event) => versionEntry(event, resources.get(versionKey(event)), base))
  // Without content nothing tells two entries of one Task apart, so each is named once.
  return [...new Map(events.map((event) => [event.taskId, event])).values()].map(({ taskId }) => ({
    fullUrl: `${base}/Task/${taskId}`,
    request: { method: 'GET', url: `Task/${taskId}` },
    response: { status: '200' },
  }))
}

/** As a history has it; where the receiver may not see the version, it is named and left out. */
function versionEntry(
  { taskId, version, at }: SubscriptionEvent,
  resource: string | undefined,
  base: string,
): EntryText {
  const isNew = version === 1
  return {
    fullUrl: `${base}/Task/${taskId}`,
    ...(resource === undefined ? {} : { resource }),
    request: isNew ? { method: 'POST', url: 'Task' } : { method: 'PUT', url: `Task/${taskId}` },
    response:
      resource === undefined
        ? { status: '404' }
        : { status: isNew ? '201' : '200', etag: `W/"${version}"`, lastModified: at },
  }
}
