/** Somebody's drafts: each with what it is for, until when it is kept, and the way on. */

import { type Html, html, type Part } from '../../pages/html.ts'
import { buttonForm, notice } from '../components.ts'
import type { Form } from '../form.ts'
import { patientName } from '../patient.ts'
import { isOffered } from '../referral/acts.ts'
import { sayCodeOf } from '../referral/words.ts'
import { dateWords, timeWords } from '../times.ts'
import { sayCode, type View } from '../view.ts'
import type { Kept } from './kept.ts'
import { addressOfDraft, type DraftRow, expires } from './notices.ts'

export function draftsPage(view: View, rows: readonly DraftRow[], discarded: boolean): Html {
  const { say } = view
  return html`${discarded && notice(say('draft.discarded'), 'good', true)}
<h1>${say('draft.title')}</h1><p>${say('draft.intro')}</p>
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
  return html`<article class="note"><h3 dir="auto">${patient === undefined ? words : html`<a href="${path}">${say('draft.ofPatient', words, patient)}</a>`}</h3>
<p class="quiet">${say('draft.until', timeWords(draft.savedAt, view), until)}</p>
${expires(draft, view) && notice(say('draft.expiring', until), 'wait')}
${content === undefined && notice(say('draft.unreadable'), 'wait')}
${!canGoOn && content && html`<p>${say('draft.movedOn', referral ? sayCode(view, 'status', referral.businessStatus) : say('notKnown'))}</p>`}
${content && typedText(content.form)}
<div class="actions">${canGoOn && html`<a class="button second" href="${path}/${act}${criterion && `?criterion=${criterion}`}">${say('draft.goOn', words)}</a>`}
${buttonForm(view, `${addressOfDraft(draft)}/discard`, say('draft.discard'), { from })}</div></article>`
}

const typedText = (form: Form): Part =>
  ['text', 'questions']
    .map((name) => form.text(name))
    .filter((value) => value !== '')
    .map((value) => html`<pre dir="auto">${value}</pre>`)
