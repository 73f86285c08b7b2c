/** The words of a check, out of its GuidanceResponse: the cards say the same as the API. */

import type { GuidanceResponse, Parameters, ParametersParameter } from 'fhir/r4'
import type { Verdict } from '../screening/result.ts'

export interface CriterionWords {
  readonly id: string
  readonly verdict: Verdict
  readonly explanation: string
  readonly needed: readonly string[]
  readonly evidence: readonly string[]
}

export interface CheckWords {
  readonly criteria: readonly CriterionWords[]
  readonly warnings: readonly { readonly text: string; readonly evidence: readonly string[] }[]
  /** linkIds of the questions of the screening form that want an answer. */
  readonly questions: readonly string[]
}

export function checkWords(guidance: GuidanceResponse): CheckWords {
  const [output] = (guidance.contained ?? []) as Parameters[]
  const named = (name: string) => (output?.parameter ?? []).filter((each) => each.name === name)
  return {
    criteria: named('criterion').map(({ part = [] }) => ({
      id: part.find(({ name }) => name === 'id')?.valueCode ?? '',
      verdict: part.find(({ name }) => name === 'verdict')?.valueCode as Verdict,
      explanation: textsOf(part, 'explanation').join(' '),
      needed: textsOf(part, 'needed'),
      evidence: evidenceOf(part),
    })),
    warnings: named('warning').map(({ part = [] }) => ({
      text: textsOf(part, 'explanation').join(' '),
      evidence: evidenceOf(part),
    })),
    questions: questionsIn(guidance),
  }
}

const textsOf = (parts: readonly ParametersParameter[], name: string): readonly string[] =>
  parts.flatMap((part) => (part.name === name && part.valueString ? part.valueString : []))

const evidenceOf = (parts: readonly ParametersParameter[]): readonly string[] =>
  parts.flatMap(({ valueReference }) => valueReference?.reference ?? [])

function questionsIn({ dataRequirement = [] }: GuidanceResponse): readonly string[] {
  const elements = dataRequirement.flatMap(({ mustSupport = [] }) => mustSupport)
  return elements.flatMap((element) => /^item\.where\(linkId='([^']+)'\)$/.exec(element)?.[1] ?? [])
}
