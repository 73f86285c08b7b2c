/** The form of one action: sent again, with what was typed, when something has to be mended. */

import { type Html, html, type Part } from '../../pages/html.ts'
import { errorSummary, formTokenField, hidden, notice } from '../components.ts'
import { draftAct, type Kept } from '../drafts/kept.ts'
import { discardForm } from '../drafts/page.ts'
import type { Form } from '../form.ts'
import { clockWords, dateWords, timeWords } from '../times.ts'
import type { View } from '../view.ts'
import { actFields, declineButtons, type FieldErrors } from './act-forms.ts'
import { type ActName, isOnePress } from './acts.ts'
import type { ReferralModel } from './model.ts'
import { listOf, withList } from './next.ts'
import { nameOf } from './page.ts'
import { sayCodeOf } from './words.ts'

export interface ActPage {
  readonly name: ActName
  readonly form?: Form | undefined
  readonly errors?: FieldErrors
  /** What stood in the way: another's change. */
  readonly told?: Html | undefined
  /** What was typed before and is found again. */
  readonly kept?: Kept | undefined
  /** Who else is there, and what changes meanwhile. */
  readonly company?: Html | undefined
  readonly criterion?: string
}

export function actPage(view: View, model: ReferralModel, page: ActPage): Html {
  const { say } = view
  const { name, kept, errors = {}, told } = page
  const form = page.form ?? kept?.content?.form
  const criterion = page.criterion ?? form?.text('criterion') ?? ''
  const list = listOf(view, page.form)
  const path = `/referrals/${model.referral.id}`
  const words = sayCodeOf(view, 'referral.act', name)
  // Mending a field is no look at what another changed: only a form that tells of it is of now.
  const version = page.form && !told ? page.form.text('version') : String(model.version)
  const draft = `${path}/drafts/${draftAct(name, criterion)}`
  return html`<p><a href="${withList(path, list)}">${say('referral.back')}</a></p>
${told}${page.company}
${errorSummary(say('form.errors'), Object.entries(errors))}
<h1>${words}</h1><p dir="auto">${say('referral.forPatient', nameOf(view, model))}</p>
${foundAgain(view, model, kept)}
<form method="post" action="${path}/${name}" novalidate data-draft="${draft}" data-failed="${say('draft.failed')}" data-signed-out="${say('draft.signedOut')}" data-too-long="${say('draft.tooLong')}">${formTokenField(view)}${hidden({ version, ...(list ? { list } : {}) })}
${actFields(name, { view, model, form, errors, criterion })}
${name === 'decline' ? declining(view, form, errors) : buttons(view, name, words)}
<p class="keeping"><button class="plain" formaction="${draft}" formnovalidate>${say('draft.keep')}</button> <span class="quiet" role="status" data-draft-state>${kept ? say('draft.saved', clockWords(kept.draft.savedAt, view)) : say('draft.saving')}</span></p></form>
${kept && html`<div class="keeping">${discardForm(view, draft, list ? { list } : {})}</div>`}`
}

/** Triage goes on to the next of the list; what comes later is done one by one. */
const hasNext: ReadonlySet<ActName> = new Set(['accept', 'ask'])

const buttons = (view: View, name: ActName, words: string): Html =>
  html`<div class="actions"><button${isOnePress(name) && html` data-focus`}>${words}</button>
${hasNext.has(name) && html`<button class="second" name="go" value="next">${view.say('act.andNext', words)}</button>`}</div>`

/** The reason is the button: who has chosen has confirmed. */
const declining = (view: View, form: Form | undefined, errors: FieldErrors): Part => [
  html`<p class="choice"><input type="checkbox" id="go" name="go" value="next"${(!form || form.has('go')) && html` checked`}><label for="go">${view.say('act.thenNext')}</label></p>`,
  declineButtons(view, form, errors),
]

function foundAgain(view: View, { version }: ReferralModel, kept: Kept | undefined): Part {
  if (!kept) return undefined
  const { say } = view
  const { savedAt, expiresAt, version: writtenOn } = kept.draft
  return notice(
    html`${kept.content ? say('draft.found', timeWords(savedAt, view), dateWords(expiresAt, view)) : say('draft.unreadable')}${writtenOn !== version && html` ${say('draft.older')}`}`,
    writtenOn === version ? 'info' : 'wait',
  )
}

/** The referral cannot be changed that way any more; what was typed is not lost. */
export function movedOnPage(view: View, model: ReferralModel, form: Form, told: Html): Html {
  const { say } = view
  const typed = form
    .fields()
    .filter(([name, value]) => name !== 'version' && /\s/.test(value.trim()))
  return html`<p><a href="/referrals/${model.referral.id}">${say('referral.back')}</a></p>
${told}${notice(say('referral.movedOn'), 'wait')}
${typed.length > 0 && html`<h2>${say('referral.typed')}</h2>${typed.map(([, value]) => html`<pre dir="auto">${value}</pre>`)}`}`
}
