/** Who has a referral before them: for colleagues to know of, never to keep them out. */

import type { Person, Viewer } from '../access/caller.ts'

export interface Present {
  readonly person: Person
  readonly doing: 'looking' | 'writing'
}

/** So long is somebody taken to be still at it. */
export const presentMs = 2 * 60_000

export interface PresenceStore {
  /** @param at instant */
  note(viewer: Viewer, referralId: string, present: Present, at: string): Promise<void>
  /** Who else of the clinic was seen there since. */
  others(
    viewer: Viewer,
    referralId: string,
    personId: string,
    since: string,
  ): Promise<readonly Present[]>
}
