/**
 * The clinic's worklist: on which tab a referral stands, and what may be asked of the list.
 *
 * The tabs follow the state machine (life.ts), so that every referral is on exactly one of them; what
 * is snoozed stands on a tab of its own until it comes back (desk.ts).
 */

import type { BusinessStatus, TaskStatus } from './life.ts'
import type { Referral } from './referral.ts'

export const tabs = [
  'new',
  'answered',
  'waiting',
  'to-schedule',
  'scheduled',
  'to-report',
  'stalled',
  'snoozed',
  'closed',
] as const
export type Tab = (typeof tabs)[number]

/** The migration of the worklist says the same in SQL, and a test holds the two together. */
const tabOfStatus = {
  'awaiting-triage': 'new',
  'awaiting-information': 'waiting',
  'awaiting-scheduling': 'to-schedule',
  'no-show': 'to-schedule',
  'appointment-cancelled': 'to-schedule',
  scheduled: 'scheduled',
  'visit-completed': 'to-report',
  // The referrer wants it back, or somebody has stopped it: a person has to look.
  'cancellation-requested': 'stalled',
  'on-hold': 'stalled',
  'awaiting-acknowledgement': 'stalled',
  sending: 'stalled',
  'delivery-failed': 'stalled',
  'lost-at-ehr': 'stalled',
  declined: 'closed',
  cancelled: 'closed',
  failed: 'closed',
  completed: 'closed',
} as const satisfies Record<BusinessStatus, Tab>

/**
 * @param answered true since the referrer answered what the clinic had asked, until the clinic moves on
 * @param isSnoozed true as long as hiddenUntil (desk.ts) lies ahead
 */
export function tabOf(businessStatus: BusinessStatus, answered: boolean, isSnoozed = false): Tab {
  const tab = tabOfStatus[businessStatus]
  if (isSnoozed && tab !== 'closed') return 'snoozed'
  return answered && (tab === 'new' || tab === 'to-schedule') ? 'answered' : tab
}

/** A row of the list, as far as the list itself goes. */
export interface QueuedReferral {
  readonly id: string
  readonly taskId: string
  readonly patientId: string
  readonly referrerId: string
  readonly version: number
  readonly status: TaskStatus
  readonly businessStatus: BusinessStatus
  readonly tab: Tab
  readonly priority: Referral['priority']
  /** Instant by which somebody acts; undefined once it is closed. */
  readonly due: string | undefined
  /** Instants. */
  readonly createdAt: string
  readonly updatedAt: string
  /** Since when the clinic has it. */
  readonly withClinicSince: string
  /** A colleague's id; '' for nobody. */
  readonly owner: string
  /** Instant until which it is snoozed, and the code of why; undefined when it is not, or not any more. */
  readonly snoozedUntil: string | undefined
  readonly snoozedFor: string | undefined
  /** Raised with every change at the desk. */
  readonly desk: number
}

/** All of it holds. */
export interface QueueFilter {
  readonly priority?: string | undefined
  /**
   * Of the whole check. Where something is withheld the clinic sees another check, whose result it is
   * to go by, so such referrals are found with every overall and the caller sorts them out.
   */
  readonly overall?: string | undefined
  /** Registry id. */
  readonly referrer?: string | undefined
  /** Due at this instant or before. */
  readonly dueBy?: string | undefined
  /** A colleague's id; '' for what is nobody's. */
  readonly owner?: string | undefined
}

export interface QueueQuery {
  readonly tab: Tab
  readonly filter: QueueFilter
  readonly count: number
  /** Goes on behind this row; where the row is gone, behind where it was. */
  readonly after?: Pick<QueuedReferral, 'due' | 'priority' | 'createdAt' | 'updatedAt' | 'id'>
}

/** Beyond it a count says only that there are many: counting 100,000 takes longer than showing 50. */
export const mostCounted = 1000

/** How many a list has; `isMore` when there may be more of them than were looked at. */
export interface Counted {
  readonly count: number
  readonly isMore: boolean
}
