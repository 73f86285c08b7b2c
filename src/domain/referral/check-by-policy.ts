/** The check of a story, by the policy of the clinic it goes to. */

import type { Clinic, Registry } from '../access/registry.ts'
import { toGuidanceResponse } from '../screening/guidance-response.ts'
import { packetOf, referenceOf } from '../screening/packet.ts'
import type { Policy } from '../screening/policy.ts'
import { screen } from '../screening/screen.ts'
import type { Check } from './check.ts'

/**
 * @param policyOf the policy of a clinic, overrides applied
 * @returns rejects for a clinic that is not in the registry
 */
export function checkByPolicy(
  registry: () => Registry,
  policyOf: (clinic: Clinic) => Policy,
): Check {
  return async ({ clinicId, request, resources, asOf, unavailable }) => {
    const clinic = registry().clinicById(clinicId)
    if (!clinic) throw new Error(`clinic ${clinicId} is not in the registry`)
    const known = resources.map((resource) => ({
      reference: referenceOf(resource) as string,
      resource,
    }))
    const referral = { reference: `ServiceRequest/${request.id}`, resource: request }
    const result = screen(packetOf(known, referral, unavailable), policyOf(clinic), { asOf })
    return {
      overall: result.overall,
      next: result.next,
      guidance: toGuidanceResponse(result),
    }
  }
}
