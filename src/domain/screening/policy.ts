/**
 * What one clinic asks for one service, read from its PlanDefinition and ValueSets and indexed for
 * speed. Made by load-policy.ts, never by hand.
 */

import type { DataRequirement } from 'fhir/r4'
import type { CodeIndex } from './codes.ts'
import type { Medicines } from './medicines.ts'
import type { WordLists } from './words.ts'

export const baseUrl = 'https://referloop.example/fhir'

/** The criteria that have a rule of ours, in the order of the stock policy. */
export const criterionIds = [
  'qualifying-condition',
  'chronicity',
  'treatment-failure-or-surgery',
  'failed-opioid-therapy',
  'failed-other-therapies',
  'planned-surgery',
  'baseline-pain-score',
  'cardiovascular-disease',
  'liver-disease',
  'psychosis',
  'substance-use',
  'intracranial-pressure',
  'glaucoma',
  'pregnancy',
  'ketamine-hypersensitivity',
] as const
export type CriterionId = (typeof criterionIds)[number]

export const overalls = [
  'ready',
  'incomplete',
  'clinician-review',
  'not-eligible',
  'contraindicated',
] as const
export type Overall = (typeof overalls)[number]

export type CriterionKind = 'required' | 'contraindication'
export type CriterionClass = 'absolute' | 'relative'
export type OutcomeAction = 'send' | 'await-information' | 'await-acknowledgement'

interface CriterionFacts {
  readonly title: string
  readonly kind: CriterionKind
  /** Present exactly when kind is contraindication. */
  readonly class?: CriterionClass
  readonly partOf?: CriterionId
  /** What the criterion reads: resource types with their value sets. */
  readonly inputs: readonly DataRequirement[]
}

/** A criterion that has a rule of ours. */
export interface StockCriterion extends CriterionFacts {
  readonly id: CriterionId
  readonly own?: undefined
}

/** A criterion that a clinic added, decided by FHIRPath (docs/policies.md). */
export interface OwnCriterion extends CriterionFacts {
  readonly id: string
  readonly own: OwnRule
}

export type Criterion = StockCriterion | OwnCriterion

/**
 * What an expression says when it is true: the requirement is met; the contraindication is there;
 * it was looked for and is not there. `evidence` gives the records that the verdict rests on.
 */
export type ExpressionPart = 'metWhen' | 'presentWhen' | 'absentWhen' | 'evidence'

export interface OwnExpression {
  /** Id of the criterion. */
  readonly criterion: string
  readonly part: ExpressionPart
  /** FHIRPath, from the referral's records as a Bundle. */
  readonly text: string
}

interface OwnRule {
  readonly expressions: readonly OwnExpression[]
  /** Ids of the clinic's other criteria that its expressions refer to. */
  readonly uses: readonly string[]
  /** The sentence of each verdict that the expressions can come to. */
  readonly sentences: Readonly<Record<string, string>>
  /** What would satisfy it. */
  readonly needed: string
}

/** The numbers that the clinic's medical director owns, and their units. */
export const parameterUnits = {
  painWindow: 'd',
  painEvidenceScore: '{score}',
  screenWindow: 'd',
  chronicityDays: 'd',
  opioidTrialDays: 'd',
  otherTrialDays: 'd',
  minMme: 'mg/d',
  reliefPct: '%',
  ineffectiveScore: '{score}',
  baselineScoreDays: 'd',
  outcomeScoreFromDay: 'd',
  outcomeScoreAfterEnd: 'd',
  refillGapDays: 'd',
  lookBackYears: 'a',
  minNonOpioidClasses: '1',
  surgeryHorizonDays: 'd',
  bpWindow: 'd',
  bpReviewSystolic: 'mm[Hg]',
  bpReviewDiastolic: 'mm[Hg]',
  bpFailSystolic: 'mm[Hg]',
  bpFailDiastolic: 'mm[Hg]',
  miDays: 'd',
  crisisDays: 'd',
  psychosisDays: 'd',
  lftWindow: 'd',
  enzymeUpperLimit: 'U/L',
  altReview: '1',
  altFail: '1',
  bilirubinReview: 'mg/dL',
  childPughWindow: 'd',
  udsWindow: 'd',
  scoreWindow: 'd',
  auditReview: '{score}',
  dastReview: '{score}',
  oudRunDays: 'd',
  iopReview: 'mm[Hg]',
  iopWindow: 'd',
  pregnancyDays: 'd',
  pregnancyMinAge: 'a',
  pregnancyMaxAge: 'a',
  hcgDays: 'd',
  hcgQuantitative: '[IU]/L',
  noKnownAllergyDays: 'd',
} as const
export type ParameterName = keyof typeof parameterUnits
/** Beyond these a number is a slip of the pen: no window is a thousand years long. */
const largestByUnit: Readonly<Record<string, number>> = {
  d: 36_500,
  a: 150,
  '%': 100,
  '1': 100,
  'mg/d': 1_000,
  'mm[Hg]': 300,
  'U/L': 1_000,
  'mg/dL': 100,
  '[IU]/L': 10_000,
}
/** The scales end here. */
const largestScores: Partial<Record<ParameterName, number>> = {
  painEvidenceScore: 10,
  ineffectiveScore: 10,
  auditReview: 40,
  dastReview: 10,
}

export const largestOf = (name: ParameterName): number =>
  largestScores[name] ?? largestByUnit[parameterUnits[name]] ?? Number.POSITIVE_INFINITY

export type PolicyParameters = Readonly<Record<ParameterName, number>>

export interface Policy {
  /** Canonical of the PlanDefinition, with its version after `|`. */
  readonly canonical: string
  readonly title: string
  /** Canonical of the screening form, without version. */
  readonly questionnaire: string
  readonly criteria: readonly Criterion[]
  /** The FHIRPath of the clinic's own criteria, each after those that it refers to; mostly none. */
  readonly expressions: readonly OwnExpression[]
  readonly parameters: PolicyParameters
  /** What follows each overall result. */
  readonly outcomes: Readonly<Record<Overall, OutcomeAction>>
  /** The words that make an uncoded entry evidence, by criterion and purpose. */
  readonly words: WordLists
  /** Canonicals of the published value sets, without version. */
  readonly valueSets: ReadonlySet<string>
  readonly codes: CodeIndex
  readonly medicines: Medicines
}

/** A clinic's changes to a policy; every member is optional. Checked by override-policy.ts. */
export interface PolicyOverrides {
  readonly title?: string
  readonly parameters?: Partial<
    Record<ParameterName, number | { readonly value: number; readonly unit: string }>
  >
  /** Contraindications moved between absolute and relative. */
  readonly class?: Partial<Record<CriterionId, CriterionClass>>
  /** Criteria that the clinic does not ask for; dropping one drops its parts. */
  readonly drop?: readonly CriterionId[]
  readonly outcomes?: Partial<Record<Overall, OutcomeAction>>
  /** Criteria of its own. */
  readonly criteria?: readonly OwnCriterionDefinition[]
}

/** A clinic's own criterion as it is written down. Checked by own-criteria.ts. */
interface OwnCriterionDefinition {
  readonly id: string
  readonly title: string
  readonly kind: CriterionKind
  readonly class?: CriterionClass
  /** Makes a required criterion one more alternative of that one. */
  readonly partOf?: CriterionId
  /** FHIRPath of a required criterion. */
  readonly metWhen?: string
  /** FHIRPath of a contraindication, both. */
  readonly presentWhen?: string
  readonly absentWhen?: string
  /** FHIRPath of the records that the verdict rests on. */
  readonly evidence: string
  readonly explanations: Readonly<Record<string, string>>
  readonly needed: string
  readonly inputs?: readonly DataRequirement[]
}
