/** Laboratory values and pressures against a limit: newest day, worst of that day, units and `<`. */

import type { Evidence } from './contraindications.ts'
import { dateOf } from './dates.ts'
import type { Facts } from './facts.ts'
import { type Measurement, newestDay } from './measurements.ts'

import { exceeds, inUnit } from './quantities.ts'

interface Limits {
  /** Above it a person must look. */
  readonly review: number
  /** Above it the contraindication is there. */
  readonly fail?: number
  /** Reaching a limit is enough. */
  readonly orEqual?: boolean
}

export interface LimitRule {
  /** Reads in "ALT 250 U/L on 2026-02-10". */
  readonly name: string
  readonly unit: string
  /** Days before the referral. */
  readonly window: number
  readonly limits: (measurement: Measurement) => Limits
  /** The value in the rule's unit; by default the quantity converted. */
  readonly value?: (measurement: Measurement) => number | undefined
}

/**
 * The evidence of one analyte. The newest day with a usable value decides, and of that day the worst.
 * A value without usable unit, or without date, that would be abnormal is uncertain evidence.
 */
export function limitEvidence(
  facts: Facts,
  measurements: readonly Measurement[],
  rule: LimitRule,
): readonly Evidence[] {
  const counted = measurements.filter(
    ({ day }) => day === undefined || facts.inWindow(day, rule.window),
  )
  const usable = usableValues(facts, counted, rule)
  const decided = newestDay(usable).flatMap((measurement) => judged(measurement, rule) ?? [])
  const doubtful = counted
    .filter(
      (measurement) => measurement.day === undefined || readingOf(measurement, rule) === undefined,
    )
    .filter((measurement) => wouldBeAbnormal(measurement, rule))
    .map(
      (measurement): Evidence => ({
        weight: 'uncertain',
        text: `${written(measurement, rule)} ${measurement.day === undefined ? 'without a date' : 'without a usable unit'}`,
        references: [measurement.reference],
      }),
    )
  return [...worst(decided), ...doubtful]
}

/** Those in the window whose value can be read in the rule's unit. */
export function usableValues(
  facts: Facts,
  measurements: readonly Measurement[],
  rule: LimitRule,
): readonly Measurement[] {
  return measurements.filter(
    (measurement) =>
      facts.inWindow(measurement.day, rule.window) && readingOf(measurement, rule) !== undefined,
  )
}

function readingOf(measurement: Measurement, rule: LimitRule): number | undefined {
  const value = rule.value ? rule.value(measurement) : inUnit(measurement.quantity, rule.unit)
  return value !== undefined && value >= 0 ? value : undefined
}

function judged(measurement: Measurement, rule: LimitRule): Evidence | undefined {
  const value = readingOf(measurement, rule)
  if (value === undefined) return undefined
  const { review, fail = Number.POSITIVE_INFINITY, orEqual } = rule.limits(measurement)
  const comparator = measurement.quantity?.comparator
  const fails = exceeds(value, comparator, fail, orEqual)
  const isReviewed = exceeds(value, comparator, review, orEqual) !== 'no'
  if (fails === 'no' && !isReviewed) return undefined
  return {
    weight: fails === 'yes' ? 'strong' : 'uncertain',
    text: `${rule.name} ${comparator ?? ''}${withUnit(value, rule.unit)} on ${dateOf(measurement.day ?? 0)}`,
    references: [measurement.reference],
  }
}

function worst(evidence: readonly Evidence[]): readonly Evidence[] {
  const strong = evidence.filter(({ weight }) => weight === 'strong')
  return strong.length > 0 ? strong : evidence
}

/** The number read as if it stood in the customary unit. */
function wouldBeAbnormal(measurement: Measurement, rule: LimitRule): boolean {
  const bare = measurement.quantity?.value
  const value = readingOf(measurement, rule) ?? (bare === undefined ? undefined : Number(bare))
  if (value === undefined) return false
  const { review, orEqual } = rule.limits(measurement)
  return exceeds(value, measurement.quantity?.comparator, review, orEqual) !== 'no'
}

function written({ quantity }: Measurement, rule: LimitRule): string {
  const unit = quantity?.unit ?? quantity?.code ?? ''
  return `${rule.name} ${quantity?.comparator ?? ''}${Number(quantity?.value)}${unit === '' ? '' : ` ${unit}`}`
}

/** A value for a reader: two decimals, and units as they are spoken. */
export function withUnit(value: number, unit: string): string {
  const spoken = unit === 'mm[Hg]' ? 'mmHg' : unit
  return `${Number(value.toFixed(2))} ${spoken}`.trim()
}
