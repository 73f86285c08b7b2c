/** Is a resource of a referrer's FHIR server about the patient there who is ours? */

import type { FhirResource, Reference } from 'fhir/r4'

export interface Subject {
  /** Of the Patient there. */
  readonly id: string
  readonly base: string
  /** `system|value` of the patient. */
  readonly tokens: readonly string[]
}

/** Is every patient that a resource names this one, and does it name one? */
export function isAbout(resource: FhirResource, subject: Subject): boolean {
  const named = patientsOf(resource)
  return named.length > 0 && named.every((reference) => isSubject(reference, subject))
}

function patientsOf(resource: FhirResource): readonly Reference[] {
  if (resource.resourceType === 'Appointment')
    return listed(resource.participant).flatMap(({ actor }) =>
      actor && (actor.type === 'Patient' || /(^|\/)Patient\//.test(actor.reference ?? ''))
        ? [actor]
        : [],
    )
  const { subject, patient } = resource as { subject?: Reference; patient?: Reference }
  return [subject ?? [], patient ?? []].flat()
}

/** Not validated yet: a list may be anything. */
const listed = <T>(value: readonly T[] | undefined): readonly T[] =>
  Array.isArray(value) ? value : []

function isSubject(reference: Reference, { id, base, tokens }: Subject): boolean {
  const { reference: text, identifier } = reference
  if (text !== undefined) return localOf(text, base) === `Patient/${id}`
  return identifier !== undefined && tokens.includes(`${identifier.system}|${identifier.value}`)
}

/** `Type/id` of a reference there; undefined for one that leads elsewhere or nowhere. */
export function localOf(reference: unknown, base: string): string | undefined {
  if (typeof reference !== 'string') return undefined
  const relative = reference.startsWith(`${base}/`) ? reference.slice(base.length + 1) : reference
  return /^([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})(\/_history\/[A-Za-z0-9\-.]{1,64})?$/.exec(
    relative,
  )?.[1]
}
