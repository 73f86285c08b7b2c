/** The rule of each criterion. */

import { baselinePainScore } from './criteria/baseline-pain-score.ts'
import { cardiovascularDisease } from './criteria/cardiovascular-disease.ts'
import { chronicity } from './criteria/chronicity.ts'
import { failedOpioidTherapy } from './criteria/failed-opioid-therapy.ts'
import { failedOtherTherapies } from './criteria/failed-other-therapies.ts'
import { glaucoma } from './criteria/glaucoma.ts'
import { intracranialPressure } from './criteria/intracranial-pressure.ts'
import { ketamineHypersensitivity } from './criteria/ketamine-hypersensitivity.ts'
import { liverDisease } from './criteria/liver-disease.ts'
import { plannedSurgery } from './criteria/planned-surgery.ts'
import { pregnancy } from './criteria/pregnancy.ts'
import { psychosis } from './criteria/psychosis.ts'
import { qualifyingCondition } from './criteria/qualifying-condition.ts'
import { substanceUse } from './criteria/substance-use.ts'
import type { Facts } from './facts.ts'
import type { CriterionId } from './policy.ts'
import type { Finding } from './result.ts'

export type Rule = (facts: Facts) => Finding

/** Criteria that have parts are found from their parts, in alternatives.ts, and have no rule here. */
export const rules: Readonly<Record<Exclude<CriterionId, 'treatment-failure-or-surgery'>, Rule>> = {
  'qualifying-condition': qualifyingCondition,
  chronicity,
  'failed-opioid-therapy': failedOpioidTherapy,
  'failed-other-therapies': failedOtherTherapies,
  'planned-surgery': plannedSurgery,
  'baseline-pain-score': baselinePainScore,
  'cardiovascular-disease': cardiovascularDisease,
  'liver-disease': liverDisease,
  psychosis,
  'substance-use': substanceUse,
  'intracranial-pressure': intracranialPressure,
  glaucoma,
  pregnancy,
  'ketamine-hypersensitivity': ketamineHypersensitivity,
}
