/** A subscription as clients read it: what they sent, where it stands, and no secret. */

import type { StoredResource } from '../referral/ports.ts'
import { type Header, headerText } from './headers.ts'
import type { StoredSubscription, SubscriptionStatus } from './ports.ts'
import { backportBase } from './read-subscription.ts'

/** One whose end has passed is off, whoever noticed. */
export const statusAt = (
  { status, terms: { end } }: StoredSubscription,
  now: Date,
): SubscriptionStatus => (end !== undefined && Date.parse(end) <= now.getTime() ? 'off' : status)

/**
 * @param headers shown only to whoever has just sent them
 * @returns the Subscription as a version of it is sent
 */
export function showSubscription(
  subscription: StoredSubscription,
  now: Date,
  headers?: readonly Header[],
): StoredResource {
  const { id, version, lastUpdated, error } = subscription
  const { resourceType, channel, ...content } = JSON.parse(subscription.content)
  const shown = {
    resourceType,
    id,
    meta: {
      versionId: String(version),
      lastUpdated,
      profile: [`${backportBase}/StructureDefinition/backport-subscription`],
    },
    ...content,
    status: statusAt(subscription, now),
    ...(error ? { error } : {}),
    channel: headers?.length ? { ...channel, header: headers.map(headerText) } : channel,
  }
  return { type: 'Subscription', id, version, lastUpdated, content: JSON.stringify(shown) }
}
