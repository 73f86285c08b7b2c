/** What the pages are given besides what the API has; src/wiring fills it in. */

import type { Registry } from '../../domain/access/registry.ts'
import type { Identity, Sessions } from '../../domain/access/session.ts'
import type { ReferralChanges } from '../../domain/referral/referral-news.ts'
import type { WorklistStore } from '../../domain/referral/worklist.ts'

/** Signing in through an EHR: auth/smart-sign-in.ts. */
interface SmartSignIn {
  begin(
    issuer: string,
    next: string,
    launch?: string,
  ): Promise<{ readonly url: string; readonly binding: string }>
  finish(
    query: string,
    binding: string | undefined,
  ): Promise<{ readonly identity: Identity; readonly next: string }>
}

export interface PeopleDeps {
  readonly sessions: Sessions
  readonly registry: () => Registry
  readonly smart: SmartSignIn
  readonly worklist: WorklistStore
  readonly changes: ReferralChanges
  /**
   * Who can sign in without proving anything. Only the sandbox has them: they are taken from the
   * sandbox that app.ts started, so that a real service has nothing to give here.
   */
  readonly sandboxPeople?: readonly SandboxPerson[] | undefined
}

/** Somebody made up. */
export interface SandboxPerson extends Identity {
  /** What they do, in a few words. */
  readonly task: string
}
