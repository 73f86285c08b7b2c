/** A practice's own referrals: which list each is on, and what may be asked of the lists. */

import type { Viewer } from '../access/caller.ts'
import { type BusinessStatus, isClosed, type TaskStatus } from './life.ts'
import type { Referral } from './referral.ts'

/** Needs an answer of the practice; with somebody else; over. */
export const practiceLists = ['answer', 'open', 'closed'] as const
export type PracticeListName = (typeof practiceLists)[number]

/** The migration of the lists says the same in SQL, and a test holds the two together. */
export const practiceListOf = ({
  status,
  businessStatus,
}: {
  readonly status: TaskStatus
  readonly businessStatus: BusinessStatus
}): PracticeListName =>
  isClosed(status)
    ? 'closed'
    : businessStatus === 'awaiting-information' || businessStatus === 'awaiting-acknowledgement'
      ? 'answer'
      : 'open'

/** A row of a list, as far as the list itself goes. */
export interface ListedReferral
  extends Pick<
    Referral,
    | 'id'
    | 'taskId'
    | 'patientId'
    | 'clinicId'
    | 'status'
    | 'businessStatus'
    | 'priority'
    | 'overall'
    | 'createdAt'
    | 'updatedAt'
    | 'information'
  > {
  /** Instant by which somebody acts; undefined once it is closed. */
  readonly due: string | undefined
}

export interface PracticeQuery {
  readonly list: PracticeListName
  /** Registry id. */
  readonly clinic?: string | undefined
  readonly count: number
  /** Goes on behind this row; where the row is gone, behind where it was. */
  readonly after?: Pick<ListedReferral, 'due' | 'createdAt' | 'updatedAt' | 'id'> | undefined
}

export interface PracticeListStore {
  /** What is due first, then what is older; of closed ones the latest first. Up to `count + 1` rows. */
  listed(viewer: Viewer, query: PracticeQuery): Promise<readonly ListedReferral[]>
  /** Those of them that are the viewer's, in the order of the ids. */
  withIds(viewer: Viewer, ids: readonly string[]): Promise<readonly ListedReferral[]>
  /** How many there are on each list, up to mostCounted of worklist.ts. */
  countLists(viewer: Viewer): Promise<Readonly<Record<PracticeListName, number>>>
}
