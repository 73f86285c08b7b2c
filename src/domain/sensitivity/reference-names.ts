/** References as they are written in stored resources, and the names that we compare them by. */

import type { FhirResource } from 'fhir/r4'

/** Elements that hold a reference or a link. */
export const linkElements: ReadonlySet<string> = new Set([
  'reference',
  'url',
  'uri',
  'valueUri',
  'valueUrl',
  'valueCanonical',
])

/** `https://…/fhir/Condition/1/_history/2` → `Condition/1`; undefined for what names no resource. */
export function localReference(reference: string): string | undefined {
  return /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/.exec(
    reference,
  )?.[1]
}

/** Every resource that a resource refers or links to, contained resources included. */
export function referencesIn(resource: FhirResource): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, item] of Object.entries(value))
      if (typeof item === 'string' && linkElements.has(key)) {
        const name = localReference(item)
        if (name) found.add(name)
      } else visit(item)
  }
  visit(resource)
  return found
}
