/** Numbers, shares, spans of time and days as people read them. */

import type { Span } from '../../../domain/insight/period.ts'
import { dateWords } from '../times.ts'
import type { View } from '../view.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export const numberWords = (value: number, { locale }: Pick<View, 'locale'>): string =>
  new Intl.NumberFormat(locale).format(value)

/** `62%`; whole hundredths, since no more is known of a few hundred referrals. */
export const percentWords = (ratio: number, { locale }: Pick<View, 'locale'>): string =>
  new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(ratio)

/** `3.5 hr`, `26 hr`, `4.2 days`: hours up to two days, then days. */
export function spanOf(ms: number, { locale }: Pick<View, 'locale'>): string {
  const isShort = ms < 2 * dayMs
  const value = isShort ? ms / hourMs : ms / dayMs
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: isShort ? 'hour' : 'day',
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value)
}

/** Hours, for working time, of which a day has fewer. */
export const hoursOf = (ms: number, { locale }: Pick<View, 'locale'>): string =>
  new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: 'hour',
    unitDisplay: 'short',
    maximumFractionDigits: ms < 10 * hourMs ? 1 : 0,
  }).format(ms / hourMs)

/** `1 Oct 2026 – 23 Nov 2026` */
export const daysWords = ({ first, last }: Pick<Span, 'first' | 'last'>, view: View): string =>
  first === last ? dateWords(first, view) : `${dateWords(first, view)} – ${dateWords(last, view)}`

/** `5 Oct`: without the year, which stands above the plot. */
export function shortDay(day: string, { locale }: Pick<View, 'locale'>): string {
  const parts = new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
  }).formatToParts(new Date(`${day}T00:00:00Z`))
  const part = (wanted: string) => parts.find(({ type }) => type === wanted)?.value ?? ''
  return `${part('day')} ${part('month')}`
}

/** Two places, for files. */
export const hoursIn = (ms: number): number => Math.round((ms / hourMs) * 100) / 100
export const daysIn = (ms: number): number => Math.round((ms / dayMs) * 100) / 100
