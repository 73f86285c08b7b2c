/** What a clinic asks for, as its policy has it, and where that is not what the published policy has. */

import {
  type Criterion,
  type CriterionClass,
  type CriterionId,
  type OutcomeAction,
  type Overall,
  overalls,
  type ParameterName,
  type Policy,
  parameterUnits,
} from './policy.ts'

/** A value of the clinic; `usual` is the published one, where that is another. */
interface Own<Value> {
  readonly value: Value
  readonly usual?: Value
}

export interface RequiredNumber extends Own<number> {
  readonly name: ParameterName
  /** UCUM. */
  readonly unit: string
}

export interface Requirement {
  readonly criterion: Criterion
  readonly numbers: readonly RequiredNumber[]
  /** Of a contraindication: absolute or relative. */
  readonly class?: Own<CriterionClass>
  /** The alternatives, one of which is enough. */
  readonly parts: readonly Requirement[]
}

export interface Requirements {
  readonly required: readonly Requirement[]
  readonly contraindications: readonly Requirement[]
  /** Numbers that belong to no criterion alone. */
  readonly general: readonly RequiredNumber[]
  /** Of the published policy, and not asked for here. */
  readonly dropped: readonly Criterion[]
  /** What follows each overall result. */
  readonly outcomes: readonly (Own<OutcomeAction> & { readonly overall: Overall })[]
}

/** Whose number it is: one that no criterion owns is of the whole check. */
const owners: Readonly<Record<ParameterName, CriterionId | 'general'>> = {
  painWindow: 'baseline-pain-score',
  painEvidenceScore: 'qualifying-condition',
  screenWindow: 'general',
  chronicityDays: 'chronicity',
  opioidTrialDays: 'failed-opioid-therapy',
  otherTrialDays: 'failed-other-therapies',
  minMme: 'failed-opioid-therapy',
  reliefPct: 'treatment-failure-or-surgery',
  ineffectiveScore: 'treatment-failure-or-surgery',
  baselineScoreDays: 'treatment-failure-or-surgery',
  outcomeScoreFromDay: 'treatment-failure-or-surgery',
  outcomeScoreAfterEnd: 'treatment-failure-or-surgery',
  refillGapDays: 'treatment-failure-or-surgery',
  lookBackYears: 'treatment-failure-or-surgery',
  minNonOpioidClasses: 'failed-other-therapies',
  surgeryHorizonDays: 'planned-surgery',
  bpWindow: 'cardiovascular-disease',
  bpReviewSystolic: 'cardiovascular-disease',
  bpReviewDiastolic: 'cardiovascular-disease',
  bpFailSystolic: 'cardiovascular-disease',
  bpFailDiastolic: 'cardiovascular-disease',
  miDays: 'cardiovascular-disease',
  crisisDays: 'cardiovascular-disease',
  psychosisDays: 'psychosis',
  lftWindow: 'liver-disease',
  enzymeUpperLimit: 'liver-disease',
  altReview: 'liver-disease',
  altFail: 'liver-disease',
  bilirubinReview: 'liver-disease',
  childPughWindow: 'liver-disease',
  udsWindow: 'substance-use',
  scoreWindow: 'substance-use',
  auditReview: 'substance-use',
  dastReview: 'substance-use',
  oudRunDays: 'substance-use',
  iopReview: 'glaucoma',
  iopWindow: 'glaucoma',
  pregnancyDays: 'pregnancy',
  pregnancyMinAge: 'pregnancy',
  pregnancyMaxAge: 'pregnancy',
  hcgDays: 'pregnancy',
  hcgQuantitative: 'pregnancy',
  noKnownAllergyDays: 'ketamine-hypersensitivity',
}

const names = Object.keys(owners) as readonly ParameterName[]

/**
 * @param policy of the clinic
 * @param published the policy that the clinic's is made from
 */
export function requirementsOf(policy: Policy, published: Policy): Requirements {
  const numbersOf = (owner: string): readonly RequiredNumber[] =>
    names
      .filter((name) => owners[name] === owner)
      .map((name) => ({
        name,
        unit: parameterUnits[name],
        ...ownValue(policy.parameters[name], published.parameters[name]),
      }))
  const before = new Map<string, Criterion>(published.criteria.map((each) => [each.id, each]))
  const read = (criterion: Criterion): Requirement => ({
    criterion,
    numbers: numbersOf(criterion.id),
    ...(criterion.class
      ? { class: ownValue(criterion.class, before.get(criterion.id)?.class ?? criterion.class) }
      : {}),
    parts: policy.criteria.filter(({ partOf }) => partOf === criterion.id).map(read),
  })
  const whole = policy.criteria.filter(({ partOf }) => partOf === undefined)
  const kept = new Set(policy.criteria.map(({ id }) => id))
  return {
    required: whole.filter(({ kind }) => kind === 'required').map(read),
    contraindications: whole.filter(({ kind }) => kind === 'contraindication').map(read),
    general: numbersOf('general'),
    dropped: published.criteria.filter(({ id }) => !kept.has(id)),
    outcomes: overalls.map((overall) => ({
      overall,
      ...ownValue(policy.outcomes[overall], published.outcomes[overall]),
    })),
  }
}

const ownValue = <Value>(value: Value, usual: Value): Own<Value> =>
  value === usual ? { value } : { value, usual }
