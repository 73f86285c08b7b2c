/** The card of a check: what the clinic will find, in the words of the GuidanceResponse. */

import type { CheckOutcome } from '../referral/check.ts'
import type { Criterion, Policy } from '../screening/policy.ts'
import type { Verdict } from '../screening/result.ts'
import {
  type Card,
  type CardTools,
  overallSystem,
  overrideReasons,
  withSuggestions,
} from './card.ts'
import { type CheckWords, type CriterionWords, checkWords } from './check-words.ts'
import { escaped, plain, shortened } from './markdown.ts'
import type { PlacedOrder } from './place-order.ts'
import type { CdsService } from './services.ts'
import { suggestionsFor } from './suggestions.ts'

export interface CheckedOrder {
  readonly order: Extract<PlacedOrder, { kind: 'check' }>
  readonly check: CheckOutcome
  readonly policy: Policy
}

/**
 * @returns undefined for a referral that is ready and of which nothing need be said: a card then
 *   would only be in the way
 */
export function checkCard(
  { order, check, policy }: CheckedOrder,
  service: CdsService,
  tools: CardTools,
): Card | undefined {
  const words = checkWords(check.guidance)
  if (check.overall === 'ready' && words.warnings.length === 0) return undefined
  const open = openCriteria(words, policy)
  const card: Card = {
    uuid: tools.newId(),
    summary: summaryOf(order.clinic.name, check.overall, open),
    detail: detailOf(words, open, check, policy),
    indicator: indicatorOf(check),
    source: {
      label: shortened(`${order.clinic.name}: ${policy.title}`, 140),
      url: `${tools.baseUrl}/fhir/PlanDefinition/${service.id}`,
      topic: {
        system: overallSystem,
        code: check.overall,
        display: overalls[check.overall]?.[0] ?? check.overall,
      },
    },
    links: linksOf(service, tools),
    ...(needsReason(check, open) ? { overrideReasons } : {}),
  }
  return withSuggestions(card, suggestionsFor(order, words, service, tools))
}

/** By overall result: its name, and the end of the card's sentence for so many open criteria. */
const overalls: Readonly<Record<string, readonly [name: string, sentence: Sentence]>> = {
  ready: ['Ready', () => 'nothing is missing; please read the note'],
  incomplete: [
    'Incomplete',
    (open) => `${things(open, 'not-documented')} missing for this referral`,
  ],
  'clinician-review': [
    'Clinician review',
    (open) => `${things(open)} for a clinician to look at in this referral`,
  ],
  'not-eligible': [
    'Not eligible',
    (open) => `${things(open, 'not-met')} the clinic requires and the record does not show`,
  ],
  contraindicated: ['Contraindicated', () => 'a contraindication is on record for this referral'],
}
type Sentence = (open: readonly OpenCriterion[]) => string

function things(open: readonly OpenCriterion[], verdict?: Verdict): string {
  const count = open.filter((each) => verdict === undefined || each.verdict === verdict).length
  const verb = verdict === 'not-documented' ? (count === 1 ? ' is' : ' are') : ''
  return `${count} thing${count === 1 ? '' : 's'}${verb}`
}

const summaryOf = (clinic: string, overall: string, open: readonly OpenCriterion[]): string =>
  `${shortened(clinic, 61)}: ${overalls[overall]?.[1](open) ?? overall}.`

/** Critical is for what may harm the patient; what only delays the referral is a warning. */
function indicatorOf({ overall, next }: CheckOutcome): Card['indicator'] {
  if (overall === 'contraindicated') return 'critical'
  return next === 'send' ? 'info' : 'warning'
}

function needsReason({ next }: CheckOutcome, open: readonly OpenCriterion[]): boolean {
  return (
    next === 'await-acknowledgement' ||
    open.some(({ kind, verdict }) => kind === 'contraindication' && verdict === 'not-met')
  )
}

interface OpenCriterion extends CriterionWords {
  readonly title: string
  readonly kind: Criterion['kind'] | undefined
}

const order: readonly Verdict[] = ['not-met', 'conflicting', 'needs-review', 'not-documented']

/** What is not met, the gravest first; what alternatives say stands in the criterion that they serve. */
function openCriteria({ criteria }: CheckWords, policy: Policy): readonly OpenCriterion[] {
  return criteria
    .filter((each) => !isMet(each) && !isPart(each, policy))
    .map((each) => {
      const { title = each.id, kind } = criterionOf(policy, each.id) ?? {}
      return { ...each, title, kind }
    })
    .toSorted((one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict))
}

const isMet = ({ verdict }: CriterionWords): boolean => verdict === 'met'

const isPart = ({ id }: CriterionWords, policy: Policy): boolean =>
  criterionOf(policy, id)?.partOf !== undefined

const criterionOf = ({ criteria }: Policy, id: string): Criterion | undefined =>
  criteria.find((each) => each.id === id)

const verdicts: Readonly<Record<Verdict, string>> = {
  met: 'met',
  'not-met': 'not met',
  conflicting: 'conflicting',
  'needs-review': 'needs review',
  'not-documented': 'not documented',
}

function detailOf(
  { criteria, warnings }: CheckWords,
  open: readonly OpenCriterion[],
  { next, guidance }: CheckOutcome,
  policy: Policy,
): string {
  const shown = criteria.filter((each) => isMet(each) && !isPart(each, policy))
  const titles = shown.map(({ id }) => escaped(criterionOf(policy, id)?.title ?? id))
  const blocks = [
    follows[next],
    open.flatMap(linesOf).join('\n'),
    warnings
      .map(({ text, evidence }) => `- **Note:** ${escaped(text)}${cited(evidence)}`)
      .join('\n'),
    titles.length > 0 ? `Met: ${titles.join('; ')}.` : '',
    `Checked as of ${guidance.occurrenceDateTime} by \`${plain(guidance.moduleCanonical ?? '')}\`.`,
  ]
  return blocks.filter((block) => block !== '').join('\n\n')
}

const follows: Readonly<Record<CheckOutcome['next'], string>> = {
  send: 'Sent as it is, this referral goes on to the clinic.',
  'await-information': 'Sent as it is, this referral waits until what is missing is supplied.',
  'await-acknowledgement':
    'Sent as it is, this referral waits until you acknowledge this with a reason, or take it back. The decision is yours and the clinic’s.',
}

function linesOf({ title, verdict, explanation, needed, evidence }: OpenCriterion): string[] {
  return [
    `- **${escaped(title)}** (${verdicts[verdict]}): ${escaped(explanation)}${cited(evidence)}`,
    ...needed.map((text) => `  - ${escaped(text)}`),
  ]
}

/** A reference as code; a backtick in it would end the code. */
const cited = (references: readonly string[]): string =>
  references.length > 0
    ? ` [${references.map((each) => `\`${plain(each).replaceAll('`', "'")}\``).join(', ')}]`
    : ''

const linksOf = ({ id, form }: CdsService, { baseUrl }: CardTools): NonNullable<Card['links']> => [
  {
    label: 'What the clinic asks for',
    url: `${baseUrl}/fhir/PlanDefinition/${id}`,
    type: 'absolute',
  },
  ...(form
    ? [
        {
          label: form.title ?? 'Screening form',
          url: `${baseUrl}/fhir/Questionnaire/${form.id}`,
          type: 'absolute' as const,
        },
      ]
    : []),
]
