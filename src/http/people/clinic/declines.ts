/** Why a clinic declined referrals in the last twelve months: for its own people. */

import type { Caller } from '../../../domain/access/caller.ts'
import type { Clinic } from '../../../domain/access/registry.ts'
import { dateAt, openingsBetween } from '../../../domain/access/working-hours.ts'
import { type Period, periodOf } from '../../../domain/insight/period.ts'
import { type Html, html } from '../../pages/html.ts'
import type { PageDeps } from '../deps.ts'
import { declineReasons } from '../referral/acts.ts'
import { dateWords } from '../times.ts'
import type { View } from '../view.ts'

interface Declines {
  readonly period: Period
  /** By code, the most frequent first; all that there are. */
  readonly reasons: readonly (readonly [code: (typeof declineReasons)[number], count: number])[]
  /** By an EHR that gave none of our codes. */
  readonly uncoded: number
}

export async function readDeclines(
  { insight }: Pick<PageDeps, 'insight'>,
  caller: Caller,
  { due: { hours } }: Clinic,
  view: View,
): Promise<Declines> {
  const now = view.now.toISOString()
  const period = lastYear(now, hours.timeZone)
  const { ends } = await insight.tally(caller, {
    from: period.from,
    until: period.until,
    steps: [period.from],
    openings: openingsBetween(period.from, now, hours),
    openMs: (hours.close - hours.open) * 60_000,
  })
  const declined = ends.filter((each) => each.as === 'declined')
  const count = (wanted: (reason: string | undefined) => boolean) =>
    declined.filter(({ reason }) => wanted(reason)).reduce((sum, each) => sum + each.count, 0)
  return {
    period,
    reasons: declineReasons
      .map((code) => [code, count((reason) => reason === code)] as const)
      .sort(([, one], [, other]) => other - one),
    uncoded: count((reason) => !declineReasons.some((code) => code === reason)),
  }
}

/** Up to now, from the day after the same day of last year. */
function lastYear(now: string, timeZone: string): Period {
  const last = dateAt(now, timeZone)
  const first = new Date(Date.parse(`${last}T00:00:00Z`) - 364 * 86_400_000)
  const wish = { code: 'custom', first: first.toISOString().slice(0, 10), last } as const
  return periodOf(wish, now, timeZone) as Period
}

export function declinesSection(view: View, { period, reasons, uncoded }: Declines): Html {
  const { say, locale } = view
  const total = reasons.reduce((sum, [, count]) => sum + count, uncoded)
  const row = (words: string, count: number) =>
    html`<tr><th scope="row">${words}</th><td>${count.toLocaleString(locale)}</td></tr>`
  return html`<h2 id="declines">${say('clinic.declines')}</h2>
${
  total === 0
    ? html`<p>${say('clinic.declinesNone')}</p>`
    : html`<p>${say('clinic.declinesIn', dateWords(period.first, view), dateWords(period.last, view))}</p>
<table class="declines"><caption class="hidden">${say('clinic.declines')}</caption>
<thead><tr><th scope="col">${say('clinic.declineReason')}</th><th scope="col">${say('clinic.declineCount')}</th></tr></thead>
<tbody>${reasons.map(([code, count]) => row(say(`referral.reason.${code}`), count))}${uncoded > 0 && row(say('clinic.uncoded'), uncoded)}</tbody></table>`
}
<p><a href="/insight">${say('clinic.toInsight')}</a></p>`
}
