/**
 * A question with what is known as its answer, marked as not confirmed.
 *
 * http://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.initial
 */

import type {
  QuestionnaireItem,
  QuestionnaireItemAnswerOption,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4'

/** What a form said to an item. */
export interface Known {
  readonly answer: QuestionnaireResponseItemAnswer
  /** The day on which it was said; undefined where the form does not tell. */
  readonly day: string | undefined
}

export type KnownAnswers = ReadonlyMap<string, Known>

/** The newest first answer to each item of some forms, nested items included. */
export function knownAnswers(responses: readonly QuestionnaireResponse[]): KnownAnswers {
  const known = new Map<string, Known>()
  const oldestFirst = [...responses].sort((a, b) =>
    (a.authored ?? '') < (b.authored ?? '') ? -1 : 1,
  )
  const collect = (items: readonly QuestionnaireResponseItem[] = [], day?: string): void => {
    for (const { linkId, answer = [], item } of items) {
      if (answer[0]) known.set(linkId, { answer: answer[0], day })
      for (const each of answer) collect(each.item, day)
      collect(item, day)
    }
  }
  for (const { item, authored } of oldestFirst) collect(item, authored?.slice(0, 10))
  return known
}

/** A question as the form has it; where an answer is known, that answer with a line that says whence. */
export function prefilled(item: QuestionnaireItem, known: KnownAnswers): QuestionnaireItem {
  const found = known.get(item.linkId)
  const filled = found && withAnswer(item, found.answer)
  const items = [
    ...(found && filled ? [markOf(item.linkId, found)] : []),
    ...(item.item ?? []).map((each) => prefilled(each, known)),
  ]
  return { ...(filled ?? item), ...(items.length > 0 ? { item: items } : {}) }
}

const fromRecord = '-from-record'

/** The line that says whence an answer is filled in. */
export const isFromRecord = (linkId: string): boolean => linkId.endsWith(fromRecord)

const markOf = (linkId: string, { answer, day }: Known): QuestionnaireItem => {
  const said = answer.valueCoding?.display ? `: ${answer.valueCoding.display}` : ''
  return {
    linkId: `${linkId}${fromRecord}`,
    text: `From the record, not confirmed${said}${day ? `, answered ${day}` : ''}. Confirm or correct it.`,
    type: 'display',
  }
}

/** The item with the answer chosen or filled in; undefined where the answer does not fit. */
function withAnswer(
  item: QuestionnaireItem,
  answer: QuestionnaireResponseItemAnswer,
): QuestionnaireItem | undefined {
  if (!item.answerOption) return withInitial(item, answer)
  const chosen = item.answerOption.find((option) => isChosen(option, answer))
  // "Unknown" is what is asked again, no answer to start from.
  if (!chosen || chosen.valueCoding?.code === 'UNK') return undefined
  // que-11: with options an initial value is the mark on one of them.
  return {
    ...item,
    answerOption: item.answerOption.map((option) =>
      option === chosen ? { ...option, initialSelected: true } : option,
    ),
  }
}

const isChosen = (
  { valueCoding }: QuestionnaireItemAnswerOption,
  answer: QuestionnaireResponseItemAnswer,
): boolean =>
  valueCoding?.code !== undefined &&
  valueCoding.code === answer.valueCoding?.code &&
  valueCoding.system === answer.valueCoding.system

/** Which answer fits an item without options, by the item's type. */
const answerNames = {
  date: 'valueDate',
  decimal: 'valueDecimal',
  integer: 'valueInteger',
  string: 'valueString',
  text: 'valueString',
} as const satisfies Partial<
  Record<QuestionnaireItem['type'], keyof QuestionnaireResponseItemAnswer>
>

function withInitial(
  item: QuestionnaireItem,
  answer: QuestionnaireResponseItemAnswer,
): QuestionnaireItem | undefined {
  if (!Object.hasOwn(answerNames, item.type)) return undefined
  const name = answerNames[item.type as keyof typeof answerNames]
  return answer[name] === undefined ? undefined : { ...item, initial: [{ [name]: answer[name] }] }
}
