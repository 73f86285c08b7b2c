/** From a body to a referral with its clinic, checked against FHIR and our profile: what submit and dry run share. */

import type { FhirResource, GuidanceResponse, Patient, ServiceRequest } from 'fhir/r4'
import type { Caller } from '../access/caller.ts'
import type { Clinic, Registry } from '../access/registry.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { type Issue, isError, Problem } from '../problem.ts'
import {
  arrange,
  businessIdentifiers,
  identifierQuery,
  isShared,
  type Opened,
  openSubmission,
  outsideReferences,
  type Placed,
} from './arrange.ts'
import type { Check } from './check.ts'
import { checkDate } from './check-date.ts'
import { findReferral } from './find-referral.ts'
import { labelIntake } from './label-intake.ts'
import type { KnownResource, ReferralStore, ResourceStore, StoredResource } from './ports.ts'
import { relativeReference, rewriteReferences } from './references.ts'
import type { Referral } from './referral.ts'
import { replacedBy } from './replaces.ts'
import type { Submission, SubmittedEntry } from './submission.ts'
import { partyReference } from './task.ts'

/** Canonical of the profile a referral is held to. */
export const referralProfile =
  'https://referloop.example/fhir/StructureDefinition/referral-servicerequest'

export interface IntakePorts {
  readonly referrals: ReferralStore
  readonly resources: ResourceStore
  registry(): Registry
  /** Issues of a resource against R4 and, when named, a profile. */
  validate(resource: unknown, profile?: string): readonly Issue[]
  readonly check: Check
  now(): Date
  newId(): string
}

/** @throws Problem not-fhir, invalid-resource with every error */
export function readBody(ports: Pick<IntakePorts, 'validate'>, body: unknown): FhirResource {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Problem('not-fhir', 'Send one FHIR R4 resource, as a JSON object.')
  const errors = ports.validate(body).filter(isError)
  if (errors.length > 0) throw new Problem('invalid-resource', errors)
  return body as FhirResource
}

export interface Received {
  readonly opened: Opened
  /** The referral that already bears one of the identifiers. */
  readonly existing: Referral | undefined
  readonly known: ReadonlyMap<string, KnownResource>
  readonly visible: readonly StoredResource[]
}

/** Looks up what is here of a submission. */
export async function receive(
  ports: IntakePorts,
  submission: Submission,
  caller: Caller,
): Promise<Received> {
  const opened = openSubmission(submission.entries)
  const { referral, shared, visible } = await ports.referrals.lookUp(
    caller.organization,
    submission.entries.flatMap(referralIdentifiers),
    opened.sharedKeys.flat(),
    outsideReferences(opened),
  )
  return { opened, existing: referral, known: shared, visible: visible.filter(isShared) }
}

/** The identifiers by which the referral of an entry may be here: its own, and those of a conditional create. */
const referralIdentifiers = ({ resource, ifNoneExist }: SubmittedEntry): readonly string[] =>
  resource.resourceType === 'ServiceRequest' && resource.status === 'active'
    ? [
        ...(ifNoneExist === undefined ? [] : [identifierQuery(ifNoneExist)]),
        ...businessIdentifiers(resource),
      ]
    : []

/** A submission with every entry in its place. */
export interface Intake {
  readonly placed: readonly Placed[]
  readonly referral: Placed
  readonly request: ServiceRequest & { readonly id: string }
  readonly clinic: Clinic
  /** Stored resources that the submission refers to without including them. */
  readonly outside: readonly FhirResource[]
  readonly patientIdentifiers: readonly string[]
  /** The referrals of before that this one replaces. */
  readonly replaced: readonly Referral[]
}

/**
 * Finds the referral and its clinic, holds it to the profile, places and labels every entry.
 * @throws Problem no-referral, many-referrals, unknown-clinic, referral-invalid, unresolved-reference
 */
export async function place(
  ports: IntakePorts,
  received: Received,
  caller: Caller,
): Promise<Intake> {
  const { opened, known, visible } = received
  const outside = visible.map(({ content }) => parseFhirJson(content) as FhirResource)
  const found = findReferral(
    opened.entries,
    (reference) => resolve(reference, opened, outside),
    ports.registry(),
  )
  if (found.clinic.disabled)
    throw new Problem('unknown-clinic', 'This clinic takes no referrals at present.', {
      expression: [`${found.entry.expression}.performer`],
    })
  const index = opened.entries.indexOf(found.entry)
  const arranged = arrange(opened, known, visible, ports.newId).map((each, i) =>
    i === index ? { ...each, resource: withPerformer(each.resource, found.clinic) } : each,
  )
  const replaced = await replacedBy(ports.referrals, opened, caller)
  const placed = await labelIntake(ports, arranged, {
    known: outside,
    referrerId: caller.organization,
    request: index,
  })
  const referral = placed[index] as Placed
  const request = { ...referral.resource, id: referral.id } as ServiceRequest & { id: string }
  const patient = patientOf(request, placed, outside)
  refuseOffProfile(ports, request, referral, patient)
  return {
    placed,
    referral,
    request,
    clinic: found.clinic,
    outside,
    patientIdentifiers: patient ? businessIdentifiers(patient) : [],
    replaced: replaced.get(index) ?? [],
  }
}

/** A referral that asked for a service only is told which clinic that means. */
const withPerformer = <R extends FhirResource>(request: R, clinic: Clinic): R =>
  (request as ServiceRequest).performer?.length
    ? request
    : { ...request, performer: [partyReference(clinic)] }

function resolve(
  reference: string,
  opened: Opened,
  outside: readonly FhirResource[],
): FhirResource | undefined {
  const index = opened.indexOf.get(reference)
  if (index !== undefined) return opened.entries[index]?.resource
  const relative = relativeReference(reference)
  return outside.find(
    ({ resourceType, id }) => resourceType === relative?.type && id === relative.id,
  )
}

function patientOf(
  request: ServiceRequest,
  placed: readonly Placed[],
  outside: readonly FhirResource[],
): Patient | undefined {
  const { reference } = request.subject
  const resource =
    placed.find((each) => each.reference === reference)?.resource ??
    outside.find(({ resourceType, id }) => `${resourceType}/${id}` === reference)
  return resource?.resourceType === 'Patient' ? resource : undefined
}

function refuseOffProfile(
  ports: IntakePorts,
  request: ServiceRequest,
  referral: Placed,
  patient: Patient | undefined,
): void {
  const at = referral.entry.expression
  const issues = ports
    .validate(request, referralProfile)
    .filter(isError)
    .map((issue) => ({
      ...issue,
      expression: issue.expression?.map((path) => path.replace(/^ServiceRequest/, at)) ?? [at],
    }))
  if (!patient)
    issues.push({
      severity: 'error',
      code: 'required',
      diagnostics:
        'The subject of a referral is a reference to a Patient: include the Patient resource.',
      expression: [`${at}.subject`],
    })
  if (businessIdentifiers(request).length === 0 && request.identifier)
    issues.push({
      severity: 'error',
      code: 'required',
      diagnostics:
        'Give the referral an identifier with system and value: a repeat is recognised by it.',
      expression: [`${at}.identifier`],
    })
  if (issues.length > 0) throw new Problem('referral-invalid', issues)
}

/**
 * The dry run: what the check would say, with nothing stored.
 * @returns a GuidanceResponse
 * @throws Problem as for a submission
 */
export async function checkReferral(
  ports: IntakePorts,
  submission: Submission,
  caller: Caller,
): Promise<GuidanceResponse> {
  const intake = await place(ports, await receive(ports, submission, caller), caller)
  // Nothing is stored, so the evidence is named as the sender named it.
  const senders = new Map(
    intake.placed.map(({ reference, entry: { fullUrl, resource } }) => [
      reference,
      fullUrl ?? (resource.id ? `${resource.resourceType}/${resource.id}` : reference),
    ]),
  )
  const { request } = intake
  const resources = supportOfIntake(intake)
  const asOf = checkDate(ports.now().toISOString(), [request, ...resources])
  const { guidance } = await ports.check({ clinicId: intake.clinic.id, request, resources, asOf })
  return rewriteReferences(guidance, 'GuidanceResponse', (reference) => senders.get(reference))
}

/** Everything of an intake that supports its referral, with ids. */
export const supportOfIntake = (intake: Intake): readonly FhirResource[] => [
  ...intake.placed
    .filter((each) => each !== intake.referral)
    .map(({ resource, id }) => ({ ...resource, id })),
  ...intake.outside,
]
