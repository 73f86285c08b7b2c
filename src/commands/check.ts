/** `referloop check`: the check of a referral in a file, with no server and no database. */

import type { Bundle, FhirResource, Reference, ServiceRequest } from 'fhir/r4'
import { parseFhirJson } from '../domain/fhir/json.ts'
import { Problem } from '../domain/problem.ts'
import { toGuidanceResponse } from '../domain/screening/guidance-response.ts'
import { loadPolicy } from '../domain/screening/load-policy.ts'
import { overridePolicy } from '../domain/screening/override-policy.ts'
import { type Packet, packetOfBundle, packetOfServiceRequest } from '../domain/screening/packet.ts'
import type { Policy } from '../domain/screening/policy.ts'
import { readPublished } from '../domain/screening/published.ts'
import { screenReferral } from '../domain/screening/screen-referral.ts'
import { toTable } from '../domain/screening/table.ts'
import { createEvaluator } from '../expressions/evaluator.ts'
import { readValidResource, validResource } from './read-referral.ts'

export interface CheckOptions {
  /** YYYY-MM-DD */
  readonly asOf: string
  readonly table: boolean
  /** A clinic's overrides, or a PlanDefinition, or a Bundle of one with its value sets, as JSON bytes. */
  readonly policy: Uint8Array | undefined
}

/**
 * @returns the GuidanceResponse, or the table as text
 * @throws Problem for invalid input
 */
export async function check(bytes: Uint8Array, options: CheckOptions): Promise<object | string> {
  const packet = packetIn(readValidResource(bytes))
  const policy = policyFor(options.policy)
  const evaluator = createEvaluator()
  try {
    const result = await screenReferral(packet, policy, options, evaluator.evaluate)
    return options.table ? toTable(result) : toGuidanceResponse(result)
  } finally {
    evaluator.close()
  }
}

function policyFor(bytes: Uint8Array | undefined): Policy {
  if (bytes === undefined) return loadPolicy(readPublished())
  const json = parseFhirJson(bytes)
  if (!(typeof json === 'object' && json !== null && 'resourceType' in json))
    return overridePolicy(loadPolicy(readPublished()), json)
  const handedIn = publishedIn(validResource(json))
  const plans = handedIn.filter(({ resourceType }) => resourceType === 'PlanDefinition')
  const [plan] = plans
  if (plan === undefined || plans.length > 1)
    throw new Problem('policy-invalid', 'Give one PlanDefinition, or a Bundle that has one.')
  // What is handed in goes before what is published under the same name.
  const kept = (readPublished() as readonly FhirResource[]).filter(
    (each) =>
      !handedIn.some(
        ({ resourceType, id, url }) =>
          each.resourceType === resourceType &&
          (each.id === id || ('url' in each && each.url === url)),
      ),
  )
  return loadPolicy([...kept, ...handedIn], plan.id)
}

type Published = FhirResource & { readonly id?: string; readonly url?: string }

const publishedIn = (resource: FhirResource): readonly Published[] =>
  resource.resourceType === 'Bundle'
    ? ((resource as Bundle<FhirResource>).entry ?? []).flatMap((entry) => entry.resource ?? [])
    : [resource]

function packetIn(resource: FhirResource): Packet {
  if (resource.resourceType === 'ServiceRequest') return packetOfServiceRequest(resource)
  if (resource.resourceType !== 'Bundle') throw new Problem('no-referral')
  const bundle = resource as Bundle
  const performers = referralPerformers(bundle)
  return packetOfBundle(bundle, (performer) => performers.has(performer))
}

/**
 * Without a registry nobody knows the clinics, so the referral is the active order that names an
 * organisation to perform it; an operation that is planned elsewhere is told apart by its category.
 */
function referralPerformers(bundle: Bundle): ReadonlySet<Reference> {
  const active = (bundle.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === 'ServiceRequest' && (resource as ServiceRequest).status === 'active'
      ? [resource as ServiceRequest]
      : [],
  )
  const referrals = active.filter(({ code }) => code?.coding?.some(isPainReferral))
  return new Set(
    (referrals.length > 0 ? referrals : active).flatMap(({ performer }) => performer ?? []),
  )
}

/** SNOMED CT: Referral to pain management specialist, and its service. */
const isPainReferral = ({ code }: { code?: string }): boolean => code === '306265007'
