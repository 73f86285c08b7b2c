/**
 * Trials of treatment: the records of one ingredient joined over their refills, with how long, how much
 * and what became of it.
 */

import type { CodeableConcept } from 'fhir/r4'
import { addYears, type Day } from './dates.ts'
import { type DailyDose, type DoseRange, dailyDoses, isKnown, unknownDose } from './doses.ts'
import type { Facts } from './facts.ts'
import { type Measurement, newestDay } from './measurements.ts'
import { periodDays } from './medication-periods.ts'
import type { MedicationRecord } from './medication-uses.ts'
import type { Medicine } from './medicines.ts'
import { inUnit } from './quantities.ts'

/** A record of a treatment that was taken: a medicine or a procedure. */
export interface Taken {
  readonly reference: string
  readonly start: Day | undefined
  readonly end: Day | undefined
  readonly outcome: 'failed' | 'intolerance' | 'effective' | undefined
}

export interface Trial<T extends Taken = Taken> {
  readonly records: readonly T[]
  readonly start: Day | undefined
  /** The last day that is known. */
  readonly end: Day | undefined
  /** Days from the first start to the last end. */
  readonly days: number
  /** A record without a start or an end may have gone on for longer. */
  readonly isLengthKnown: boolean
}

/** Joins records whose gap is at most `gapDays`; those without a start stand alone. */
export function joinTrials<T extends Taken>(records: readonly T[], gapDays: number): Trial<T>[] {
  const dated = records.filter(({ start }) => start !== undefined)
  const groups: T[][] = records.filter(({ start }) => start === undefined).map((each) => [each])
  let last = Number.NEGATIVE_INFINITY
  for (const record of dated.sort((a, b) => (a.start ?? 0) - (b.start ?? 0))) {
    const start = record.start ?? 0
    if (start - last > gapDays) groups.push([record])
    else groups.at(-1)?.push(record)
    last = Math.max(last, record.end ?? start)
  }
  return groups.map(trialOf)
}

function trialOf<T extends Taken>(records: readonly T[]): Trial<T> {
  const start = records[0]?.start
  let end = start
  for (const record of records) {
    const last = record.end ?? record.start
    if (last !== undefined && (end === undefined || last > end)) end = last
  }
  return {
    records,
    start,
    end,
    days: start === undefined || end === undefined ? 0 : end - start,
    isLengthKnown: records.every(
      (record) => record.start !== undefined && record.end !== undefined,
    ),
  }
}

/** What ended, or of which nothing later is known, before the look-back does not count. */
export function isInLookBack(
  { start, end = start }: { readonly start: Day | undefined; readonly end: Day | undefined },
  facts: Facts,
): boolean {
  return end === undefined || end >= addYears(facts.dates.referral, -facts.parameters.lookBackYears)
}

export type Length = 'long-enough' | 'too-short' | 'unknown'

export function lengthOf(trial: Trial, least: number): Length {
  if (trial.days >= least) return 'long-enough'
  return trial.isLengthKnown ? 'too-short' : 'unknown'
}

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

/** A score is a number from 0 to 10; anything else is no reading. Needs no unit. */
export function scoreOf({ code, quantity, day, reference }: Measurement): Score | undefined {
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
  const fall = before.value === 0 ? 0 : ((before.value - after.value) / before.value) * 100
  // 7 to 4.9 is a fall of 30 % and must not miss it by the last binary digit.
  const relieved = before.value > 0 && Math.round(fall * 1e6) / 1e6 >= reliefPct
  return {
    before: before.value,
    after: after.value,
    outcome: relieved ? 'effective' : after.value >= ineffectiveScore ? 'failed' : undefined,
    evidence: [before.reference, after.reference],
  }
}

/** A medicine taken, with the resource that its doses are read from. */
export interface TakenMedicine extends Taken {
  readonly resource: MedicationRecord
  readonly medicine: Medicine | undefined
}

interface Segment {
  readonly kind: string
  readonly from: Day
  /** The first day after it. */
  readonly to: Day
  readonly dose: DoseRange
}

/**
 * The average dose over the covered days. Overlapping records of one kind add up; of request,
 * statement, dispense and administration, which tell of the same tablets, the largest counts.
 */
export function averageDose(trial: Trial<TakenMedicine>, facts: Facts): DoseRange {
  const segments = trial.records.flatMap((record) => segmentsOf(record, facts))
  const edges = [...new Set(segments.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b)
  let covered = 0
  let low = 0
  let high = 0
  edges.forEach((from, index) => {
    const to = edges[index + 1]
    const running =
      to === undefined ? [] : segments.filter((each) => each.from <= from && each.to >= to)
    if (to === undefined || running.length === 0) return
    const dose = largestKind(running)
    covered += to - from
    low += dose.low * (to - from)
    high += dose.high * (to - from)
  })
  return covered === 0 ? unknownDose : { low: exact(low / covered), high: exact(high / covered) }
}

/** Four times 0.2 mg a day is 20 MME as much as 20 mg is. */
function exact(dose: number): number {
  return Number.isFinite(dose) ? Number(dose.toPrecision(9)) : dose
}

function largestKind(segments: readonly Segment[]): DoseRange {
  const kinds = new Map<string, DoseRange>()
  for (const { kind, dose } of segments) {
    const sum = kinds.get(kind) ?? { low: 0, high: 0 }
    kinds.set(kind, { low: sum.low + dose.low, high: sum.high + dose.high })
  }
  const known = [...kinds.values()].filter(isKnown)
  const counted = known.length > 0 ? known : [...kinds.values()]
  return {
    low: Math.max(...counted.map(({ low }) => low)),
    high: Math.max(...counted.map(({ high }) => high)),
  }
}

function segmentsOf(record: TakenMedicine, facts: Facts): readonly Segment[] {
  const { resource, medicine, start, end } = record
  if (medicine === undefined || start === undefined) return []
  const last = end ?? start
  return dailyDoses(resource, medicine).map((daily) => {
    const own = boundsOf(daily, facts)
    const from = Math.max(start, own.start ?? start)
    const to = Math.min(last, own.end ?? last)
    return { kind: resource.resourceType, from, to: Math.max(to, from + 1), dose: daily.dose }
  })
}

function boundsOf({ dosage }: DailyDose, facts: Facts) {
  return periodDays(dosage?.timing?.repeat?.boundsPeriod, facts.dates)
}
