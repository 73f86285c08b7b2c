/**
 * From the published resources to a policy that can be screened against. A wrong policy is refused
 * with every place and reason at once, so that a service never starts on half a policy.
 *
 * PlanDefinition: http://hl7.org/fhir/R4/plandefinition.html
 */

import type {
  CodeSystem,
  FhirResource,
  Parameters,
  PlanDefinition,
  PlanDefinitionAction,
  Questionnaire,
  ValueSet,
} from 'fhir/r4'
import { type Issue, Problem } from '../problem.ts'
import { subsetFaults } from '../questionnaire/subset.ts'
import { CodeIndex, rxnorm } from './codes.ts'
import { Medicines, medicinesOf } from './medicines.ts'
import { codeOf, criterionIdIn, isOwnAction, readOwnAction, refuseUnread } from './own-actions.ts'
import { inOrder, type OwnContext, refuseUnknownValueSets } from './own-criteria.ts'
import {
  type Criterion,
  type CriterionId,
  criterionIds,
  largestOf,
  type OutcomeAction,
  type Overall,
  overalls,
  type ParameterName,
  type Policy,
  type PolicyParameters,
  parameterUnits,
  type StockCriterion,
} from './policy.ts'
import { type WordLists, Words } from './words.ts'

type Refuse = (place: string, reason: string) => undefined

/**
 * Reads the policy of one PlanDefinition.
 *
 * @param published the PlanDefinition, its ValueSets, the medicines CodeSystem and the Questionnaire
 * @param id of the PlanDefinition
 * @throws Problem policy-invalid with an issue for every fault
 */
export function loadPolicy(
  published: readonly unknown[],
  id = 'ketamine-infusion-referral',
): Policy {
  const resources = published as readonly FhirResource[]
  const issues: Issue[] = []
  const refuse: Refuse = (place, reason) => {
    issues.push(policyIssue(place, reason))
  }
  const plan = resources.find(
    (resource): resource is PlanDefinition =>
      resource.resourceType === 'PlanDefinition' && resource.id === id,
  )
  if (plan === undefined)
    throw new Problem('policy-invalid', `There is no PlanDefinition with the id '${id}'.`)
  const policy = readPlan(plan, resources, refuse)
  if (issues.length > 0) throw new Problem('policy-invalid', issues)
  return Object.freeze(policy)
}

/** One fault of a policy: where and why. */
export function policyIssue(place: string, reason: string): Issue {
  return {
    severity: 'error',
    code: 'invalid',
    diagnostics: `${place}: ${reason}.`,
    expression: [place],
  }
}

function readPlan(
  plan: PlanDefinition,
  resources: readonly FhirResource[],
  refuse: Refuse,
): Policy {
  const valueSets = resources.filter(
    (resource): resource is ValueSet => resource.resourceType === 'ValueSet',
  )
  const contained = parametersOf(plan, refuse)
  const published = new Set(valueSets.flatMap(({ url = [] }) => url))
  const { criteria, places } = criteriaOf(plan, contained, { valueSets: published, refuse })
  const parameters = numbersOf(contained, refuse)
  refuseCrossed(parameters, () => 'PlanDefinition.contained[0]', refuse)
  return {
    canonical: `${plan.url}|${plan.version}`,
    title: plan.title ?? plan.name ?? `${plan.id}`,
    questionnaire: questionnaireOf(plan, resources, refuse),
    criteria: Object.freeze(criteria),
    expressions: inOrder(criteria, (id) => `${places.get(id)}`, refuse),
    parameters: Object.freeze(parameters),
    outcomes: Object.freeze(outcomesOf(plan, refuse)),
    words: wordsOf(contained, refuse),
    valueSets: published,
    codes: indexOf(valueSets, refuse),
    medicines: readMedicines(plan, resources, refuse),
  }
}

function indexOf(valueSets: readonly ValueSet[], refuse: Refuse): CodeIndex {
  try {
    return new CodeIndex(valueSets)
  } catch (error) {
    refuse('ValueSet.compose.include.filter', `not a regular expression (${String(error)})`)
    return new CodeIndex([])
  }
}

function parametersOf(plan: PlanDefinition, refuse: Refuse): Parameters | undefined {
  const contained = plan.contained?.find(
    (resource): resource is Parameters => resource.resourceType === 'Parameters',
  )
  if (contained === undefined)
    refuse('PlanDefinition.contained', 'the Parameters with the numbers and words are missing')
  return contained
}

function numbersOf(contained: Parameters | undefined, refuse: Refuse): PolicyParameters {
  const given = new Map<string, number>()
  for (const [index, { name, valueQuantity }] of (contained?.parameter ?? []).entries()) {
    if (name === 'words' || name === 'criterion') continue
    const place = `PlanDefinition.contained[0].parameter[${index}]`
    const unit = isParameterName(name) ? parameterUnits[name] : undefined
    if (unit === undefined) refuse(place, `there is no parameter '${name}'`)
    else if (valueQuantity?.code !== unit)
      refuse(`${place}.valueQuantity`, `${name} must be given in '${unit}'`)
    else given.set(name, Number(valueQuantity.value))
  }
  const numbers: Record<string, number> = {}
  if (contained === undefined) return numbers as Record<ParameterName, number>
  for (const name of Object.keys(parameterUnits) as ParameterName[]) {
    const value = given.get(name)
    if (value === undefined) refuse('PlanDefinition.contained[0]', `parameter ${name} is missing`)
    else numbers[name] = checkedNumber(name, value, 'PlanDefinition.contained[0]', refuse)
  }
  return numbers as Record<ParameterName, number>
}

export function isParameterName(name: string): name is ParameterName {
  return Object.hasOwn(parameterUnits, name)
}

/** Every parameter is a number from 0 to what its unit allows; days, years and counts are whole. */
export function checkedNumber(
  name: ParameterName,
  value: number,
  place: string,
  refuse: Refuse,
): number {
  const unit = parameterUnits[name]
  const whole = unit === 'd' || unit === 'a' || name === 'minNonOpioidClasses'
  if (!Number.isFinite(value) || value < 0) refuse(place, `${name} must be a number of at least 0`)
  else if (value > largestOf(name))
    refuse(place, `${name} must be at most ${largestOf(name)} ${unit}`)
  else if (whole && !Number.isInteger(value)) refuse(place, `${name} must be a whole number`)
  return value
}

/** Refuses a band whose lower end is above its upper one: everything would pass, or nothing. */
export function refuseCrossed(
  parameters: PolicyParameters,
  placeOf: (name: ParameterName) => string,
  refuse: Refuse,
): void {
  for (const [below, above] of ascending)
    if (parameters[below] > parameters[above])
      refuse(placeOf(below), `${below} must not be above ${above}`)
}

const ascending: readonly (readonly [ParameterName, ParameterName])[] = [
  ['bpReviewSystolic', 'bpFailSystolic'],
  ['bpReviewDiastolic', 'bpFailDiastolic'],
  ['altReview', 'altFail'],
  ['pregnancyMinAge', 'pregnancyMaxAge'],
]

function wordsOf(contained: Parameters | undefined, refuse: Refuse): WordLists {
  const lists = new Map<string, Words>()
  for (const [index, { name, part = [] }] of (contained?.parameter ?? []).entries()) {
    if (name !== 'words') continue
    const place = `PlanDefinition.contained[0].parameter[${index}]`
    const purpose = part.find((each) => each.name === 'for')?.valueCode
    const words = part.flatMap(({ valueString }) => valueString ?? [])
    if (purpose === undefined) refuse(place, 'says not what the words are for')
    else if (words.some((word) => word.trim() === '')) refuse(place, 'has an empty word')
    else lists.set(purpose, new Words(words))
  }
  return lists
}

interface ReadCriteria {
  readonly criteria: readonly Criterion[]
  /** Where each is written down. */
  readonly places: ReadonlyMap<string, string>
}

function criteriaOf(
  plan: PlanDefinition,
  contained: Parameters | undefined,
  context: OwnContext,
): ReadCriteria {
  const { refuse } = context
  const criteria: Criterion[] = []
  const places = new Map<string, string>()
  const read = (actions: readonly PlanDefinitionAction[], path: string, partOf?: CriterionId) =>
    actions.forEach((action, index) => {
      const place = `${path}.action[${index}]`
      const criterion = isOwnAction(action)
        ? readOwnAction(action, place, partOf, contained, context)
        : criterionOf(action, place, partOf, context)
      if (criterion === undefined) return
      if (places.has(criterion.id)) refuse(place, `'${criterion.id}' is there twice`)
      places.set(criterion.id, place)
      criteria.push(criterion)
      if (criterion.own === undefined) read(action.action ?? [], place, criterion.id)
    })
  read(plan.action ?? [], 'PlanDefinition')
  if (criteria.length === 0) refuse('PlanDefinition.action', 'there is no criterion')
  refuseStraySentences(contained, criteria, refuse)
  return { criteria, places }
}

function refuseStraySentences(
  contained: Parameters | undefined,
  criteria: readonly Criterion[],
  refuse: Refuse,
): void {
  const own = new Set(criteria.flatMap((criterion) => (criterion.own ? [criterion.id] : [])))
  for (const [index, parameter] of (contained?.parameter ?? []).entries())
    if (parameter.name === 'criterion' && !own.has(criterionIdIn(parameter) ?? ''))
      refuse(
        `PlanDefinition.contained[0].parameter[${index}]`,
        'belongs to no criterion of your own',
      )
}

function criterionOf(
  action: PlanDefinitionAction,
  place: string,
  partOf: CriterionId | undefined,
  context: OwnContext,
): StockCriterion | undefined {
  const { refuse } = context
  const id = codeOf(action, 'screening-criterion')
  if (id === undefined) return undefined
  if (!isCriterionId(id)) return refuse(`${place}.code`, `there is no criterion '${id}'`)
  const kind = codeOf(action, 'criterion-kind')
  if (kind !== 'required' && kind !== 'contraindication')
    return refuse(`${place}.code`, 'the kind must be required or contraindication')
  const weight = codeOf(action, 'contraindication-class')
  if (kind === 'contraindication' && weight !== 'absolute' && weight !== 'relative')
    return refuse(`${place}.code`, 'the class must be absolute or relative')
  if (action.condition !== undefined)
    refuse(
      `${place}.condition`,
      `'${id}' has a rule of ours: write the expression into a criterion of your own`,
    )
  if (partOf !== undefined && partOf !== 'treatment-failure-or-surgery')
    refuse(place, `'${partOf}' has no parts`)
  refuseUnread(action, place, refuse)
  const inputs = action.input ?? []
  inputs.forEach((input, index) => {
    refuseUnknownValueSets(input, `${place}.input[${index}]`, context)
  })
  return Object.freeze({
    id,
    title: action.title ?? id,
    kind,
    inputs,
    ...(partOf ? { partOf } : {}),
    ...(kind === 'contraindication' ? { class: weight as 'absolute' | 'relative' } : {}),
  })
}

function isCriterionId(id: string): id is CriterionId {
  return criterionIds.some((known) => known === id)
}

export const outcomeActions = ['send', 'await-information', 'await-acknowledgement'] as const

function outcomesOf(plan: PlanDefinition, refuse: Refuse): Record<Overall, OutcomeAction> {
  const outcomes: Partial<Record<Overall, OutcomeAction>> = {}
  const actions = plan.action?.flatMap((action) => action.action ?? []) ?? []
  for (const action of actions) {
    const overall = overalls.find((known) => known === codeOf(action, 'screening-overall'))
    const next = outcomeActions.find((known) => known === codeOf(action, 'policy-action'))
    if (overall === undefined) continue
    if (next === undefined) refuse('PlanDefinition.action', `'${overall}' leads to nothing known`)
    else outcomes[overall] = next
  }
  for (const overall of overalls)
    if (outcomes[overall] === undefined)
      refuse('PlanDefinition.action', `says not what follows '${overall}'`)
  return outcomes as Record<Overall, OutcomeAction>
}

function questionnaireOf(
  plan: PlanDefinition,
  resources: readonly FhirResource[],
  refuse: Refuse,
): string {
  const wanted = plan.relatedArtifact?.map(({ resource }) => resource?.split('|')[0]) ?? []
  const form = resources.find(
    (resource): resource is Questionnaire =>
      resource.resourceType === 'Questionnaire' && wanted.includes(resource.url),
  )
  if (form === undefined)
    refuse('PlanDefinition.relatedArtifact', 'the screening form is not published')
  else
    for (const { linkId, reason } of subsetFaults(form))
      refuse(`Questionnaire.item.where(linkId='${linkId}')`, reason)
  return form?.url ?? ''
}

function readMedicines(
  plan: PlanDefinition,
  resources: readonly FhirResource[],
  refuse: Refuse,
): Medicines {
  const wanted = plan.relatedArtifact?.map(({ resource }) => resource?.split('|')[0]) ?? []
  const supplement = resources.find(
    (resource): resource is CodeSystem =>
      resource.resourceType === 'CodeSystem' &&
      resource.supplements === rxnorm &&
      wanted.includes(resource.url),
  )
  if (supplement) return medicinesOf(supplement, refuse)
  refuse(
    'PlanDefinition.relatedArtifact',
    'the medicines (a supplement of RxNorm) are not published',
  )
  return new Medicines([])
}
