/**
 * Dates and times of FHIR: https://hl7.org/fhir/R4/datatypes.html#dateTime
 *
 * The specification's expressions let 2026-02-30 pass; here the day must exist. They are read
 * character by character, since a Bundle holds hundreds of them.
 */

const zero = 0x30
const dash = 0x2d
const colon = 0x3a

/** The number that the digits from `start` to `end` write, or -1. */
function digits(text: string, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - zero
    if (!(digit >= 0 && digit <= 9)) return -1
    number = number * 10 + digit
  }
  return number
}

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function lastDay(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return (daysInMonth[month - 1] ?? 0) + (leap ? 1 : 0)
}

/** `YYYY`, `YYYY-MM` or `YYYY-MM-DD` in the first `length` characters, on a day that exists. */
function isDateOf(text: string, length: number): boolean {
  const year = digits(text, 0, 4)
  if (year < 1) return false
  if (length === 4) return true
  const month = digits(text, 5, 7)
  if (text.charCodeAt(4) !== dash || month < 1 || month > 12) return false
  if (length === 7) return true
  const day = digits(text, 8, 10)
  return text.charCodeAt(7) === dash && length === 10 && day >= 1 && day <= lastDay(year, month)
}

/** `hh:mm:ss` with an optional fraction, from `start`; gives where it ends, or -1. */
function endOfTime(text: string, start: number): number {
  const hour = digits(text, start, start + 2)
  const minute = digits(text, start + 3, start + 5)
  const second = digits(text, start + 6, start + 8)
  if (text.charCodeAt(start + 2) !== colon || text.charCodeAt(start + 5) !== colon) return -1
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1
  let end = start + 8
  if (text[end] !== '.') return end
  const fraction = ++end
  while (digits(text, end, end + 1) >= 0 && end < text.length) end++
  return end > fraction ? end : -1
}

/** `Z` or an offset of at most 14 hours, from `start` to the end of the text. */
function isZone(text: string, start: number): boolean {
  const sign = text[start]
  if (sign === 'Z') return text.length === start + 1
  if ((sign !== '+' && sign !== '-') || text.length !== start + 6) return false
  const hour = digits(text, start + 1, start + 3)
  const minute = digits(text, start + 4, start + 6)
  if (text.charCodeAt(start + 3) !== colon || hour < 0 || minute < 0 || minute > 59) return false
  return hour < 14 || (hour === 14 && minute === 0)
}

export function isDate(text: string): boolean {
  return text.length <= 10 && isDateOf(text, text.length)
}

/** An instant has a date, a time with seconds, and a zone. */
export function isInstant(text: string): boolean {
  if (!isDateOf(text, 10) || text[10] !== 'T') return false
  const end = endOfTime(text, 11)
  return end > 0 && isZone(text, end)
}

/** A dateTime is a date of any precision, or an instant: a time without a zone is refused. */
export function isDateTime(text: string): boolean {
  return text.length <= 10 ? isDateOf(text, text.length) : isInstant(text)
}

export function isTime(text: string): boolean {
  return endOfTime(text, 0) === text.length
}

const widestZone = 14 * 3_600_000

/**
 * Says whether `a` is later than `b` for certain. Values of different precision, or without a zone
 * on one side, are given the benefit of the doubt.
 */
export function isLater(a: unknown, b: unknown): boolean {
  if (typeof a !== 'string' || typeof b !== 'string' || !isDateTime(a) || !isDateTime(b))
    return false
  if (a.length <= 10 && b.length <= 10) {
    const length = Math.min(a.length, b.length)
    return a.slice(0, length) > b.slice(0, length)
  }
  if (a.length > 10 && b.length > 10) return moment(a) > moment(b)
  return earliest(a) > latest(b)
}

function earliest(text: string): number {
  return text.length > 10 ? moment(text) : Date.parse(text) - widestZone
}

function latest(text: string): number {
  if (text.length > 10) return moment(text)
  const year = digits(text, 0, 4)
  const month = text.length >= 7 ? digits(text, 5, 7) : 12
  const day = text.length === 10 ? digits(text, 8, 10) : lastDay(year, month)
  return new Date(0).setUTCFullYear(year, month - 1, day + 1) + widestZone
}

/** JavaScript has no leap seconds. */
function moment(text: string): number {
  return Date.parse(text.replace(/:60(?=[.Z+-])/, ':59'))
}
