/** Blood pressure: readings of a panel or of two observations, and which of them decides. */

import type { Evidence } from './contraindications.ts'
import { type Day, dateOf } from './dates.ts'
import type { Facts } from './facts.ts'
import type { Measurement } from './measurements.ts'
import { exceeds, inUnit } from './quantities.ts'

interface Half {
  readonly value: number
  readonly measurement: Measurement
}

/** A reading, or one half of it. */
interface Reading {
  readonly day: Day | undefined
  readonly systolic: Half | undefined
  readonly diastolic: Half | undefined
}

export interface BloodPressure {
  /** For the sentence: `124/78 on 2026-02-20`; undefined without a usable reading in the window. */
  readonly reading: string | undefined
  readonly references: readonly string[]
  readonly evidence: readonly Evidence[]
}

/**
 * The reading of the newest day with the lowest systolic decides; any other of that day that fails is
 * at least uncertain. Only half of a reading that day counts if it is high; otherwise the newest day
 * with both halves is taken.
 */
export function bloodPressure(facts: Facts): BloodPressure {
  const readings = readingsOf(facts)
  const dated = readings.filter(({ day }) => facts.inWindow(day, facts.parameters.bpWindow))
  const newest = Math.max(...dated.map(({ day = Number.NEGATIVE_INFINITY }) => day))
  const ofNewest = dated.filter(({ day }) => day === newest)
  const high = ofNewest.filter((reading) => gradeOf(reading, facts) !== undefined)
  const undated = readings.filter(
    (each) => each.day === undefined && gradeOf(each, facts) === 'fail',
  )
  const doubts = undated.map((each) => evidenceOf(each, 'uncertain', 'without a date'))
  if (!ofNewest.some(isWhole) && high.length > 0)
    return decided(
      facts,
      high,
      lowest(high.filter((each) => gradeOf(each, facts) === 'fail')) ?? lowest(high),
      doubts,
    )
  const whole = dated.filter(isWhole)
  const day = Math.max(...whole.map((each) => each.day ?? Number.NEGATIVE_INFINITY))
  const ofDay = dated.filter((each) => each.day === day)
  return decided(facts, ofDay, lowest(ofDay.filter(isWhole)), doubts)
}

function decided(
  facts: Facts,
  ofDay: readonly Reading[],
  deciding: Reading | undefined,
  doubts: readonly Evidence[],
): BloodPressure {
  if (deciding === undefined) return { reading: undefined, references: [], evidence: doubts }
  const grade = gradeOf(deciding, facts)
  const others = ofDay.filter((each) => each !== deciding && gradeOf(each, facts) === 'fail')
  const day = `on ${dateOf(deciding.day ?? 0)}`
  return {
    reading: isWhole(deciding) ? `${textOf(deciding)} ${day}` : undefined,
    references: referencesOf(deciding),
    evidence: [
      ...(grade === undefined
        ? []
        : [evidenceOf(deciding, grade === 'fail' ? 'strong' : 'uncertain', day)]),
      ...others.map((each) => evidenceOf(each, 'uncertain', `${day} as well`)),
      ...doubts,
    ],
  }
}

function evidenceOf(reading: Reading, weight: Evidence['weight'], when: string): Evidence {
  return {
    weight,
    text: `a blood pressure of ${textOf(reading)} ${when}`,
    references: referencesOf(reading),
  }
}

function isWhole({ systolic, diastolic }: Reading): boolean {
  return systolic !== undefined && diastolic !== undefined
}

function textOf({ systolic, diastolic }: Reading): string {
  return `${shown(systolic)}/${shown(diastolic)} mmHg`
}

function shown(half: Half | undefined): string {
  return half === undefined
    ? '–'
    : `${half.measurement.quantity?.comparator ?? ''}${Math.round(half.value * 10) / 10}`
}

function referencesOf({ systolic, diastolic }: Reading): readonly string[] {
  const references = [systolic, diastolic].flatMap((half) => half?.measurement.reference ?? [])
  return [...new Set(references)]
}

/** `fail` from 160/100, `review` from 140/90: one half is enough. */
function gradeOf({ systolic, diastolic }: Reading, facts: Facts): 'fail' | 'review' | undefined {
  const { bpFailSystolic, bpFailDiastolic, bpReviewSystolic, bpReviewDiastolic } = facts.parameters
  const reaches = (half: Half | undefined, limit: number) =>
    half === undefined
      ? 'no'
      : exceeds(half.value, half.measurement.quantity?.comparator, limit, true)
  const fails = [reaches(systolic, bpFailSystolic), reaches(diastolic, bpFailDiastolic)]
  if (fails.includes('yes')) return 'fail'
  const reviewed = [reaches(systolic, bpReviewSystolic), reaches(diastolic, bpReviewDiastolic)]
  return [...fails, ...reviewed].some((each) => each !== 'no') ? 'review' : undefined
}

function lowest(readings: readonly Reading[]): Reading | undefined {
  return [...readings].sort(
    (a, b) => order(a.systolic, b.systolic) || order(a.diastolic, b.diastolic),
  )[0]
}

function order(a: Half | undefined, b: Half | undefined): number {
  return (a?.value ?? 0) - (b?.value ?? 0)
}

/** Pairs the halves of one panel, then those of one time, then what is left of one day. */
function readingsOf(facts: Facts): readonly Reading[] {
  const whole: Reading[] = []
  let systolics = halves(facts, 'loinc-systolic')
  let diastolics = halves(facts, 'loinc-diastolic')
  let left: readonly Reading[] = []
  for (const keyOf of [byPanel, byTime, byDay]) {
    const paired = pair(systolics, diastolics, keyOf)
    whole.push(...paired.filter(isWhole))
    left = paired.filter((reading) => !isWhole(reading))
    systolics = left.flatMap(({ systolic }) => systolic ?? [])
    diastolics = left.flatMap(({ diastolic }) => diastolic ?? [])
  }
  return [...whole, ...left]
}

const byPanel = ({ reference }: Measurement) => reference
const byTime = ({ day, effective, reference }: Measurement) =>
  day === undefined ? reference : effective
const byDay = ({ day, reference }: Measurement) => (day === undefined ? reference : String(day))

function halves(facts: Facts, list: string): readonly Half[] {
  return facts.measurements.in(list).flatMap((measurement) => {
    const value = inUnit(measurement.quantity, 'mm[Hg]')
    return value !== undefined && value > 0 ? { value, measurement } : []
  })
}

/** Of several at one time the lowest goes with the lowest, so that the order of entries is nothing. */
function pair(
  systolics: readonly Half[],
  diastolics: readonly Half[],
  keyOf: (measurement: Measurement) => string,
): readonly Reading[] {
  const groups = new Map<string, { systolics: Half[]; diastolics: Half[] }>()
  const groupOf = ({ measurement }: Half) => {
    const key = keyOf(measurement)
    const group = groups.get(key) ?? { systolics: [], diastolics: [] }
    groups.set(key, group)
    return group
  }
  for (const half of systolics) groupOf(half).systolics.push(half)
  for (const half of diastolics) groupOf(half).diastolics.push(half)
  return [...groups.values()].flatMap((group) => {
    const upper = group.systolics.sort((a, b) => a.value - b.value)
    const lower = group.diastolics.sort((a, b) => a.value - b.value)
    return Array.from({ length: Math.max(upper.length, lower.length) }, (_, index) => ({
      day: (upper[index] ?? lower[index])?.measurement.day,
      systolic: upper[index],
      diastolic: lower[index],
    }))
  })
}
