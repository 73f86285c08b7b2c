/** One question: its label, why its value is what it is, what is wrong with it, and its fields. */

import type { QuestionnaireItem } from 'fhir/r4'
import { fieldOf } from '../../../domain/questionnaire/fields.ts'
import { initialOf, limitsOf, longestOf } from '../../../domain/questionnaire/items.ts'
import { isFromRecord } from '../../../domain/screening/prefilled.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { publishedText } from '../published-text.ts'
import { dateWords } from '../times.ts'
import type { View } from '../view.ts'
import { type Asked, valuesIn } from './asked.ts'
import { controlFor } from './controls.ts'

export function question(asked: Asked): Html {
  const { view, item, about, fault, theirs } = asked
  const { say } = view
  const id = fieldOf(item.linkId)
  const notes: readonly (readonly [part: string, words: Part])[] = [
    ...(item.item ?? [])
      .filter(({ type, linkId }) => type === 'display' && !isFromRecord(linkId))
      .map(({ text }) => publishedText(view, text))
      .map((words, n): readonly [string, Part] => [`note${n}`, words]),
    ...hintsFor(asked).map((words, n): readonly [string, Part] => [`hint${n}`, words]),
    ...(initialOf(item).length > 0 && !item.readOnly
      ? [['from', fromRecord(view, item)] as const]
      : []),
    ...(theirs ? [['theirs', html`<span dir="auto">${theirs}</span>`] as const] : []),
  ]
  const described = [...notes.map(([part]) => `${id}-${part}`), ...(fault ? [`${id}-error`] : [])]
  const beside = html`${notes.map(([part, words]) => html`<span class="hint" id="${id}-${part}">${words}</span>`)}
${fault && html`<span class="error" id="${id}-error">${fault}</span>`}`
  const label = html`${publishedText(view, item.text)}${about && html`<span class="hidden"> (${publishedText(view, about)})</span>`}${item.required && html` <span class="quiet">(${say('ask.required')})</span>`}`
  const { isGroup, html: control } = controlFor(asked, described.join(' '))
  const body = isGroup
    ? html`<fieldset${described.length > 0 && html` aria-describedby="${described.join(' ')}"`}><legend>${label}</legend>${beside}${control}</fieldset>`
    : html`<label for="${id}">${label}</label>${beside}${control}`
  return html`<div class="field${fault && ' wrong'}">${body}${stillBox(asked)}</div>`
}

/** Where what is filled in comes from; the form has the day in its own sentence. */
function fromRecord(view: View, { item = [] }: QuestionnaireItem): string {
  const text = item.find(({ linkId }) => isFromRecord(linkId))?.text ?? ''
  const day = /\b\d{4}-\d\d-\d\d\b/.exec(text)?.[0]
  return day ? view.say('ask.stillHintOf', dateWords(day, view)) : view.say('ask.stillHint')
}

/** What is known already counts once somebody has confirmed it. */
function stillBox({ view, item, fields }: Asked): Part {
  if (initialOf(item).length === 0 || item.readOnly) return undefined
  const id = `${fieldOf(item.linkId)}.still`
  const isOn = valuesIn(fields, id)[0] === 'yes'
  return html`<p class="choice still"><input type="checkbox" id="${id}" name="${id}" value="yes"${isOn && html` checked`}><label for="${id}">${view.say('ask.still')}<span class="hidden">: ${publishedText(view, item.text)}</span></label></p>`
}

/** What the form asks of an answer, said before somebody gets it wrong. */
function hintsFor({ view, item }: Asked): readonly string[] {
  const { say, timeZone } = view
  const zone = timeZone.replaceAll('_', ' ')
  const limits = limitWords(view, item)
  return [
    ...(item.type === 'date' || item.type === 'dateTime' ? [say('ask.dateHint')] : []),
    ...(item.type === 'dateTime' ? [say('ask.timeHint', zone)] : []),
    ...(limits ? [limits] : []),
    ...(item.maxLength && item.maxLength < 200 && isText(item)
      ? [say('ask.fault.too-long', longestOf(item).toLocaleString(view.locale))]
      : []),
  ]
}

const isText = ({ type }: QuestionnaireItem): boolean => type === 'string' || type === 'text'

function limitWords({ say }: View, item: QuestionnaireItem): string | undefined {
  const { min, max } = limitsOf(item)
  if (min !== undefined && max !== undefined) return say('ask.from', min, max)
  if (min !== undefined) return say('ask.atLeast', min)
  return max === undefined ? undefined : say('ask.atMost', max)
}
