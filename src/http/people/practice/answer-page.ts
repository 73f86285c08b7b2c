/** The form of what is missing, as a page: filled in with what is known, saved as it is filled in. */

import type { Questionnaire, QuestionnaireResponseItem } from 'fhir/r4'
import { allResponses, type Fields, isNotKnown } from '../../../domain/questionnaire/fields.ts'
import { canonicalOfForm, withItemsOf } from '../../../domain/questionnaire/items.ts'
import type { AnswerProblem } from '../../../domain/questionnaire/read-answers.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { buttonForm, errorSummary, formTokenField, hidden, notice } from '../components.ts'
import { patientName } from '../patient.ts'
import { formErrors, renderForm } from '../questionnaire/render.ts'
import { joined, valueWords } from '../referral/words.ts'
import { spanWords, timeWords } from '../times.ts'
import type { View } from '../view.ts'
import type { PracticeModel } from './model.ts'

export interface AnswerPage {
  readonly form: Questionnaire
  readonly fields: Fields
  readonly problems?: readonly AnswerProblem[]
  /** True when nothing at all was answered and it was to be sent. */
  readonly isEmpty?: boolean
  readonly more?: string | undefined
  /** What stood in the way. */
  readonly told?: Html | undefined
  readonly theirs?: ReadonlyMap<string, string>
}

export function answerPage(view: View, model: PracticeModel, page: AnswerPage): Html {
  const { say } = view
  const { referral, draft, clinic } = model
  const { form, problems = [], told } = page
  const path = `/practice/${referral.id}`
  const errors = page.isEmpty
    ? [['form', say('practice.nothingAnswered')] as const]
    : formErrors(view, form, problems)
  return html`<p><a href="${path}">${say('practice.backToReferral')}</a></p>
${told}
${errorSummary(say('form.errors'), errors)}
<h1>${say('practice.answerTitle')}</h1>
<p dir="auto">${say('practice.for', patientName(model.patient, view), clinic?.name ?? referral.clinicId)}</p>
${standing(view, model)}
${(form.item ?? []).length === 0 ? notice(say('practice.noQuestions'), 'info') : html`<p>${say(referral.status === 'requested' ? 'practice.answerAll' : 'practice.answerClinic')}</p>`}
<form method="post" action="${path}/answer" id="form" novalidate data-answer data-saving="${say('practice.saving')}" data-failed="${say('practice.notSaved')}">${formTokenField(view)}
${hidden({ form: canonicalOfForm(form), draft: String(draft?.version ?? 0) })}
<button class="hidden" name="do" value="stay" tabindex="-1" aria-hidden="true">${say('practice.save')}</button>
${renderForm(view, {
  questionnaire: form,
  fields: page.fields,
  problems,
  more: page.more,
  ...(page.theirs ? { theirs: page.theirs } : {}),
})}
<h2>${say('files.title')}</h2>
<p>${model.documents.length === 0 ? say('files.none') : say('files.count', model.documents.length)}</p>
<div class="actions"><button class="second" name="do" value="files">${say('files.fromForm')}</button></div>
<div class="actions"><button name="do" value="send">${say('practice.send')}</button><button class="second" name="do" value="save">${say('practice.save')}</button></div>
<p class="saved quiet" role="status" data-saved>${draft && say('practice.savedBy', draft.savedBy.name, timeWords(draft.savedAt, view))}</p>
</form>`
}

/** By when, and how far it is. */
function standing(view: View, { referral: { step }, progress }: PracticeModel): Part {
  const { say, now } = view
  const left = step ? Date.parse(step.due) - now.getTime() : 0
  const words =
    step?.actor === 'referrer' &&
    say(
      left < 0 ? 'practice.late' : 'practice.due',
      spanWords(left, view),
      timeWords(step.due, view),
    )
  return html`<p>${words} ${progress && progress.asked > 0 && html`<b>${say('practice.answered', progress.answered, progress.asked)}</b>`}</p>`
}

/** What a draft says to each question, in words. */
function answersInWords(
  view: View,
  items: readonly QuestionnaireResponseItem[],
): ReadonlyMap<string, string> {
  return new Map(
    allResponses(items).flatMap((each): [string, string][] => {
      if (isNotKnown(each)) return [[each.linkId, view.say('ask.notKnown')]]
      const words = joined((each.answer ?? []).map((answer) => valueWords(answer, view)))
      return words ? [[each.linkId, words]] : []
    }),
  )
}

/** Where somebody else's answers differ from those of this page. */
export function theirsBeside(
  view: View,
  form: Questionnaire,
  name: string,
  theirs: readonly QuestionnaireResponseItem[],
  ours: readonly QuestionnaireResponseItem[],
): ReadonlyMap<string, string> {
  const [of, here] = [answersInWords(view, theirs), answersInWords(view, ours)]
  return new Map(
    withItemsOf(form.item).flatMap(({ linkId }): [string, string][] => {
      const words = of.get(linkId)
      if (words === here.get(linkId)) return []
      return [
        [linkId, words ? view.say('ask.theirs', name, words) : view.say('ask.theirsEmpty', name)],
      ]
    }),
  )
}

/** Nothing is asked for any more: what was typed, and what was saved, is not lost. */
export function notAskedPage(
  view: View,
  model: PracticeModel,
  typed: readonly (readonly [question: string, answer: string])[],
): Html {
  const { say } = view
  const { referral, draft } = model
  const path = `/practice/${referral.id}`
  const kept = draft ? textsOf(view, draft.items) : []
  return html`<p><a href="${path}">${say('practice.backToReferral')}</a></p>
<h1>${say(typed.length > 0 || kept.length > 0 ? 'practice.unsentTitle' : 'practice.answerTitle')}</h1>
<p dir="auto">${say('practice.for', patientName(model.patient, view), model.clinic?.name ?? referral.clinicId)}</p>
${typed.length > 0 && html`${notice(say('practice.notAskedMore'), 'wait', true)}${pairs(typed)}`}
${draft ? html`<p>${say('practice.unsentMore')}</p>${pairs(kept)}${buttonForm(view, `${path}/answer`, say('practice.discard'), { do: 'discard', draft: String(draft.version) })}` : typed.length === 0 && html`<p>${say('practice.notAsked')}</p>`}`
}

const pairs = (all: readonly (readonly [string, string])[]): Html =>
  html`<dl class="summary">${all.map(([name, value]) => html`<div><dt dir="auto">${name}</dt><dd class="value" dir="auto">${value}</dd></div>`)}</dl>`

/** Questions with their answers. */
export function textsOf(
  view: View,
  items: readonly QuestionnaireResponseItem[],
): readonly (readonly [question: string, answer: string])[] {
  const words = answersInWords(view, items)
  return allResponses(items).flatMap(({ linkId, text }): [string, string][] => {
    const answer = words.get(linkId)
    return answer === undefined ? [] : [[text ?? linkId, answer]]
  })
}
