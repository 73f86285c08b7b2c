/** `referloop check`: the check of a referral in a file, with no server and no database. */

import type { Bundle, FhirResource, Reference, ServiceRequest } from 'fhir/r4'
import { parseFhirJson } from '../domain/fhir/json.ts'
import { Problem } from '../domain/problem.ts'
import { toGuidanceResponse } from '../domain/screening/guidance-response.ts'
import { loadPolicy } from '../domain/screening/load-policy.ts'
import { overridePolicy } from '../domain/screening/override-policy.ts'
import { type Packet, packetOfBundle, packetOfServiceRequest } from '../domain/screening/packet.ts'
import type { Policy, PolicyOverrides } from '../domain/screening/policy.ts'
import { readPublished } from '../domain/screening/published.ts'
import { screen } from '../domain/screening/screen.ts'
import { toTable } from '../domain/screening/table.ts'
import { readValidResource } from './read-referral.ts'

export interface CheckOptions {
  /** YYYY-MM-DD */
  readonly asOf: string
  readonly table: boolean
  /** A clinic's overrides, as JSON bytes. */
  readonly overrides: Uint8Array | undefined
}

/**
 * @returns the GuidanceResponse, or the table as text
 * @throws Problem for invalid input
 */
export function check(bytes: Uint8Array, options: CheckOptions): object | string {
  const packet = packetIn(readValidResource(bytes))
  const result = screen(packet, policyFor(options.overrides), { asOf: options.asOf })
  return options.table ? toTable(result) : toGuidanceResponse(result)
}

function policyFor(overrides: Uint8Array | undefined): Policy {
  const stock = loadPolicy(readPublished())
  return overrides ? overridePolicy(stock, parseFhirJson(overrides) as PolicyOverrides) : stock
}

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
