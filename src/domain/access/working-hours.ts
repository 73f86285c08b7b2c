/**
 * When a clinic works: in its own time zone, on its own days.
 *
 * Zones are those of https://www.iana.org/time-zones, as Node knows them.
 */

import type { Reader } from './reader.ts'

export interface WorkingHours {
  /** `America/Chicago`. */
  readonly timeZone: string
  /** Days of the week, 1 for Monday to 7 for Sunday, as ISO 8601 counts them. */
  readonly days: readonly number[]
  /** Minutes after midnight, on the clinic's clock. */
  readonly open: number
  readonly close: number
  /** `2026-12-25`. */
  readonly holidays: readonly string[]
}

export const usualHours: WorkingHours = {
  timeZone: 'America/New_York',
  days: [1, 2, 3, 4, 5],
  open: 8 * 60,
  close: 17 * 60,
  holidays: [],
}

/** Reads `hours` of a clinic: `{ timeZone, days, open, close, holidays }`, all of it optional. */
export function readWorkingHours(clinic: Reader): WorkingHours {
  if (!clinic.has('hours')) return usualHours
  const reader = clinic.object('hours', ['timeZone', 'days', 'open', 'close', 'holidays'])
  const open = readTime(reader, 'open', usualHours.open)
  const close = readTime(reader, 'close', usualHours.close)
  if (open >= close) reader.fault('close', 'must be later than open')
  return {
    timeZone: readZone(reader),
    days: readDays(reader),
    open,
    close,
    holidays: readHolidays(reader),
  }
}

function readZone(reader: Reader): string {
  const zone = reader.value('timeZone')
  if (zone === undefined) return usualHours.timeZone
  if (typeof zone === 'string' && isZone(zone)) return zone
  reader.fault('timeZone', 'must be a time zone such as America/Chicago')
  return usualHours.timeZone
}

function isZone(timeZone: string): boolean {
  try {
    // An offset has no daylight-saving time: a clinic that writes one would be an hour off in summer.
    return /^[A-Z]/.test(new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone)
  } catch {
    return false
  }
}

function readTime(reader: Reader, name: 'open' | 'close', usual: number): number {
  if (!reader.has(name)) return usual
  const [hours = 0, minutes = 0] = reader
    .text(name, /^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 08:30')
    .split(':')
    .map(Number)
  return hours * 60 + minutes
}

function readDays(reader: Reader): readonly number[] {
  if (!reader.has('days')) return usualHours.days
  const days = reader.list('days')
  const isDay = (day: unknown): day is number => [1, 2, 3, 4, 5, 6, 7].includes(day as number)
  if (days.length > 0 && days.every(isDay)) return days
  reader.fault('days', 'must be a list of days of the week, from 1 for Monday to 7 for Sunday')
  return usualHours.days
}

/** A clinic that closes for good is disabled; this many days off are more than any has. */
const mostHolidays = 400

function readHolidays(reader: Reader): readonly string[] {
  if (!reader.has('holidays')) return []
  const days = reader.list('holidays')
  if (days.length <= mostHolidays && days.every(isDate)) return days
  reader.fault('holidays', `must be a list of at most ${mostHolidays} dates such as 2026-12-25`)
  return []
}

const isDate = (text: unknown): text is string =>
  typeof text === 'string' &&
  /^\d{4}-\d\d-\d\d$/.test(text) &&
  new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true

const dayMs = 86_400_000

/** A holiday list of a year and a half still leaves a working day within this many. */
const farthest = 1_000

/**
 * The end of the n-th working day after the one in which an instant falls; what comes after the
 * clinic has closed, or on a day off, counts as come on the next working day.
 * @param days 0 for the same day
 * @returns an instant, right whatever daylight-saving time does in between
 */
export function endOfWorkingDay(instant: string, days: number, hours: WorkingHours): string {
  const local = localTime(Date.parse(instant), hours.timeZone)
  let day = Math.floor(local / dayMs) * dayMs
  if ((local - day) / 60_000 >= hours.close) day += dayMs
  for (let left = days, tries = 0; tries < farthest; tries++, day += dayMs) {
    if (!isWorkingDay(day, hours)) continue
    if (left === 0) break
    left--
  }
  return new Date(instantOf(day + hours.close * 60_000, hours.timeZone)).toISOString()
}

/**
 * When the clinic opens, on each of its working days from the one before an instant to the one after
 * another: what time that passes is counted by, in `close - open` minutes a day.
 * @returns instants, ascending
 */
export function openingsBetween(from: string, to: string, hours: WorkingHours): readonly string[] {
  const [first, last] = [from, to].map((instant) => {
    const local = localTime(Date.parse(instant), hours.timeZone)
    return Math.floor(local / dayMs) * dayMs
  }) as [number, number]
  const days: string[] = []
  for (let day = first - dayMs; day <= last + dayMs; day += dayMs)
    if (isWorkingDay(day, hours))
      days.push(new Date(instantOf(day + hours.open * 60_000, hours.timeZone)).toISOString())
  return days
}

/** The date that a calendar there shows at an instant: `2026-03-09`. */
export const dateAt = (instant: string, timeZone: string): string =>
  new Date(localTime(Date.parse(instant), timeZone)).toISOString().slice(0, 10)

/** The first instant of a day there, also where the clocks go forward at midnight. @param date `2026-03-09` */
export function startOfDay(date: string, timeZone: string): string {
  const wall = Date.parse(`${date}T00:00:00Z`)
  const instant = instantOf(wall, timeZone)
  const early = Math.max(0, wall - localTime(instant, timeZone))
  return new Date(instant + early).toISOString()
}

function isWorkingDay(day: number, { days, holidays }: WorkingHours): boolean {
  const date = new Date(day)
  return days.includes(date.getUTCDay() || 7) && !holidays.includes(date.toISOString().slice(0, 10))
}

/** What the clock on the wall shows, as if it were UTC. */
function localTime(time: number, timeZone: string): number {
  const part = Object.fromEntries(
    formatterFor(timeZone)
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second)
}

/**
 * When it is so late on a wall.
 * @param local `2026-03-09T14:30`, as a form has it
 * @returns an instant; undefined for what is no date, or no time that a clock there shows
 */
export function atWallClock(local: string, timeZone: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(local)) return undefined
  const wall = Date.parse(`${local}Z`)
  if (Number.isNaN(wall) || !new Date(wall).toJSON().startsWith(local)) return undefined
  const instant = instantOf(wall, timeZone)
  // In spring an hour is left out; nobody can come in it.
  return localTime(instant, timeZone) === wall ? new Date(instant).toISOString() : undefined
}

/** The other way round; the second look is for a change of the clock in between. */
function instantOf(local: number, timeZone: string): number {
  const first = local - (localTime(local, timeZone) - local)
  return first + local - localTime(first, timeZone)
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** Making one takes longer than a hundred uses of it. */
function formatterFor(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  formatters.set(timeZone, made)
  return made
}
