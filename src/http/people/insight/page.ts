/** The figures as a page: few numbers large, then each question with its plot and its table. */

import { groupedStates } from '../../../domain/insight/figures.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { notice } from '../components.ts'
import type { View } from '../view.ts'
import { addressOf } from './address.ts'
import { daysWords, numberWords, percentWords, shortDay } from './amounts.ts'
import type { Cell, Table } from './cells.ts'
import { choices } from './choices.ts'
import type { InsightModel } from './model.ts'
import { cellBar, columnPlot, stackedBar, swatch } from './plots.ts'
import { type TableCode, tableOf } from './tables.ts'
import { tiles } from './tiles.ts'

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
