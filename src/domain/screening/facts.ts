/**
 * The facts of one packet in one scenario of its partial dates, each kind worked out once when a rule
 * first asks for it.
 */

import { type AllergyFact, allergiesOf } from './allergies.ts'
import { type ConditionFact, conditionsOf } from './conditions.ts'
import { type Forms, formsOf } from './forms.ts'
import { type Measurements, measurementsOf } from './measurements.ts'
import { type MedicationUse, medicationUsesOf } from './medication-uses.ts'
import { type RecordedReason, recordedReasons } from './reasons.ts'
import { Setting } from './setting.ts'

export class Facts extends Setting {
  #conditions: readonly ConditionFact[] | undefined
  #measurements: Measurements | undefined
  #forms: Forms | undefined
  #medications: readonly MedicationUse[] | undefined
  #allergies: readonly AllergyFact[] | undefined
  #reasons: readonly RecordedReason[] | undefined

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
    this.#reasons ??= recordedReasons(this, this.medications)
    return this.#reasons
  }
}
