/**
 * The items of a form that asks for what is still missing, and for nothing else.
 *
 * http://hl7.org/fhir/R4/questionnaire.html
 */

import type { FhirResource, Questionnaire, QuestionnaireItem, QuestionnaireResponse } from 'fhir/r4'
import { isFormOf } from './form-canonical.ts'
import { type Known, type KnownAnswers, knownAnswers, prefilled } from './prefilled.ts'
import { readingItems } from './readings.ts'
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
  const said = known.get(notAvailableId(id))
  return {
    linkId: about,
    text: title,
    type: 'group',
    item: [
      { linkId: whyId(id), text: explanation, type: 'display' },
      ...(said ? [saidItem(id, said)] : []),
      ...[...linkIds].flatMap((linkId) => {
        const question = questions.get(linkId ?? '')
        return question ? [prefilled(question, known)] : []
      }),
      ...[...new Set(sendable.map(({ text }) => text))].map((text, n) => ({
        linkId: `${about}-send-${n + 1}`,
        text,
        type: 'display' as const,
      })),
      ...needed.flatMap((need) => readingItems(id, need)),
      { linkId: notAvailableId(id), text: notAvailableText, type: 'string', maxLength: 500 },
    ],
  }
}

const notAvailableText = 'If this is not available: why?'

/** The item that says why a criterion is asked for. */
const whyId = (criterion: string): string => `about-${criterion}-why`

export const isWhy = (linkId: string): boolean => /^about-.+-why$/.test(linkId)

/**
 * The item in which a referrer says that something cannot be had, and why. No criterion reads it, so
 * that it settles none: it is for the people at the clinic.
 */
const notAvailableId = (criterion: string): string => `about-${criterion}-not-available`

/** @returns the criterion of such an item */
export const notAvailableFor = (linkId: string): string | undefined =>
  /^about-(.+)-not-available$/.exec(linkId)?.[1]

const saidSuffix = '-not-available-said'

const saidItem = (id: string, { answer, day }: Known): QuestionnaireItem => ({
  linkId: `about-${id}${saidSuffix}`,
  text: `Not available${day ? `, as said on ${day}` : ''}: ${answer.valueString ?? ''}`,
  type: 'display',
})

/** Has the referrer said of what a group of a form asks for that it cannot be had? */
export const isSaidUnavailable = ({ item = [] }: QuestionnaireItem): boolean =>
  item.some(({ linkId }) => linkId.endsWith(saidSuffix))

/** Has it said so of everything that a form still asks for? */
export const isAllUnavailable = ({ item = [] }: Pick<Questionnaire, 'item'>): boolean =>
  item.length > 0 && item.every(isSaidUnavailable)

/** What referrers said to be unavailable, by criterion: the newest reason first. */
export function unavailableReasons(
  responses: readonly QuestionnaireResponse[],
): ReadonlyMap<string, string> {
  return new Map(
    [...knownAnswers(responses)].flatMap(([linkId, { answer }]) => {
      const criterion = notAvailableFor(linkId)
      return criterion && answer.valueString ? [[criterion, answer.valueString]] : []
    }),
  )
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
