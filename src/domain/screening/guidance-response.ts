/**
 * The result of a check as a GuidanceResponse.
 *
 * http://hl7.org/fhir/R4/guidanceresponse.html
 */

import type {
  DataRequirement,
  GuidanceResponse,
  Parameters,
  ParametersParameter,
  Reference,
} from 'fhir/r4'
import type { CriterionResult, ScreeningResult } from './result.ts'

/** References that the reader knows by another name, such as those of a stored transaction. */
export type Rename = (reference: string) => string

/**
 * @param result of a screening
 * @param rename turns the references under which the packet was known into those that the reader can
 *   follow; by default they stay
 */
export function toGuidanceResponse(
  result: ScreeningResult,
  rename: Rename = (reference) => reference,
): GuidanceResponse {
  const missing = dataRequirements(result)
  return {
    resourceType: 'GuidanceResponse',
    contained: [outputOf(result, rename)],
    moduleCanonical: result.policy,
    status: isMissingSomething(result) ? 'data-required' : 'success',
    ...(result.subject ? { subject: { reference: rename(result.subject) } } : {}),
    occurrenceDateTime: result.checkDate,
    reasonReference: [{ reference: rename(result.referral) }],
    outputParameters: { reference: '#result' },
    ...(missing.length > 0 ? { dataRequirement: missing } : {}),
  }
}

/** Missing is what is not documented; an alternative counts only through the criterion it serves. */
function isMissingSomething(result: ScreeningResult): boolean {
  return result.criteria.some(isMissing)
}

function isMissing(criterion: CriterionResult): boolean {
  return criterion.partOf === undefined && criterion.verdict === 'not-documented'
}

/** What would complete the referral, each thing once. */
function dataRequirements(result: ScreeningResult): DataRequirement[] {
  const byContent = new Map<string, DataRequirement>()
  for (const { needed } of result.criteria.filter(isMissing))
    for (const { requirement } of needed)
      if (requirement) byContent.set(JSON.stringify(requirement), requirement)
  return [...byContent.values()]
}

function outputOf(result: ScreeningResult, rename: Rename): Parameters {
  return { resourceType: 'Parameters', id: 'result', parameter: parametersOf(result, rename) }
}

function parametersOf(result: ScreeningResult, rename: Rename): ParametersParameter[] {
  return [
    { name: 'overall', valueCode: result.overall },
    ...result.criteria.map((criterion) => ({
      name: 'criterion',
      part: partsOf(criterion, rename),
    })),
    { name: 'referral-date', valueDate: result.referralDate },
    { name: 'check-date', valueDate: result.checkDate },
    ...result.warnings.map(({ text, evidence }) => ({
      name: 'warning',
      part: [{ name: 'explanation', valueString: text }, ...evidenceParts(evidence, rename)],
    })),
  ]
}

function partsOf(criterion: CriterionResult, rename: Rename): ParametersParameter[] {
  return [
    { name: 'id', valueCode: criterion.id },
    { name: 'verdict', valueCode: criterion.verdict },
    ...(criterion.applicable === false ? [{ name: 'applicable', valueBoolean: false }] : []),
    { name: 'explanation', valueString: criterion.explanation },
    ...evidenceParts(criterion.evidence, rename),
    ...criterion.needed.map(({ text }) => ({ name: 'needed', valueString: text })),
  ]
}

function evidenceParts(evidence: readonly string[], rename: Rename): ParametersParameter[] {
  return evidence.map((reference) => ({
    name: 'evidence',
    valueReference: { reference: rename(reference) } satisfies Reference,
  }))
}
