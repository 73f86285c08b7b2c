/** The day as of which a referral is checked. */

import type { FhirResource } from 'fhir/r4'

const dayMs = 86_400_000

/** When somebody wrote or measured something, which cannot be in the future. */
const written = [
  'authoredOn',
  'authored',
  'effectiveDateTime',
  'recordedDate',
  'dateAsserted',
] as const

/**
 * Today by our clock; tomorrow when something of the referral was written or measured then. Clocks are
 * wrong by an hour, and a practice may be a day ahead of us: the form of this morning has to count.
 * @param now instant
 * @returns a date
 */
export function checkDate(now: string, resources: readonly FhirResource[]): string {
  const today = now.slice(0, 10)
  const tomorrow = new Date(Date.parse(now) + dayMs).toISOString().slice(0, 10)
  const isOfTomorrow = (resource: FhirResource): boolean =>
    written.some((name) => {
      const at: unknown = Reflect.get(resource, name)
      return typeof at === 'string' && at.startsWith(tomorrow)
    })
  return resources.some(isOfTomorrow) ? tomorrow : today
}
