/** A practice's list as a page: what needs it, what is with a clinic, what is over. */

import {
  type PracticeListName,
  practiceListOf,
  practiceLists,
} from '../../../domain/referral/practice-list.ts'
import { mostCounted } from '../../../domain/referral/worklist.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { formTokenField, hidden, select, type Tone, tag } from '../components.ts'
import { bornWords, patientName, patientNameHtml } from '../patient.ts'
import { sayCodeOf } from '../referral/words.ts'
import { dateWords, localDate, spanWords, timeWords } from '../times.ts'
import { sayCode, type View } from '../view.ts'
import { addressOf, type ListAddress } from './list-address.ts'
import type { PracticeRow } from './rows.ts'

export interface PracticeList {
  readonly address: ListAddress
  readonly counts: Readonly<Record<PracticeListName, number>>
  readonly rows: readonly PracticeRow[]
  /** The address of the page behind this one. */
  readonly next: string | undefined
  readonly clinics: readonly { readonly id: string; readonly name: string }[]
  /** What was searched for; undefined for a list. */
  readonly sought?: string
}

export function practiceListPage(view: View, model: PracticeList): Html {
  const { say } = view
  const { rows } = model
  return html`<h1>${say('practice.title')}</h1>
${tabs(view, model)}
<div class="tools">${search(view, model)}${filter(view, model)}</div>
${rows.length > 0 ? table(view, rows) : html`<p class="empty">${say(emptyWords(model))}</p>`}
${paging(view, model)}`
}

const emptyWords = ({ address, sought }: PracticeList) =>
  address.clinic || sought !== undefined
    ? ('practice.emptyFound' as const)
    : (`practice.empty.${address.list}` as const)

/** By POST: what is typed here names a patient, and an address is kept in too many places. */
const search = (view: View, { sought = '' }: PracticeList): Html => {
  const { say } = view
  return html`<form method="post" action="/practice/find" role="search" class="find">${formTokenField(view)}
<label for="find">${say('queue.find')}</label>
<span class="hint" id="find-hint">${say('queue.findHint')}</span>
<span class="row"><input id="find" name="find" type="search" value="${sought}" maxlength="100" autocomplete="off" aria-describedby="find-hint" data-key="/"><button class="second">${say('queue.search')}</button></span>
</form>`
}

const tabs = (view: View, { address, counts, sought }: PracticeList): Html => {
  const { say, locale } = view
  return html`<nav class="tabs" aria-label="${say('practice.lists')}"><ul>${practiceLists.map(
    (list) =>
      html`<li><a href="${addressOf({ ...address, list, after: undefined })}"${list === address.list && sought === undefined && html` aria-current="page"`}>${say(`practice.list.${list}`)} <span class="count">${counts[list].toLocaleString(locale)}${counts[list] >= mostCounted && '+'}</span></a></li>`,
  )}</ul></nav>`
}

const filter = (view: View, { address, clinics }: PracticeList): Html => {
  const { say } = view
  const options = clinics.map(({ id, name }) => ({ value: id, words: name }))
  return html`<details class="filters"${address.clinic && html` open`}><summary>${say('queue.filter')}</summary>
<form method="get" action="/practice">${hidden({ list: address.list })}
${select('clinic', say('practice.clinic'), [{ value: '', words: say('queue.any') }, ...options], address.clinic)}
<button class="second">${say('queue.apply')}</button>${address.clinic && html` <a href="${addressOf({ list: address.list })}">${say('queue.clear')}</a>`}</form></details>`
}

const table = (view: View, rows: readonly PracticeRow[]): Html => {
  const { say } = view
  return html`<table class="queue" data-rows><caption class="hidden">${say('practice.title')}</caption>
<thead><tr>${(['due', 'patient', 'clinic', 'standing', 'sent'] as const).map(
    (column) => html`<th scope="col">${say(`practice.column.${column}`)}</th>`,
  )}</tr></thead>
<tbody>${rows.map((row) => rowHtml(view, row))}</tbody></table>`
}

const rowHtml = (view: View, row: PracticeRow): Html => {
  const { say } = view
  const words = say('practice.open', patientName(row.patient, view))
  return html`<tr data-referral="${row.id}">
<td data-label="${say('practice.column.due')}">${due(view, row)}${row.priority !== 'routine' && html` ${tag(sayCode(view, 'priority', row.priority), 'wait')}`}</td>
<th scope="row" data-label="${say('practice.column.patient')}"><a href="/practice/${row.id}" aria-label="${words}">${patientNameHtml(row.patient, view)}</a><br><span class="quiet">${bornWords(row.patient, view)}</span></th>
<td data-label="${say('practice.column.clinic')}">${row.clinic}</td>
<td data-label="${say('practice.column.standing')}">${tag(standingWords(view, row.businessStatus), standingTone(row))}${progress(view, row)}</td>
<td data-label="${say('practice.column.sent')}"><time datetime="${row.createdAt}" title="${timeWords(row.createdAt, view)}">${dateWords(localDate(row.createdAt, view), view)}</time></td>
</tr>`
}

/** Where a referral stands, as its practice reads it. */
export const standingWords = (view: View, businessStatus: string): string =>
  sayCodeOf(view, 'practice.is', businessStatus)

export function standingTone(row: Pick<PracticeRow, 'status' | 'businessStatus'>): Tone {
  if (row.businessStatus === 'completed') return 'good'
  if (row.businessStatus === 'declined' || row.businessStatus === 'failed') return 'bad'
  return practiceListOf(row) === 'answer'
    ? 'wait'
    : practiceListOf(row) === 'closed'
      ? 'plain'
      : 'info'
}

const progress = ({ say }: View, { progress: of, draft }: PracticeRow): Part =>
  (of || draft) &&
  html`<br><span class="quiet">${of && say('practice.answered', of.answered, of.asked)}${draft && html`${of && ', '}${say('practice.unsent')}`}</span>`

/** Whose turn it is stands beside it; the time is the practice's own only where it has to act. */
function due(view: View, row: PracticeRow): Part {
  const { say, now } = view
  if (row.due === undefined) return html`<span class="quiet">${say('due.none')}</span>`
  const left = Date.parse(row.due) - now.getTime()
  const words = say(left < 0 ? 'due.late' : 'due.in', spanWords(left, view))
  if (practiceListOf(row) !== 'answer') return html`<span class="quiet">${words}</span>`
  const tone: Tone = left < 0 ? 'bad' : left < 2 * 86_400_000 ? 'wait' : 'plain'
  return html`<time datetime="${row.due}" title="${timeWords(row.due, view)}">${tag(words, tone)}</time>`
}

const paging = ({ say }: View, { address, next }: PracticeList): Part =>
  (address.after || next) &&
  html`<nav class="paging" aria-label="${say('queue.next')}">${address.after && html`<a href="${addressOf({ ...address, after: undefined })}">${say('queue.first')}</a>`} ${next && html`<a href="${next}" rel="next">${say('queue.next')}</a>`}</nav>`
