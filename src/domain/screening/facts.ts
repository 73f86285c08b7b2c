/**
 * The facts of one packet in one scenario of its partial dates, each kind worked out once when a rule
 * first asks for it.
 */

import { type AllergyFact, allergiesOf } from './allergies.ts'
import { type ConditionFact, conditionsOf } from './conditions.ts'
import type { Day } from './dates.ts'
import { type Forms, formsOf } from './forms.ts'
import { type Measurements, measurementsOf } from './measurements.ts'
import { type MedicationUse, medicationUsesOf } from './medication-uses.ts'
import type { Packet } from './packet.ts'
import type { Policy, PolicyParameters } from './policy.ts'
import { type RecordedReason, recordedReasons } from './reasons.ts'
import type { Calendar } from './scenarios.ts'

export interface Dates {
  readonly calendar: Calendar
  /** Every window reaches back from here. */
  readonly referral: Day
  /** Nothing dated later counts. */
  readonly check: Day
}

export class Facts {
  readonly packet: Packet
  readonly policy: Policy
  readonly parameters: PolicyParameters
  readonly dates: Dates
  #conditions: readonly ConditionFact[] | undefined
  #measurements: Measurements | undefined
  #forms: Forms | undefined
  #medications: readonly MedicationUse[] | undefined
  #allergies: readonly AllergyFact[] | undefined
  #reasons: readonly RecordedReason[] | undefined

  constructor(packet: Packet, policy: Policy, dates: Dates) {
    this.packet = packet
    this.policy = policy
    this.parameters = policy.parameters
    this.dates = dates
  }

  /** Conditions of the patient that are not refuted, not family history and not of the future. */
  get conditions(): readonly ConditionFact[] {
    this.#conditions ??= conditionsOf(this)
    return this.#conditions
  }

  /** Final observations and their components, by the lists that their codes are in. */
  get measurements(): Measurements {
    this.#measurements ??= measurementsOf(this)
    return this.#measurements
  }

  get forms(): Forms {
    this.#forms ??= formsOf(this)
    return this.#forms
  }

  get medications(): readonly MedicationUse[] {
    this.#medications ??= medicationUsesOf(this)
    return this.#medications
  }

  get allergies(): readonly AllergyFact[] {
    this.#allergies ??= allergiesOf(this)
    return this.#allergies
  }

  /** Why the referral was made and why medicines were given. */
  get reasons(): readonly RecordedReason[] {
    this.#reasons ??= recordedReasons(this)
    return this.#reasons
  }

  /** A window of N days holds the days from N before the referral to the check, both included. */
  inWindow(day: Day | undefined, days: number): boolean {
    return day !== undefined && day >= this.dates.referral - days && day <= this.dates.check
  }

  /** Evidence of a day after the check does not count; undated evidence is not of the future. */
  isFuture(day: Day | undefined): boolean {
    return day !== undefined && day > this.dates.check
  }
}
