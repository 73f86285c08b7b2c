/**
 * A patient has one open referral for a service to a clinic, whatever identifier it bears, unless the
 * referrer says that it means two. Within one referrer: nobody learns of another practice's.
 */

import type { ServiceRequest } from 'fhir/r4'
import { Problem } from '../problem.ts'
import type { ReferralChange, ReferralStore } from './ports.ts'

const deliberateUrl = 'https://referloop.example/fhir/StructureDefinition/deliberate-duplicate'

/** More codes than any order has. */
const mostServices = 20

/**
 * What a referral claims for its patient and clinic.
 * @param from ids of the referrals that it replaces
 * @returns undefined when it may stand beside another
 */
export function claimOf(
  { code, extension }: ServiceRequest,
  from: readonly string[] = [],
): ReferralChange['claim'] {
  if (extension?.some(({ url }) => url === deliberateUrl)) return undefined
  const coded = (code?.coding ?? []).flatMap(({ system, code }) =>
    system && code ? [`${system}|${code}`] : [],
  )
  const text = code?.text?.trim().toLowerCase()
  const services = coded.length > 0 ? coded : text ? [`|${text}`] : []
  return { services: [...new Set(services)].slice(0, mostServices), from }
}

/**
 * The refusal of a duplicate, with the referral that is there.
 * @returns undefined when that has been closed meanwhile
 */
export async function duplicateOf(
  referrals: Pick<ReferralStore, 'findOpen'>,
  { referral, claim }: ReferralChange,
  expression: string,
): Promise<Problem | undefined> {
  const id = await referrals.findOpen(referral, claim?.services ?? [])
  if (id === undefined) return undefined
  const there = `ServiceRequest/${id}`
  return new Problem(
    'referral-duplicate',
    `${there} is open for this patient, this service and this clinic: supply what is new to it, revoke it, or name it in ServiceRequest.replaces. Where two are meant, say why in the extension ${deliberateUrl}.`,
    { expression: [expression], related: there },
  )
}
