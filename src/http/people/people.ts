/** What the pages are given besides what the API has; src/wiring fills it in. */

import type { Registry } from '../../domain/access/registry.ts'
import type { Identity, Sessions } from '../../domain/access/session.ts'
import type { AnswerFileStore } from '../../domain/answering/documents.ts'
import type { AnswerDraftStore } from '../../domain/referral/answer-draft.ts'
import type { DraftStore } from '../../domain/referral/draft.ts'
import type { PracticeListStore } from '../../domain/referral/practice-list.ts'
import type { PresenceStore } from '../../domain/referral/presence.ts'
import type { ReferralChanges } from '../../domain/referral/referral-news.ts'
import type { WorklistStore } from '../../domain/referral/worklist-store.ts'
import type { SecretBox } from '../../domain/subscription/ports.ts'

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
  /** What a practice sees of its own referrals, and what it has filled in. */
  readonly practice: PracticeListStore & AnswerDraftStore
  /** Documents of answers that are not sent yet. */
  readonly files: AnswerFileStore
  readonly changes: ReferralChanges
  readonly drafts: DraftStore
  readonly presence: PresenceStore
  /** Seals what is typed. */
  readonly secrets: SecretBox
  /** How long an action waits before it is done, and how often what others left is looked for; in tests. */
  readonly hold?: { readonly ms: number; readonly everyMs: number }
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
