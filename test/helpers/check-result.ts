/** What a check says, read as a referrer's EHR would read it. */

import type { FhirResource, GuidanceResponse, Parameters, Task } from 'fhir/r4'
import type { FhirClient } from './fhir-client.ts'

/** The latest check of a Task, and what it says. */
export async function latestCheck(by: FhirClient, task: Task): Promise<GuidanceResponse> {
  const output = task.output?.find(({ type }) =>
    type.coding?.some(({ code }) => code === 'check-result'),
  )
  return (await by.get<GuidanceResponse>(output?.valueReference?.reference as string)).body
}

export const overallOf = (guidance: GuidanceResponse): string =>
  parametersOf(guidance).find(({ name }) => name === 'overall')?.valueCode ?? ''

/** Ids of the criteria with this verdict, in the policy's order. */
const criteriaThatAre = (verdict: string, guidance: GuidanceResponse): readonly string[] =>
  parametersOf(guidance).flatMap(({ name, part = [] }) =>
    name === 'criterion' && part.some((each) => each.valueCode === verdict)
      ? [part.find((each) => each.name === 'id')?.valueCode ?? '']
      : [],
  )

/** The sentences of a criterion that say what would satisfy it. */
export const neededFor = (criterion: string, guidance: GuidanceResponse): readonly string[] =>
  partsOf(criterion, guidance).flatMap(({ name, valueString }) =>
    name === 'needed' && valueString ? [valueString] : [],
  )

/** The resources that a criterion's verdict rests on. */
export const evidenceFor = (criterion: string, guidance: GuidanceResponse): readonly string[] =>
  partsOf(criterion, guidance).flatMap(({ name, valueReference }) =>
    name === 'evidence' ? (valueReference?.reference ?? '') : [],
  )

const partsOf = (criterion: string, guidance: GuidanceResponse) =>
  parametersOf(guidance)
    .map(({ part = [] }) => part)
    .find((part) => part.some(({ name, valueCode }) => name === 'id' && valueCode === criterion)) ??
  []

const parametersOf = ({ contained = [] }: GuidanceResponse) =>
  (contained as FhirResource[]).flatMap((resource) =>
    resource.resourceType === 'Parameters' ? ((resource as Parameters).parameter ?? []) : [],
  )

/** The criteria that wait for something; an alternative counts through the criterion it serves. */
export const missingIn = (guidance: GuidanceResponse): readonly string[] =>
  criteriaThatAre('not-documented', guidance).filter((id) => !alternatives.has(id))

const alternatives = new Set(['failed-opioid-therapy', 'failed-other-therapies', 'planned-surgery'])
