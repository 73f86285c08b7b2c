/**
 * What people of a practice have filled in of the form of a referral and not sent yet: one for each
 * referral, for all of the practice. It is kept until it is sent or thrown away by a person.
 */

import type { Person, Viewer } from '../access/caller.ts'

export interface AnswerDraft {
  readonly referralId: string
  /** 1, 2, 3 …: who saves names the version that they began with. */
  readonly version: number
  /** JSON of a QuestionnaireResponse with the status in-progress. */
  readonly content: string
  /** Instant. */
  readonly savedAt: string
  readonly savedBy: Person
}

export interface AnswerDraftStore {
  drafts(viewer: Viewer, referralIds: readonly string[]): Promise<readonly AnswerDraft[]>
  /**
   * Keeps the next version.
   * @param referrerId whose referral it is
   * @returns false when somebody saved since, or threw it away
   */
  saveDraft(draft: AnswerDraft, referrerId: string): Promise<boolean>
  /** @returns false when it is not there in that version any more */
  dropDraft(referralId: string, version: number): Promise<boolean>
}
