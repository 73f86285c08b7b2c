/** What telling subscribers needs from the outside; storage/, delivery/ and auth/ fulfil it. */

import type { Viewer } from '../access/caller.ts'
import type { AuditEntry } from '../referral/ports.ts'
import type { Filters } from './filters.ts'

export type SubscriptionStatus = 'requested' | 'active' | 'error' | 'off'

export type ContentLevel = 'empty' | 'id-only' | 'full-resource'

/** What a client asked for, as the service works by it. */
export interface SubscriptionTerms {
  /** Canonical URL of the topic. */
  readonly topic: string
  readonly filters: Filters
  readonly endpoint: string
  /** Content-Type of the notifications. */
  readonly payload: string
  readonly content: ContentLevel
  readonly heartbeatSeconds: number | undefined
  readonly timeoutSeconds: number
  /** Events in one notification at most. */
  readonly maxCount: number
  /** Instant from which on it is off. */
  readonly end: string | undefined
}

/** A subscription as it is kept. */
export interface StoredSubscription {
  readonly id: string
  readonly role: Viewer['role']
  readonly organization: string
  readonly client: string
  readonly version: number
  /** Instant. */
  readonly lastUpdated: string
  readonly status: SubscriptionStatus
  /** Why it is in error or was switched off by us, or what went wrong last; in our words. */
  readonly error: string | undefined
  /** JSON of the Subscription without id, meta, status and error; the values of its headers are left out. */
  readonly content: string
  readonly terms: SubscriptionTerms
  /** Events since it began. */
  readonly eventCount: number
}

/** What is written of it. */
export interface SubscriptionWrite
  extends Omit<StoredSubscription, 'eventCount' | 'error' | 'version'> {
  /** The headers with their values, sealed; undefined when there are none. */
  readonly secret: string | undefined
}

/** One thing that happened, in the count of one subscription. */
export interface SubscriptionEvent {
  /** 1, 2, 3 … without gaps. */
  readonly number: number
  /** Instant. */
  readonly at: string
  /** Of the Task, and which version of it. */
  readonly taskId: string
  readonly version: number
  readonly referralId: string
}

export interface SubscriptionStore {
  /** @returns false when the organisation has as many as it may */
  create(write: SubscriptionWrite, most: number, audit: AuditEntry): Promise<boolean>
  /** @returns false when the version is no longer the one that is there */
  replace(write: SubscriptionWrite, expected: number, audit: AuditEntry): Promise<boolean>
  /** @returns false when there is none of this id that the organisation owns */
  remove(viewer: Viewer, id: string, audit: AuditEntry): Promise<boolean>
  /** Through the viewer's eyes, like all that follows. */
  find(viewer: Viewer, id: string): Promise<StoredSubscription | undefined>
  /** All of them, oldest first. */
  list(viewer: Viewer): Promise<readonly StoredSubscription[]>
  /** Events from one number to another, both inclusive, at most so many. */
  events(
    viewer: Viewer,
    id: string,
    span: { readonly from: number; readonly to: number; readonly limit: number },
  ): Promise<readonly SubscriptionEvent[]>
  /** The sealed headers, for the service alone. */
  secretOf(id: string): Promise<string | undefined>
}

/** A subscription that somebody has to be told of now, for whoever holds the lease. */
export interface Turn {
  readonly subscription: StoredSubscription
  readonly secret: string | undefined
  /** Names the lease; nothing is written when it is no longer held. */
  readonly lease: string
  /** The events of the notification, which stay the same until it has arrived; empty for the others. */
  readonly events: readonly SubscriptionEvent[]
  /** Number of the last of them, also when they are too old to be there. */
  readonly through: number | undefined
  /** Failures in a row before this one. */
  readonly failures: number
}

/** What became of a turn. */
export interface TurnEnd {
  readonly status: SubscriptionStatus
  readonly error: string | undefined
  readonly failures: number
  /** Number of the last event that arrived. */
  readonly delivered: number | undefined
  /** Seconds until the next attempt; undefined when nothing has to be repeated. */
  readonly waitSeconds: number | undefined
  /** The headers, sealed again by the current key. */
  readonly secret?: string
  readonly audit: readonly AuditEntry[]
}

export interface TurnStore {
  /**
   * Takes subscriptions whose turn it is, each for one holder at a time.
   * @param busy organisations of which no more are taken
   */
  take(limit: number, busy: readonly string[]): Promise<readonly Turn[]>
  /** @returns false when the lease was lost, and nothing was written */
  end(turn: Turn, end: TurnEnd): Promise<boolean>
  /** Forgets events older than the days. */
  forget(days: number): Promise<void>
  /** For /metrics. */
  measure(): Promise<SubscriptionFigures>
  /** Called when this process has committed something that subscribers wait for. */
  onWork(listener: () => void): void
}

export interface SubscriptionFigures {
  readonly byStatus: Readonly<Record<SubscriptionStatus, number>>
  /** Seconds for which the oldest event that an active subscriber has not got has waited, by organisation. */
  readonly oldestUntold: ReadonlyMap<string, number>
}

/** Keeps what a subscriber's headers say from whoever reads the database. */
export interface SecretBox {
  /** @param of what it belongs to; it opens for nothing else */
  seal(text: string, of: string): string
  /** @returns undefined when the key that sealed it is gone */
  open(sealed: string, of: string): string | undefined
  /** False when it was sealed by a key that is no longer the first. */
  isCurrent(sealed: string): boolean
}

/** What a subscriber answered, as far as anybody wants to know. */
export type SubscriberAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: number | undefined }
  /** No answer; it may have arrived. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** Our own rules forbid the call. */
  | { readonly kind: 'forbidden' }

export interface SubscriberCall {
  readonly endpoint: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly contentType: string
  readonly body: string
  readonly timeoutSeconds: number
  /** The same each time that the same is sent. */
  readonly messageId: string
}
