/** Somebody's drafts: each with what it is for, until when it is kept, and the way on. */

import { type Html, html, type Part } from '../../pages/html.ts'
import { formTokenField, hidden, notice } from '../components.ts'
import type { Form } from '../form.ts'
import { patientName } from '../patient.ts'
import { isOffered } from '../referral/acts.ts'
import { sayCodeOf } from '../referral/words.ts'
import { dateWords, timeWords } from '../times.ts'
import { sayCode, type View } from '../view.ts'
import type { Kept } from './kept.ts'
import { addressOfDraft, type DraftRow, expires } from './notices.ts'

/** Quiet: what it does cannot be undone, and is seldom wanted. */
export const discardForm = (
  view: View,
  address: string,
  fields: Readonly<Record<string, string>>,
): Html => html`<form method="post" action="${address}/discard" class="inline">${formTokenField(view)}${hidden(fields)}
<button class="plain">${view.say('draft.discard')}</button></form>`

export function draftsPage(view: View, rows: readonly DraftRow[], told: Html | undefined): Html {
  const { say } = view
  return html`${told}<h1>${say('draft.title')}</h1><p>${say('draft.intro')}</p>
${rows.length === 0 && html`<p class="empty">${say('draft.none')} <a href="/worklist">${say('queue.title')}</a></p>`}
${rows.map((row) => draftHtml(view, row, patientName(row.patient, view), 'drafts'))}`
}

/** The drafts of one referral, on its page. */
export function draftsHere(
  view: View,
  kept: readonly Kept[],
  referral: DraftRow['referral'],
): Html | undefined {
  const shown = kept.filter(({ draft }) => !draft.sendAt)
  if (shown.length === 0) return undefined
  return html`<section class="no-print" aria-labelledby="drafts"><h2 id="drafts">${view.say('draft.onReferral')}</h2>
${shown.map((each) => draftHtml(view, { ...each, referral, patient: undefined }, undefined, 'referral'))}</section>`
}

/** What can be gone on with is a link; what cannot be done any more is shown, so that it can be copied. */
function draftHtml(
  view: View,
  row: DraftRow,
  patient: string | undefined,
  from: 'drafts' | 'referral',
): Html {
  const { say } = view
  const { draft, act, content, criterion, referral } = row
  const words = sayCodeOf(view, 'referral.act', act)
  const until = dateWords(draft.expiresAt, view)
  const canGoOn = referral !== undefined && isOffered(act, referral) && content !== undefined
  const path = `/referrals/${draft.referralId}`
  return html`<article class="note">${patient === undefined ? html`<h3>${words}</h3>` : html`<h2 dir="auto"><a href="${path}">${say('draft.ofPatient', words, patient)}</a></h2>`}
<p class="quiet">${say('draft.until', timeWords(draft.savedAt, view), until)}</p>
${expires(draft, view) && notice(say('draft.expiring', until), 'wait')}
${content === undefined && notice(say('draft.unreadable'), 'wait')}
${!canGoOn && content && html`<p>${say('draft.movedOn', referral ? sayCode(view, 'status', referral.businessStatus) : say('notKnown'))}</p>`}
${content && typedText(content.form)}
<div class="actions">${canGoOn && html`<a class="button" href="${path}/${act}${criterion && `?criterion=${criterion}`}">${say('draft.goOn', words)}</a>`}
${discardForm(view, addressOfDraft(draft), { from })}</div></article>`
}

const typedText = (form: Form): Part =>
  ['text', 'questions']
    .map((name) => form.text(name))
    .filter((value) => value !== '')
    .map((value) => html`<pre dir="auto">${value}</pre>`)
