/** Of which days the figures are, and what they are narrowed to: forms that write the address. */

import { periodCodes, stepCodes } from '../../../domain/insight/period.ts'
import { type Html, html } from '../../pages/html.ts'
import { hidden, select } from '../components.ts'
import type { View } from '../view.ts'
import { addressOf } from './address.ts'
import type { InsightModel } from './model.ts'

export function choices(view: View, { address, period, role, partners }: InsightModel): Html {
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
