/**
 * The items of a form that asks for what is still missing, and for nothing else.
 *
 * http://hl7.org/fhir/R4/questionnaire.html
 */

import type { FhirResource, Questionnaire, QuestionnaireItem, QuestionnaireResponse } from 'fhir/r4'
import { isFormOf } from './form-canonical.ts'
import { type KnownAnswers, knownAnswers, prefilled } from './prefilled.ts'
import type { CriterionResult, Need, ScreeningResult } from './result.ts'

/**
 * One group for each criterion that waits for something: why it waits, the policy's own questions
 * that would settle it, filled in with what an answer that no longer counts said, and in words what
 * only a resource can settle.
 *
 * @param form the policy's screening form; without it all is said in words
 * @param support what is known, where answers that do not count any more are looked for
 * @returns empty when nothing is missing
 */
export function wantedItems(
  { criteria }: Pick<ScreeningResult, 'criteria'>,
  form: Questionnaire | undefined,
  support: readonly FhirResource[],
): QuestionnaireItem[] {
  const missing = missingOf(criteria)
  if (missing.length === 0) return []
  const questions = new Map(allItems(form?.item).map((item) => [item.linkId, item]))
  const known = knownAnswers(form ? responsesTo(form, support) : [])
  return missing.map((criterion) => groupOf(criterion, questions, known))
}

/** What is not documented; where that is nothing, what a person cannot judge without more. */
function missingOf(criteria: readonly CriterionResult[]): readonly CriterionResult[] {
  const whole = criteria.filter(({ partOf }) => partOf === undefined)
  const open = whole.filter(({ verdict }) => verdict === 'not-documented')
  if (open.length > 0) return open
  return whole.filter(({ verdict, needed }) => verdict !== 'met' && needed.length > 0)
}

function groupOf(
  { id, title, explanation, needed }: CriterionResult,
  questions: ReadonlyMap<string, QuestionnaireItem>,
  known: KnownAnswers,
): QuestionnaireItem {
  const about = `about-${id}`
  const linkIds = new Set(needed.map(linkIdOf))
  const sendable = needed.filter((need) => !questions.has(linkIdOf(need) ?? ''))
  return {
    linkId: about,
    text: title,
    type: 'group',
    item: [
      { linkId: `${about}-why`, text: explanation, type: 'display' },
      ...[...linkIds].flatMap((linkId) => {
        const question = questions.get(linkId ?? '')
        return question ? [prefilled(question, known)] : []
      }),
      ...[...new Set(sendable.map(({ text }) => text))].map((text, n) => ({
        linkId: `${about}-send-${n + 1}`,
        text,
        type: 'display' as const,
      })),
    ],
  }
}

/** The item of the form that a need asks to be answered. */
const linkIdOf = ({ requirement }: Need): string | undefined =>
  requirement?.type === 'QuestionnaireResponse'
    ? /^item\.where\(linkId='([^']+)'\)$/.exec(requirement.mustSupport?.[0] ?? '')?.[1]
    : undefined

const allItems = (items: readonly QuestionnaireItem[] = []): readonly QuestionnaireItem[] =>
  items.flatMap((item) => [item, ...allItems(item.item)])

const responsesTo = (
  form: Questionnaire,
  support: readonly FhirResource[],
): readonly QuestionnaireResponse[] =>
  support.filter(
    (resource): resource is QuestionnaireResponse =>
      resource.resourceType === 'QuestionnaireResponse' &&
      resource.status !== 'entered-in-error' &&
      isFormOf(form.url ?? '', resource.questionnaire),
  )
