/** Under which condition a question is asked, in words for everybody and as data for the script. */

import type { QuestionnaireItem, QuestionnaireItemEnableWhen } from 'fhir/r4'
import { fieldOf } from '../../../domain/questionnaire/fields.ts'
import { optionKey, optionWords } from '../../../domain/questionnaire/items.ts'
import { type Html, html } from '../../pages/html.ts'
import { listWords, type View } from '../view.ts'

/** @param items all items of the form */
export function conditionWords(
  view: View,
  { enableWhen = [], enableBehavior }: QuestionnaireItem,
  items: readonly QuestionnaireItem[],
): string | undefined {
  if (enableWhen.length === 0) return undefined
  const all = enableWhen.map((when) => oneWords(view, when, items))
  return enableBehavior === 'any' && all.length > 1
    ? view.say('ask.onlyIfAny', all.join('; '))
    : view.say('ask.onlyIf', listWords(view, all))
}

function oneWords(
  { say }: View,
  when: QuestionnaireItemEnableWhen,
  items: readonly QuestionnaireItem[],
): string {
  const item = items.find(({ linkId }) => linkId === when.question)
  const asked = item?.text ?? when.question
  if (when.operator === 'exists')
    return say(when.answerBoolean === false ? 'ask.if.unanswered' : 'ask.if.answered', asked)
  return say(`ask.if.${when.operator}`, asked, answerWords({ say }, when, item))
}

function answerWords(
  { say }: Pick<View, 'say'>,
  when: QuestionnaireItemEnableWhen,
  asked: QuestionnaireItem | undefined,
): string {
  if (when.answerBoolean !== undefined) return say(when.answerBoolean ? 'ask.yes' : 'ask.no')
  const { answerCoding, answerQuantity } = when
  const option = asked?.answerOption?.find((each) => optionKey(each) === valueIn(when))
  if (option) return optionWords(option)
  if (answerCoding) return answerCoding.display ?? answerCoding.code ?? ''
  if (answerQuantity) return [answerQuantity.value, answerQuantity.unit].filter(Boolean).join(' ')
  return valueIn(when)
}

const valueIn = (when: QuestionnaireItemEnableWhen): string => {
  const { answerCoding } = when
  if (answerCoding) return `${answerCoding.system ?? ''}|${answerCoding.code ?? ''}`
  const entry = Object.entries(when).find(([key]) => key.startsWith('answer'))
  return entry ? String(entry[1]) : ''
}

/** What the script can tell from one field; it leaves all else shown, and the server decides. */
const inOneField: ReadonlySet<string> = new Set([
  'boolean',
  'integer',
  'decimal',
  'string',
  'text',
  'choice',
  'open-choice',
])

/** Attributes of what is shown under a condition. */
export function conditionData(
  { enableWhen = [], enableBehavior }: QuestionnaireItem,
  items: readonly QuestionnaireItem[],
): Html | undefined {
  const isPlain = enableWhen.every(({ question }) =>
    inOneField.has(items.find(({ linkId }) => linkId === question)?.type ?? ''),
  )
  if (enableWhen.length === 0 || !isPlain) return undefined
  const conditions = enableWhen.map((when) => [
    fieldOf(when.question),
    when.operator,
    when.operator === 'exists' ? String(when.answerBoolean ?? true) : valueIn(when),
  ])
  return html` data-when="${JSON.stringify({ any: enableBehavior === 'any', conditions })}"`
}
