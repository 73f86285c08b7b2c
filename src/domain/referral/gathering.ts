/** What the service fetched of a referral by itself, and what it could not: kept with the referral. */

import type { CodeableConcept } from 'fhir/r4'
import type { Registry } from '../access/registry.ts'
import type { Unavailable } from '../screening/packet.ts'
import type { Job } from './ports.ts'
import type { Gathering, Referral } from './referral.ts'

export const nothingGathered: Gathering = { taken: {}, asked: {}, failed: [], said: '' }

/** What a check of the referral must take as unread. */
export const unavailableOf = (
  gathering: Gathering | undefined,
  alsoTaken: readonly string[] = [],
): readonly Unavailable[] => {
  if (!gathering || gathering.failed.length === 0) return []
  const taken = Object.values(gathering.taken).map(([reference]) => reference)
  const beside = new Set([...taken, ...alsoTaken])
  return gathering.failed.map(({ type, criteria, reason }) => ({ type, criteria, reason, beside }))
}

/** The referrer sent of those types itself: what its server did not say does not matter any more. */
export function withSupplied(
  gathering: Gathering | undefined,
  types: readonly string[],
): Gathering | undefined {
  return (
    gathering && {
      ...gathering,
      failed: gathering.failed.filter(({ type }) => !types.includes(type)),
    }
  )
}

/** Why a referral still waits, as far as the last run can tell. */
export const reasonSaid = (
  gathering: Gathering | undefined,
  { businessStatus }: { readonly businessStatus: string },
): { reason?: CodeableConcept } =>
  gathering?.said && businessStatus === 'awaiting-information'
    ? { reason: { text: gathering.said } }
    : {}

/** Does it wait for information that the service may look for itself? */
export const isWaiting = ({ status, businessStatus }: Referral): boolean =>
  status === 'requested' && businessStatus === 'awaiting-information'

/** The work that follows when a referral came to wait, and its referrer has a FHIR server. */
export function gatherJobs(registry: Registry, referral: Referral): readonly Job[] {
  const referrer = registry.referrerById(referral.referrerId)
  return isWaiting(referral) && referrer?.ehr && !referrer.disabled
    ? [{ queue: 'gather', referralId: referral.id }]
    : []
}
