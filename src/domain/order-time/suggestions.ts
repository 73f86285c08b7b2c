/** What a card offers to do: https://cds-hooks.hl7.org/2.0/#suggestion */

import type {
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  ServiceRequest,
} from 'fhir/r4'
import type { Clinic } from '../access/registry.ts'
import { partyReference } from '../referral/task.ts'
import type { Action, CardTools, Suggestion } from './card.ts'
import type { CheckWords } from './check-words.ts'
import { shortened } from './markdown.ts'
import type { PlacedOrder } from './place-order.ts'
import type { CdsService } from './services.ts'

/**
 * Start the screening form with the open questions, or attach what the check found: what is named in
 * supportingInfo goes along when the referral is submitted.
 */
export function suggestionsFor(
  { sent, request }: PlacedOrder,
  { criteria, questions }: CheckWords,
  { form }: CdsService,
  tools: CardTools,
): readonly Suggestion[] {
  const evidence = [...new Set(criteria.flatMap((each) => each.evidence))].filter(isSendable)
  const found = missingFrom(sent, evidence)
  const suggestions: Omit<Suggestion, 'isRecommended'>[] = []
  const response = form && startedForm(form, questions, request, tools.newId())
  if (response) {
    const attached = [...found, `QuestionnaireResponse/${response.id}`]
    suggestions.push({
      label: `Start the screening form with ${counted(questions.length, 'open question')}`,
      uuid: tools.newId(),
      actions: [
        {
          type: 'create',
          description: `Create the screening form with ${counted(questions.length, 'question')} to answer`,
          resource: response,
        },
        ...attach(sent, attached, 'Attach the form, and the evidence found, to the order'),
      ],
    })
  }
  const attachment = attach(sent, found, 'Name the evidence that was found in supportingInfo')
  if (attachment.length > 0)
    suggestions.push({
      label: `Attach the evidence found (${counted(found.length, 'resource')}) to the order`,
      uuid: tools.newId(),
      actions: attachment,
    })
  return suggestions.map((each, i) => (i === 0 ? { ...each, isRecommended: true } : each))
}

/** One for each clinic that the order could go to. */
export const clinicSuggestions = (
  { sent }: PlacedOrder,
  clinics: readonly Clinic[],
  { newId }: CardTools,
): readonly Suggestion[] =>
  sent.id === undefined
    ? []
    : clinics.map((clinic) => {
        const label = shortened(`Refer to ${clinic.name}`, 80)
        const resource = { ...sent, performer: [partyReference(clinic)] }
        return { label, uuid: newId(), actions: [{ type: 'update', description: label, resource }] }
      })

/** The service that the policy is for. */
export function serviceSuggestions(
  { sent }: PlacedOrder,
  { services }: CdsService,
  { newId }: CardTools,
): readonly Suggestion[] {
  const [usual] = services
  if (!usual || sent.id === undefined) return []
  const label = `Order: ${usual.display ?? usual.code}`
  const resource = { ...sent, code: { ...sent.code, coding: [usual] } }
  return [
    {
      label,
      uuid: newId(),
      isRecommended: true,
      actions: [{ type: 'update', description: label, resource }],
    },
  ]
}

/** An update holds the whole order; one without an id cannot be updated. */
const attach = (
  sent: ServiceRequest,
  references: readonly string[],
  description: string,
): Action[] =>
  sent.id === undefined || references.length === 0
    ? []
    : [
        {
          type: 'update',
          description,
          resource: {
            ...sent,
            supportingInfo: [
              ...(sent.supportingInfo ?? []),
              ...references.map((reference) => ({ reference })),
            ],
          },
        },
      ]

/** What was sent without an id, or contained in another, cannot be named in the client's record. */
const isSendable = (reference: string): boolean =>
  /^(?!ServiceRequest\/draft$)[A-Z][A-Za-z]+\/(?!unnamed-\d)[A-Za-z0-9\-.]{1,64}$/.test(reference)

function missingFrom(sent: ServiceRequest, references: readonly string[]): readonly string[] {
  const named = (sent.supportingInfo ?? []).flatMap(({ reference }) => reference ?? [])
  return references.filter(
    (reference) => !named.some((each) => each === reference || each.endsWith(`/${reference}`)),
  )
}

/** In progress, so that it counts for nothing until somebody has completed it. */
function startedForm(
  form: Questionnaire,
  questions: readonly string[],
  request: ServiceRequest,
  id: string,
): QuestionnaireResponse | undefined {
  const item = openItems(form.item ?? [], new Set(questions))
  if (item.length === 0) return undefined
  return {
    resourceType: 'QuestionnaireResponse',
    id,
    questionnaire: form.version ? `${form.url}|${form.version}` : (form.url as string),
    status: 'in-progress',
    subject: request.subject,
    ...(request.encounter ? { encounter: request.encounter } : {}),
    item,
  }
}

const openItems = (
  items: readonly QuestionnaireItem[],
  wanted: ReadonlySet<string>,
): QuestionnaireResponseItem[] =>
  items.flatMap(({ linkId, text, type, item = [] }) => {
    const head = { linkId, ...(text ? { text } : {}) }
    if (wanted.has(linkId)) return [head]
    const inside = type === 'group' ? openItems(item, wanted) : []
    return inside.length > 0 ? [{ ...head, item: inside }] : []
  })

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
