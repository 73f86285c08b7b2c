/** A referral grows by what was sent or found, is checked again, and goes on when nothing is missing. */

import type { ServiceRequest, Task } from 'fhir/r4'
import type { Clinic } from '../access/registry.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { markedHigh } from '../sensitivity/labels.ts'
import { isHeldAt } from '../sensitivity/release.ts'
import type { Placed } from './arrange.ts'
import { type Agent, auditOf, pick, requestWrite, taskWrite } from './change.ts'
import { businessStatusAfter, type CheckOutcome } from './check.ts'
import { claimOf } from './duplicate.ts'
import { gatherJobs, reasonSaid, unavailableOf } from './gathering.ts'
import type { IntakePorts } from './intake.ts'
import { type BusinessStatus, businessStatusesOf } from './life.ts'
import type { ReferralChange, ResourceWrite, StoredResource } from './ports.ts'
import type { Gathering, Referral } from './referral.ts'
import { askAfter, checkForBoth, releaseAudit, withCheck } from './release-to-clinic.ts'
import { laterThan, writeOf } from './resource-write.ts'
import { checksOf, grownRequest, grownSupport, refuseForeignChange } from './supplied.ts'
import { type TaskState, withState } from './task.ts'
import { keepAsking } from './wanted-information.ts'

/** What a referral grows by. */
export interface Growth {
  readonly placed: readonly Placed[]
  /** The ServiceRequest in its new form. */
  readonly sent?: ServiceRequest | undefined
  /** People and organisations that were sent before and are referred to now. */
  readonly people: readonly StoredResource[]
  /** What was fetched so far, this among it. */
  readonly gathering?: Gathering | undefined
}

/**
 * The change that lets a referral grow.
 * @param by who does it, and the audit action
 * @throws Problem referral-invalid, not-yours-to-change, illegal-transition for a ServiceRequest that must not be
 */
export async function grow(
  ports: IntakePorts,
  current: Referral,
  stored: readonly StoredResource[],
  { placed, sent, people, gathering }: Growth,
  by: { readonly agent: Agent; readonly action: 'supply-information' | 'gather' },
): Promise<ReferralChange> {
  const now = laterThan(current.updatedAt, ports.now())
  const before = parseFhirJson(pick(stored, 'ServiceRequest', current.id).content) as ServiceRequest
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
      unavailable: unavailableOf(gathering),
    },
    now,
  )
  const { check, release } = checked
  const moved = stateAfter(current, check, clinic, isHeldAt(release, now))
  const state = { ...moved, ...reasonSaid(gathering, moved) }
  const queued = state.businessStatus === 'sending' || current.delivery.state === 'delivered'
  const grown: Referral = {
    ...current,
    release,
    gathering,
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
      ...(current.delivery.state !== 'delivered' && state.businessStatus === 'sending'
        ? { state: 'queued' as const }
        : {}),
      ...(current.delivery.state === 'delivered' && state.businessStatus !== current.businessStatus
        ? { taskChanged: true }
        : {}),
    },
  }
  const ask = askAfter(checked, now)
  const asking = await keepAsking(ports, { before: current, after: grown, ask, now })
  const referral: Referral = { ...grown, information: asking.information }
  const isOther = JSON.stringify(claimOf(request)) !== JSON.stringify(claimOf(before))
  return {
    referral,
    expectedVersion: current.version,
    ...(isOther ? { claim: claimOf(request) ?? { services: [], from: [] } } : {}),
    resources: [
      ...placed.flatMap((each) => additionWrite(each, now)),
      ...(placed.length > 0 || sent ? [requestWrite(current, stored, request, now)] : []),
      ...checked.writes,
      await taskWrite(ports.resources, current, now, (task) =>
        withCheck(withState(task, keptReason(task, state, current, referral), now), checked, now),
      ),
      ...asking.writes,
    ],
    audit: [
      auditOf(
        by.agent,
        by.action,
        'U',
        current.id,
        [`ServiceRequest/${current.id}`, ...placed.map(({ reference }) => reference)],
        now,
        check.overall,
      ),
      ...releaseAudit(by.agent, referral, now),
      ...asking.audit,
    ],
    jobs: [
      ...(queued ? [{ queue: 'deliver', referralId: current.id } as const] : []),
      // Who has just looked does not look again.
      ...(by.action === 'gather' ? [] : gatherJobs(ports.registry(), referral)),
    ],
  }
}

/**
 * A reason goes with the state that it explains: what was acknowledged is still acknowledged, what
 * is overdue still overdue, whatever else there is to say.
 */
function keptReason(task: Task, state: TaskState, before: Referral, after: Referral): TaskState {
  const isSame =
    state.businessStatus === before.businessStatus &&
    after.information?.taskId === before.information?.taskId
  const isSaid = state.reason !== undefined && !after.information?.overdue
  return isSame && !isSaid ? { ...state, reason: task.statusReason } : state
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
  if (businessStatus === 'sending' || businessStatus === 'delivery-failed')
    return { status, businessStatus: onItsWay(current, businessStatus, check, isHeld) }
  if (businessStatus !== 'awaiting-information' && businessStatus !== 'awaiting-acknowledgement')
    return { status, businessStatus }
  if (check.next === 'send' && !clinic.ehr)
    return { status: 'received', businessStatus: 'awaiting-triage' }
  return { status, businessStatus: businessStatusAfter[check.next] }
}

/**
 * What comes to light before the clinic has the referral holds it: nothing of it may go any more, or
 * the check says otherwise than before. A result that was there before has been acknowledged. Whether
 * a request has reached the clinic meanwhile only the worker finds out, and it flags it then
 * (deliver.ts).
 */
function onItsWay(
  { overall }: Referral,
  businessStatus: 'sending' | 'delivery-failed',
  check: CheckOutcome,
  isHeld: boolean,
): BusinessStatus {
  if (isHeld) return 'awaiting-information'
  return check.next === 'send' || check.overall === overall
    ? businessStatus
    : businessStatusAfter[check.next]
}

function additionWrite(placed: Placed, now: string): readonly ResourceWrite[] {
  const { resource, id, version, sharedIdentifiers, digest } = placed
  if (version === undefined) return []
  const write = writeOf(resource, { id, version, lastUpdated: now })
  return [sharedIdentifiers && digest ? { ...write, sharedIdentifiers, digest } : write]
}
