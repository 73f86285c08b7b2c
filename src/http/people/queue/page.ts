/** The list as a page: tabs, search, filters, rows. */

import type { ServiceRequest } from 'fhir/r4'
import { mostCounted, type Tab, tabs } from '../../../domain/referral/worklist.ts'
import { overalls } from '../../../domain/screening/policy.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { formTokenField, hidden, type Option, select, type Tone, tag } from '../components.ts'
import { bornWords, patientName, patientNameHtml } from '../patient.ts'
import { spanWords, timeWords } from '../times.ts'
import { inEnglish, sayCode, type View } from '../view.ts'
import { addressOf, dues, priorities, type QueueAddress } from './filters.ts'
import type { QueueRow } from './rows.ts'

export interface Queue {
  readonly address: QueueAddress
  readonly counts: Readonly<Record<Tab, number>>
  readonly rows: readonly QueueRow[]
  /** The address of the page behind this one. */
  readonly next: string | undefined
  /** Practices to filter by. */
  readonly referrers: readonly { readonly id: string; readonly name: string }[]
  /** What was searched for; undefined for a tab. */
  readonly sought?: string
}

export function queuePage(view: View, queue: Queue): Html {
  const { say } = view
  return html`<h1>${say('queue.title')}</h1>
<div role="status"><p class="notice info" data-live="/worklist/live" hidden><span data-words>${say('queue.changed')}</span> <a href="${addressOf(queue.address)}">${say('queue.reload')}</a></p></div>
${tabList(view, queue)}
<div class="tools">${searchForm(view, queue)}${filterForm(view, queue)}</div>
${chips(view, queue)}
${queue.rows.length > 0 ? table(view, queue.rows) : empty(view, queue)}
${paging(view, queue)}
${view.shortcuts && html`<p class="quiet keys-hint">${say('queue.keys')}</p>`}`
}

function countWords({ locale }: View, count: number): string {
  const words = count.toLocaleString(locale)
  return count < mostCounted ? words : `${words}+`
}

const tabList = (view: View, { address, counts, sought }: Queue): Html => {
  const { say } = view
  return html`<nav class="tabs" aria-label="${say('queue.tabs')}"><ul>${tabs.map(
    (tab) =>
      html`<li><a href="${addressOf({ ...address, tab, after: undefined })}"${tab === address.tab && sought === undefined && html` aria-current="page"`}>${say(`queue.tab.${tab}`)} <span class="count">${countWords(view, counts[tab])}</span></a></li>`,
  )}</ul></nav>`
}

/** By POST: what is typed here names a patient, and an address is kept in too many places. */
const searchForm = (view: View, { sought = '' }: Queue): Html => {
  const { say } = view
  return html`<form method="post" action="/worklist/find" role="search" class="find">${formTokenField(view)}
<label for="find">${say('queue.find')}</label>
<span class="hint" id="find-hint">${say('queue.findHint')}</span>
<span class="row"><input id="find" name="find" type="search" value="${sought}" maxlength="100" autocomplete="off" aria-describedby="find-hint" data-key="/"><button class="second">${say('queue.search')}</button></span>
</form>`
}

const filterForm = (view: View, { address, referrers }: Queue): Html => {
  const { say } = view
  const any: Option = { value: '', words: say('queue.any') }
  const codes = (group: 'priority' | 'overall', all: readonly string[]): Option[] => [
    any,
    ...all.map((value) => ({ value, words: sayCode(view, group, value) })),
  ]
  return html`<details class="filters"${isFiltered(address) && html` open`}><summary>${say('queue.filter')}</summary>
<form method="get" action="/worklist">${hidden({ tab: address.tab })}
${select('priority', say('queue.priority'), codes('priority', priorities), address.priority)}
${select('overall', say('queue.overall'), codes('overall', overalls), address.overall)}
${select('referrer', say('queue.referrer'), [any, ...referrers.map(({ id, name }) => ({ value: id, words: name }))], address.referrer)}
${select('due', say('queue.due'), [any, ...dues.map((value) => ({ value, words: say(`queue.due.${value}`) }))], address.due)}
<button class="second">${say('queue.apply')}</button></form></details>`
}

const isFiltered = ({ priority, overall, referrer, due }: QueueAddress): boolean =>
  [priority, overall, referrer, due].some((each) => each !== undefined)

/** What the list is narrowed by, each with a way to take it back. */
function chips(view: View, { address, referrers }: Queue): Part {
  const { say } = view
  if (!isFiltered(address)) return undefined
  const { priority, overall, referrer, due } = address
  const given: readonly (readonly [keyof QueueAddress, string])[] = [
    ...(priority ? [['priority', sayCode(view, 'priority', priority)] as const] : []),
    ...(overall ? [['overall', sayCode(view, 'overall', overall)] as const] : []),
    ...(referrer
      ? [['referrer', referrers.find(({ id }) => id === referrer)?.name ?? referrer] as const]
      : []),
    ...(due ? [['due', say(`queue.due.${due}`)] as const] : []),
  ]
  const without = (name: keyof QueueAddress) =>
    addressOf({ ...address, [name]: undefined, after: undefined })
  return html`<ul class="chips">${given.map(
    ([name, words]) =>
      html`<li><a href="${without(name)}" aria-label="${say('queue.without', words)}">${words} <span aria-hidden="true">×</span></a></li>`,
  )}<li><a href="${addressOf({ tab: address.tab })}">${say('queue.clear')}</a></li></ul>`
}

const table = (view: View, rows: readonly QueueRow[]): Html => {
  const { say } = view
  return html`<table class="queue" data-rows><caption class="hidden">${say('queue.title')}</caption>
<thead><tr>${(['due', 'patient', 'referral', 'check', 'waiting'] as const).map(
    (column) => html`<th scope="col">${say(`queue.column.${column}`)}</th>`,
  )}</tr></thead>
<tbody>${rows.map((row) => rowHtml(view, row))}</tbody></table>`
}

const rowHtml = (view: View, row: QueueRow): Html => {
  const { say } = view
  const name = patientName(row.patient, view)
  return html`<tr data-referral="${row.id}">
<td data-label="${say('queue.column.due')}">${dueHtml(view, row)}${row.priority !== 'routine' && html` ${tag(sayCode(view, 'priority', row.priority), 'wait')}`}</td>
<th scope="row" data-label="${say('queue.column.patient')}"><a href="/referrals/${row.id}" aria-label="${say('queue.open', name)}">${patientNameHtml(row.patient, view)}</a><br><span class="quiet">${bornWords(row.patient, view)}</span></th>
<td data-label="${say('queue.column.referral')}">${reasonHtml(view, row.request)}<br><bdi class="quiet">${row.referrer}</bdi></td>
<td data-label="${say('queue.column.check')}">${checkHtml(view, row)}</td>
<td data-label="${say('queue.column.waiting')}">${waitingWords(view, row)}${tellsStatus.has(row.tab) && html`<br><span class="quiet">${sayCode(view, 'status', row.businessStatus)}</span>`}</td>
</tr>`
}

/** Where the name of the tab does not say it already. */
const tellsStatus: ReadonlySet<Tab> = new Set(['answered', 'to-schedule', 'stalled', 'closed'])

/** How it stands with the time in words; the tag's colour only repeats it. */
function dueHtml(view: View, { due }: QueueRow): Html {
  const { say, now } = view
  if (due === undefined) return html`<span class="quiet">${say('due.none')}</span>`
  const left = Date.parse(due) - now.getTime()
  const words = say(left < 0 ? 'due.late' : 'due.in', spanWords(left, view))
  const tone: Tone = left < 0 ? 'bad' : left < 86_400_000 ? 'wait' : 'plain'
  return html`<time datetime="${due}" title="${timeWords(due, view)}">${tag(words, tone)}</time>`
}

const tones: Readonly<Record<string, Tone>> = {
  ready: 'good',
  incomplete: 'wait',
  'clinician-review': 'info',
  'not-eligible': 'bad',
  contraindicated: 'bad',
}

function checkHtml(view: View, { check, missing }: QueueRow): Part {
  const { say } = view
  if (!check) return say('notKnown')
  const rest = missing.length - 2
  return html`${tag(sayCode(view, 'overall', check.overall), tones[check.overall] ?? 'plain')}${missing.length > 0 && html`<br><span class="quiet"><span${inEnglish(view)}>${missing.slice(0, 2).join(', ')}</span>${rest > 0 && html` ${say('queue.more', rest)}`}</span>`}`
}

function waitingWords({ say, now }: View, { withClinicSince }: QueueRow): string {
  const days = Math.floor((now.getTime() - Date.parse(withClinicSince)) / 86_400_000)
  return days < 1 ? say('queue.waitingToday') : say('queue.waiting', days)
}

function reasonHtml(view: View, request: ServiceRequest | undefined): Html {
  const words = reasonOf(request)
  return words
    ? html`<bdi${inEnglish(view)}>${words}</bdi>`
    : html`<span>${view.say('notKnown')}</span>`
}

/** What the practice wrote as the reason, else what it asks for. */
const reasonOf = (request: ServiceRequest | undefined): string =>
  [...(request?.reasonCode ?? []), ...(request?.code ? [request.code] : [])]
    .map(({ text, coding = [] }) => text ?? coding.find(({ display }) => display)?.display ?? '')
    .find((words) => words.trim() !== '') ?? ''

const empty = ({ say }: View, { address, sought }: Queue): Html =>
  html`<p class="empty">${say(sought !== undefined || isFiltered(address) ? 'queue.emptyFound' : 'queue.empty')}</p>`

const paging = ({ say }: View, { address, next }: Queue): Part =>
  (address.after || next) &&
  html`<nav class="paging" aria-label="${say('queue.next')}">${address.after && html`<a href="${addressOf({ ...address, after: undefined })}">${say('queue.first')}</a>`} ${next && html`<a href="${next}" rel="next">${say('queue.next')}</a>`}</nav>`
