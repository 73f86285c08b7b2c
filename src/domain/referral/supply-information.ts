/** The referrer supplies what was missing, changes the order, or takes it back. */

import type { ServiceRequest } from 'fhir/r4'
import type { Caller } from '../access/caller.ts'
import { Problem } from '../problem.ts'
import { observationsOf } from '../screening/readings.ts'
import { type Agent, agentOf, findOrThrow, type Origin, pick, repeatAudit } from './change.ts'
import { withSupplied } from './gathering.ts'
import { grow } from './grow.ts'
import type { IntakePorts } from './intake.ts'
import { isClosed } from './life.ts'
import type { ReferralChange, StoredResource } from './ports.ts'
import type { Referral } from './referral.ts'
import { revoke } from './revoke.ts'
import { settle } from './settle.ts'
import { type Place, placeOfRequest, placeSupply, type Supply } from './supplied.ts'

export type SupplyPorts = IntakePorts

export interface SupplyResult {
  /** As it is now. */
  readonly referral: Referral
  /** One for each addition, then one for the ServiceRequest when it was sent. */
  readonly places: readonly Place[]
}

/**
 * Takes in more about a referral, checks it again and lets it go on when nothing is missing any
 * more; a ServiceRequest that was revoked cancels it.
 * @param id of the ServiceRequest
 * @throws Problem not-found, version-conflict, referral-closed, referral-invalid, not-yours-to-change
 */
export async function supplyInformation(
  ports: SupplyPorts,
  id: string,
  supply: Supply,
  caller: Caller,
  origin: Origin = {},
): Promise<SupplyResult> {
  const agent = agentOf(caller, origin)
  const whole = withReadings(supply)
  const { change, referral, places } = await settle(ports, async () => {
    const current = await findOrThrow(ports.referrals, id, caller)
    refuseUnlessOwner(current, caller)
    const stored = await ports.referrals.resources(current)
    const { change, places } = await changeFor(ports, current, stored, whole, agent)
    return { change, places, referral: change?.referral ?? current }
  })
  // Nothing was new; the answer still shows what is here.
  if (!change) await ports.referrals.record([repeatAudit(referral, agent, ports.now())])
  return { referral, places }
}

/** What an answer gives as a reading is an Observation besides, behind all that was sent. */
const withReadings = ({ additions, ...rest }: Supply): Supply => ({
  ...rest,
  additions: [
    ...additions,
    ...additions.flatMap((entry) =>
      entry.resource.resourceType === 'QuestionnaireResponse'
        ? observationsOf(entry.resource).map((resource) => ({
            ...entry,
            fullUrl: undefined,
            resource,
          }))
        : [],
    ),
  ],
})

interface Decision {
  readonly change: ReferralChange | undefined
  readonly places: readonly Place[]
}

function refuseUnlessOwner(referral: Referral, caller: Caller): void {
  if (caller.role !== 'referrer' || referral.referrerId !== caller.organization)
    throw new Problem('not-yours-to-change', 'The referrer owns the ServiceRequest.')
}

async function changeFor(
  ports: SupplyPorts,
  current: Referral,
  stored: readonly StoredResource[],
  supply: Supply,
  agent: Agent,
): Promise<Decision> {
  const request = pick(stored, 'ServiceRequest', current.id)
  if (supply.request && supply.request.version !== request.version)
    throw new Problem('version-conflict')
  if (isClosed(current.status)) throw new Problem('referral-closed')
  const status = (supply.request?.entry.resource as ServiceRequest | undefined)?.status
  if (status === 'revoked' || status === 'entered-in-error') {
    if (supply.additions.length > 0)
      throw new Problem('not-supported', 'Send a ServiceRequest that is taken back by itself.')
    return {
      change: await revoke(ports, current, stored, status, agent),
      places: supply.request ? [placeOfRequest(supply.request.entry, current)] : [],
    }
  }
  return extend(ports, current, stored, supply, agent)
}

/** The referral grows or changes, and is checked again. */
async function extend(
  ports: SupplyPorts,
  current: Referral,
  stored: readonly StoredResource[],
  supply: Supply,
  agent: Agent,
): Promise<Decision> {
  const { places, ...growth } = await placeSupply(ports, current, stored, supply)
  if (growth.placed.length === 0 && !growth.sent) return { change: undefined, places }
  const by = { agent, action: 'supply-information' } as const
  const gathering = withSupplied(
    current.gathering,
    growth.placed.map(({ resource }) => resource.resourceType),
  )
  return { change: await grow(ports, current, stored, { ...growth, gathering }, by), places }
}
