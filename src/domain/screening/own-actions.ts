/**
 * A clinic's own criterion in a PlanDefinition: an action with a kind and no criterion of ours, whose
 * conditions are FHIRPath, and whose sentences are in the contained Parameters.
 *
 * https://hl7.org/fhir/R4/plandefinition-definitions.html#PlanDefinition.action.condition
 */

import type { Parameters, ParametersParameter, PlanDefinitionAction } from 'fhir/r4'
import { type OwnContext, readOwnCriterion } from './own-criteria.ts'
import { baseUrl, type OwnCriterion } from './policy.ts'

/** The code of an action in one of our code systems. */
export function codeOf(action: PlanDefinitionAction, codeSystem: string): string | undefined {
  return action.code
    ?.flatMap(({ coding = [] }) => coding)
    .find(({ system }) => system === `${baseUrl}/CodeSystem/${codeSystem}`)?.code
}

export const isOwnAction = (action: PlanDefinitionAction): boolean =>
  codeOf(action, 'criterion-kind') !== undefined &&
  codeOf(action, 'screening-criterion') === undefined

/** @param partOf the criterion whose action holds this one */
export function readOwnAction(
  action: PlanDefinitionAction,
  place: string,
  partOf: string | undefined,
  parameters: Parameters | undefined,
  context: OwnContext,
): OwnCriterion | undefined {
  if (action.action?.length)
    context.refuse(`${place}.action`, 'a criterion of your own has no parts')
  refuseUnread(action, place, context.refuse)
  return readOwnCriterion(
    {
      id: action.id,
      title: action.title,
      kind: codeOf(action, 'criterion-kind'),
      ...withoutUndefined({
        class: codeOf(action, 'contraindication-class'),
        partOf,
        inputs: action.input,
      }),
      ...conditionsOf(action, place, context.refuse),
      ...sentencesOf(action.id ?? '', parameters),
    },
    place,
    context,
  )
}

/** Elements that would change what an action means, and that no criterion reads. */
export function refuseUnread(
  action: PlanDefinitionAction,
  place: string,
  refuse: OwnContext['refuse'],
): void {
  for (const name of ['relatedAction', 'definitionCanonical', 'definitionUri', 'trigger'] as const)
    if (action[name] !== undefined) refuse(`${place}.${name}`, 'is not evaluated: leave it out')
}

const conditionNames: readonly string[] = ['metWhen', 'presentWhen', 'absentWhen']

function conditionsOf(
  { condition = [] }: PlanDefinitionAction,
  place: string,
  refuse: OwnContext['refuse'],
): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const [index, { kind, expression }] of condition.entries()) {
    const at = `${place}.condition[${index}]`
    const { name = '', language, expression: text } = expression ?? {}
    if (kind !== 'applicability') refuse(`${at}.kind`, 'must be applicability')
    if (language !== 'text/fhirpath') refuse(`${at}.expression.language`, 'must be text/fhirpath')
    else if (!conditionNames.includes(name))
      refuse(`${at}.expression.name`, `must be one of ${conditionNames.join(', ')}`)
    else if (name in texts) refuse(`${at}.expression.name`, `'${name}' is there twice`)
    else texts[name] = text ?? ''
  }
  return texts
}

function sentencesOf(id: string, parameters: Parameters | undefined) {
  const parts = parameters?.parameter?.find((each) => criterionIdIn(each) === id)?.part ?? []
  const { needed, ...explanations } = Object.fromEntries(
    parts.flatMap(({ name, valueString }) =>
      valueString === undefined ? [] : [[name, valueString]],
    ),
  )
  const evidence = parts.find(({ name }) => name === 'evidence')?.valueExpression?.expression
  return withoutUndefined({ needed, explanations, evidence })
}

/** Of a parameter `criterion`: whose sentences it holds. */
export function criterionIdIn({ name, part = [] }: ParametersParameter): string | undefined {
  return name === 'criterion' ? part.find((each) => each.name === 'id')?.valueCode : undefined
}

const withoutUndefined = (members: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
