/** The figures that matter as few big numbers, each with what it is a part of and how it was before. */

import { isSmall, pointsSince, ratioOf, type Share } from '../../../domain/insight/figures.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { tag } from '../components.ts'
import type { View } from '../view.ts'
import { addressOf } from './address.ts'
import { hoursOf, numberWords, percentWords, spanOf } from './amounts.ts'
import type { InsightModel } from './model.ts'

export function tiles(view: View, { figures, before, address }: InsightModel): Html {
  const { say } = view
  const { took } = figures
  const shares = [
    ['incomplete', undefined],
    ['salvaged', say('insight.salvagedHint')],
    ['closed', say('insight.closedHint')],
    ['declined', say('insight.closedHint')],
    ['noShows', say('insight.noShowsHint')],
  ] as const
  const shareTile = ([name, hint]: (typeof shares)[number]): Html => {
    const share = figures[name]
    return tile({
      name: say(`insight.${name}`),
      value: shareWords(view, share),
      facts: [
        share.whole > 0 && html`${say('insight.of', share.part, share.whole)} ${hint}`,
        few(view, share),
        share.whole > 0 &&
          html`<span class="quiet">${pointWords(view, share, before[name])}</span>`,
      ],
    })
  }
  const [incomplete, salvaged, ...others] = shares.map(shareTile)
  return html`<ul class="tiles">${tile({
    name: say('insight.submitted'),
    value: numberWords(figures.submitted, view),
    facts: [
      html`<span class="quiet">${countWords(view, figures.submitted, before.submitted)}</span>`,
    ],
  })}${incomplete}${salvaged}${tile({
    name: say('insight.took'),
    value: took.clock ? spanOf(took.clock.p50, view) : say('insight.nothing'),
    facts: [
      took.clock && html`${say('insight.tookHint')}: ${say('insight.ofReferrals', took.of)}`,
      few(view, { part: took.of, whole: took.of }),
      took.clock &&
        say(
          'insight.tookSpread',
          ...([took.clock.p25, took.clock.p75, took.clock.p90].map((ms) => spanOf(ms, view)) as [
            string,
            string,
            string,
          ]),
        ),
      took.working && say('insight.tookWorking', hoursOf(took.working.p50, view)),
      took.clock &&
        html`<span class="quiet">${spanChange(view, took.clock.p50, before.took.clock?.p50)}</span>`,
    ],
  })}${others}</ul>
<p class="small csv"><a href="${addressOf(address, 'summary')}" download>${say('insight.csvAll')}</a></p>`
}

const tile = ({
  name,
  value,
  facts,
}: {
  readonly name: string
  readonly value: string
  readonly facts: readonly Part[]
}): Html =>
  html`<li><h2>${name}</h2><p class="big">${value}</p>${facts.map(
    (fact) => fact && html`<p>${fact}</p>`,
  )}</li>`

const shareWords = (view: View, share: Share): string => {
  const ratio = ratioOf(share)
  return ratio === undefined ? view.say('insight.nothing') : percentWords(ratio, view)
}

const few = ({ say }: View, share: Share): Part =>
  isSmall(share) &&
  html`<abbr title="${say('insight.fewHint')}">${tag(say('insight.few'), 'wait')}</abbr>`

function pointWords({ say }: View, now: Share, before: Share): string {
  const points = pointsSince(now, before)
  if (points === undefined) return say('insight.noBefore')
  return points === 0 ? say('insight.same') : say('insight.points', points)
}

function countWords({ say }: View, now: number, before: number): string {
  if (now === before) return say('insight.same')
  return now > before ? say('insight.more', now - before) : say('insight.fewer', before - now)
}

function spanChange(view: View, now: number, before: number | undefined): string {
  const { say } = view
  if (before === undefined) return say('insight.noBefore')
  const by = spanOf(Math.abs(now - before), view)
  if (by === spanOf(0, view)) return say('insight.same')
  return say(now > before ? 'insight.longer' : 'insight.shorter', by)
}
