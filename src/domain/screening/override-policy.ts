/** A clinic's own numbers, classes and outcomes over a policy, checked before anything uses them. */

import { type Issue, Problem } from '../problem.ts'
import { checkedNumber, isParameterName, outcomeActions, policyIssue } from './load-policy.ts'
import {
  type Criterion,
  type CriterionClass,
  type OutcomeAction,
  type Overall,
  overalls,
  type ParameterName,
  type Policy,
  type PolicyOverrides,
  type PolicyParameters,
} from './policy.ts'

const members = ['title', 'parameters', 'class', 'drop', 'outcomes']

/**
 * The policy with a clinic's changes.
 *
 * @throws Problem policy-invalid with an issue for every change that cannot be made
 */
export function overridePolicy(policy: Policy, overrides: PolicyOverrides): Policy {
  const issues: Issue[] = []
  const refuse: Refuse = (place, reason) => {
    issues.push(policyIssue(place, reason))
  }
  for (const member of Object.keys(overrides))
    if (!members.includes(member)) refuse(member, `unknown; known are ${members.join(', ')}`)
  const changed: Policy = {
    ...policy,
    title: overrides.title ?? policy.title,
    parameters: Object.freeze(withNumbers(policy.parameters, overrides, refuse)),
    criteria: Object.freeze(
      withClasses(withoutDropped(policy.criteria, overrides, refuse), overrides, refuse),
    ),
    outcomes: Object.freeze(withOutcomes(policy.outcomes, overrides, refuse)),
  }
  if (issues.length > 0) throw new Problem('policy-invalid', issues)
  return Object.freeze(changed)
}

type Refuse = (place: string, reason: string) => undefined

function withNumbers(
  parameters: PolicyParameters,
  overrides: PolicyOverrides,
  refuse: Refuse,
): PolicyParameters {
  const changed: Record<ParameterName, number> = { ...parameters }
  for (const [name, value] of Object.entries(overrides.parameters ?? {})) {
    const place = `parameters.${name}`
    if (!isParameterName(name)) refuse(place, 'there is no such parameter')
    else if (typeof value !== 'number') refuse(place, 'must be a number')
    else changed[name] = checkedNumber(name, value, place, refuse)
  }
  for (const [below, above] of ascending)
    if (changed[below] > changed[above]) refuse(`parameters.${below}`, `must not be above ${above}`)
  return changed
}

/** A band whose lower end is above its upper one would make everything pass or nothing. */
const ascending: readonly (readonly [ParameterName, ParameterName])[] = [
  ['bpReviewSystolic', 'bpFailSystolic'],
  ['bpReviewDiastolic', 'bpFailDiastolic'],
  ['altReview', 'altFail'],
  ['pregnancyMinAge', 'pregnancyMaxAge'],
]

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
