/** Which ServiceRequest of a submission is the referral, and to which clinic it goes. */

import type { FhirResource, Identifier, Reference, ServiceRequest } from 'fhir/r4'
import { Problem } from '../problem.ts'
import { relativeReference } from './references.ts'
import type { SubmittedEntry } from './submission.ts'

/** The clinics that are served, as far as finding one goes. */
export interface ClinicDirectory<Clinic> {
  clinicByIdentifier(system: string, value: string): Clinic | undefined
  clinicById(id: string): Clinic | undefined
  /** The only clinic that offers a service, when just one does. */
  clinicByService(system: string, code: string): Clinic | undefined
}

export interface FoundReferral<Clinic> {
  readonly entry: SubmittedEntry
  readonly request: ServiceRequest
  readonly clinic: Clinic
}

/**
 * Finds the one active ServiceRequest whose performer is a clinic; other ServiceRequests, such as a
 * planned operation, are support.
 * @param lookUp resolves a reference among the entries and among what the referrer has here
 * @throws Problem no-referral, many-referrals, unknown-clinic
 */
export function findReferral<Clinic>(
  entries: readonly SubmittedEntry[],
  lookUp: (reference: string) => FhirResource | undefined,
  directory: ClinicDirectory<Clinic>,
): FoundReferral<Clinic> {
  const requests = entries.flatMap((entry) =>
    entry.resource.resourceType === 'ServiceRequest'
      ? [{ entry, request: entry.resource as ServiceRequest }]
      : [],
  )
  const active = requests.filter(({ request }) => request.status === 'active')
  const found = active.flatMap(({ entry, request }) => {
    const clinic = clinicOf(request, lookUp, directory)
    return clinic ? [{ entry, request, clinic }] : []
  })
  const [first, second] = found
  if (second)
    throw new Problem('many-referrals', undefined, {
      expression: found.map(({ entry }) => entry.expression),
    })
  if (first) return first
  throw missing(requests, active)
}

type Candidate = { readonly entry: SubmittedEntry; readonly request: ServiceRequest }

function missing(requests: readonly Candidate[], active: readonly Candidate[]): Problem {
  if (requests.length === 0)
    return new Problem('no-referral', undefined, { expression: ['Bundle.entry'] })
  if (active.length === 0)
    return new Problem(
      'no-referral',
      'A referral is submitted with ServiceRequest.status active; what is revoked, completed or a draft is not accepted.',
      { expression: requests.map(({ entry }) => `${entry.expression}.status`) },
    )
  return new Problem('unknown-clinic', undefined, {
    expression: active.map(({ entry }) => `${entry.expression}.performer`),
  })
}

/** The clinic that a ServiceRequest names: performer first, then the service asked for. */
export function clinicOf<Clinic>(
  request: ServiceRequest,
  lookUp: (reference: string) => FhirResource | undefined,
  directory: ClinicDirectory<Clinic>,
): Clinic | undefined {
  for (const performer of request.performer ?? []) {
    const clinic = clinicOfPerformer(performer, lookUp, directory)
    if (clinic) return clinic
  }
  // A performer that is named but unknown must not silently become another clinic.
  if (request.performer?.length) return undefined
  for (const { system, code } of request.code?.coding ?? []) {
    const clinic = system && code ? directory.clinicByService(system, code) : undefined
    if (clinic) return clinic
  }
  return undefined
}

function clinicOfPerformer<Clinic>(
  performer: Reference,
  lookUp: (reference: string) => FhirResource | undefined,
  directory: ClinicDirectory<Clinic>,
): Clinic | undefined {
  const byIdentifier = clinicByAny([performer.identifier], directory)
  if (byIdentifier || !performer.reference) return byIdentifier
  const resource = lookUp(performer.reference)
  switch (resource?.resourceType) {
    case 'Organization':
      return clinicByAny(resource.identifier ?? [], directory)
    // The clinic's service or a role at the clinic names the organisation behind it.
    case 'HealthcareService':
      return resource.providedBy && clinicOfPerformer(resource.providedBy, lookUp, directory)
    case 'PractitionerRole':
      return resource.organization && clinicOfPerformer(resource.organization, lookUp, directory)
    case undefined: {
      const relative = relativeReference(performer.reference)
      return relative?.type === 'Organization' ? directory.clinicById(relative.id) : undefined
    }
    default:
      return undefined
  }
}

function clinicByAny<Clinic>(
  identifiers: readonly (Identifier | undefined)[],
  directory: ClinicDirectory<Clinic>,
): Clinic | undefined {
  for (const identifier of identifiers) {
    const { system, value } = identifier ?? {}
    const clinic = system && value ? directory.clinicByIdentifier(system, value) : undefined
    if (clinic) return clinic
  }
  return undefined
}
