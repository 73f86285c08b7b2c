/**
 * What a clinic's EHR is sent: a transaction whose every entry is safe to repeat.
 *
 * https://hl7.org/fhir/R4/http.html#ccreate
 */

import type {
  Bundle,
  FhirResource,
  GuidanceResponse,
  Identifier,
  ServiceRequest,
  Task,
} from 'fhir/r4'
import { parseFhirJson } from '../fhir/json.ts'
import { markedHigh } from '../sensitivity/labels.ts'
import { isHeldAt, type Withheld, withheldAt } from '../sensitivity/release.ts'
import { releasedView } from '../sensitivity/released-view.ts'
import { isAbort } from './abort.ts'
import type { StoredResource } from './ports.ts'
import { rewriteReferences } from './references.ts'
import type { Referral } from './referral.ts'
import { replacesAtEhr } from './replaces.ts'
import {
  businessStatusConcept,
  isCheckResult,
  resourceIdentifierSystem,
  stepShown,
} from './task.ts'

/** Types whose `identifier` may be repeated; the others are found again by a tag. */
const withIdentifiers = new Set(
  `Account AdverseEvent AllergyIntolerance Appointment CarePlan CareTeam Claim ClinicalImpression
  Communication CommunicationRequest Condition Consent Coverage DetectedIssue Device DeviceRequest
  DiagnosticReport DocumentReference Encounter Endpoint EpisodeOfCare ExplanationOfBenefit
  FamilyMemberHistory Flag Goal Group GuidanceResponse HealthcareService ImagingStudy Immunization
  List Location Media Medication MedicationAdministration MedicationDispense MedicationRequest
  MedicationStatement NutritionOrder Observation Organization Patient Person Practitioner
  PractitionerRole Procedure RelatedPerson RiskAssessment Schedule ServiceRequest Slot Specimen
  SupplyDelivery SupplyRequest Task VisionPrescription`.split(/\s+/),
)

export interface DeliveryBundle {
  /** JSON text of the transaction. */
  readonly text: string
  /** Our reference and version by entry, in order. */
  readonly entries: readonly { readonly reference: string; readonly version: number }[]
}

/**
 * Composes the transaction for everything that the EHR does not have yet.
 * @param resources current versions of all that belongs to the referral
 * @param now instant, for consents that end
 * @returns undefined when the EHR has everything that it may have
 */
export function deliveryBundle(
  referral: Referral,
  resources: readonly StoredResource[],
  now: string,
): DeliveryBundle | undefined {
  const { release } = referral
  if (isHeldAt(release, now)) return undefined
  const sent = referral.delivery.sent ?? {}
  const withheld = withheldAt(release, now)
  const outdated = latestOf(referral, resources, withheld).filter(
    (each) => isOwed(each, sent) && !withheld.has(referenceOf(each)),
  )
  if (outdated.length === 0) return undefined
  const outgoing = new Set(outdated.map(referenceOf))
  const placeOf = (reference: string): string | undefined => {
    const [type, id] = reference.split('/')
    const known = sent[`${type}/${id}`]
    if (known) return known[0]
    return outgoing.has(`${type}/${id}`) ? `urn:uuid:${id}` : undefined
  }
  const view = (resource: FhirResource) => releasedView(resource, release, now)
  const entries = outdated.map((each) => entryOf(each, view, placeOf, sent[referenceOf(each)]?.[0]))
  const marked = markedHigh(
    { resourceType: 'Bundle', type: 'transaction', entry: entries } as Bundle,
    entries.map(({ resource }) => resource),
  )
  return {
    text: JSON.stringify(marked),
    entries: outdated.map((each) => ({ reference: referenceOf(each), version: each.version })),
  }
}

const referenceOf = ({ type, id }: StoredResource): string => `${type}/${id}`

/** The search that finds a resource of ours at an EHR. */
export const deliverySearch = (type: string, id: string): string =>
  withIdentifiers.has(type)
    ? `identifier=${encodeURIComponent(`${resourceIdentifierSystem}|${id}`)}`
    : `_tag=${encodeURIComponent(`${resourceIdentifierSystem}|${id}`)}`

/** What came from the clinic does not go back, and of the checks only the latest goes. */
function latestOf(
  referral: Referral,
  resources: readonly StoredResource[],
  withheld: ReadonlyMap<string, Withheld>,
): readonly StoredResource[] {
  const fetched = new Set(Object.values(referral.delivery.fetched ?? {}))
  const task = resources.find(({ type, id }) => type === 'Task' && id === referral.taskId)
  const check = task && (parseFhirJson(task.content) as Task).output?.find(isCheckResult)
  const whole = check?.valueReference?.reference ?? ''
  const latest = withheld.get(whole)?.instead ?? whole
  return resources.filter(
    (each) =>
      !fetched.has(referenceOf(each)) &&
      (each.type !== 'Task' || each.id === referral.taskId || isAsked(referral, each)) &&
      (each.type !== 'GuidanceResponse' || referenceOf(each) === latest),
  )
}

/** Before it has accepted, the clinic is not asked: the worker cancels its Task (update-task-at-clinic.ts). */
const isAsked = ({ delivery, status }: Referral, { id }: StoredResource): boolean =>
  id === delivery.abort && status !== 'received' && status !== 'requested'

/**
 * The EHR owns what it has been given, except the order: only the ServiceRequest is replaced when
 * the referrer changes it.
 */
function isOwed(
  resource: StoredResource,
  sent: Readonly<Record<string, readonly [string, number]>>,
): boolean {
  const there = sent[referenceOf(resource)]
  return !there || (resource.type === 'ServiceRequest' && there[1] < resource.version)
}

function entryOf(
  stored: StoredResource,
  view: (resource: FhirResource) => FhirResource,
  placeOf: (reference: string) => string | undefined,
  there: string | undefined,
) {
  const resource = forEhr(stored, view)
  const rewritten = rewriteReferences(replacesAtEhr(resource, placeOf), stored.type, placeOf)
  if (there)
    return {
      fullUrl: `urn:uuid:${stored.id}`,
      resource: { ...rewritten, id: there.split('/')[1] },
      request: { method: 'PUT', url: there },
    }
  return {
    fullUrl: `urn:uuid:${stored.id}`,
    resource: rewritten,
    request: {
      method: 'POST',
      url: stored.type,
      ifNoneExist: deliverySearch(stored.type, stored.id),
    },
  }
}

/** Our version bookkeeping stays here; labels, profiles and content go as they are. */
function forEhr(
  stored: StoredResource,
  view: (resource: FhirResource) => FhirResource,
): FhirResource {
  const { id, meta, ...rest } = view(parseFhirJson(stored.content) as FhirResource)
  const { versionId: _version, lastUpdated: _time, ...kept } = meta ?? {}
  const resource = { ...rest, ...(Object.keys(kept).length > 0 ? { meta: kept } : {}) }
  const marked = withMark(resource as FhirResource, stored.type, id as string)
  if (marked.resourceType === 'Task') return isAbort(marked) ? marked : asDelivered(marked)
  return marked.resourceType === 'GuidanceResponse' ? withoutReason(marked) : marked
}

/**
 * R4 lets a GuidanceResponse's reason be a Condition, Observation, DiagnosticReport or
 * DocumentReference. Ours names the ServiceRequest, as our API promises; an EHR that checks the
 * targets of references would refuse the whole delivery for it, and the Task joins the two anyway.
 */
function withoutReason(guidance: GuidanceResponse): GuidanceResponse {
  const { reasonReference: _reason, ...rest } = guidance
  return rest
}

function withMark(resource: FhirResource, type: string, id: string): FhirResource {
  const mark = { system: resourceIdentifierSystem, value: id }
  if (withIdentifiers.has(type)) {
    const identifiers = (resource as ServiceRequest).identifier as Identifier[] | undefined
    return { ...resource, identifier: [...(identifiers ?? []), mark] } as FhirResource
  }
  const tag = { system: mark.system, code: id }
  return { ...resource, meta: { ...resource.meta, tag: [...(resource.meta?.tag ?? []), tag] } }
}

/** The clinic finds the Task as something to take up, not as something on its way. */
const asDelivered = (task: Task): Task => ({
  ...stepShown(task, undefined),
  status: 'requested',
  businessStatus: businessStatusConcept('awaiting-triage'),
})
