/** The referrer supplies what was missing, changes the order, or takes it back. */

import type { ServiceRequest } from 'fhir/r4'
import type { Caller } from '../access/caller.ts'
import type { Clinic } from '../access/registry.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { Problem } from '../problem.ts'
import { markedHigh } from '../sensitivity/labels.ts'
import { isHeldAt } from '../sensitivity/release.ts'
import type { Placed } from './arrange.ts'
import {
  type Agent,
  agentOf,
  auditOf,
  findOrThrow,
  type Origin,
  pick,
  repeatAudit,
  requestWrite,
  settle,
  taskWrite,
} from './change.ts'
import { businessStatusAfter, type CheckOutcome } from './check.ts'
import type { IntakePorts } from './intake.ts'
import { type BusinessStatus, businessStatusesOf, isClosed } from './life.ts'
import type { ReferralChange, ResourceWrite, StoredResource } from './ports.ts'
import type { Referral } from './referral.ts'
import { checkForBoth, releaseAudit, withCheck } from './release-to-clinic.ts'
import { laterThan, writeOf } from './resource-write.ts'
import { revoke } from './revoke.ts'
import {
  checksOf,
  grownRequest,
  grownSupport,
  type Place,
  placeOfRequest,
  placeSupply,
  refuseForeignChange,
  type Supply,
} from './supplied.ts'
import { type TaskState, withState } from './task.ts'

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
  const { change, referral, places } = await settle(ports.referrals, async () => {
    const current = await findOrThrow(ports.referrals, id, caller)
    refuseUnlessOwner(current, caller)
    const stored = await ports.referrals.resources(current)
    const { change, places } = await changeFor(ports, current, stored, supply, agent)
    return { change, places, referral: change?.referral ?? current }
  })
  // Nothing was new; the answer still shows what is here.
  if (!change) await ports.referrals.record([repeatAudit(referral, agent, ports.now())])
  return { referral, places }
}

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
  const now = laterThan(current.updatedAt, ports.now())
  const before = parseFhirJson(pick(stored, 'ServiceRequest', current.id).content) as ServiceRequest
  const { placed, sent, places, people } = await placeSupply(ports, current, stored, supply)
  if (placed.length === 0 && !sent) return { change: undefined, places }
  const support = grownSupport(current, [...stored, ...people], placed)
  const request = markedHigh(grownRequest(sent ?? before, before, placed), support)
  const clinic = refuseForeignChange(ports, request, before, current)
  const checked = await checkForBoth(
    ports,
    {
      referrerId: current.referrerId,
      clinicId: current.clinicId,
      patientId: current.patientId,
      request,
      support,
      earlierChecks: checksOf(stored),
    },
    now,
  )
  const { check, release } = checked
  const state = stateAfter(current, check, clinic, isHeldAt(release, now))
  const queued = state.businessStatus === 'sending' || current.delivery.state === 'delivered'
  const change: ReferralChange = {
    referral: {
      ...current,
      release,
      version: current.version + 1,
      status: state.status,
      businessStatus: state.businessStatus,
      overall: check.overall,
      priority: request.priority ?? 'routine',
      participants: [
        ...new Set([
          ...current.participants,
          ...people.map(({ type, id }) => `${type}/${id}`),
          ...placed.flatMap((each) => (each.sharedIdentifiers ? [each.reference] : [])),
        ]),
      ],
      updatedAt: now,
      delivery: {
        ...current.delivery,
        ...(current.delivery.state === 'none' && state.businessStatus === 'sending'
          ? { state: 'queued' as const }
          : {}),
        ...(current.delivery.state === 'delivered' &&
        state.businessStatus !== current.businessStatus
          ? { taskChanged: true }
          : {}),
      },
    },
    expectedVersion: current.version,
    resources: [
      ...placed.flatMap((each) => additionWrite(each, now)),
      requestWrite(current, stored, request, now),
      ...checked.writes,
      await taskWrite(ports.resources, current, now, (task) =>
        withCheck(withState(task, state, now), checked, now),
      ),
    ],
    audit: [
      auditOf(
        agent,
        'supply-information',
        'U',
        current.id,
        [`ServiceRequest/${current.id}`, ...placed.map(({ reference }) => reference)],
        now,
        check.overall,
      ),
      ...releaseAudit(agent, { ...current, release }, now),
    ],
    jobs: queued ? [{ queue: 'deliver', referralId: current.id }] : [],
  }
  return { change, places }
}

/** Where the referral stands after it was checked again. */
function stateAfter(
  current: Referral,
  check: CheckOutcome,
  clinic: Clinic,
  isHeld: boolean,
): TaskState {
  const { status, businessStatus } = current
  if (businessStatus === 'awaiting-information' && status !== 'requested')
    return { status, businessStatus: businessStatusesOf[status][0] as BusinessStatus }
  // Nothing of it may go any more, and it has not gone yet.
  if (businessStatus === 'sending' && isHeld)
    return { status, businessStatus: 'awaiting-information' }
  if (businessStatus !== 'awaiting-information' && businessStatus !== 'awaiting-acknowledgement')
    return { status, businessStatus }
  if (check.next === 'send' && !clinic.ehr)
    return { status: 'received', businessStatus: 'awaiting-triage' }
  return { status, businessStatus: businessStatusAfter[check.next] }
}

function additionWrite(placed: Placed, now: string): readonly ResourceWrite[] {
  const { resource, id, version, sharedIdentifiers, digest } = placed
  if (version === undefined) return []
  const write = writeOf(resource, { id, version, lastUpdated: now })
  return [sharedIdentifiers && digest ? { ...write, sharedIdentifiers, digest } : write]
}
