/**
 * What a person of a clinic has typed for an action and not sent yet. It outlives the browser, the
 * session and the instance; only its author sees it, and only its author throws it away.
 *
 * One that is held is sent by itself at its time: until then its author can take it back, and nobody
 * outside has heard of it.
 */

import type { Viewer } from '../access/caller.ts'

/** One for each person, referral and action. */
export interface DraftKey {
  readonly referralId: string
  readonly personId: string
  /** Name of the action, with what it is about where there are several: `decline`, `finding.glaucoma`. */
  readonly act: string
}

export interface Draft extends DraftKey {
  /** Registry id. */
  readonly clinicId: string
  /** The fields, encrypted with a key that the database has not. */
  readonly sealed: string
  /** Of the Task that it was written on. */
  readonly version: number
  /** Instants. */
  readonly savedAt: string
  readonly expiresAt: string
  /** When it is sent by itself; undefined for what is only kept. */
  readonly sendAt?: string | undefined
  /** Code of the problem that kept it from being sent. */
  readonly refused?: string | undefined
}

/** A clinic's answer seldom waits for a month, and patients' data is not kept for no reason. */
export const keptMs = 30 * 86_400_000
/** Whoever comes by is told that much before it goes. */
export const warnedMs = 5 * 86_400_000
export const mostDrafts = 100
/** Who sends a held draft has so long for it; then another instance does. */
export const sendingMs = 30_000

export interface DraftStore {
  /** @returns false when the person has too many, or this one is held and about to be sent */
  keep(draft: Draft): Promise<boolean>
  /** The latest first. */
  ofPerson(viewer: Viewer, personId: string): Promise<readonly Draft[]>
  ofReferral(viewer: Viewer, personId: string, referralId: string): Promise<readonly Draft[]>
  /** What is held stays: it is taken back first, or sent. */
  drop(key: DraftKey): Promise<void>
  /** Takes back that it is sent by itself. @returns false when it is being sent, or has been */
  takeBack(key: DraftKey): Promise<boolean>
  /** Referrals that somebody of the clinic holds an action for. */
  held(viewer: Viewer): Promise<readonly string[]>
  /**
   * Those that are to be sent now, for who asks to send them alone.
   * @param until when others may try, because nothing was heard of them
   */
  takeDue(now: string, until: string): Promise<readonly Draft[]>
  /** It could not be sent, and stays as what was typed. */
  refuse(key: DraftKey, problem: string): Promise<void>
}
