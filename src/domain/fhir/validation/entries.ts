/** Rules of Bundle.entry that HL7 gives in words: https://hl7.org/fhir/R4/bundle.html#bundle-unique */
import { type Focus, isObject } from './focus.ts'
import type { Model } from './model.ts'
import type { Trail } from './trail.ts'

const address = /^https?:\/\/.*\/([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/

/** A fullUrl that is an address must agree with the type and the id of the resource. */
export function entryFindings(bundle: Focus, model: Model, trail: Trail): void {
  if (!Array.isArray(bundle.entry)) return
  for (const [index, entry] of bundle.entry.entries()) {
    if (!isObject(entry) || !isObject(entry.resource)) continue
    if (disagrees(entry.fullUrl, entry.resource, model)) {
      trail.enter('entry', index)
      trail.reportAt('fullUrl', 'value', 'fullUrl must end with the type and id of the resource.')
      trail.leave()
    }
  }
}

function disagrees(fullUrl: unknown, resource: Focus, model: Model): boolean {
  const [, type, id] = (typeof fullUrl === 'string' && address.exec(fullUrl)) || []
  if (type === undefined || !model.isResourceType(type)) return false
  return type !== resource.resourceType || (resource.id !== undefined && resource.id !== id)
}
