/** One CDS service for each policy: https://cds-hooks.hl7.org/2.0/#discovery */

import type { FhirResource, PlanDefinition, Questionnaire } from 'fhir/r4'
import type { Clinic, Registry } from '../access/registry.ts'
import type { Policy } from '../screening/policy.ts'
import { type Hook, hooks } from './hook-request.ts'
import { prefetchQueries } from './prefetch-queries.ts'
import type { PrefetchQuery } from './prefetched.ts'

/** A service that a referral asks for. */
export interface ServiceCode {
  readonly system: string
  readonly code: string
  readonly display?: string
}

/** The advice that is given for one policy, to orders for the clinics that follow it. */
export interface CdsService {
  /** The name of the policy. Both hooks share it, so that a later card replaces the earlier one. */
  readonly id: string
  readonly title: string
  readonly clinics: readonly Clinic[]
  /** The codes of ServiceRequest.code that the policy is for; the usual one first. */
  readonly services: readonly ServiceCode[]
  readonly queries: readonly PrefetchQuery[]
  /** The screening form. */
  readonly form: Questionnaire | undefined
}

export interface ServiceSources {
  readonly registry: Registry
  readonly policyOf: (clinic: Clinic) => Policy
  /** What schemas/ holds, parsed. */
  readonly published: readonly FhirResource[]
  /** YYYY-MM-DD. */
  readonly today: string
}

/** @returns the services of the policies that a clinic follows, in the order of the registry */
export function cdsServices(sources: ServiceSources): readonly CdsService[] {
  const clinics = sources.registry.clinics.filter(({ disabled }) => !disabled)
  return [...Map.groupBy(clinics, ({ policy }) => policy)].map(([id, following]) =>
    serviceOf(id, following, sources),
  )
}

function serviceOf(
  id: string,
  clinics: readonly Clinic[],
  { policyOf, published, today }: ServiceSources,
): CdsService {
  const policies = clinics.map(policyOf)
  const plan = published.find((each) => each.resourceType === 'PlanDefinition' && each.id === id)
  return {
    id,
    title: (plan as PlanDefinition | undefined)?.title ?? id,
    clinics,
    services: servicesOf(plan as PlanDefinition | undefined),
    queries: prefetchQueries(policies, today),
    form: published.find(
      (each): each is Questionnaire =>
        each.resourceType === 'Questionnaire' && each.url === policies[0]?.questionnaire,
    ),
  }
}

/** The activity that a policy is for stands in its useContext `task`. */
function servicesOf(plan: PlanDefinition | undefined): readonly ServiceCode[] {
  return (plan?.useContext ?? [])
    .filter(({ code }) => code.code === 'task')
    .flatMap(({ valueCodeableConcept }) => valueCodeableConcept?.coding ?? [])
    .flatMap(({ system, code, display }) =>
      system && code ? [{ system, code, ...(display ? { display } : {}) }] : [],
    )
}

/** As the discovery lists it, once for each hook. */
export function describeService({ id, title, clinics, queries }: CdsService) {
  const names = clinics.map(({ name }) => name).join(', ')
  const describe = (hook: Hook) => ({
    hook,
    id,
    title: `${title}: is the order complete?`,
    description: `Checks an order for ${names} as the clinic will: what its criteria find in the record, what is missing and how to supply it, and which contraindications are on record. Nothing is stored.`,
    usageRequirements:
      'The organisation is registered with this service. Orders are recognised by ServiceRequest.code, clinics by performer (NPI). Queries that are not prefetched count as not documented; without any prefetch the answer is 412. Nothing is fetched from the FHIR server.',
    prefetch: Object.fromEntries(queries.map(({ key, template }) => [key, template])),
  })
  return hooks.map(describe)
}
