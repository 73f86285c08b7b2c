/** Rules of Bundle.entry that HL7 gives in words: https://hl7.org/fhir/R4/bundle.html#bundle-unique */
import { type Focus, isObject } from './focus.ts'
import type { Model } from './model.ts'
import type { Trail } from './trail.ts'

const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:/
const address = /^https?:\/\/.*\/([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/

/** A fullUrl is absolute and, when it is an address, agrees with the resource. */
export function entryFindings(bundle: Focus, model: Model, trail: Trail): void {
  if (!Array.isArray(bundle.entry)) return
  for (const [index, entry] of bundle.entry.entries()) {
    const fault = isObject(entry) && faultOf(entry, model)
    if (!fault) continue
    trail.enter('entry', index)
    trail.reportAt('fullUrl', 'value', fault)
    trail.leave()
  }
}

function faultOf({ fullUrl, resource }: Focus, model: Model): string | undefined {
  if (typeof fullUrl !== 'string') return undefined
  if (!absolute.test(fullUrl))
    return 'fullUrl must be absolute: an address, or urn:uuid: and a UUID.'
  const [, type, id] = address.exec(fullUrl) ?? []
  if (type === undefined || !isObject(resource) || !model.isResourceType(type)) return undefined
  const agrees = type === resource.resourceType && (resource.id === undefined || resource.id === id)
  return agrees ? undefined : 'fullUrl must end with the type and id of the resource.'
}
