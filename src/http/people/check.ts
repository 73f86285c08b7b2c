/** The result of a check, out of its GuidanceResponse: what domain/screening/guidance-response.ts put there. */

import type { GuidanceResponse, Parameters, ParametersParameter } from 'fhir/r4'

export interface CheckedCriterion {
  readonly id: string
  readonly verdict: string
  readonly applicable: boolean
  readonly explanation: string
  /** `Type/id` */
  readonly evidence: readonly string[]
  readonly needed: readonly string[]
}

export interface CheckShown {
  readonly overall: string
  readonly criteria: readonly CheckedCriterion[]
  /** What decides nothing. */
  readonly warnings: readonly {
    readonly explanation: string
    readonly evidence: readonly string[]
  }[]
  /** YYYY-MM-DD */
  readonly checkDate: string | undefined
  /** Canonical of the policy with its version. */
  readonly policy: string | undefined
}

export function readCheck(guidance: GuidanceResponse): CheckShown {
  const result = guidance.contained?.find(
    (each): each is Parameters => each.resourceType === 'Parameters',
  )
  const named = (name: string) => (result?.parameter ?? []).filter((each) => each.name === name)
  return {
    overall: named('overall')[0]?.valueCode ?? 'unknown',
    criteria: named('criterion').map(({ part = [] }) => ({
      id: textOf(part, 'id'),
      verdict: textOf(part, 'verdict'),
      applicable: !part.some(
        ({ name, valueBoolean }) => name === 'applicable' && valueBoolean === false,
      ),
      explanation: textOf(part, 'explanation'),
      evidence: evidenceOf(part),
      needed: part.flatMap(({ name, valueString }) => (name === 'needed' && valueString) || []),
    })),
    warnings: named('warning').map(({ part = [] }) => ({
      explanation: textOf(part, 'explanation'),
      evidence: evidenceOf(part),
    })),
    checkDate: guidance.occurrenceDateTime,
    policy: guidance.moduleCanonical,
  }
}

const textOf = (part: readonly ParametersParameter[], wanted: string): string => {
  const found = part.find(({ name }) => name === wanted)
  return found?.valueCode ?? found?.valueString ?? ''
}

const evidenceOf = (part: readonly ParametersParameter[]): readonly string[] =>
  part.flatMap(
    ({ name, valueReference }) => (name === 'evidence' && valueReference?.reference) || [],
  )
