/** Each clinic's policy: the published one with the clinic's own changes, checked when it is loaded. */

import type { Clinic, Registry } from '../access/registry.ts'
import { loadPolicy } from '../screening/load-policy.ts'
import { overridePolicy } from '../screening/override-policy.ts'
import type { Policy, PolicyOverrides } from '../screening/policy.ts'

/**
 * @param published what schemas/ holds, parsed
 * @returns the policy of a clinic; a clinic of a newer reading of the registry is loaded when first met
 * @throws Problem at once when a clinic's policy is wrong, with its place
 */
export function clinicPolicies(
  published: readonly unknown[],
  registry: Registry,
): (clinic: Clinic) => Policy {
  const stock = new Map<string, Policy>()
  const policies = new WeakMap<Clinic, Policy>()
  const stockPolicy = (name: string): Policy => {
    const policy = stock.get(name) ?? loadPolicy(published, name)
    stock.set(name, policy)
    return policy
  }
  const policyOf = (clinic: Clinic): Policy => {
    const known = policies.get(clinic)
    if (known) return known
    const policy = stockPolicy(clinic.policy)
    const own =
      clinic.policyOverrides === undefined
        ? policy
        : overridePolicy(policy, clinic.policyOverrides as PolicyOverrides)
    policies.set(clinic, own)
    return own
  }
  for (const clinic of registry.clinics) policyOf(clinic)
  return policyOf
}
