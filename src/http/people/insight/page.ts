/** The figures as a page: few numbers large, then each question with its plot and its table. */

import {
  groupedStates,
  isSmall,
  pointsSince,
  ratioOf,
  type Share,
} from '../../../domain/insight/figures.ts'
import { periodCodes, stepCodes } from '../../../domain/insight/period.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { hidden, notice, select, tag } from '../components.ts'
import type { View } from '../view.ts'
import { addressOf } from './address.ts'
import { daysWords, hoursOf, numberWords, percentWords, shortDay, spanOf } from './amounts.ts'
import type { InsightModel } from './model.ts'
import { cellBar, columnPlot, stackedBar, swatch } from './plots.ts'
import { type Cell, type Table, type TableCode, tableOf } from './tables.ts'

export function insightPage(view: View, model: InsightModel): Html {
  const { say } = view
  const { period, role, tally } = model
  const before = daysWords(period.before, view)
  const isEmpty =
    tally.total.submitted === 0 && tally.ends.length === 0 && tally.states.length === 0
  return html`<h1>${say('insight.title')} <span class="quiet">${daysWords(period, view)}</span></h1>
${model.isOther && notice(say('insight.noSuchDays'), 'wait')}
${choices(view, model)}
<p class="quiet">${say(`insight.scope.${role}`)} ${say(period.isRunning ? 'insight.running' : 'insight.over', before)}</p>
${isEmpty ? html`<p class="empty">${say('insight.empty')}</p>` : sections(view, model)}`
}

const sections = (view: View, model: InsightModel): Html => {
  const { say } = view
  const { tally } = model
  return html`${tiles(view, model)}
<p class="quiet small">${workingWords(view, model)} ${tally.total.unknown > 0 && say('insight.unknownHint', tally.total.unknown)}</p>
<div class="figures">
${section(view, model, 'steps', say(`insight.steps.${model.period.step}`), stepPlot(view, model))}
${section(view, model, 'days', say('insight.daysHint', tally.total.completed, tally.total.incomplete - tally.total.completed), dayPlot(view, model))}
${section(view, model, 'packets', say('insight.packetsHint'))}
${section(view, model, 'way', say('insight.wayHint'))}
${section(view, model, 'states', say(`insight.states.${model.role}`), statePlot(view, model), 'broad')}
${section(view, model, 'ends', say('insight.endsHint'))}
${section(view, model, 'reasons', '')}
${section(view, model, 'partners', say('insight.partnersHint'), undefined, 'broad')}
</div>`
}

/** Period and what it is narrowed to: a form that writes the address. */
function choices(view: View, { address, period, role, partners }: InsightModel): Html {
  const { say } = view
  const moved = (on: string) => addressOf({ ...address, on })
  const canMove = period.code !== 'custom'
  const isFirst = !period.isRunning
  const isCustom = period.code === 'custom'
  const narrowed = html`${select(
    'step',
    say('insight.step'),
    [
      { value: '', words: say('insight.step.usual') },
      ...stepCodes.map((value) => ({ value, words: say(`insight.step.${value}`) })),
    ],
    address.step,
  )}
${select(
  'with',
  say(`insight.partner.${role}`),
  [
    { value: '', words: say('insight.partner.all') },
    ...partners.map(({ id, name }) => ({ value: id, words: name })),
  ],
  address.partner,
)}`
  const kept = Object.fromEntries(
    Object.entries({ step: address.step, with: address.partner }).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    ),
  )
  return html`<div class="tools no-print"><form method="get" action="/insight" class="asked-for">
${select(
  'period',
  say('insight.period'),
  periodCodes
    .filter((value) => value !== 'custom' || isCustom)
    .map((value) => ({ value, words: say(`insight.period.${value}`) })),
  period.code,
)}
${narrowed}
${isCustom ? hidden({ first: period.first, last: period.last }) : address.on && hidden({ on: address.on })}
<button class="second">${say('insight.show')}</button></form>
<details class="filters"${isCustom && html` open`}><summary>${say('insight.period.custom')}</summary>
<form method="get" action="/insight" class="asked-for">${hidden({ period: 'custom', ...kept })}
${dayField('first', say('insight.first'), period.first)}${dayField('last', say('insight.last'), period.last)}
<button class="second">${say('insight.show')}</button></form></details></div>
${canMove && html`<nav class="paging" aria-label="${say('insight.period')}"><a href="${moved(period.before.first)}" rel="prev">${say('insight.previous')}</a>${isFirst && html` <a href="${moved(dayAfter(period.last))}" rel="next">${say('insight.following')}</a>`}</nav>`}`
}

const dayField = (name: string, label: string, value: string): Html =>
  html`<p class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" type="date" value="${value}" required></p>`

const dayAfter = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)

function tiles(view: View, { figures, before, address }: InsightModel): Html {
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

function workingWords({ say }: View, { hours }: InsightModel): string {
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  return `${say('insight.defined')} ${say('insight.workingHours', clock(hours.open), clock(hours.close), hours.timeZone)}`
}

/** One question: its plot, if it has one, and its table, folded where the plot shows the same. */
function section(
  view: View,
  model: InsightModel,
  code: TableCode,
  hint: string,
  plot?: Part,
  width = '',
): Html {
  const { say } = view
  const table = tableOf(view, model, code)
  const isNothing = table.rows.every(({ cells }) => cells.every(({ value }) => !value))
  const link = html`<a class="csv" href="${addressOf(model.address, code)}" download aria-label="${say('insight.csv')}: ${table.title}">${say('insight.csv')}</a>`
  const body = isNothing
    ? html`<p class="empty">${say('insight.none')}</p>`
    : html`${plot}${plot && code !== 'states' ? html`<details class="numbers"><summary>${say('insight.numbers')}</summary>${tableHtml(view, table)}</details>` : tableHtml(view, table)}<p class="small">${link}</p>`
  return html`<section class="${width}" aria-labelledby="${code}"><h2 id="${code}">${table.title}</h2>
${hint && html`<p class="quiet">${hint}</p>`}
${body}</section>`
}

function tableHtml(view: View, { title, columns, rows }: Table): Html {
  const [heads, ...others] = columns
  const hasFew = rows.some(({ cells }) => cells.some((cell) => cell.isSmall))
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${title}"><table class="counts"><caption class="hidden">${title}</caption>
<thead><tr><th scope="col">${heads}</th>${others.map(
    (column) => html`<th scope="col" class="number">${column}</th>`,
  )}</tr></thead>
<tbody>${rows.map(
    ({ head, kind, ratio, isPart, cells }) =>
      html`<tr${isPart && html` class="beneath"`}><th scope="row">${kind && html`${swatch(kind)} `}${head}${ratio !== undefined && cellBar(ratio)}</th>${cells.map((cell) => cellHtml(view, cell))}</tr>`,
  )}</tbody></table></div>${hasFew && html`<p class="quiet small">* ${view.say('insight.fewHint')}</p>`}`
}

const cellHtml = ({ say }: View, { words, isSmall: isFew }: Cell): Html =>
  html`<td class="number">${isFew ? html`<abbr title="${say('insight.fewHint')}">${words}<span aria-hidden="true">*</span><span class="hidden"> (${say('insight.few')})</span></abbr>` : words}</td>`

function stepPlot(view: View, model: InsightModel): Html {
  const { say } = view
  const { period, tally } = model
  const hasParts = period.steps.some(({ isPart }) => isPart)
  const columns = period.steps.map(({ first, isPart }, n) => {
    const { submitted = 0, unknown = 0, incomplete = 0 } = tally.steps[n] ?? {}
    return {
      label: shortDay(first, view),
      isPart,
      parts: [
        { kind: 'first', value: submitted - unknown - incomplete },
        { kind: 'second', value: incomplete },
        { kind: 'third', value: unknown },
      ],
    }
  })
  return html`<ul class="legend"><li>${swatch('first')} ${say('insight.steps.complete')}</li><li>${swatch('second')} ${say('insight.steps.incomplete')}</li>${tally.total.unknown > 0 && html`<li>${swatch('third')} ${say('insight.unknown')}</li>`}</ul>
${columnPlot(say('insight.steps'), columns, { unit: say('insight.referrals').toLowerCase(), labelled: 5 })}
${hasParts && html`<p class="quiet small">${say('insight.steps.partHint')}</p>`}`
}

function dayPlot(view: View, { tally }: InsightModel): Html {
  const { say } = view
  const last = tally.days.length - 1
  const columns = tally.days.map((value, n) => ({
    label: n === last ? `>${numberWords(last, view)}` : numberWords(n + 1, view),
    parts: [{ kind: 'first', value }],
  }))
  return html`${columnPlot(say('insight.days'), columns, { unit: say('insight.referrals').toLowerCase(), labelled: 8 })}
<p class="axis-name quiet small">${say('insight.days.axis')}</p>`
}

function statePlot(view: View, { tally }: InsightModel): Html {
  const { say } = view
  const groups = groupedStates(tally.states)
  const whole = groups.reduce((sum, { ms }) => sum + ms, 0)
  return stackedBar(
    say('insight.states'),
    groups.map(({ group, ms }) => ({
      kind: group,
      value: ms,
      mark: percentWords(ms / whole, view),
    })),
  )
}
