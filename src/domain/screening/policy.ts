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

export interface Criterion {
  readonly id: CriterionId
  readonly title: string
  readonly kind: CriterionKind
  /** Present exactly when kind is contraindication. */
  readonly class?: CriterionClass
  readonly partOf?: CriterionId
  /** What the criterion reads: resource types with their value sets. */
  readonly inputs: readonly DataRequirement[]
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
export type PolicyParameters = Readonly<Record<ParameterName, number>>

export interface Policy {
  /** Canonical of the PlanDefinition, with its version after `|`. */
  readonly canonical: string
  readonly title: string
  /** Canonical of the screening form, without version. */
  readonly questionnaire: string
  readonly criteria: readonly Criterion[]
  readonly parameters: PolicyParameters
  /** What follows each overall result. */
  readonly outcomes: Readonly<Record<Overall, OutcomeAction>>
  /** The words that make an uncoded entry evidence, by criterion and purpose. */
  readonly words: WordLists
  readonly codes: CodeIndex
  readonly medicines: Medicines
}

/** A clinic's changes to a policy; every member is optional. Checked by override-policy.ts. */
export interface PolicyOverrides {
  readonly title?: string
  readonly parameters?: Partial<Record<ParameterName, number>>
  /** Contraindications moved between absolute and relative. */
  readonly class?: Partial<Record<CriterionId, CriterionClass>>
  /** Criteria that the clinic does not ask for; dropping one drops its parts. */
  readonly drop?: readonly CriterionId[]
  readonly outcomes?: Partial<Record<Overall, OutcomeAction>>
}
