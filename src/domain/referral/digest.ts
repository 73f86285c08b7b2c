/** Tells whether two submissions say the same, whatever order their members and ids are in. */

import { hash } from 'node:crypto'
import type { FhirResource } from 'fhir/r4'

/** What a server fills in, and so no part of what was said. */
const serverOwned = new Set(['id', 'versionId', 'lastUpdated'])

/**
 * @param nameOf a stable name for a reference to a sibling (its place in the submission), since
 *   senders make new `urn:uuid`s for a repeat
 * @returns SHA-256, hex
 */
export function digestOf(
  resources: readonly FhirResource[],
  nameOf: (reference: string) => string | undefined,
): string {
  let text = ''
  for (const resource of resources) text += `${canonical(resource, nameOf, true)}\n`
  return hash('sha256', text)
}

function canonical(
  value: unknown,
  nameOf: (reference: string) => string | undefined,
  root = false,
): string {
  // Its length in front says where a text ends, at a third of the cost of escaping it.
  if (typeof value === 'string') return `${value.length}"${value}`
  // FhirDecimal writes its source text, so 1.10 and 1.1 differ: so they do in FHIR.
  if (typeof value !== 'object' || value === null || value instanceof Number)
    return JSON.stringify(value)
  if (Array.isArray(value)) {
    let text = '['
    for (const item of value) text += `${canonical(item, nameOf)},`
    return `${text}]`
  }
  const object = value as Record<string, unknown>
  let text = '{'
  for (const key of Object.keys(object).sort()) {
    if (serverOwned.has(key) && (root || key !== 'id')) continue
    const item = object[key]
    if (root && key === 'meta' && isBookkeeping(item)) continue
    const name = key === 'reference' && typeof item === 'string' ? nameOf(item) : undefined
    text += `${key}:${name ?? canonical(item, nameOf)},`
  }
  return `${text}}`
}

/** A stored version differs from what was sent by a meta that holds nothing else. */
const isBookkeeping = (meta: unknown): boolean =>
  typeof meta === 'object' &&
  meta !== null &&
  Object.keys(meta).every((key) => serverOwned.has(key))
