/** A clinic's own numbers, classes and outcomes over a policy, checked before anything uses them. */

import { isNumber } from '../fhir/decimal.ts'
import { type Issue, Problem } from '../problem.ts'
import {
  checkedNumber,
  isParameterName,
  outcomeActions,
  policyIssue,
  refuseCrossed,
} from './load-policy.ts'
import { inOrder, isRecord, readOwnCriteria } from './own-criteria.ts'
import {
  type Criterion,
  type CriterionClass,
  type OutcomeAction,
  type Overall,
  type OwnCriterion,
  overalls,
  type ParameterName,
  type Policy,
  type PolicyOverrides,
  type PolicyParameters,
  parameterUnits,
} from './policy.ts'

const members = ['title', 'parameters', 'class', 'drop', 'outcomes', 'criteria']

/**
 * The policy with a clinic's changes.
 *
 * @param json PolicyOverrides as the clinic wrote them
 * @throws Problem policy-invalid with an issue for every change that cannot be made
 */
export function overridePolicy(policy: Policy, json: unknown): Policy {
  const issues: Issue[] = []
  const refuse: Refuse = (place, reason) => {
    issues.push(policyIssue(place, reason))
  }
  const overrides = wellFormed(json, refuse)
  const own = readOwnCriteria(overrides.criteria, 'criteria', { ...policy, refuse })
  const criteria = withOwn(
    withClasses(withoutDropped(policy.criteria, overrides, refuse), overrides, refuse),
    own,
    refuse,
  )
  const changed: Policy = {
    ...policy,
    title: overrides.title ?? policy.title,
    parameters: Object.freeze(withNumbers(policy.parameters, overrides, refuse)),
    criteria: Object.freeze(criteria),
    expressions: inOrder(criteria, placeIn(own), refuse),
    outcomes: Object.freeze(withOutcomes(policy.outcomes, overrides, refuse)),
  }
  if (issues.length > 0) throw new Problem('policy-invalid', issues)
  return Object.freeze(changed)
}

type Refuse = (place: string, reason: string) => undefined

/** What has the wrong shape is refused and left out, so that all else is read as well. */
function wellFormed(json: unknown, refuse: Refuse): PolicyOverrides {
  if (!isRecord(json)) return refuse('policyOverrides', 'must be an object') ?? {}
  const shapes: Readonly<Record<string, readonly [fits: boolean, must: string]>> = {
    title: [typeof json.title === 'string', 'must be a text'],
    parameters: [isRecord(json.parameters), 'must be an object'],
    class: [isRecord(json.class), 'must be an object'],
    drop: [
      Array.isArray(json.drop) && json.drop.every((each) => typeof each === 'string'),
      'must be a list of criterion ids',
    ],
    outcomes: [isRecord(json.outcomes), 'must be an object'],
  }
  const kept = Object.entries(json).filter(([member, value]) => {
    if (!members.includes(member)) refuse(member, `unknown; known are ${members.join(', ')}`)
    const [fits, must] = shapes[member] ?? [true, '']
    if (!fits && value !== undefined) refuse(member, must)
    return fits
  })
  return Object.fromEntries(kept)
}

const placeIn = (own: readonly OwnCriterion[]) => (id: string) =>
  own.some((each) => each.id === id)
    ? `criteria[${own.findIndex((each) => each.id === id)}]`
    : `'${id}'`

function withNumbers(
  parameters: PolicyParameters,
  overrides: PolicyOverrides,
  refuse: Refuse,
): PolicyParameters {
  const changed: Record<ParameterName, number> = { ...parameters }
  for (const [name, given] of Object.entries(overrides.parameters ?? {})) {
    const place = `parameters.${name}`
    if (!isParameterName(name)) {
      refuse(place, 'there is no such parameter')
      continue
    }
    const value = isRecord(given) ? inUnit(given, name, place, refuse) : given
    if (!isNumber(value)) refuse(place, 'must be a number')
    else changed[name] = checkedNumber(name, Number(value), place, refuse)
  }
  refuseCrossed(changed, (name) => `parameters.${name}`, refuse)
  return changed
}

/** A number may say its unit: `{ "value": 120, "unit": "d" }`. */
function inUnit(
  given: Readonly<Record<string, unknown>>,
  name: ParameterName,
  place: string,
  refuse: Refuse,
): unknown {
  if (isNumber(given)) return given
  if (given.unit !== parameterUnits[name])
    refuse(place, `${name} must be given in '${parameterUnits[name]}'`)
  return given.value
}

/** After the policy's; an alternative after the others of its criterion. */
function withOwn(
  criteria: readonly Criterion[],
  own: readonly OwnCriterion[],
  refuse: Refuse,
): readonly Criterion[] {
  const all = [...criteria]
  for (const criterion of own) {
    const { id, partOf } = criterion
    if (all.some((each) => each.id === id)) refuse('criteria', `'${id}' is there twice`)
    const last = all.findLastIndex((each) => each.id === partOf || each.partOf === partOf)
    if (partOf === undefined) all.push(criterion)
    else if (last === -1) refuse('criteria', `'${id}' is part of '${partOf}', which is dropped`)
    else all.splice(last + 1, 0, criterion)
  }
  return all
}

function withoutDropped(
  criteria: readonly Criterion[],
  overrides: PolicyOverrides,
  refuse: Refuse,
): readonly Criterion[] {
  const drop = new Set<string>(overrides.drop)
  for (const id of drop)
    if (!criteria.some((criterion) => criterion.id === id))
      refuse('drop', `there is no criterion '${id}'`)
  const kept = criteria.filter(({ id, partOf }) => !drop.has(id) && !drop.has(partOf ?? ''))
  if (kept.length === 0) refuse('drop', 'leaves no criterion')
  return kept
}

function withClasses(
  criteria: readonly Criterion[],
  overrides: PolicyOverrides,
  refuse: Refuse,
): readonly Criterion[] {
  const classes = new Map<string, CriterionClass>(Object.entries(overrides.class ?? {}))
  for (const [id, wanted] of classes) {
    const criterion = criteria.find((each) => each.id === id)
    if (criterion?.kind !== 'contraindication')
      refuse(`class.${id}`, 'is no contraindication of the policy')
    if (wanted !== 'absolute' && wanted !== 'relative')
      refuse(`class.${id}`, 'must be absolute or relative')
  }
  return criteria.map((criterion) => {
    const wanted = classes.get(criterion.id)
    return wanted ? Object.freeze({ ...criterion, class: wanted }) : criterion
  })
}

function withOutcomes(
  outcomes: Policy['outcomes'],
  overrides: PolicyOverrides,
  refuse: Refuse,
): Policy['outcomes'] {
  const changed: Record<Overall, OutcomeAction> = { ...outcomes }
  for (const [name, action] of Object.entries(overrides.outcomes ?? {})) {
    const overall = overalls.find((known) => known === name)
    if (overall === undefined) refuse(`outcomes.${name}`, 'there is no such overall result')
    else if (!outcomeActions.includes(action))
      refuse(`outcomes.${name}`, `must be one of ${outcomeActions.join(', ')}`)
    else changed[overall] = action
  }
  return changed
}
