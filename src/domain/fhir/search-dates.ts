/**
 * Dates as search tokens: https://hl7.org/fhir/R4/search.html#date
 *
 * The store compares tokens for equality only. A date is therefore stored as the path through a
 * calendar tree, `2026`, `2026-03`, `2026-03-02` … down to the second, and "from March 15 on" asks
 * for the days 15 to 31, the months 04 to 12 and the years that follow: at most a few hundred
 * tokens, whatever the span. Times are in UTC; a date without a time is a day in UTC.
 */

import { Problem } from '../problem.ts'

/** Where each level of `2026-03-02T10:15:30` ends. */
const levelEnds = [4, 7, 10, 13, 16, 19] as const
const separators = ['-', '-', 'T', ':', ':'] as const
const levelRanges = [
  [1900, 2100],
  [1, 12],
  [1, 31],
  [0, 23],
  [0, 59],
  [0, 59],
] as const

const dateForm =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/

/**
 * The calendar key of a date, dateTime or instant, as precise as it was written (to the second).
 * @returns undefined when it is none
 */
export function calendarKey(value: string): string | undefined {
  const match = dateForm.exec(value)
  if (!match) return undefined
  const [, , month, day, hour, , second, , zone] = match
  if (hour === undefined) return isRealDay(value, month, day) ? value : undefined
  const time = Date.parse(zone ? value : `${value}Z`)
  if (Number.isNaN(time)) return undefined
  return new Date(time).toISOString().slice(0, second === undefined ? 16 : 19)
}

function isRealDay(value: string, month?: string, day?: string): boolean {
  const full = `${value}${month === undefined ? '-01' : ''}${day === undefined ? '-01' : ''}`
  const time = Date.parse(`${full}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(full)
}

/** The keys under which a date is stored; `~` marks the level where it stops short of the second. */
export function storedKeys(key: string): readonly string[] {
  const keys = levelEnds.filter((end) => end <= key.length).map((end) => key.slice(0, end))
  return key.length < 19 ? [...keys, `${key}~`] : keys
}

export type DatePrefix = 'eq' | 'ge' | 'gt' | 'le' | 'lt' | 'sa' | 'eb'

/**
 * The keys of which one must be stored for the date to match.
 * @param key of the value asked for
 */
export function askedKeys(prefix: DatePrefix, key: string): readonly string[] {
  switch (prefix) {
    case 'eq':
      return [key]
    case 'ge':
      return [key, ...siblings(key, 'later'), ...enclosing(key, 'until')]
    case 'gt':
      return [...siblings(key, 'later'), ...enclosing(key, 'until')]
    case 'sa':
      return siblings(key, 'later')
    case 'le':
      return [key, ...siblings(key, 'earlier'), ...enclosing(key, 'from')]
    case 'lt':
      return [...siblings(key, 'earlier'), ...enclosing(key, 'from')]
    case 'eb':
      return siblings(key, 'earlier')
  }
}

/** On each level down to the key's own, what lies wholly to one side of it. */
function siblings(key: string, side: 'earlier' | 'later'): string[] {
  const keys: string[] = []
  for (let level = 0; level < levelEnds.length; level++) {
    const end = levelEnds[level] as number
    if (end > key.length) break
    const start = level === 0 ? 0 : (levelEnds[level - 1] as number)
    const parent = key.slice(0, start) + (level === 0 ? '' : separators[level - 1])
    const width = level === 0 ? 4 : 2
    const own = Number(key.slice(end - width, end))
    const [lowest, highest] = levelRanges[level] as readonly [number, number]
    const [from, to] = side === 'later' ? [own + 1, highest] : [lowest, own - 1]
    for (let n = from; n <= to; n++) keys.push(parent + String(n).padStart(width, '0'))
  }
  return keys
}

/**
 * Coarser dates that hold the key and reach beyond it on one side.
 */
const enclosing = (key: string, side: 'from' | 'until'): string[] =>
  levelEnds
    // No FHIR date stops at the hour.
    .filter((end) => end < key.length && end !== 13)
    .map((end) => key.slice(0, end))
    .filter((outer) => dateBounds(outer)[side] !== dateBounds(key)[side])
    .map((outer) => `${outer}~`)

const prefixes: readonly string[] = ['eq', 'ge', 'gt', 'le', 'lt', 'sa', 'eb']

/**
 * Splits `ge2026-03` into prefix and value.
 * @throws Problem bad-parameter for prefixes that are not supported and for what is no date
 */
export function readDate(name: string, text: string): { prefix: DatePrefix; value: string } {
  const match = /^([a-z]{2})?(.*)$/s.exec(text)
  const prefix = match?.[1] ?? 'eq'
  // A plus sign that was not escaped in a URL arrives as a space.
  const value = (match?.[2] ?? '').replace(' ', '+')
  if (!prefixes.includes(prefix))
    throw new Problem(
      'bad-parameter',
      `${name} does not support this prefix; use one of ${prefixes.join(', ')}.`,
    )
  if (!calendarKey(value))
    throw new Problem(
      'bad-parameter',
      `${name} needs a date such as 2026, 2026-03, 2026-03-02 or 2026-03-02T10:15:00Z.`,
    )
  return { prefix: prefix as DatePrefix, value }
}

/** The first millisecond of a date and the first after it, as instants. */
export function dateBounds(value: string): { from: string; until: string } {
  const fraction = /\.(\d{1,9})/.exec(value)?.[1]
  if (fraction) {
    const time = Date.parse(value)
    // Our instants have milliseconds: anything finer falls into one of them.
    return bounds(
      time,
      fraction.length === 1 ? time + 100 : fraction.length === 2 ? time + 10 : time + 1,
    )
  }
  const key = calendarKey(value) as string
  const date = new Date(Date.parse(`${key}${'0000-01-01T00:00:00'.slice(key.length)}Z`))
  const from = date.getTime()
  switch (key.length) {
    case 4:
      return bounds(from, date.setUTCFullYear(date.getUTCFullYear() + 1))
    case 7:
      return bounds(from, date.setUTCMonth(date.getUTCMonth() + 1))
    case 10:
      return bounds(from, from + 86_400_000)
    case 16:
      return bounds(from, from + 60_000)
    default:
      return bounds(from, from + 1000)
  }
}

const bounds = (from: number, until: number) => ({
  from: new Date(from).toISOString(),
  until: new Date(until).toISOString(),
})

/**
 * A date asked for, as a span of the instants that are stored.
 * @throws Problem bad-parameter for what is no date
 */
export function lastUpdatedSpan(
  name: string,
  text: string,
): readonly { readonly op: 'ge' | 'lt'; readonly instant: string }[] {
  const { prefix, value: date } = readDate(name, text)
  const { from, until } = dateBounds(date)
  switch (prefix) {
    case 'eq':
      return [
        { op: 'ge', instant: from },
        { op: 'lt', instant: until },
      ]
    case 'ge':
      return [{ op: 'ge', instant: from }]
    case 'gt':
    case 'sa':
      return [{ op: 'ge', instant: until }]
    case 'le':
      return [{ op: 'lt', instant: until }]
    case 'lt':
    case 'eb':
      return [{ op: 'lt', instant: from }]
  }
}
