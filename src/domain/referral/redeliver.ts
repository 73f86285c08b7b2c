/** The operator mended what delivery gave up on: it goes into the queue once more. */

import { auditOf, taskWrite } from './change.ts'
import { type DeadLetter, givenUpSince, withoutDeadLetter } from './dead-letter.ts'
import type { ReferralChange, ReferralStore, ResourceStore, UndeliveredStore } from './ports.ts'
import type { Delivery, Referral } from './referral.ts'
import { laterThan } from './resource-write.ts'
import { settle } from './settle.ts'
import { type TaskState, withState } from './task.ts'

export interface RedeliverPorts {
  readonly referrals: Pick<ReferralStore, 'commit'>
  readonly resources: Pick<ResourceStore, 'readMany'>
  readonly undelivered: Pick<UndeliveredStore, 'givenUp'>
  now(): Date
}

/** One that waits for the operator. Ids and codes only. */
export interface GivenUpDelivery
  extends Partial<Pick<DeadLetter, 'phase' | 'status' | 'attempts'>> {
  readonly referralId: string
  readonly clinicId: string
  /** `unknown` for one that an earlier version gave up on. */
  readonly cause: DeadLetter['cause'] | 'unknown'
  /** Instant. */
  readonly since: string
}

/** All of them, or those of a clinic, or one referral when it is one of them; the oldest first. */
export interface Wanted {
  readonly referralId?: string
  readonly clinicId?: string
}

/** @returns what delivery gave up on and nobody has put back */
export async function listGivenUp(
  { undelivered }: Pick<RedeliverPorts, 'undelivered'>,
  wanted: Wanted,
): Promise<readonly GivenUpDelivery[]> {
  const found = await undelivered.givenUp(wanted)
  return found
    .map(({ referral, jobFailed }) => tellOf(referral, jobFailed))
    .filter((each) => each !== undefined)
    .sort((a, b) => (a.since < b.since ? -1 : 1))
}

function tellOf(referral: Referral, jobFailed: boolean): GivenUpDelivery | undefined {
  const ids = { referralId: referral.id, clinicId: referral.clinicId }
  const since = givenUpSince(referral)
  const { deadLetter: letter } = referral.delivery
  if (since !== undefined) return { ...ids, cause: 'unknown', ...letter, since }
  // Its worker died with it each time, so that nobody could write down why.
  return jobFailed ? { ...ids, cause: 'internal', since: referral.updatedAt } : undefined
}

/**
 * Puts one back into the queue. Safe to repeat and beside the running service: what was put back
 * before, or went on by itself meanwhile, is left alone, and delivery searches before it sends.
 * @returns true when it was put back now
 * @throws Problem conflict when the referral keeps changing, unavailable
 */
export async function redeliver(ports: RedeliverPorts, referralId: string): Promise<boolean> {
  const { change } = await settle(ports, async () => {
    const [found] = await ports.undelivered.givenUp({ referralId })
    if (!found || !tellOf(found.referral, found.jobFailed)) return {}
    return { change: await putBack(ports, found.referral) }
  })
  return change !== undefined
}

/** Not a caller's, nor the service's own doing. */
const operator = { client: 'operator' }

async function putBack(ports: RedeliverPorts, current: Referral): Promise<ReferralChange> {
  const now = laterThan(current.updatedAt, ports.now())
  const isLost = current.businessStatus === 'lost-at-ehr'
  const hasFailed = isLost || current.businessStatus === 'delivery-failed'
  const state: TaskState | undefined = hasFailed
    ? { status: 'requested', businessStatus: 'sending' }
    : undefined
  const {
    lastError: _mended,
    missing: _gone,
    ...delivery
  }: Delivery = withoutDeadLetter(isLost ? neverSent(current.delivery) : current.delivery)
  return {
    referral: {
      ...current,
      ...state,
      version: current.version + 1,
      updatedAt: now,
      delivery: { ...delivery, ...(hasFailed ? { state: 'queued' } : {}) },
    },
    expectedVersion: current.version,
    resources: state
      ? [await taskWrite(ports.resources, current, now, (task) => withState(task, state, now))]
      : [],
    audit: [
      auditOf(
        operator,
        'redeliver',
        'U',
        current.id,
        [`ServiceRequest/${current.id}`, `Task/${current.taskId}`],
        now,
        current.delivery.deadLetter?.cause,
      ),
    ],
    jobs: [{ queue: 'deliver', referralId: current.id }],
  }
}

/** What is not there any more goes as if it had never been there; what came back from it stays. */
const neverSent = ({
  sent: _sent,
  ehrTask: _task,
  ehrTaskVersion: _version,
  ehrTaskUpdated: _updated,
  taskChanged: _changed,
  lookAgain: _look,
  ...delivery
}: Delivery): Delivery => delivery
