/** A re-referral says what it replaces: https://hl7.org/fhir/R4/servicerequest-definitions.html#ServiceRequest.replaces */

import type { FhirResource, Reference, ServiceRequest } from 'fhir/r4'
import type { Caller } from '../access/caller.ts'
import { Problem } from '../problem.ts'
import type { Opened } from './arrange.ts'
import type { ReferralStore } from './ports.ts'
import { relativeReference } from './references.ts'
import type { Referral } from './referral.ts'
import { resourceIdentifierSystem } from './task.ts'

/** More than one re-referral replaces. */
const most = 10

/**
 * The referrals that the ServiceRequests of a submission replace, by entry.
 * @throws Problem unresolved-reference for what is not the referrer's own, as for what does not exist
 */
export async function replacedBy(
  referrals: Pick<ReferralStore, 'find' | 'lookUp'>,
  opened: Opened,
  caller: Caller,
): Promise<ReadonlyMap<number, readonly Referral[]>> {
  const found = new Map<number, readonly Referral[]>()
  for (const [i, { resource, expression }] of opened.entries.entries()) {
    const named = namedIn(resource).filter(({ reference = '' }) => !opened.indexOf.has(reference))
    if (named.length === 0) continue
    if (named.length > most) throw refusal(`${expression}.replaces`, `Name at most ${most}.`)
    const replaced: Referral[] = []
    for (const [n, each] of named.entries()) {
      const referral = await find(referrals, each, caller)
      if (referral === 'elsewhere') continue
      if (!referral) throw refusal(`${expression}.replaces[${n}]`)
      replaced.push(referral)
    }
    found.set(i, replaced)
  }
  return found
}

const namedIn = (resource: FhirResource): readonly Reference[] =>
  resource.resourceType === 'ServiceRequest' ? (resource.replaces ?? []) : []

async function find(
  referrals: Pick<ReferralStore, 'find' | 'lookUp'>,
  { reference, identifier }: Reference,
  caller: Caller,
): Promise<Referral | 'elsewhere' | undefined> {
  const relative = relativeReference(reference ?? '')
  if (relative)
    return relative.type === 'ServiceRequest' ? referrals.find(relative.id, caller) : undefined
  // An order in the referrer's own system, which never came here.
  if (reference !== undefined || !identifier?.system || !identifier.value) return 'elsewhere'
  const name = `${identifier.system}|${identifier.value}`
  return (await referrals.lookUp(caller.organization, [name], [], [])).referral ?? 'elsewhere'
}

const refusal = (
  at: string,
  diagnostics = 'This reference leads to no referral that you have sent: correct it, or leave it out.',
): Problem => new Problem('unresolved-reference', diagnostics, { expression: [at] })

/** A clinic's EHR knows a referral of before by our mark, and by no id of this service. */
export function replacesAtEhr<R extends FhirResource>(
  resource: R,
  placeOf: (reference: string) => string | undefined,
): R {
  if (namedIn(resource).length === 0) return resource
  const replaces = namedIn(resource).map((each): Reference => {
    const relative = relativeReference(each.reference ?? '')
    if (!relative || placeOf(`${relative.type}/${relative.id}`)) return each
    const { reference: _here, ...rest } = each
    const identifier = { system: resourceIdentifierSystem, value: relative.id }
    return { ...rest, type: 'ServiceRequest', identifier }
  })
  return { ...(resource as ServiceRequest), replaces } as R
}
