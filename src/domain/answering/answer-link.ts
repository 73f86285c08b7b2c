/**
 * A link by which a practice without a system of its own answers what a referral lacks, once: who has
 * it is let in to that one referral (decision page "links that open one referral").
 */

import { createHash } from 'node:crypto'
import type { Viewer } from '../access/caller.ts'

export interface AnswerLink {
  /** Names it in the audit trail, and opens nothing. */
  readonly id: string
  readonly referralId: string
  /** Registry ids. */
  readonly referrerId: string
  readonly clinicId: string
  /** Instants. */
  readonly createdAt: string
  readonly expiresAt: string
  readonly openedAt: string | undefined
  /** When it was taken back, or another took its place. */
  readonly endedAt: string | undefined
  /** How often the second fact was asked for since it was last right. */
  readonly tries: number
}

/** A link as it was found: by its secret or code, or by what the browser that opened it has kept. */
export interface FoundLink extends AnswerLink {
  readonly isKept: boolean
}

/** What a clinic or a practice may know of the links of a referral. */
export interface LinkStanding {
  readonly referralId: string
  readonly createdAt: string
  readonly expiresAt: string
  readonly openedAt: string | undefined
  readonly endedAt: string | undefined
  /** Since when somebody with a link that does not work any more waits for another one. */
  readonly askedAgainAt: string | undefined
}

export interface LinkStore {
  /** Keeps a new link; the former one of the referral ends, and so do the sessions that it began. */
  replace(
    link: AnswerLink,
    digests: { readonly secret: string; readonly code: string },
  ): Promise<void>
  /** By the digest of a secret, a code, or of what a browser has kept. */
  find(digest: string): Promise<FoundLink | undefined>
  /** Takes one try, before anything is compared. @returns how many are left, or undefined when none was */
  takeTry(id: string, most: number): Promise<number | undefined>
  /**
   * Opens it for one browser.
   * @param by digest that it was found by: whoever comes second with it finds it changed
   * @returns false when it is not to be opened any more
   */
  open(id: string, by: string, kept: string, at: string): Promise<boolean>
  /** Ends the live link of a referral with its sessions. @returns its id when there was one */
  end(referralId: string, at: string): Promise<string | undefined>
  /** Notes that the holder of this link wants another one. */
  askAgain(id: string, at: string): Promise<void>
  /** The latest link of each referral, as far as the viewer may know of it. */
  standings(viewer: Viewer, referralIds: readonly string[]): Promise<readonly LinkStanding[]>
}

/** A date of birth may be misread twice and mistyped twice. */
export const mostTries = 5

export const linkDigest = (secretOrCode: string): string =>
  createHash('sha256').update(`answer ${secretOrCode}`).digest('hex')

/** True while it may be opened, or opened again by the browser that has opened it before. */
export const isUsable = (
  { endedAt, expiresAt, openedAt, tries, isKept }: FoundLink,
  now: Date,
): boolean =>
  endedAt === undefined &&
  Date.parse(expiresAt) > now.getTime() &&
  tries < mostTries &&
  (openedAt === undefined) === !isKept

/** What stands on the page of a link that was opened, or was not. */
export type LinkState = 'waiting' | 'opened' | 'expired' | 'ended'

export function stateOf({ endedAt, expiresAt, openedAt }: LinkStanding, now: Date): LinkState {
  if (endedAt !== undefined) return 'ended'
  if (Date.parse(expiresAt) <= now.getTime()) return 'expired'
  return openedAt === undefined ? 'waiting' : 'opened'
}
