/** The measurement period of a measure: https://hl7.org/fhir/R4/measure-operation-evaluate-measure.html */

import { startOfDay } from '../access/working-hours.ts'
import type { LoopQuery } from './tally.ts'

/** CMS50 counts referrals of the first ten months, so that there is time for the report to come. */
const monthsOfReferral = 10
const mostDays = 732

/**
 * @param start FHIR date; a year or a month means its first day
 * @param end FHIR date, included; a year or a month means its last day
 * @returns undefined for what is no date, ends before it begins, or is longer than two years
 */
export function measurementPeriod(
  start: string,
  end: string,
  timeZone: string,
): LoopQuery | undefined {
  const first = dayOf(start)
  const behind = dayBehind(end)
  if (!first || !behind || first >= behind) return undefined
  if (Date.parse(behind) - Date.parse(first) > mostDays * 86_400_000) return undefined
  const [referred = behind] = [afterMonths(first, monthsOfReferral), behind].sort()
  return {
    from: startOfDay(first, timeZone),
    until: startOfDay(behind, timeZone),
    referredUntil: startOfDay(referred, timeZone),
  }
}

const datePattern = /^((?:19|20|21)\d\d)(?:-(0[1-9]|1[0-2])(?:-(\d\d))?)?$/

/** Year, month and day, as far as they are given. */
function partsOf(
  date: string,
): readonly [number, number | undefined, number | undefined] | undefined {
  const [, year, month, day] = datePattern.exec(date) ?? []
  if (!year) return undefined
  const isReal = !day || new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date)
  return isReal
    ? [Number(year), month ? Number(month) : undefined, day ? Number(day) : undefined]
    : undefined
}

const iso = (year: number, month: number, day: number): string =>
  new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10)

function dayOf(date: string): string | undefined {
  const parts = partsOf(date)
  return parts && iso(parts[0], parts[1] ?? 1, parts[2] ?? 1)
}

function dayBehind(date: string): string | undefined {
  const parts = partsOf(date)
  if (!parts) return undefined
  const [year, month, day] = parts
  if (day !== undefined && month !== undefined) return iso(year, month, day + 1)
  return month === undefined ? iso(year + 1, 1, 1) : iso(year, month + 1, 1)
}

/** Where the month there has no such day, the first of the next. */
function afterMonths(date: string, months: number): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number]
  const there = iso(year, month + months, day)
  return there.endsWith(date.slice(8)) ? there : `${there.slice(0, 8)}01`
}
