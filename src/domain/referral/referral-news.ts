/** That a referral has changed, for those who look at a list: ids only. */

import type { Viewer } from '../access/caller.ts'

export interface ReferralNews {
  readonly id: string
  readonly version: number
  readonly referrerId: string
  /** Undefined as long as the clinic does not have it. */
  readonly clinicId: string | undefined
}

export interface ReferralChanges {
  /**
   * @param listener given undefined when some news may have been missed
   * @returns ends it
   */
  subscribe(listener: (news: ReferralNews | undefined) => void): Promise<() => void>
}

/** True when the viewer may know of it. */
export const concerns = (
  { referrerId, clinicId }: ReferralNews,
  { role, organization }: Viewer,
): boolean => (role === 'clinic' ? clinicId : referrerId) === organization
