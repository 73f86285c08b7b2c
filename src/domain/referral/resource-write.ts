/** From a resource to the version that is stored: id, meta and search tokens filled in. */

import type { FhirResource } from 'fhir/r4'
import { parseFhirJson } from '../fhir/json.ts'
import { nameTokens } from '../fhir/name-tokens.ts'
import { tokensOf } from '../fhir/search.ts'
import type { ResourceWrite } from './ports.ts'

/** Where a version stands. */
export interface VersionPlace {
  readonly id: string
  readonly version: number
  /** Instant with milliseconds. */
  readonly lastUpdated: string
}

/**
 * @param patientIdentifiers `system|value` of the patient, by which a referral and its Task are found
 */
export function writeOf(
  resource: FhirResource,
  place: VersionPlace,
  patientIdentifiers: readonly string[] = [],
): ResourceWrite {
  const { resourceType: type, id: _id, meta, ...rest } = resource
  const stored = {
    resourceType: type,
    id: place.id,
    meta: { ...meta, versionId: String(place.version), lastUpdated: place.lastUpdated },
    ...rest,
  } as FhirResource
  return {
    type,
    ...place,
    content: JSON.stringify(stored),
    tokens: [
      ...tokensOf(stored, { patientIdentifiers }),
      ...(stored.resourceType === 'Patient' ? nameTokens(stored.name ?? []) : []),
    ],
  }
}

/** The same version saying something else; tokens that come from elsewhere, the patient's, stay. */
export function rewritten(write: ResourceWrite, change: (resource: FhirResource) => FhirResource) {
  const before = parseFhirJson(write.content) as FhirResource
  const after = change(before)
  const own = new Set(tokensOf(before))
  return {
    ...write,
    content: JSON.stringify(after),
    tokens: [...tokensOf(after), ...write.tokens.filter((token) => !own.has(token))],
  }
}

/**
 * A time after the one before: versions of a resource never share or turn back lastUpdated, even
 * when the clock does.
 */
export function laterThan(previous: string | undefined, now: Date): string {
  const floor = previous ? Date.parse(previous) + 1 : 0
  return new Date(Math.max(now.getTime(), floor)).toISOString()
}
