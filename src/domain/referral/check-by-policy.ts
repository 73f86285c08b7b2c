/** The check of a story, by the policy of the clinic it goes to. */

import type { Questionnaire } from 'fhir/r4'
import type { Clinic, Registry } from '../access/registry.ts'
import { toGuidanceResponse } from '../screening/guidance-response.ts'
import { packetOf, referenceOf } from '../screening/packet.ts'
import type { Policy } from '../screening/policy.ts'
import { type EvaluateExpressions, screenReferral } from '../screening/screen-referral.ts'
import { wantedItems } from '../screening/wanted-form.ts'
import type { Check } from './check.ts'

export type FormOf = (canonical: string) => Questionnaire | undefined

/**
 * @param policyOf the policy of a clinic, overrides applied
 * @param evaluate evaluates the clinic's own criteria
 * @param formOf a published form by its canonical
 * @returns rejects for a clinic that is not in the registry
 */
export function checkByPolicy(
  registry: () => Registry,
  policyOf: (clinic: Clinic) => Policy,
  evaluate: EvaluateExpressions,
  formOf: FormOf,
): Check {
  return async ({ clinicId, request, resources, asOf, unavailable }) => {
    const clinic = registry().clinicById(clinicId)
    if (!clinic) throw new Error(`clinic ${clinicId} is not in the registry`)
    const known = resources.map((resource) => ({
      reference: referenceOf(resource) as string,
      resource,
    }))
    const referral = { reference: `ServiceRequest/${request.id}`, resource: request }
    const policy = policyOf(clinic)
    const form = formOf(policy.questionnaire)
    const packet = packetOf(known, referral, unavailable)
    const result = await screenReferral(packet, policy, { asOf }, evaluate)
    return {
      overall: result.overall,
      next: result.next,
      guidance: toGuidanceResponse(result),
      wanted: result.next === 'send' ? [] : wantedItems(result, form, resources),
      form: form?.version ? `${policy.questionnaire}|${form.version}` : policy.questionnaire,
    }
  }
}
