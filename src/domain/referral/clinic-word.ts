/** What a clinic says and returns where it works in the worklist and not in an EHR of its own. */

import type { Annotation, FhirResource, Reference, Task, TaskOutput } from 'fhir/r4'
import type { Person } from '../access/caller.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { type Issue, isError, Problem } from '../problem.ts'
import { labelled } from '../sensitivity/label.ts'
import { notesWith } from '../sensitivity/released-view.ts'
import { nextVersion, ownerOf, pick } from './change.ts'
import type { ResourceStore, ResourceWrite } from './ports.ts'
import type { Delivery, Referral } from './referral.ts'
import { writeOf } from './resource-write.ts'
import { isCheckResult, outputType } from './task.ts'

/** What goes with a move of the Task, in the same change. */
export interface ClinicWord {
  /** What it returns, such as an appointment: new, or with an id the next version of what it returned. */
  readonly returned?: readonly FhirResource[]
  /** What the referrer is asked, each an item of the form. */
  readonly questions?: readonly string[]
  /** For the trail, where the status does not tell: `note`, `finding glaucoma`. */
  readonly detail?: string
}

export interface WordPorts {
  readonly resources: Pick<ResourceStore, 'readMany'>
  validate(resource: unknown): readonly Issue[]
  newId(): string
}

interface Returned {
  readonly writes: readonly ResourceWrite[]
  /** For those that are new. */
  readonly outputs: readonly TaskOutput[]
}

/**
 * The versions to be stored of what a clinic returns, labelled by what they hold.
 * @throws Problem invalid-resource; not-found for the next version of what is not this referral's
 */
export async function returnedByClinic(
  ports: WordPorts,
  referral: Referral,
  task: Task,
  { returned = [] }: ClinicWord,
  now: string,
): Promise<Returned> {
  const errors = returned.flatMap((resource) => ports.validate(resource)).filter(isError)
  if (errors.length > 0) throw new Problem('invalid-resource', errors)
  const named = new Set(task.output?.map(({ valueReference }) => valueReference?.reference))
  const known = returned.flatMap(({ resourceType, id }) => (id ? `${resourceType}/${id}` : []))
  if (known.some((reference) => !named.has(reference))) throw new Problem('not-found')
  const stored = await ports.resources.readMany(ownerOf(referral), known)
  const writes = returned.map((resource) =>
    resource.id
      ? nextVersion(pick(stored, resource.resourceType, resource.id), resource, undefined, now)
      : writeOf(labelled(resource), { id: ports.newId(), version: 1, lastUpdated: now }),
  )
  return { writes, outputs: writes.filter(({ version }) => version === 1).map(outputOf) }
}

const outputOf = ({ type, id }: ResourceWrite): TaskOutput => ({
  type: { ...outputType('outcome', 'Outcome'), text: outputWords[type] ?? type },
  valueReference: { reference: `${type}/${id}`, type },
})

const outputWords: Readonly<Record<string, string>> = {
  Appointment: 'Appointment',
  DocumentReference: 'Consultation note',
}

const personSystem = 'https://referloop.example/fhir/sid/person'
const findingUrl = 'https://referloop.example/fhir/StructureDefinition/considered-finding'

/** Somebody at our pages, as a resource names them. */
export const personReference = ({ id, name }: Person): Reference => ({
  type: 'Practitioner',
  identifier: { system: personSystem, value: id },
  display: name,
})

/** A note that a person at the worklist writes. @param finding id of the criterion that it is about */
export const noteOf = (
  person: Person,
  text: string,
  time: string,
  finding?: string,
): Annotation => ({
  ...(finding ? { extension: [{ url: findingUrl, valueCode: finding }] } : {}),
  authorReference: personReference(person),
  time,
  text,
})

/** The criterion whose finding a note considers. */
export const findingOf = ({ extension }: Annotation): string | undefined =>
  extension?.find(({ url }) => url === findingUrl)?.valueCode

/** Written at the worklist: an EHR that does not know it yet must not make it disappear. */
const isOfWorklist = ({ authorReference }: Annotation): boolean =>
  authorReference?.identifier?.system === personSystem

/** What is here of a Task's notes, and not there. */
export const missingNotes = (
  here: readonly Annotation[] = [],
  there: readonly Annotation[] = [],
): Annotation[] =>
  here.filter((note) => isOfWorklist(note) && !there.some(({ text }) => text === note.text))

/** The EHR's notes, with those of ours that it may not know. */
export const keptNotes = (theirs: readonly Annotation[], ours: Task): Annotation[] => [
  ...notesWith(theirs, ours),
  ...missingNotes(ours.note, theirs),
]

/** What people returned at the worklist, as long as the EHR has not taken it over. */
export function outputsOfWorklist(
  { output = [] }: Task,
  { fetched = {} }: Delivery,
): readonly TaskOutput[] {
  const taken = new Set(Object.values(fetched))
  return output.filter((each) => {
    const { reference } = each.valueReference ?? {}
    const isPart = each.type.coding?.some(({ code }) => code === 'outcome')
    return isPart && reference !== undefined && !isCheckResult(each) && !taken.has(reference)
  })
}

/** As confidential as what is returned. */
export const contentsOf = (writes: readonly ResourceWrite[]): readonly FhirResource[] =>
  writes.map(({ content }) => parseFhirJson(content) as FhirResource)
