/**
 * Pain scores, and what became of a treatment by them.
 *
 * A score is a number from 0 to 10 and needs no unit; anything else is no reading.
 */

import type { CodeableConcept } from 'fhir/r4'
import type { Day } from './dates.ts'
import type { Facts } from './facts.ts'
import { type Measurement, newestDay } from './measurements.ts'
import { inUnit } from './quantities.ts'
import type { Trial } from './trials.ts'

/** Pain before and under a treatment, on one scale. */
export interface ScoreChange {
  readonly before: number
  readonly after: number
  readonly outcome: 'failed' | 'effective' | undefined
  readonly evidence: readonly string[]
}

/**
 * The last score of the 30 days up to the start against the last score from day 14 to 14 days after the
 * end, on each scale apart.
 */
export function scoreChanges(trial: Trial, facts: Facts): readonly ScoreChange[] {
  const { start, end } = trial
  if (start === undefined || end === undefined) return []
  const { baselineScoreDays, outcomeScoreFromDay, outcomeScoreAfterEnd } = facts.parameters
  const scores = facts.measurements.in('pain-outcome-scale')
  const scales = new Map<string, Measurement[]>()
  for (const score of scores) {
    const scale = scaleOf(score.code, facts)
    const sameScale = scales.get(scale)
    if (sameScale) sameScale.push(score)
    else scales.set(scale, [score])
  }
  return [...scales.values()].flatMap((scale) => {
    const before = worstNewest(scale, start - baselineScoreDays, start)
    const after = worstNewest(scale, start + outcomeScoreFromDay, end + outcomeScoreAfterEnd)
    return before && after ? [changeOf(before, after, facts)] : []
  })
}

function scaleOf(code: CodeableConcept, facts: Facts): string {
  const coding = code.coding?.find((each) =>
    facts.policy.codes.meaning(each).lists.has('pain-outcome-scale'),
  )
  return coding?.code ?? ''
}

interface Score {
  readonly value: number
  readonly reference: string
  readonly day: Day
}

function scoreOf({ code, quantity, day, reference }: Measurement): Score | undefined {
  if (quantity?.value === undefined || day === undefined) return undefined
  const value = isVisualAnalog(code) ? millimetres(quantity) / 10 : Number(quantity.value)
  return value >= 0 && value <= 10 ? { value, reference, day } : undefined
}

/** LOINC 38214-3, the visual analog scale, is read in millimetres of a 100 mm line. */
function isVisualAnalog(code: CodeableConcept): boolean {
  return code.coding?.some((coding) => coding.code === '38214-3') ?? false
}

function millimetres(quantity: NonNullable<Measurement['quantity']>): number {
  return inUnit(quantity, 'mm') ?? Number(quantity.value)
}

/** The worst score of the newest day from one day to another. */
export function worstNewest(
  measurements: readonly Measurement[],
  from: Day,
  to: Day,
): Score | undefined {
  const scores = measurements.flatMap((measurement) => {
    const score = scoreOf(measurement)
    return score && score.day >= from && score.day <= to ? score : []
  })
  return newestDay(scores).reduce<Score | undefined>(
    (worst, score) => (worst === undefined || score.value > worst.value ? score : worst),
    undefined,
  )
}

function changeOf(before: Score, after: Score, facts: Facts): ScoreChange {
  const { reliefPct, ineffectiveScore } = facts.parameters
  // Of a score of 0 there is no fall: the quotient is then below every percentage, or no number.
  const fall = ((before.value - after.value) / before.value) * 100
  // 7 to 4.9 is a fall of 30 % and must not miss it by the last binary digit.
  const relieved = Math.round(fall * 1e6) / 1e6 >= reliefPct
  return {
    before: before.value,
    after: after.value,
    outcome: relieved ? 'effective' : after.value >= ineffectiveScore ? 'failed' : undefined,
    evidence: [before.reference, after.reference],
  }
}
