/** The average dose of an opioid trial over its covered days, in MME a day. */

import type { Day } from './dates.ts'
import { type DailyDose, type DoseRange, dailyDoses, isKnown, unknownDose } from './doses.ts'
import type { Facts } from './facts.ts'
import { periodDays } from './medication-periods.ts'
import type { MedicationUse } from './medication-uses.ts'
import type { Trial } from './trials.ts'

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
export function averageDose(trial: Trial<MedicationUse>, facts: Facts): DoseRange {
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

function segmentsOf(record: MedicationUse, facts: Facts): readonly Segment[] {
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
