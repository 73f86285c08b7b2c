/**
 * A Questionnaire as a form of a page, in the subset that domain/questionnaire/subset.ts lets in:
 * https://hl7.org/fhir/R4/questionnaire.html
 */

import type { Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { type Fields, fieldNames, fieldOf } from '../../../domain/questionnaire/fields.ts'
import { isHidden, isQuestion, withItemsOf } from '../../../domain/questionnaire/items.ts'
import type { AnswerProblem } from '../../../domain/questionnaire/read-answers.ts'
import { isWhy, notAvailableFor } from '../../../domain/screening/wanted-form.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { publishedText } from '../published-text.ts'
import { inEnglish, type View } from '../view.ts'
import { valuesIn } from './asked.ts'
import { conditionData, conditionWords } from './conditions.ts'
import { question } from './question.ts'

export interface ShownForm {
  readonly questionnaire: Pick<Questionnaire, 'item'>
  /** What stands in its fields: fieldsOf(…), or what was typed. */
  readonly fields: Fields
  readonly problems?: readonly AnswerProblem[]
  /** linkId of the question that another answer is to be added to. */
  readonly more?: string | undefined
  /** What somebody else has saved meanwhile, by linkId, in words. */
  readonly theirs?: ReadonlyMap<string, string>
  /** The fields of an attachment; without it the form says that it takes none. */
  readonly filesFor?: (item: QuestionnaireItem) => Part
}

/** The questions of a form with their fields; the form element and its buttons are the page's. */
export function renderForm(view: View, shown: ShownForm): Html {
  const items = shown.questionnaire.item ?? []
  return html`${rendered({ view, shown, all: withItemsOf(items), subjects: subjectsOf(items) }, items, 2)}`
}

/** What is wrong, each with the field that it is about: for errorSummary. */
export function formErrors(
  view: View,
  questionnaire: Pick<Questionnaire, 'item'>,
  problems: readonly AnswerProblem[],
): (readonly [field: string, words: string])[] {
  const items = withItemsOf(questionnaire.item)
  const subjects = subjectsOf(questionnaire.item ?? [])
  return problems.map((problem) => {
    const { linkId } = problem
    const text = items.find((each) => each.linkId === linkId)?.text ?? linkId
    const about = subjects.get(linkId)
    const named = about ? `${about} ${text}` : text
    return [fieldOf(linkId), view.say('ask.faultAt', named, faultWords(view, problem))]
  })
}

/** What each item belongs to whose words stand in the form several times, such as "Remarks". */
function subjectsOf(items: readonly QuestionnaireItem[]): ReadonlyMap<string, string> {
  const all = withItemsOf(items)
  const counts = new Map<string | undefined, number>()
  for (const { text } of all) counts.set(text, (counts.get(text) ?? 0) + 1)
  return new Map(
    all.flatMap((parent) =>
      (parent.item ?? []).flatMap(({ linkId, text }): [string, string][] =>
        (counts.get(text) ?? 0) > 1 && parent.text ? [[linkId, parent.text]] : [],
      ),
    ),
  )
}

function faultWords({ say }: View, { fault, limit = '' }: AnswerProblem): string {
  return fault === 'too-long' || fault === 'too-small' || fault === 'too-large'
    ? say(`ask.fault.${fault}`, limit)
    : say(`ask.fault.${fault}`)
}

interface Rendering {
  readonly view: View
  readonly shown: ShownForm
  /** Every item of the form. */
  readonly all: readonly QuestionnaireItem[]
  /** By linkId. */
  readonly subjects: ReadonlyMap<string, string>
}

const rendered = (
  rendering: Rendering,
  items: readonly QuestionnaireItem[],
  level: number,
): readonly Part[] => items.map((item) => !isHidden(item) && one(rendering, item, level))

function one(rendering: Rendering, item: QuestionnaireItem, level: number): Part {
  const { view, all } = rendering
  const when = conditionWords(view, item, all)
  const body =
    item.type === 'group'
      ? section(rendering, item, level)
      : isQuestion(item)
        ? asked(rendering, item, level)
        : shownText(view, item)
  return when
    ? html`<div class="under"${conditionData(item, all)}><p class="quiet condition">${when}</p>${body}</div>`
    : body
}

const shownText = (view: View, { linkId, text }: QuestionnaireItem): Html =>
  isWhy(linkId)
    ? html`<p class="why"><b>${view.say('ask.why')}</b> <span${inEnglish(view)}>${text}</span></p>`
    : html`<p dir="auto"${inEnglish(view)}>${text}</p>`

/** What a clinic asks may be long, and its lines that are questions of their own are not said twice. */
function section(rendering: Rendering, item: QuestionnaireItem, level: number): Html {
  const { view } = rendering
  const id = `${fieldOf(item.linkId)}-title`
  const questions = new Set((item.item ?? []).map(({ text }) => `- ${text}`))
  const said = (item.text ?? '').split('\n').filter((line) => !questions.has(line))
  const prefix = 'The clinic asks: '
  const isOfClinic = item.linkId === 'clinic-question'
  const words = isOfClinic ? said.join('\n').replace(prefix, '').trim() : said.slice(1).join('\n')
  const title = isOfClinic ? html`${view.say('ask.clinicAsks')}` : publishedText(view, said[0])
  const isEmpty = words === '' || words === prefix.trim() || words.startsWith('The clinic asks for')
  const heading =
    level === 2 ? html`<h2 id="${id}">${title}</h2>` : html`<h3 id="${id}">${title}</h3>`
  return html`<section class="ask"${item.text && html` aria-labelledby="${id}"`}>${item.text && heading}
${!isEmpty && html`<p class="value" dir="auto">${words}</p>`}
${rendered(rendering, item.item ?? [], level + 1)}</section>`
}

function asked(rendering: Rendering, item: QuestionnaireItem, level: number): Html {
  const { view, shown, subjects } = rendering
  const about = subjects.get(item.linkId)
  const problem = shown.problems?.find(({ linkId }) => linkId === item.linkId)
  const below = (item.item ?? []).filter(({ type }) => type !== 'display')
  const body = question({
    view,
    item,
    about,
    fields: shown.fields,
    fault: problem && faultWords(view, problem),
    theirs: shown.theirs?.get(item.linkId),
    more: shown.more === item.linkId,
    files: shown.filesFor?.(item) ?? html`<p>${view.say('ask.noFiles')}</p>`,
  })
  if (notAvailableFor(item.linkId)) {
    const isUsed =
      problem !== undefined ||
      fieldNames(item).some((name) => valuesIn(shown.fields, name).some((value) => value !== ''))
    return html`<details class="unavailable"${isUsed && html` open`}><summary>${view.say('ask.unavailable')}${about && html`<span class="hidden"> (${publishedText(view, about)})</span>`}</summary>
<p class="quiet">${view.say('ask.unavailableHint')}</p>${body}</details>`
  }
  return html`${body}${below.length > 0 && html`<div class="below">${rendered(rendering, below, level)}</div>`}`
}
