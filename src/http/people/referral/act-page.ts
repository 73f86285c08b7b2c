/** The form of one action: sent again, with what was typed, when something has to be mended. */

import { type Html, html } from '../../pages/html.ts'
import { errorSummary, formTokenField, hidden, notice } from '../components.ts'
import type { Form } from '../form.ts'
import type { View } from '../view.ts'
import { actFields, type FieldErrors } from './act-forms.ts'
import { type ActName, isOnePress } from './acts.ts'
import type { ReferralModel } from './model.ts'
import { nameOf } from './page.ts'
import { sayCodeOf } from './words.ts'

export interface ActPage {
  readonly name: ActName
  readonly form?: Form | undefined
  readonly errors?: FieldErrors
  /** What stood in the way: another's change. */
  readonly told?: Html | undefined
  readonly criterion?: string
}

export function actPage(view: View, model: ReferralModel, page: ActPage): Html {
  const { say } = view
  const { name, form, errors = {}, told, criterion = form?.text('criterion') ?? '' } = page
  const path = `/referrals/${model.referral.id}`
  const words = sayCodeOf(view, 'referral.act', name)
  // Mending a field is no look at what another changed: only a form that tells of it is of now.
  const version = form && !told ? form.text('version') : String(model.version)
  return html`<p><a href="${path}">${say('referral.back')}</a></p>
${told}
${errorSummary(say('form.errors'), Object.entries(errors))}
<h1>${words}</h1><p dir="auto">${say('referral.forPatient', nameOf(view, model))}</p>
<form method="post" action="${path}/${name}" novalidate>${formTokenField(view)}${hidden({ version })}
${actFields(name, { view, model, form, errors, criterion })}
<div class="actions"><button${isOnePress(name) && html` data-focus`}>${words}</button></div></form>`
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
