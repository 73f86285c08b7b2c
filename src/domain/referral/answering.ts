/** A practice answers the form of a referral: how far it is, and the response that it sends. */

import type {
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4'
import type { Person } from '../access/caller.ts'
import { canonicalOfForm, isHidden, isQuestion, withItemsOf } from '../questionnaire/items.ts'
import { isSaidUnavailable } from '../screening/wanted-form.ts'
import { personReference } from './clinic-word.ts'
import type { Referral } from './referral.ts'

export interface Progress {
  readonly asked: number
  readonly answered: number
}

/**
 * How much of a form is answered: each criterion counts once, each question of a clinic as well.
 * @param answered linkIds that have an answer
 */
export function progressOf(
  { item = [] }: Pick<Questionnaire, 'item'>,
  answered: ReadonlySet<string>,
): Progress {
  const points = item.flatMap(pointsOf)
  const done = points.filter((point) => point === 'said' || point.some((id) => answered.has(id)))
  return { asked: points.length, answered: done.length }
}

/** What counts as one: the questions any of which answers it. */
function pointsOf(item: QuestionnaireItem): readonly ('said' | readonly string[])[] {
  const asked = (items: readonly QuestionnaireItem[]): readonly string[] =>
    items
      .filter((each) => isQuestion(each) && !isHidden(each) && !each.readOnly)
      .map(({ linkId }) => linkId)
  // A remark to a question does not answer it.
  if (item.linkId.startsWith('about-'))
    return [isSaidUnavailable(item) ? 'said' : asked(item.item ?? [])]
  const questions = asked(withItemsOf([item]))
  // Beside questions of their own the field for all else need not be filled.
  const own = questions.filter((linkId) => linkId !== 'clinic-answer')
  return (own.length > 0 ? own : questions).map((linkId) => [linkId])
}

/**
 * The answers as they are stored and sent.
 * @param form that they are answers to, in its version
 */
export const responseOf = (
  referral: Pick<Referral, 'id' | 'patientId'>,
  form: Questionnaire,
  items: readonly QuestionnaireResponseItem[],
  person: Person,
  status: 'in-progress' | 'completed',
  now: string,
): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  basedOn: [{ reference: `ServiceRequest/${referral.id}` }],
  questionnaire: canonicalOfForm(form),
  status,
  subject: { reference: `Patient/${referral.patientId}` },
  authored: now,
  author: personReference(person),
  ...(items.length > 0 ? { item: [...items] } : {}),
})
