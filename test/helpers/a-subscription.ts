/** A Subscription as a client sends it, and what its endpoint may answer. */

import type { Subscription } from 'fhir/r4'
import type { SubscriberAnswer } from '../../src/domain/subscription/ports.ts'
import { topics } from '../../src/domain/subscription/topics.ts'

export const backport = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition'

/** How a subscription differs from one for all that happens to referrals. */
export interface Wish {
  readonly topic?: string
  readonly filters?: readonly string[]
  readonly content?: string
  readonly heartbeat?: number
  readonly timeout?: number
  readonly maxCount?: number
  readonly header?: readonly string[]
  readonly endpoint?: string
  readonly payload?: string
  readonly status?: string
  readonly end?: string
}

export function aSubscription(wish: Wish = {}): Subscription {
  const pace = [
    ['heartbeat-period', 'valueUnsignedInt', wish.heartbeat],
    ['timeout', 'valueUnsignedInt', wish.timeout],
    ['max-count', 'valuePositiveInt', wish.maxCount],
  ] as const
  const extension = pace.flatMap(([name, value, number]) =>
    number === undefined ? [] : { url: `${backport}/backport-${name}`, [value]: number },
  )
  const filters = (wish.filters ?? []).map((valueString) => ({
    url: `${backport}/backport-filter-criteria`,
    valueString,
  }))
  return {
    resourceType: 'Subscription',
    status: (wish.status ?? 'requested') as Subscription['status'],
    reason: 'To follow our referrals',
    criteria: wish.topic ?? topics['referral-status'].url,
    ...(filters.length > 0 ? { _criteria: { extension: filters } } : {}),
    ...(wish.end ? { end: wish.end } : {}),
    channel: {
      ...(extension.length > 0 ? { extension } : {}),
      type: 'rest-hook',
      endpoint: wish.endpoint ?? 'https://hooks.lakeside.test/referloop',
      payload: wish.payload ?? 'application/fhir+json',
      _payload: {
        extension: [
          { url: `${backport}/backport-payload-content`, valueCode: wish.content ?? 'id-only' },
        ],
      },
      ...(wish.header ? { header: [...wish.header] } : {}),
    },
  } as Subscription
}

export const arrived: SubscriberAnswer = { kind: 'answered', status: 200, retryAfter: undefined }
export const answered = (status: number, retryAfter?: number): SubscriberAnswer => ({
  kind: 'answered',
  status,
  retryAfter,
})
