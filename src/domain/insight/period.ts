/** Of which time the figures are: days of a calendar there, from midnight to midnight. Pure. */

import { dateAt, startOfDay } from '../access/working-hours.ts'

export const periodCodes = ['week', 'month', 'quarter', 'year', 'custom'] as const
export type PeriodCode = (typeof periodCodes)[number]

export const stepCodes = ['day', 'week', 'month'] as const
export type StepCode = (typeof stepCodes)[number]

/** What an address asks for. */
export interface PeriodWish {
  readonly code: PeriodCode
  /** A day of it, `2026-03-09`; today when not said. */
  readonly on?: string | undefined
  /** First and last day of a custom one. */
  readonly first?: string | undefined
  readonly last?: string | undefined
  /** What a bar of the plots stands for. */
  readonly step?: StepCode | undefined
}

/** From one instant to another, the second excluded. */
export interface Span {
  readonly from: string
  readonly until: string
  /** First and last day. */
  readonly first: string
  readonly last: string
}

interface Step {
  /** Instant. */
  readonly from: string
  /** The day that it begins on. */
  readonly first: string
  /** True when the period, or the present, cuts it short. */
  readonly isPart: boolean
}

export interface Period extends Span {
  readonly code: PeriodCode
  readonly step: StepCode
  readonly steps: readonly Step[]
  /** True when it is not over: `until` is now. */
  readonly isRunning: boolean
  /** The one before, of which as much is taken as has passed of this one. */
  readonly before: Span
}

const dayMs = 86_400_000
/** Two years and a day, so that a span of two calendar years fits. */
const mostDays = 732
const mostSteps = 62

/**
 * @returns undefined for what is no day, ends before it begins, begins in the future, or is longer
 *   than two years
 */
export function periodOf(wish: PeriodWish, now: string, timeZone: string): Period | undefined {
  const today = dateAt(now, timeZone)
  const days = daysOf(wish, today)
  if (!days) return undefined
  const [first, end] = days
  if (first > today || end <= first || daysBetween(first, end) > mostDays) return undefined
  const from = startOfDay(first, timeZone)
  const to = startOfDay(end, timeZone)
  const isRunning = now < to
  const until = isRunning ? now : to
  const last = isRunning ? today : dayAfter(end, -1)
  const step = stepFor(wish.step, daysBetween(first, end))
  return {
    code: wish.code,
    from,
    until,
    first,
    last,
    isRunning,
    step,
    steps: stepsOf(step, first, end, last, timeZone),
    before: spanBefore(wish.code, first, end, { last, isRunning }, now, timeZone),
  }
}

/** First day, and the day after the last. */
function daysOf(
  { code, on, first, last }: PeriodWish,
  today: string,
): [string, string] | undefined {
  if (code === 'custom')
    return first && last && isDay(first) && isDay(last) ? [first, dayAfter(last)] : undefined
  const day = on ?? today
  if (!isDay(day)) return undefined
  if (code === 'week') {
    const monday = startOf('week', day)
    return [monday, dayAfter(monday, 7)]
  }
  const months = { month: 1, quarter: 3, year: 12 }[code]
  const begun = `${day.slice(0, 5)}${pad(firstMonth(Number(day.slice(5, 7)), months))}-01`
  return [begun, monthsAfter(begun, months)]
}

/** January, April, July, October for quarters. */
const firstMonth = (month: number, months: number): number =>
  Math.floor((month - 1) / months) * months + 1

function spanBefore(
  code: PeriodCode,
  first: string,
  end: string,
  { last, isRunning }: { readonly last: string; readonly isRunning: boolean },
  now: string,
  timeZone: string,
): Span {
  const months = { week: 0, month: 1, quarter: 3, year: 12, custom: 0 }[code]
  const begun = months > 0 ? monthsAfter(first, -months) : dayAfter(first, -daysBetween(first, end))
  const passed = daysBetween(first, last)
  const lastBefore = dayAfter(begun, passed)
  const over = lastBefore >= first
  const whole = { from: startOfDay(begun, timeZone), until: startOfDay(first, timeZone) }
  if (!isRunning || over) return { ...whole, first: begun, last: dayAfter(first, -1) }
  // As late on the last of its days as it is now.
  const sinceMidnight = Date.parse(now) - Date.parse(startOfDay(last, timeZone))
  const until = Date.parse(startOfDay(lastBefore, timeZone)) + sinceMidnight
  return {
    from: whole.from,
    until: new Date(Math.min(until, Date.parse(whole.until))).toISOString(),
    first: begun,
    last: lastBefore,
  }
}

function stepFor(wished: StepCode | undefined, days: number): StepCode {
  const usual: StepCode = days <= 10 ? 'day' : days <= 130 ? 'week' : 'month'
  const length = { day: 1, week: 7, month: 30 }
  return wished && days / length[wished] <= mostSteps ? wished : usual
}

function stepsOf(
  step: StepCode,
  first: string,
  end: string,
  last: string,
  timeZone: string,
): readonly Step[] {
  const steps: Step[] = []
  for (let day = first; day <= last && day < end; ) {
    const next = nextStep(step, day)
    const isWhole = startOf(step, day) === day && next <= end && next <= dayAfter(last)
    steps.push({ from: startOfDay(day, timeZone), first: day, isPart: !isWhole })
    day = next
  }
  return steps
}

const nextStep = (step: StepCode, day: string): string => {
  if (step === 'day') return dayAfter(day)
  const begun = startOf(step, day)
  return step === 'week' ? dayAfter(begun, 7) : monthsAfter(begun, 1)
}

/** Weeks begin on Monday, as ISO 8601 has them. */
function startOf(step: StepCode, day: string): string {
  if (step === 'day') return day
  if (step === 'month') return `${day.slice(0, 8)}01`
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay() || 7
  return dayAfter(day, 1 - weekday)
}

const isDay = (text: string): boolean =>
  /^(19|20|21)\d\d-\d\d-\d\d$/.test(text) &&
  new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true

const dayAfter = (day: string, days = 1): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)

const daysBetween = (first: string, last: string): number =>
  Math.round((Date.parse(`${last}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / dayMs)

const pad = (month: number): string => String(month).padStart(2, '0')

/** @param day the first of a month, or for custom periods none */
function monthsAfter(day: string, months: number): string {
  const [year, month] = day.split('-').map(Number) as [number, number]
  const at = new Date(Date.UTC(year, month - 1 + months, 1))
  return at.toISOString().slice(0, 10)
}
