/** What a screening says. The words are those of GuidanceResponse, the table and the worklist. */

import type { DataRequirement } from 'fhir/r4'
import type { CriterionClass, CriterionKind, OutcomeAction, Overall } from './policy.ts'

export type Verdict = 'met' | 'not-met' | 'not-documented' | 'conflicting' | 'needs-review'

/** One thing that would satisfy a criterion: a sentence, and the same for a machine to fetch. */
export interface Need {
  readonly text: string
  readonly requirement?: DataRequirement
}

/** What one criterion's rule found. */
export interface Finding {
  readonly verdict: Verdict
  /** A sentence or two that a physician reads once. */
  readonly explanation: string
  /** The references of the resources that the verdict rests on; both sides where they clash. */
  readonly evidence: readonly string[]
  /** What would satisfy the criterion; empty when nothing that can be sent would. */
  readonly needed: readonly Need[]
  /** False when the criterion does not apply to this patient (it is then reported as met). */
  readonly applicable?: false
}

export interface CriterionResult extends Finding {
  readonly id: string
  readonly title: string
  readonly kind: CriterionKind
  /** Only for a contraindication. */
  readonly class?: CriterionClass
  /** The criterion that this one is an alternative of; it does not count by itself. */
  readonly partOf?: string
}

/** Something that a reader should know and that decides nothing. */
export interface Warning {
  readonly text: string
  readonly evidence: readonly string[]
}

export interface ScreeningResult {
  /** Canonical of the PlanDefinition with its version. */
  readonly policy: string
  /** The reference under which the referral's ServiceRequest is known. */
  readonly referral: string
  /** The reference under which the patient is known, when the referral names one. */
  readonly subject: string | undefined
  /** YYYY-MM-DD, as every window reaches back from it. */
  readonly referralDate: string
  /** YYYY-MM-DD: evidence dated later did not count. */
  readonly checkDate: string
  readonly overall: Overall
  /** What the policy does with this overall result. */
  readonly next: OutcomeAction
  /** In the policy's order. */
  readonly criteria: readonly CriterionResult[]
  readonly warnings: readonly Warning[]
}
