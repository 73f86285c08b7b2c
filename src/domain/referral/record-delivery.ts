/** What a delivery came to, written into the referral. */

import type { Clinic, Registry } from '../access/registry.ts'
import { type Agent, auditOf, taskWrite } from './change.ts'
import { deadLetter, deadLetterReason, withoutDeadLetter } from './dead-letter.ts'
import { type BusinessStatus, isClosed } from './life.ts'
import {
  type AuditEntry,
  EhrFailure,
  type ReferralChange,
  type ReferralStore,
  type ResourceStore,
} from './ports.ts'
import type { Delivery, Referral } from './referral.ts'
import { laterThan } from './resource-write.ts'
import { settle } from './settle.ts'
import { type TaskState, withState } from './task.ts'
import { endAsking } from './wanted-information.ts'

export interface RecordPorts {
  readonly referrals: ReferralStore
  readonly resources: ResourceStore
  registry(): Registry
  now(): Date
}

/** What the EHR has of a referral, by our reference: its reference there and our version. */
export type Sent = NonNullable<Delivery['sent']>

const service: Agent = { client: 'referloop' }

/** Found while the request was on its way to the clinic, and so not to be held back any more. */
const foundTooLate =
  'While this referral was being sent, the check found something that holds a referral back, and nobody has acknowledged it: see the latest check.'

/** The referral is at the clinic: from now on the clinic's Task leads. */
export async function recordDelivered(
  ports: RecordPorts,
  referralId: string,
  sent: Sent,
): Promise<Referral> {
  const { referral } = await settle(ports, async () => {
    const current = await read(ports, referralId)
    const isTooLate = !isClosed(current.status) && isWaiting(current)
    const delivery: Delivery = {
      ...withoutError(current.delivery),
      ...(isTooLate ? { taskChanged: true, taskReason: foundTooLate } : {}),
      state: 'delivered',
      sent,
      ehrTask: sent[`Task/${current.taskId}`]?.[0] as string,
      // A referral that was cancelled meanwhile has to be cancelled there as well.
      ...(isClosed(current.status) ? { taskChanged: true, cancelledHere: true } : {}),
    }
    const state: TaskState | undefined = isClosed(current.status)
      ? undefined
      : {
          status: 'received',
          businessStatus: 'awaiting-triage',
          ...(isTooLate ? { reason: { text: foundTooLate } } : {}),
        }
    const change = await changeOf(ports, current, delivery, state, 'deliver')
    return { change, referral: change.referral }
  })
  return referral
}

const isWaiting = ({ businessStatus }: Referral): boolean =>
  businessStatus === 'awaiting-acknowledgement' || businessStatus === 'awaiting-information'

export const brokeHere = 'The service itself failed.'

/**
 * @param failure undefined when the service itself broke: then nobody knows what was sent
 * @param givesUp when this attempt was the last
 */
export async function recordFailure(
  ports: RecordPorts,
  referralId: string,
  failure: EhrFailure | undefined,
  attempt: number,
  givesUp: boolean,
): Promise<void> {
  await settle(ports, async () => {
    const current = await read(ports, referralId)
    const now = ports.now().toISOString()
    const isLost = isMissing(current, failure)
    const letter = givesUp ? deadLetter(failure, attempt, now, isLost) : undefined
    const lastError = failure?.message ?? brokeHere
    const delivery: Delivery = {
      ...current.delivery,
      lastError,
      lastAttempt: attempt,
      ...(failure === undefined || failure.phase === 'unknown'
        ? { attempted: true, attemptedAt: now }
        : {}),
      ...(isLost ? { missing: (current.delivery.missing ?? 0) + 1 } : {}),
      ...(letter ? { deadLetter: letter } : {}),
      ...(letter && current.delivery.state === 'queued' ? { state: 'failed' } : {}),
    }
    const hasFailed = ['sending', 'delivery-failed'].includes(current.businessStatus)
    const place: TaskState | undefined = hasFailed
      ? { status: 'requested', businessStatus: 'delivery-failed' }
      : isLost && !isClosed(current.status)
        ? { status: current.status, businessStatus: 'lost-at-ehr' }
        : undefined
    const state = letter && place ? { ...place, reason: deadLetterReason(letter) } : undefined
    const change = await changeOf(ports, current, delivery, state, 'deliver', lastError)
    return { change }
  })
}

/** An EHR that is being moved may not find anything for a while: it is asked this often. */
const readsUntilLost = 3
const secondsBetweenReads = 60

/** What it had taken is not there: neither the Task nor the order is ever deleted by us. */
const isMissing = ({ delivery }: Referral, failure: EhrFailure | undefined): boolean =>
  delivery.state === 'delivered' && (failure?.status === 410 || failure?.status === 404)

/**
 * A first answer that it is gone is not believed.
 * @returns the failure with a wait instead of an end, until it was said often enough
 */
export function patientWith(
  referral: Referral,
  failure: EhrFailure | undefined,
): EhrFailure | undefined {
  const reads = (referral.delivery.missing ?? 0) + 1
  if (!failure || !isMissing(referral, failure) || reads >= readsUntilLost) return failure
  return new EhrFailure(failure.message, {
    phase: failure.phase,
    status: failure.status,
    retryAfter: secondsBetweenReads,
    cause: failure,
  })
}

export const withoutError = ({
  lastError: _error,
  lastAttempt: _last,
  missing: _missing,
  ...delivery
}: Delivery): Delivery => withoutDeadLetter(delivery)

/** The referral with a new delivery and, when it moves, its Task in another state. */
export async function changeOf(
  ports: RecordPorts,
  current: Referral,
  delivery: Delivery,
  state: TaskState | undefined,
  action: 'deliver' | 'update-at-clinic',
  failed?: string,
): Promise<ReferralChange> {
  const now = laterThan(current.updatedAt, ports.now())
  const businessStatus: BusinessStatus = state?.businessStatus ?? current.businessStatus
  const audit: AuditEntry = auditOf(
    agentAt(clinicOf(ports, current)),
    action,
    action === 'deliver' ? 'C' : 'U',
    current.id,
    [`ServiceRequest/${current.id}`, `Task/${current.taskId}`],
    now,
    failed,
  )
  const after: Referral = {
    ...current,
    version: current.version + 1,
    status: state?.status ?? current.status,
    businessStatus,
    updatedAt: now,
    delivery,
  }
  const asking = await endAsking(ports, current, after, now)
  return {
    referral: { ...after, information: asking.information },
    expectedVersion: current.version,
    resources: state
      ? [
          await taskWrite(ports.resources, current, now, (task) => withState(task, state, now)),
          ...asking.writes,
        ]
      : [],
    audit: [failed ? { ...audit, outcome: 'serious-failure' } : audit, ...asking.audit],
    jobs: [],
  }
}

/** We are the client, the clinic's EHR is the other side. */
export function agentAt(clinic: Clinic | undefined): Agent {
  const base = clinic?.ehr?.fhirBaseUrl
  return base === undefined ? service : { ...service, network: base }
}

export const clinicOf = (ports: RecordPorts, { clinicId }: Referral): Clinic | undefined =>
  ports.registry().clinicById(clinicId)

export async function read(ports: RecordPorts, referralId: string): Promise<Referral> {
  const referral = await ports.referrals.find(referralId)
  if (!referral) throw new Error(`referral ${referralId} vanished`)
  return referral
}
