/** What the clinic sends back with its Task: notes, reports, procedures, appointments. */

import type { Annotation, FhirResource, Task, TaskOutput } from 'fhir/r4'
import { parseFhirJson } from '../fhir/json.ts'
import type { Issue } from '../problem.ts'
import { labelled } from '../sensitivity/label.ts'
import { keepLabels } from '../sensitivity/labels.ts'
import { nextVersion, ownerOf } from './change.ts'
import { digestOf } from './digest.ts'
import { type ClinicEhr, EhrFailure, type ResourceStore, type ResourceWrite } from './ports.ts'
import { referencesOf, relativeReference, rewriteReferences } from './references.ts'
import type { Referral } from './referral.ts'
import { writeOf } from './resource-write.ts'
import { isCheckResult, resourceIdentifierSystem } from './task.ts'

/** Types that a clinic may return, and that are followed from one to the next. */
const outcomeTypes = new Set([
  'Appointment',
  'Binary',
  'Communication',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'Observation',
  'Procedure',
  'QuestionnaireResponse',
])

/** More than this is no outcome of one visit but a runaway export. */
const maxResources = 100
const maxDepth = 3

export interface OutcomePorts {
  readonly resources: ResourceStore
  validate(resource: unknown): readonly Issue[]
  newId(): string
}

export interface Outcome {
  /** Versions to be stored. */
  readonly writes: readonly ResourceWrite[]
  /** Reference at the EHR → ours, all that is known after this. */
  readonly fetched: Readonly<Record<string, string>>
  /** Task.output with references of ours. */
  readonly output: readonly TaskOutput[]
  /** Task.note with references of ours. */
  readonly note: readonly Annotation[]
  /** References at the EHR that could not be taken in, with the reason. */
  readonly refused: readonly { readonly reference: string; readonly reason: string }[]
}

/**
 * Fetches what a Task's outputs name, and what those name in turn, and makes it ours.
 * @param base URL of the EHR, under which what is not taken in is still named
 * @throws EhrFailure when a fetch should be repeated later
 */
export async function fetchOutcome(
  ports: OutcomePorts,
  ehr: ClinicEhr,
  base: string,
  referral: Referral,
  task: Task,
  now: string,
): Promise<Outcome> {
  const outputs = (task.output ?? []).filter((output) => !isCheckResult(output))
  const reader = new OutcomeReader(ports, ehr, base)
  for (const output of outputs)
    if (output.valueReference?.reference) await reader.follow(output.valueReference.reference, 0)
  const ours: Record<string, string> = { ...referral.delivery.fetched }
  // What was made at the worklist went there: it comes back as what it is here.
  for (const [own, [there]] of Object.entries(referral.delivery.sent ?? {}))
    if (reader.found.has(there)) ours[there] ??= own
  for (const [reference, resource] of reader.found)
    ours[reference] ??= `${resource.resourceType}/${ports.newId()}`
  const placeOf = placesOf(referral, ours, base)
  return {
    writes: await writesOf(ports, referral, reader.found, ours, placeOf, now),
    fetched: ours,
    output: outputs.map((output) => rewriteReferences(output, 'Task.output', placeOf)),
    note: (task.note ?? []).map((note) => rewriteReferences(note, 'Task.note', placeOf)),
    refused: reader.refused,
  }
}

class OutcomeReader {
  readonly found = new Map<string, FhirResource>()
  readonly refused: { reference: string; reason: string }[] = []
  readonly #ports: OutcomePorts
  readonly #ehr: ClinicEhr
  readonly #base: string

  constructor(ports: OutcomePorts, ehr: ClinicEhr, base: string) {
    this.#ports = ports
    this.#ehr = ehr
    this.#base = base
  }

  async follow(reference: string, depth: number): Promise<void> {
    const name = localName(reference, this.#base)
    if (!name || this.found.has(name) || depth > maxDepth) return
    if (!outcomeTypes.has(name.slice(0, name.indexOf('/')))) return
    if (this.found.size >= maxResources) return this.#refuse(name, 'too many resources')
    const resource = await this.#read(name)
    if (!resource) return
    this.found.set(name, resource)
    for (const next of linksOf(resource)) await this.follow(next, depth + 1)
  }

  async #read(name: string): Promise<FhirResource | undefined> {
    let answer: unknown
    try {
      answer = await this.#ehr.read(name)
    } catch (error) {
      if (!(error instanceof EhrFailure && error.permanent)) throw error
      this.#refuse(name, error.message)
      return undefined
    }
    const faulty = this.#ports.validate(answer).some(({ severity }) => severity === 'error')
    if (!faulty) return answer as FhirResource
    this.#refuse(name, 'not valid FHIR R4')
    return undefined
  }

  #refuse(reference: string, reason: string): void {
    this.refused.push({ reference, reason })
  }
}

/** `Type/id` of a reference at this EHR; undefined for other servers. */
function localName(reference: string, base: string): string | undefined {
  const relative = reference.startsWith(`${base}/`) ? reference.slice(base.length + 1) : reference
  const parts = relativeReference(relative)
  return parts && `${parts.type}/${parts.id}`
}

/** Under this identifier the EHR knows what is ours; here it is known by its id. */
function withoutMark<R extends FhirResource>(resource: R): R {
  const { identifier, ...rest } = resource as R & { identifier?: unknown }
  if (!Array.isArray(identifier)) return resource
  const kept = identifier.filter(({ system }) => system !== resourceIdentifierSystem)
  return { ...rest, ...(kept.length > 0 ? { identifier: kept } : {}) } as R
}

/** References, and the Binaries behind attachments. */
function linksOf(resource: FhirResource): readonly string[] {
  const links = [...referencesOf(resource, '').keys()]
  rewriteReferences(resource, '', (link, at) => {
    if (at.endsWith('.url') && link.includes('Binary/')) links.push(link)
    return undefined
  })
  return links
}

/** Ours when we have it, else where it is at the clinic. */
const placesOf = (
  referral: Referral,
  ours: Readonly<Record<string, string>>,
  base: string,
): ((reference: string) => string | undefined) => {
  const known = new Map(Object.entries(ours))
  for (const [our, [there]] of Object.entries(referral.delivery.sent ?? {})) known.set(there, our)
  return (reference) => {
    const name = localName(reference, base)
    if (!name) return undefined
    return known.get(name) ?? `${base}/${name}`
  }
}

async function writesOf(
  ports: OutcomePorts,
  referral: Referral,
  found: ReadonlyMap<string, FhirResource>,
  ours: Readonly<Record<string, string>>,
  placeOf: (reference: string) => string | undefined,
  now: string,
): Promise<readonly ResourceWrite[]> {
  const before = await ports.resources.readMany(ownerOf(referral), Object.values(ours))
  return [...found].flatMap(([reference, resource]) => {
    const [type, id] = (ours[reference] as string).split('/') as [string, string]
    const sent = labelled(withoutMark(rewriteReferences(resource, type, placeOf)))
    const stored = before.find((each) => each.type === type && each.id === id)
    const earlier = stored && (parseFhirJson(stored.content) as FhirResource)
    const rewritten = earlier ? keepLabels(sent, earlier) : sent
    if (!stored) return [writeOf(rewritten, { id, version: 1, lastUpdated: now })]
    const same =
      digestOf([rewritten], () => undefined) ===
      digestOf([earlier as FhirResource], () => undefined)
    return same ? [] : [nextVersion(stored, rewritten, undefined, now)]
  })
}
