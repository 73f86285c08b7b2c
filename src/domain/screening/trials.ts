/** Trials of treatment: the records of one ingredient, joined over their refills. */

import { addYears, type Day } from './dates.ts'
import type { Facts } from './facts.ts'

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
