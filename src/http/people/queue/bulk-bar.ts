/** What can be done with several referrals at once: harmless things only, and nothing that decides. */

import { type Html, html, type Part } from '../../pages/html.ts'
import { buttonForm, formTokenField, hidden } from '../components.ts'
import { ownerSelect } from '../desk/owner-select.ts'
import type { View } from '../view.ts'
import { addressOf, queryOf } from './filters.ts'
import type { Queue } from './queue.ts'
import { bulkForm } from './table.ts'

/** Over the rows: take one, choose all, take the list away. */
export function rowTools(view: View, { address, rows, sought, chosen }: Queue): Part {
  const { say } = view
  if (sought !== undefined) return undefined
  const list = queryOf({ ...address, after: undefined })
  const mayTake = address.tab !== 'closed' && address.tab !== 'snoozed'
  const here = addressOf(address)
  const all = `${here}${here.includes('?') ? '&' : '?'}chosen=all`
  return html`<div class="row-tools">${mayTake && html`<span title="${say('desk.takeNextHint')}">${buttonForm(view, '/worklist/take', say('desk.takeNext'), { list })}</span>`}
${
  rows.length > 0 &&
  html`<a href="${chosen ? here : all}" data-choose-all data-all="${say('queue.chooseAll')}" data-none="${say('queue.chooseNone')}">${say(chosen ? 'queue.chooseNone' : 'queue.chooseAll')}</a>
<a href="/worklist/list.csv?${list || 'tab=new'}" download>${say('queue.export')}</a>`
}</div>`
}

/** Under the rows; it stays in sight as long as one of them is chosen. */
export function bulkBar(
  view: View,
  { address, rows, colleagues, me, sought, chosen }: Queue,
): Html | undefined {
  const { say } = view
  if (rows.length === 0) return undefined
  const list = sought === undefined ? queryOf(address) : ''
  return html`<form id="${bulkForm}" method="post" action="/worklist/bulk" class="bulk">${formTokenField(view)}${hidden({ list })}
<fieldset><legend>${say('queue.withChosen')} <span class="count" data-chosen${!chosen && html` hidden`}>${chosen && String(rows.length)}</span></legend>
<span class="one">${ownerSelect(view, colleagues, me, me)}<button class="second" name="do" value="assign">${say('desk.assign')}</button></span>
<button class="second" name="do" value="snooze">${say('desk.snoozeMany')}</button>
<button class="second" name="do" value="print">${say('desk.print')}</button></fieldset></form>`
}
