/** What of a change subscribers are told: each version of a Task that a topic is about. */

import { makeToken } from '../fhir/search-tokens.ts'
import type { ReferralChange } from '../referral/ports.ts'
import { type TopicName, topicOfWrite, topics } from './topics.ts'

/** One event, before anybody knows whom it concerns. */
export interface Happening {
  /** Canonical URL of the topic. */
  readonly topic: string
  readonly referralId: string
  readonly referrerId: string
  readonly clinicId: string
  /** Of the Task, and the version that it has from now on. */
  readonly taskId: string
  readonly version: number
  /** Instant of that version. */
  readonly at: string
  /** What filters are held against: its search tokens, and its id as one of them. */
  readonly tokens: readonly string[]
}

/** In the order in which they are numbered. */
export const happeningsIn = ({ referral, resources }: ReferralChange): readonly Happening[] =>
  resources.flatMap((write) => {
    const topic: TopicName | undefined = topicOfWrite(write, referral)
    if (!topic) return []
    return {
      topic: topics[topic].url,
      referralId: referral.id,
      referrerId: referral.referrerId,
      clinicId: referral.clinicId,
      taskId: write.id,
      version: write.version,
      at: write.lastUpdated,
      tokens: [...write.tokens, makeToken('_id', write.id)],
    }
  })
