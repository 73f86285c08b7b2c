/** A row of the audit trail, and what may be asked of the trail. */

import type { Viewer } from '../access/caller.ts'
import type { AuditEntry } from '../referral/ports.ts'

export interface AuditRow extends AuditEntry {
  /** Digits; rises with time. */
  readonly id: string
  readonly entities: readonly string[]
}

/** All of it holds; newest first. */
export interface AuditQuery {
  readonly ids?: readonly string[]
  readonly recorded?: readonly {
    readonly op: 'ge' | 'gt' | 'le' | 'lt'
    readonly instant: string
  }[]
  /** Id of the Patient. */
  readonly patients?: readonly string[]
  /** `Type/id`. */
  readonly entities?: readonly string[]
  /** Client ids. */
  readonly agents?: readonly string[]
  readonly outcomes?: readonly AuditEntry['outcome'][]
  readonly kinds?: readonly string[]
  readonly count: number
  /** Continue below this id. */
  readonly before?: string
}

/** The read side of the trail: a referrer sees what concerns its referrals and its client, a clinic the same. */
export interface AuditTrail {
  read(viewer: Viewer, id: string): Promise<AuditRow | undefined>
  /** Up to `count + 1` rows, so that the caller sees whether there is more. */
  search(viewer: Viewer, query: AuditQuery): Promise<readonly AuditRow[]>
}
