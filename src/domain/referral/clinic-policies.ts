/** Each clinic's policy: the published one with the clinic's own changes, checked when it is loaded. */

import type { RegistryIssue } from '../access/reader.ts'
import { type Clinic, type Registry, RegistryError } from '../access/registry.ts'
import { type Issue, Problem } from '../problem.ts'
import { loadPolicy } from '../screening/load-policy.ts'
import { overridePolicy } from '../screening/override-policy.ts'
import type { Policy } from '../screening/policy.ts'

export interface ClinicPolicies {
  /** The policy of a clinic of a registry that was loaded. */
  policyOf(clinic: Clinic): Policy
  /** Reads the policies of a registry. @throws RegistryError with every fault of every clinic's policy */
  load(registry: Registry): void
}

/** @param published what schemas/ holds, parsed */
export function clinicPolicies(published: readonly unknown[]): ClinicPolicies {
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
    const { policyOverrides } = clinic
    const own = policyOverrides === undefined ? policy : overridePolicy(policy, policyOverrides)
    policies.set(clinic, own)
    return own
  }
  return {
    policyOf,
    load(registry) {
      const issues = registry.clinics.flatMap((clinic, index) =>
        faultsOf(() => {
          stockPolicy(clinic.policy)
        }, `clinics[${index}].policy`).concat(
          faultsOf(() => {
            if (stock.has(clinic.policy)) policyOf(clinic)
          }, `clinics[${index}].policyOverrides`),
        ),
      )
      if (issues.length > 0) throw new RegistryError(issues)
    },
  }
}

function faultsOf(load: () => void, place: string): RegistryIssue[] {
  try {
    load()
    return []
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error.issues.map((issue) => issueAt(issue, place))
  }
}

/** The place in the policy becomes a place in the registry. */
function issueAt({ diagnostics = '', expression }: Issue, place: string): RegistryIssue {
  const [within = ''] = expression ?? []
  const message = diagnostics.startsWith(`${within}: `)
    ? diagnostics.slice(within.length + 2)
    : diagnostics
  const at = within === '' || within === 'policyOverrides' ? place : `${place}.${within}`
  return { place: at, message: message.replace(/\.$/, '') }
}
