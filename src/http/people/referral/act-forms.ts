/** The fields of each action, filled with what was typed or with what is likely meant. */

import { type Html, html, type Part } from '../../pages/html.ts'
import { type Option, select, textField } from '../components.ts'
import type { Form } from '../form.ts'
import type { View } from '../view.ts'
import { type ActName, declineReasons, findingReasons } from './acts.ts'
import { titleHtml } from './criteria.ts'
import type { ReferralModel } from './model.ts'
import { sayCodeOf } from './words.ts'

/** What is wrong with a field, by its name. */
export type FieldErrors = Readonly<Record<string, string>>

interface Filled {
  readonly view: View
  readonly model: ReferralModel
  readonly form: Form | undefined
  readonly errors: FieldErrors
  /** Of the address: which finding. */
  readonly criterion: string
}

export function actFields(name: ActName, filled: Filled): Part {
  switch (name) {
    case 'decline':
      return text(filled, 'text', 'referral.field.declineText', {
        hint: 'referral.field.declineHint',
      })
    case 'ask':
      return [
        text(filled, 'questions', 'referral.field.questions', {
          hint: 'referral.field.questionsHint',
          value: missingLines(filled.model),
          rows: 6,
        }),
        text(filled, 'text', 'referral.field.message'),
      ]
    case 'schedule':
      return schedule(filled)
    case 'complete':
      return text(filled, 'text', 'referral.field.outcome', {
        hint: 'referral.field.outcomeHint',
        rows: 8,
        required: true,
      })
    case 'note':
      return text(filled, 'text', 'referral.field.note', {
        hint: 'referral.field.noteHint',
        required: true,
      })
    case 'finding':
      return [
        html`<input type="hidden" name="criterion" value="${filled.criterion}"><p><b>${titleHtml(filled.view, filled.model, filled.criterion)}</b></p>`,
        reasons(filled, 'referral.findingReason', findingReasons, 'referral.findingReasons'),
        text(filled, 'text', 'referral.field.findingText'),
      ]
    case 'cancel':
    case 'fail':
    case 'hold':
    case 'call-off':
      return text(filled, 'text', 'referral.field.why', {
        hint: 'referral.field.whyHint',
        required: true,
      })
    default:
      return text(filled, 'text', 'referral.field.optionalNote')
  }
}

interface Wish {
  readonly hint?:
    | 'referral.field.declineHint'
    | 'referral.field.questionsHint'
    | 'referral.field.outcomeHint'
    | 'referral.field.noteHint'
    | 'referral.field.whyHint'
  readonly value?: string
  readonly rows?: number
  readonly required?: boolean
}

type Label = Extract<Parameters<View['say']>[0], `referral.field.${string}`>

function text({ view, form, errors }: Filled, name: string, label: Label, wish: Wish = {}): Html {
  const { say } = view
  const plain = say as (key: Label) => string
  return textField({
    name,
    label: `${plain(label)}${wish.required || label === 'referral.field.questions' ? '' : ` (${say('form.optional')})`}`,
    rows: wish.rows ?? 4,
    value: form ? form.text(name) : wish.value,
    error: errors[name],
    ...(wish.hint ? { hint: say(wish.hint) } : {}),
    ...(wish.required ? { required: true } : {}),
  })
}

/** One press chooses the reason and declines: there is nothing to do after it that could be forgotten. */
export function declineButtons(view: View, form: Form | undefined, { reason: error }: FieldErrors) {
  const { say } = view
  const chosen = form?.text('reason')
  return html`<fieldset class="field reasons${error && ' wrong'}" id="reason" aria-describedby="reason-hint${error && ' reason-error'}"><legend>${say('referral.declineReason')}</legend>
<span class="hint" id="reason-hint">${say('act.chooseSends')}</span>
${error && html`<span class="error" id="reason-error">${error}</span>`}
${declineReasons.map((code) => {
  const words = sayCodeOf(view, 'referral.reason', code)
  return html`<button class="second" name="reason" value="${code}">${code === chosen ? say('act.chosen', words) : words}</button>`
})}</fieldset>`
}

/** Radio buttons: all reasons are seen at once, and one press chooses. */
function reasons(
  { view, form, errors }: Filled,
  group: string,
  codes: readonly string[],
  legend: 'referral.findingReasons',
): Html {
  const error = errors.reason
  const chosen = form?.text('reason')
  return html`<fieldset class="field${error && ' wrong'}" id="reason"${error && html` aria-describedby="reason-error"`}><legend>${view.say(legend)}</legend>
${error && html`<span class="error" id="reason-error">${error}</span>`}
${codes.map(
  (code) =>
    html`<p class="choice"><input type="radio" id="reason-${code}" name="reason" value="${code}" required${code === chosen && html` checked`}><label for="reason-${code}">${sayCodeOf(view, group, code)}</label></p>`,
)}</fieldset>`
}

/** One line for each thing that the check misses, as its own sentences ask for it. */
function missingLines({ check, policy }: ReferralModel): string {
  // An alternative counts only through the criterion that it serves.
  const parts = new Set(
    (policy?.criteria ?? []).flatMap(({ id, partOf }): string[] => (partOf ? [id] : [])),
  )
  const lines = (check?.criteria ?? []).flatMap(({ id, verdict, needed }) =>
    verdict === 'met' || parts.has(id) ? [] : needed,
  )
  return [...new Set(lines)].join('\n')
}

const lengths = ['30', '45', '60', '90', '120', '180', '240'] as const

function schedule(filled: Filled): Part {
  const { view, form, errors } = filled
  const { say } = view
  const minutes: readonly Option[] = lengths.map((value) => ({
    value,
    words: say('referral.minutes', Number(value)),
  }))
  return [
    textField({
      name: 'start',
      label: say('referral.field.start'),
      hint: say('referral.field.startHint', view.timeZone.replaceAll('_', ' ')),
      type: 'datetime-local',
      value: form?.text('start'),
      error: errors.start,
      required: true,
    }),
    select('minutes', say('referral.field.minutes'), minutes, form?.text('minutes') ?? '60'),
    text(filled, 'text', 'referral.field.place'),
  ]
}

export const isLength = (value: string): boolean => (lengths as readonly string[]).includes(value)
