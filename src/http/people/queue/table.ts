/** The rows of the list: what a nurse looks at before she opens one. */

import type { ServiceRequest } from 'fhir/r4'
import type { Tab } from '../../../domain/referral/worklist.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { type Tone, tag } from '../components.ts'
import { criterionTitle } from '../criterion-title.ts'
import { bornWords, patientName, patientNameHtml } from '../patient.ts'
import { actNames, isOffered } from '../referral/acts.ts'
import { sayCodeOf } from '../referral/words.ts'
import { dateWords, localDate, spanWords, timeWords } from '../times.ts'
import { inEnglish, sayCode, type View } from '../view.ts'
import type { QueueRow } from './rows.ts'

/** What the table is, beside its rows. */
export interface TableSetting {
  /** The list that a row is opened from, as codes. */
  readonly list: string
  /** True when all of them are to be chosen at first. */
  readonly chosen: boolean
  /** The reader, as a colleague. */
  readonly me: string
}

/** The form that the checkboxes belong to: see bulk-bar.ts. */
export const bulkForm = 'bulk'

export const table = (view: View, rows: readonly QueueRow[], setting: TableSetting): Html => {
  const { say } = view
  return html`<table class="queue" data-rows><caption class="hidden">${say('queue.title')}</caption>
<thead><tr><th scope="col"><span class="hidden">${say('queue.column.choose')}</span></th>${(
    ['due', 'patient', 'referral', 'check', 'owner', 'waiting'] as const
  ).map((column) => html`<th scope="col">${say(`queue.column.${column}`)}</th>`)}</tr></thead>
<tbody>${rows.map((row) => rowHtml(view, row, setting))}</tbody></table>`
}

/** What was seen of a row goes with it, so that another's change in between is noticed. */
export const seenOf = ({
  id,
  version,
  desk,
}: {
  readonly id: string
  readonly version: number
  readonly desk: number
}): string => `${id}.${version}.${desk}`

const rowHtml = (view: View, row: QueueRow, { list, chosen, me }: TableSetting): Html => {
  const { say } = view
  const name = patientName(row.patient, view)
  const acts = actNames.filter((act) => isOffered(act, row)).join(' ')
  const open = `/referrals/${row.id}${list === '' ? '' : `?${list}`}`
  return html`<tr data-referral="${row.id}" data-acts="${acts}">
<td class="choose"><input type="checkbox" form="${bulkForm}" name="row" value="${seenOf(row)}" aria-label="${say('queue.choose', name)}"${chosen && html` checked`}></td>
<td data-label="${say('queue.column.due')}">${dueHtml(view, row)}${row.priority !== 'routine' && html` ${tag(sayCode(view, 'priority', row.priority), 'wait')}`}</td>
<th scope="row" data-label="${say('queue.column.patient')}"><a href="${open}" aria-label="${say('queue.open', name)}">${patientNameHtml(row.patient, view)}</a><br><span class="quiet">${bornWords(row.patient, view)}</span></th>
<td data-label="${say('queue.column.referral')}">${reasonHtml(view, row.request)}<br><bdi class="quiet">${row.referrer}</bdi></td>
<td data-label="${say('queue.column.check')}">${checkHtml(view, row)}</td>
<td data-label="${say('queue.column.owner')}">${ownerHtml(view, row, me)}</td>
<td data-label="${say('queue.column.waiting')}">${waitingWords(view, row)}${waitingFor(view, row)}${row.asksForLink && html`<br>${tag(say('link.askedRow'), 'wait')}`}</td>
</tr>`
}

const ownerHtml = ({ say }: View, { owner, ownerName }: QueueRow, me: string): Html =>
  owner === ''
    ? html`<span class="quiet">${say('desk.unassigned')}</span>`
    : html`<bdi>${owner === me ? say('desk.you', ownerName) : ownerName || say('notKnown')}</bdi>`

function waitingFor(view: View, { snoozedUntil, snoozedFor, tab, businessStatus }: QueueRow): Part {
  const { say } = view
  if (snoozedUntil === undefined)
    return (
      tellsStatus.has(tab) &&
      html`<br><span class="quiet">${sayCode(view, 'status', businessStatus)}</span>`
    )
  const until = say('queue.snoozedUntil', dateWords(localDate(snoozedUntil, view), view))
  return html`<br>${tag(until, 'info')}<br><span class="quiet">${sayCodeOf(view, 'desk.reason', snoozedFor ?? 'other')}</span>`
}

/** Where the name of the tab does not say it already. */
const tellsStatus: ReadonlySet<Tab> = new Set(['answered', 'to-schedule', 'stalled', 'closed'])

/** How it stands with the time in words, and by a sign; the tag's colour only repeats it. */
function dueHtml(view: View, { due }: QueueRow): Html {
  const { say, now } = view
  if (due === undefined) return html`<span class="quiet">${say('due.none')}</span>`
  const left = Date.parse(due) - now.getTime()
  const words = say(left < 0 ? 'due.late' : 'due.in', spanWords(left, view))
  const [tone, sign]: readonly [Tone, string] =
    left < 0 ? ['bad', '▲'] : left < 86_400_000 ? ['wait', '◆'] : ['plain', '']
  return html`<time datetime="${due}" title="${timeWords(due, view)}">${tag(words, tone, sign)}</time>`
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
  return html`${tag(sayCode(view, 'overall', check.overall), tones[check.overall] ?? 'plain')}${missing.length > 0 && html`<br><span class="quiet">${missing.slice(0, 2).map((each, n) => html`${n > 0 && ', '}${criterionTitle(view, each)}`)}${rest > 0 && html` ${say('queue.more', rest)}`}</span>`}`
}

export function daysWaiting({ now }: Pick<View, 'now'>, { withClinicSince }: QueueRow): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(withClinicSince)) / 86_400_000))
}

function waitingWords(view: View, row: QueueRow): string {
  const days = daysWaiting(view, row)
  return days < 1 ? view.say('queue.waitingToday') : view.say('queue.waiting', days)
}

function reasonHtml(view: View, request: ServiceRequest | undefined): Html {
  const words = reasonOf(request)
  return words
    ? html`<bdi${inEnglish(view)}>${words}</bdi>`
    : html`<span>${view.say('notKnown')}</span>`
}

/** What the practice wrote as the reason, else what it asks for. */
export const reasonOf = (request: ServiceRequest | undefined): string =>
  [...(request?.reasonCode ?? []), ...(request?.code ? [request.code] : [])]
    .map(({ text, coding = [] }) => text ?? coding.find(({ display }) => display)?.display ?? '')
    .find((words) => words.trim() !== '') ?? ''
