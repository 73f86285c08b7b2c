/**
 * What can be subscribed to, and by what it may be narrowed:
 * https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/components.html#subscription-topics
 */

import type { ResourceWrite } from '../referral/ports.ts'
import type { Referral } from '../referral/referral.ts'

const base = 'https://referloop.example/fhir/SubscriptionTopic'

/** The parameters of a search of Task that tell no patient. */
const common = ['_id', 'status', 'business-status', 'priority'] as const

export const topics = {
  'referral-status': {
    url: `${base}/referral-status`,
    title: 'The Task of a referral was made or changed',
    filters: [...common, 'focus', 'owner:identifier'],
  },
  'information-wanted': {
    url: `${base}/information-wanted`,
    title: 'The Task that asks the referrer for what is missing was made or changed',
    filters: [...common, 'based-on', 'part-of', 'requester:identifier'],
  },
} as const satisfies Record<string, { url: string; title: string; filters: readonly string[] }>

export type TopicName = keyof typeof topics

export const topicNames = Object.keys(topics) as TopicName[]

/** The topic of a canonical URL; topics have no versions. */
export const topicOf = (canonical: string): TopicName | undefined =>
  topicNames.find((name) => topics[name].url === canonical)

/** SDC's code of a Task that asks for a form to be filled in. */
const asksForForm = 'code|http://hl7.org/fhir/uv/sdc/CodeSystem/temp|complete-questionnaire'

/** What a resource that is being written is an event of; most are of nothing. */
export function topicOfWrite(
  { type, id, tokens }: Pick<ResourceWrite, 'type' | 'id' | 'tokens'>,
  { taskId }: Pick<Referral, 'taskId'>,
): TopicName | undefined {
  if (type !== 'Task') return undefined
  if (id === taskId) return 'referral-status'
  return tokens.includes(asksForForm) ? 'information-wanted' : undefined
}
