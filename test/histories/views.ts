/** A history looked at from where a judge needs it. */

import type { FhirResource, Identifier } from 'fhir/r4'
import { resourceIdentifierSystem } from '../../src/domain/referral/task.ts'
import type { Call, EhrHistory, EhrVersion, History, ReferralRow } from './history.ts'

export const succeeded = ({ answer }: Call): boolean =>
  answer !== undefined && answer.status >= 200 && answer.status < 300

/** Submissions that got a 2xx. */
export const acknowledged = ({ calls }: History): readonly Call[] =>
  calls.filter((call) => call.act === 'submit' && succeeded(call))

export const referralOf = ({ database }: History, id: string): ReferralRow | undefined =>
  database.referrals.find((row) => row.id === id)

/** What is in an EHR at the end. */
function held(ehr: EhrHistory): readonly EhrVersion[] {
  const latest = new Map<string, EhrVersion>()
  for (const version of ehr.versions) latest.set(`${version.type}/${version.id}`, version)
  for (const reference of ehr.lost) latest.delete(reference)
  return [...latest.values()].filter(({ content }) => content !== undefined)
}

/** The resources of a type at an EHR that bear an id of ours. */
export const copiesOf = (ehr: EhrHistory, type: string, id: string): readonly EhrVersion[] =>
  held(ehr).filter((version) => version.type === type && marksOf(version).includes(id))

export function marksOf({ content }: EhrVersion): readonly string[] {
  const { identifier } = JSON.parse(content ?? '{}') as { identifier?: Identifier | Identifier[] }
  return [identifier ?? []].flat().flatMap(({ system, value }) => {
    return system === resourceIdentifierSystem && value ? [value] : []
  })
}

/** Every version that an EHR ever had of a resource, oldest first. */
export const versionsAt = (ehr: EhrHistory, reference: string): readonly EhrVersion[] =>
  ehr.versions.filter(({ type, id }) => `${type}/${id}` === reference)

export const parsed = <R extends FhirResource>(content: string | undefined): R =>
  JSON.parse(content ?? '{}') as R

/** The current version of a resource of ours. */
export const currentOf = ({ database }: History, type: string, id: string): string | undefined =>
  database.resources
    .filter((row) => row.type === type && row.id === id)
    .reduce<{ version: number; content?: string }>(
      (latest, row) => (row.version > latest.version ? row : latest),
      { version: 0 },
    ).content

/** True where nothing more is owed by us: it is with the clinic, over, or waits for a person who sees it. */
export function isSettled(row: ReferralRow): boolean {
  const { status, businessStatus, delivery } = row
  if (status === 'cancelled' || row.held) return true
  if (businessStatus === 'delivery-failed') return delivery.state === 'failed'
  if (status !== 'requested') return delivery.state === 'delivered' || delivery.state === 'none'
  return ['awaiting-information', 'awaiting-acknowledgement'].includes(businessStatus)
}

export const terminal: ReadonlySet<string> = new Set([
  'rejected',
  'cancelled',
  'failed',
  'completed',
])
