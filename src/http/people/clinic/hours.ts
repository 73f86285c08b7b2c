/** When a clinic works, in words. */

import type { WorkingHours } from '../../../domain/access/working-hours.ts'
import type { Fact } from '../components.ts'
import { dateWords } from '../times.ts'
import { listWords, type View } from '../view.ts'

/** Holidays that are over are nobody's business any more. */
export function hoursFacts(view: View, hours: WorkingHours): Fact[] {
  const { say, now } = view
  const { timeZone, days, open, close, holidays } = hours
  const today = now.toISOString().slice(0, 10)
  const closed = [...holidays].filter((day) => day >= today).sort()
  return [
    [
      say('clinic.open'),
      sentence(
        view,
        say('clinic.openWords', daysWords(view, days), clock(view, open), clock(view, close)),
      ),
    ],
    [say('clinic.zone'), sentence(view, zoneWords(view, timeZone))],
    [
      say('clinic.holidays'),
      closed.length === 0
        ? say('clinic.noHolidays')
        : listWords(
            view,
            closed.map((day) => dateWords(day, view)),
          ),
    ],
  ]
}

/** A Monday, from which the names of the days are counted. */
const monday = Date.UTC(2024, 0, 1)

/** Days in a row as from … to …; single ones by their names. */
function daysWords(view: View, days: readonly number[]): string {
  const { say, locale } = view
  const names = new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' })
  const name = (day: number) => names.format(new Date(monday + (day - 1) * 86_400_000))
  const rows = rowsOf(days).flatMap(([from, to]) => {
    if (to - from < 2) return from === to ? [name(from)] : [name(from), name(to)]
    return [say('clinic.daysRange', name(from), name(to))]
  })
  return listWords(view, rows)
}

/** First and last of days that follow one another. */
function rowsOf(days: readonly number[]): readonly (readonly [number, number])[] {
  const rows: [number, number][] = []
  for (const day of [...new Set(days)].sort()) {
    const last = rows.at(-1)
    if (last && last[1] === day - 1) last[1] = day
    else rows.push([day, day])
  }
  return rows
}

/** @param minutes after midnight */
const clock = ({ locale }: View, minutes: number): string =>
  new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
  }).format(new Date(minutes * 60_000))

/** Spanish writes days and zones small, and begins a line as others do. */
const sentence = ({ locale }: View, words: string): string =>
  `${words.slice(0, 1).toLocaleUpperCase(locale)}${words.slice(1)}`

/** `America/New_York (Eastern Time)` */
function zoneWords({ locale }: View, timeZone: string): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'longGeneric' })
  const name = parts.formatToParts(0).find(({ type }) => type === 'timeZoneName')?.value
  const place = timeZone.replaceAll('_', ' ')
  return name ? `${name} (${place})` : place
}
