/**
 * Calendar days as numbers, so that every window is one comparison. Dates are compared as written: the
 * time zone of a dateTime does not move it to another day.
 *
 * Partial dates: http://hl7.org/fhir/R4/datatypes.html#date
 */

/** Days since 1970-01-01. */
export type Day = number

/** The days that a date can mean: one, unless the date is partial. */
export interface DaySpan {
  readonly first: Day
  readonly last: Day
}

/** The days of a FHIR date, dateTime or instant; undefined when it is none. */
export function spanOf(text: string | undefined): DaySpan | undefined {
  if (text === undefined) return undefined
  const year = digits(text, 0, 4)
  if (year === undefined) return undefined
  if (text.length === 4) return { first: dayNumber(year, 1, 1), last: dayNumber(year, 12, 31) }
  const month = text[4] === '-' ? digits(text, 5, 7) : undefined
  if (month === undefined || month < 1 || month > 12) return undefined
  if (text.length === 7)
    return {
      first: dayNumber(year, month, 1),
      last: dayNumber(year, month, monthLength(year, month)),
    }
  const day = text[7] === '-' ? digits(text, 8, 10) : undefined
  if (day === undefined || day < 1 || day > monthLength(year, month)) return undefined
  const only = dayNumber(year, month, day)
  return { first: only, last: only }
}

/** YYYY-MM-DD of a day. */
export function dateOf(day: Day): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10)
}

/** The same calendar day some years later or earlier; 29 February becomes 28 where there is none. */
export function addYears(day: Day, years: number): Day {
  return addMonths(day, years * 12)
}

export function addMonths(day: Day, months: number): Day {
  const date = new Date(day * 86_400_000)
  const month = date.getUTCFullYear() * 12 + date.getUTCMonth() + months
  const year = Math.floor(month / 12)
  const inYear = month - year * 12 + 1
  return dayNumber(year, inYear, Math.min(date.getUTCDate(), monthLength(year, inYear)))
}

/** Whole years between two days, as an age is counted. */
export function yearsBetween(birth: Day, day: Day): number {
  const years =
    new Date(day * 86_400_000).getUTCFullYear() - new Date(birth * 86_400_000).getUTCFullYear()
  return addYears(birth, years) > day ? years - 1 : years
}

function digits(text: string, from: number, to: number): number | undefined {
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) return undefined
    value = value * 10 + digit
  }
  return value
}

const lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function monthLength(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return (lengths[month - 1] ?? 0) + (leap ? 1 : 0)
}

/** Days from civil: http://howardhinnant.github.io/date_algorithms.html#days_from_civil */
function dayNumber(year: number, month: number, day: number): Day {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
