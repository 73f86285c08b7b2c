/**
 * A referral and everything that came with it, indexed once by type. Takes a submitted Bundle (entries
 * known by `fullUrl`), stored resources (known by `Type/id`) and a ServiceRequest with contained
 * resources, so that the rules never see which of them it was.
 *
 * References: http://hl7.org/fhir/R4/bundle.html#references
 */

import type {
  Appointment,
  Bundle,
  FhirResource,
  Observation,
  Patient,
  Reference,
  ServiceRequest,
} from 'fhir/r4'
import { Problem } from '../problem.ts'

/** A resource and the reference under which the outside knows it. */
export interface Known<R extends FhirResource = FhirResource> {
  readonly reference: string
  readonly resource: R
}

export type KnownOf<T extends FhirResource['resourceType']> = Known<
  Extract<FhirResource, { resourceType: T }>
>

/** A search of the referrer's record that could not be read; its type proves nothing then. */
export interface Unavailable {
  readonly type: string
  readonly reason: string
  /** The criteria that it was read for; absent for every one that reads the type. */
  readonly criteria?: readonly string[]
  /**
   * References of what was read from that record all the same. A criterion that is met without them
   * stands: the referrer sent what it takes. Absent, nothing stands.
   */
  readonly beside?: ReadonlySet<string>
}

export interface Packet {
  readonly referral: Known<ServiceRequest>
  readonly patient: Known<Patient> | undefined
  /** The reference under which the referral's subject is known, if the referral names one. */
  readonly subject: string | undefined
  /** The resources of one type that are about the referral's subject, the referral itself left out. */
  ofType<T extends FhirResource['resourceType']>(type: T): readonly KnownOf<T>[]
  /** Follows a reference; `#id` is looked for in `from`, then in the referral. */
  resolve(reference: Reference | undefined, from: Known): Known | undefined
  /** References of clinical resources about somebody else. They are not counted. */
  readonly strangers: readonly string[]
  readonly unavailable: readonly Unavailable[]
  /** Everything that came along, whoever it is about. */
  readonly known: readonly Known[]
}

/** Does this performer mean a clinic of ours? The Organization is given when it came along. */
export type IsClinic = (performer: Reference, organization: FhirResource | undefined) => boolean

/**
 * The packet of a submitted Bundle.
 *
 * @throws Problem no-referral when no active ServiceRequest has a clinic as performer,
 *   many-referrals when several do
 */
export function packetOfBundle(bundle: Bundle, isClinic: IsClinic): Packet {
  const entries = knownEntries(bundle)
  const resolve = resolver(entries, undefined)
  const referrals = entries.filter(
    (entry): entry is Known<ServiceRequest> =>
      entry.resource.resourceType === 'ServiceRequest' &&
      entry.resource.status === 'active' &&
      (entry.resource.performer ?? []).some((performer) =>
        isClinic(performer, resolve(performer, entry)?.resource),
      ),
  )
  const [referral] = referrals
  if (referral === undefined) throw new Problem('no-referral')
  if (referrals.length > 1) throw new Problem('many-referrals')
  return packetOf(entries, referral)
}

/** The packet of a ServiceRequest that contains its support. */
export function packetOfServiceRequest(serviceRequest: ServiceRequest, reference?: string): Packet {
  const known = reference ?? referenceOf(serviceRequest) ?? 'urn:referloop:referral'
  return packetOf([], { reference: known, resource: serviceRequest })
}

/** The packet of resources that are known already, such as stored ones or a CDS Hooks prefetch. */
export function packetOf(
  entries: readonly Known[],
  referral: Known<ServiceRequest>,
  unavailable: readonly Unavailable[] = [],
): Packet {
  const all = [...entries, ...containedIn(referral)]
  const resolve = resolver(all, referral)
  const subject = referral.resource.subject as Reference | undefined
  const patient = resolve(subject, referral)
  const isAbout = subjectTest(subject, patient, resolve)
  const byType = new Map<string, Known[]>()
  const strangers: string[] = []
  for (const entry of all) {
    if (entry.resource === referral.resource || !clinicalTypes.has(entry.resource.resourceType))
      continue
    if (!isAbout(entry)) {
      strangers.push(entry.reference)
      continue
    }
    const sameType = byType.get(entry.resource.resourceType)
    if (sameType) sameType.push(entry)
    else byType.set(entry.resource.resourceType, [entry])
  }
  return {
    referral,
    patient: isPatient(patient) ? patient : undefined,
    subject: patient?.reference ?? subject?.reference,
    ofType: <T extends FhirResource['resourceType']>(type: T) =>
      (byType.get(type) ?? nothing) as unknown as readonly KnownOf<T>[],
    resolve,
    strangers,
    unavailable,
    known: all,
  }
}

/** `Type/id`, or undefined for a resource without id. */
export function referenceOf(resource: FhirResource): string | undefined {
  return resource.id === undefined ? undefined : `${resource.resourceType}/${resource.id}`
}

const nothing: readonly Known[] = []

/** What the rules read. Everything else in a packet is only followed by reference. */
const clinicalTypes: ReadonlySet<string> = new Set([
  'AllergyIntolerance',
  'Appointment',
  'Condition',
  'MedicationAdministration',
  'MedicationDispense',
  'MedicationRequest',
  'MedicationStatement',
  'Observation',
  'Procedure',
  'QuestionnaireResponse',
  'ServiceRequest',
])

function isPatient(known: Known | undefined): known is Known<Patient> {
  return known?.resource.resourceType === 'Patient'
}

function knownEntries(bundle: Bundle): Known[] {
  const known: Known[] = []
  bundle.entry?.forEach((entry, index) => {
    if (entry.resource === undefined) return
    const resource = entry.resource as FhirResource
    const reference = entry.fullUrl ?? referenceOf(resource) ?? `urn:referloop:entry:${index}`
    known.push({ reference, resource })
  })
  return known
}

/** Contained resources are known to the outside as `<container>#<id>`. */
function containedIn(container: Known): Known[] {
  const contained = 'contained' in container.resource ? (container.resource.contained ?? []) : []
  return contained.map((resource) => ({
    reference: `${container.reference}#${resource.id}`,
    resource: resource as FhirResource,
  }))
}

function resolver(entries: readonly Known[], referral: Known | undefined): Packet['resolve'] {
  const byReference = new Map<string, Known>()
  const remember = (key: string | undefined, entry: Known) => {
    if (key !== undefined && !byReference.has(key)) byReference.set(key, entry)
  }
  for (const entry of referral ? [referral, ...entries] : entries) {
    remember(entry.reference, entry)
    remember(referenceOf(entry.resource), entry)
    remember(relative(entry.reference), entry)
  }
  return (reference, from) => {
    const text = reference?.reference
    if (text === undefined) return undefined
    if (text.startsWith('#')) return inside(from, text) ?? (referral && inside(referral, text))
    return (
      byReference.get(text) ??
      byReference.get(withoutVersion(text)) ??
      byReference.get(relative(withoutVersion(text)) ?? '')
    )
  }
}

function inside(container: Known, fragment: string): Known | undefined {
  if (fragment === '#') return container
  const outer = container.reference.lastIndexOf('#')
  const wanted = `${outer === -1 ? container.reference : container.reference.slice(0, outer)}${fragment}`
  return containedIn(container).find((known) => known.reference === wanted)
}

function withoutVersion(reference: string): string {
  const at = reference.indexOf('/_history/')
  return at === -1 ? reference : reference.slice(0, at)
}

/** `https://ehr.example/fhir/Patient/1` and `Patient/1` are one and the same in one packet. */
function relative(reference: string): string | undefined {
  return /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})$/.exec(reference)?.[1]
}

type SubjectTest = (known: Known) => boolean

function subjectTest(
  subject: Reference | undefined,
  patient: Known | undefined,
  resolve: Packet['resolve'],
): SubjectTest {
  if (subject === undefined) return () => true
  const wanted = patient?.reference ?? relative(withoutVersion(subject.reference ?? ''))
  const identifiers = new Set<string>()
  if (subject.identifier)
    identifiers.add(`${subject.identifier.system}|${subject.identifier.value}`)
  if (isPatient(patient))
    for (const { system, value } of patient.resource.identifier ?? [])
      identifiers.add(`${system}|${value}`)
  const isSame = (reference: Reference, from: Known) => {
    if (reference.reference !== undefined) {
      if (reference.reference === subject.reference) return true
      const known = resolve(reference, from)
      return (
        wanted !== undefined &&
        (known?.reference ?? relative(withoutVersion(reference.reference))) === wanted
      )
    }
    const { identifier } = reference
    return identifier === undefined || identifiers.has(`${identifier.system}|${identifier.value}`)
  }
  return (known) => subjectsOf(known.resource).every((reference) => isSame(reference, known))
}

/** Whom a clinical resource is about; empty when it does not say, and it then belongs here. */
function subjectsOf(resource: FhirResource): readonly Reference[] {
  if (resource.resourceType === 'Appointment') return patientsOf(resource)
  if (resource.resourceType === 'Observation') return observed(resource)
  if ('patient' in resource && resource.patient) return [resource.patient as Reference]
  if ('subject' in resource && resource.subject) return [resource.subject as Reference]
  return []
}

/** Observation.focus: what was observed when it was not the subject, such as the fetus. */
function observed(observation: Observation): readonly Reference[] {
  const subject = observation.subject ? [observation.subject] : []
  return observation.focus ? [...subject, ...observation.focus] : subject
}

function patientsOf(appointment: Appointment): readonly Reference[] {
  return (appointment.participant ?? []).flatMap(({ actor }) =>
    actor && (actor.type === 'Patient' || /(^|\/)Patient\//.test(actor.reference ?? ''))
      ? [actor]
      : [],
  )
}
