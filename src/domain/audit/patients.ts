/** Whose record a resource belongs to, so that an event tells of one patient. */

import type { StoredResource } from '../referral/ports.ts'

/**
 * The Patient that a stored resource is or is about. The text is searched rather than parsed: a page
 * has 200 resources, and everything here is of one referral, which has one patient. Within a string
 * the quotation marks would be escaped.
 * @returns its id; undefined for what is about no patient
 */
export function patientOf({ type, id, content }: StoredResource): string | undefined {
  if (type === 'Patient') return id
  return /"reference":"Patient\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?"/.exec(
    content,
  )?.[1]
}

/**
 * What was disclosed at once, by patient; what is about nobody goes with the first.
 * @returns one group at least, even for nothing
 */
export function byPatient(
  disclosed: readonly StoredResource[],
): readonly { readonly patientId: string | undefined; readonly entities: readonly string[] }[] {
  const groups = new Map<string | undefined, string[]>()
  for (const resource of disclosed) {
    const patient = patientOf(resource)
    const reference = `${resource.type}/${resource.id}`
    const group = groups.get(patient)
    if (group) group.push(reference)
    else groups.set(patient, [reference])
  }
  const [first, ...others] = [...groups].filter(([patient]) => patient !== undefined)
  const nobodys = groups.get(undefined) ?? []
  if (!first) return [{ patientId: undefined, entities: nobodys }]
  return [[first[0], [...first[1], ...nobodys]] as const, ...others].map(
    ([patientId, entities]) => ({ patientId, entities }),
  )
}
