/**
 * References inside a submission: found, resolved and rewritten.
 *
 * https://hl7.org/fhir/R4/http.html#trules and https://hl7.org/fhir/R4/bundle.html#references
 */

import type { FhirResource } from 'fhir/r4'

/** What a reference becomes; `undefined` leaves it as it is. */
export type Rewrite = (reference: string, expression: string) => string | undefined

/** Elements that may hold a link to another entry, besides `reference` (transaction rules). */
const linkElements = new Set(['reference', 'url', 'uri', 'valueUri', 'valueUrl'])

/**
 * Rewrites every reference and entry link of a resource.
 * @param expression where the resource stands in the body, for messages
 * @returns the same object when nothing changed, else a copy that shares what did not
 */
export function rewriteReferences<T>(resource: T, expression: string, rewrite: Rewrite): T {
  return visit(resource, expression, rewrite) as T
}

function visit(value: unknown, path: string, rewrite: Rewrite): unknown {
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i]
      if (item === null || typeof item !== 'object') continue
      const next = visit(item, `${path}[${i}]`, rewrite)
      if (next !== item) {
        copy ??= value.slice()
        copy[i] = next
      }
    }
    return copy ?? value
  }
  if (!isPlainObject(value)) return value
  let copy: Record<string, unknown> | undefined
  for (const key in value) {
    const item = value[key]
    let next: unknown = item
    if (typeof item === 'string') {
      if (!linkElements.has(key)) continue
      next = rewrite(item, `${path}.${key}`) ?? item
    } else if (item !== null && typeof item === 'object') {
      next = visit(item, `${path}.${key}`, rewrite)
    }
    if (next !== item) {
      copy ??= { ...value }
      copy[key] = next
    }
  }
  return copy ?? value
}

/** Every `reference` of a resource with its place. */
export function referencesOf(resource: FhirResource, expression: string): Map<string, string> {
  const found = new Map<string, string>()
  rewriteReferences(resource, expression, (reference, at) => {
    if (at.endsWith('.reference') && !found.has(reference)) found.set(reference, at)
    return undefined
  })
  return found
}

/** A decimal kept as text is an object too, but no container. */
const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Number)

/** `Patient/1` → its two parts, `_history` left out; undefined for anything but a relative reference. */
export function relativeReference(reference: string): { type: string; id: string } | undefined {
  const match =
    /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(\/_history\/[A-Za-z0-9\-.]{1,64})?$/.exec(reference)
  return match ? { type: match[1] as string, id: match[2] as string } : undefined
}

/** An entry as far as resolving goes. */
interface Addressed {
  readonly fullUrl: string | undefined
  readonly resource: FhirResource
}

/**
 * Indexes entries by everything a sibling may call them: fullUrl, `Type/id`, contained `#id`.
 * @returns reference → index of the entry
 */
export function entryIndex(entries: readonly Addressed[]): ReadonlyMap<string, number> {
  const index = new Map<string, number>()
  entries.forEach(({ fullUrl, resource }, i) => {
    if (fullUrl) index.set(fullUrl, i)
    // A relative reference resolves against the base of the fullUrl; EHRs also leave fullUrl out.
    const tail = fullUrl && /\/([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})$/.exec(fullUrl)?.[1]
    for (const name of [tail, resource.id && `${resource.resourceType}/${resource.id}`])
      if (name && !index.has(name)) index.set(name, i)
  })
  return index
}
