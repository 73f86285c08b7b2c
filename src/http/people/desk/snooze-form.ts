/** Until when, and what for: the form of snoozing one referral or several. */

import { atWallClock } from '../../../domain/access/working-hours.ts'
import { type SnoozeReason, snoozeReasons } from '../../../domain/referral/desk.ts'
import { type Html, html } from '../../pages/html.ts'
import { errorSummary, formTokenField, hidden, textField } from '../components.ts'
import type { Form } from '../form.ts'
import { sayCodeOf } from '../referral/words.ts'
import { localDate } from '../times.ts'
import type { View } from '../view.ts'

export type SnoozeErrors = Readonly<Partial<Record<'until' | 'reason', string>>>

const dayMs = 86_400_000
const farthestMs = 366 * dayMs

/** @returns what is wished for, or what is wrong with it, by field */
export function readSnooze(
  { say, timeZone, now }: View,
  form: Form,
): { readonly until: string; readonly reason: SnoozeReason } | { readonly errors: SnoozeErrors } {
  const until = atWallClock(`${form.text('until')}T00:00`, timeZone)
  const reason = snoozeReasons.find((code) => code === form.text('reason'))
  const ahead = until === undefined ? 0 : Date.parse(until) - now.getTime()
  const isDay = ahead > 0 && ahead < farthestMs
  if (until && isDay && reason) return { until, reason }
  return {
    errors: {
      ...(isDay ? {} : { until: say('desk.untilWrong') }),
      ...(reason ? {} : { reason: say('referral.chooseReason') }),
    },
  }
}

interface SnoozeForm {
  readonly action: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Whom it is about. */
  readonly about: Html
  readonly back: Html
  readonly form?: Form
  readonly errors?: SnoozeErrors
}

export function snoozeForm(view: View, given: SnoozeForm): Html {
  const { say } = view
  const { action, fields, about, back, form, errors = {} } = given
  const tomorrow = localDate(new Date(view.now.getTime() + dayMs).toISOString(), view)
  const chosen = form?.text('reason')
  return html`<p>${back}</p>
${errorSummary(say('form.errors'), Object.entries(errors))}
<h1>${say('desk.snooze')}</h1>
${about}
<form method="post" action="${action}" novalidate>${formTokenField(view)}${fields.map(([name, value]) => hidden({ [name]: value }))}
${textField({ name: 'until', label: say('desk.until'), hint: say('desk.untilHint'), type: 'date', value: form?.text('until') ?? tomorrow, error: errors.until })}
<fieldset class="field${errors.reason && ' wrong'}" id="reason"${errors.reason && html` aria-describedby="reason-error"`}><legend>${say('desk.reason')}</legend>
${errors.reason && html`<span class="error" id="reason-error">${errors.reason}</span>`}
${snoozeReasons.map(
  (code) =>
    html`<div class="choice"><input type="radio" id="reason-${code}" name="reason" value="${code}"${code === chosen && html` checked`}><label for="reason-${code}">${sayCodeOf(view, 'desk.reason', code)}</label></div>`,
)}</fieldset>
<div class="actions"><button>${say('desk.snooze')}</button></div></form>`
}
