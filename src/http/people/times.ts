/** Dates and times as people read them: never 07/08, and always in the clinic's zone. */

import { type Html, html } from '../pages/html.ts'
import type { View } from './view.ts'

/** `14 Jul 1945`; as much of it as a FHIR date has. */
export function dateWords(date: string, { locale }: Pick<View, 'locale'>): string {
  const [, year, month, day] = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?/.exec(date) ?? []
  if (!year) return date
  const at = new Date(Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1)))
  return inOrder(at, locale, {
    timeZone: 'UTC',
    year: 'numeric',
    ...(month ? { month: 'short' } : {}),
    ...(day ? { day: 'numeric' } : {}),
  })
}

/** `14 Jul 2026, 14:02`, on the clinic's clock. @param instant ISO 8601 */
export function timeWords(instant: string, view: View): string {
  const { locale, timeZone } = view
  const at = new Date(instant)
  const day = inOrder(at, locale, { timeZone, year: 'numeric', month: 'short', day: 'numeric' })
  return `${day}, ${clockWords(instant, view)}`
}

/** `14:02`, on the clinic's clock: for what is of today. @param instant ISO 8601 */
export function clockWords(instant: string, { locale, timeZone }: View): string {
  const clock = { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return new Intl.DateTimeFormat(locale, clock).format(new Date(instant))
}

/** The day on the clinic's wall, `2026-07-14`. @param instant ISO 8601 */
export function localDate(instant: string, { timeZone }: Pick<View, 'timeZone'>): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(new Date(instant))
  const part = (wanted: string) => parts.find(({ type }) => type === wanted)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')}`
}

/** `2026-07-14 14:02`, which sorts, on the clinic's clock. @param instant ISO 8601 */
export const localTime = (instant: string, view: View): string =>
  `${localDate(instant, view)} ${clockWords(instant, view)}`

/** Day, month, year: the order that nobody reads backwards, with the month as the language writes it. */
function inOrder(at: Date, locale: string, options: Intl.DateTimeFormatOptions): string {
  const parts = new Intl.DateTimeFormat(locale, options).formatToParts(at)
  return (['day', 'month', 'year'] as const)
    .flatMap((wanted) => parts.find(({ type }) => type === wanted)?.value ?? [])
    .join(' ')
}

/** An instant with its machine-readable form. */
export const time = (instant: string, view: View): Html =>
  html`<time datetime="${instant}">${timeWords(instant, view)}</time>`

/** Whole years from a date of birth to now; undefined where the date is too vague to tell. */
export function ageAt(birthDate: string, now: Date): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(birthDate) ?? []
  if (!year) return undefined
  const today = now.toISOString().slice(5, 10)
  const years = now.getUTCFullYear() - Number(year) - (today < `${month}-${day}` ? 1 : 0)
  return years >= 0 ? years : undefined
}

/** `5 h`, `2 d`: the largest unit that fits, rounded down. */
export function spanWords(ms: number, { locale }: Pick<View, 'locale'>): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000)
  const [value, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 48 * 60
        ? [Math.floor(minutes / 60), 'hour']
        : [Math.floor(minutes / 60 / 24), 'day']
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(value)
}
