/** What delivery gave up on, and why: for the operator, and for the referrer in its Task. */

import type { CodeableConcept } from 'fhir/r4'
import type { BusinessStatus, TaskStatus } from './life.ts'
import { isClosed } from './life.ts'

const causeSystem = 'https://referloop.example/fhir/CodeSystem/delivery-failure'

/** As in schemas/CodeSystem-delivery-failure.json. */
const causes = {
  'not-configured': 'The service is not set up to reach this clinic',
  unreachable: 'The EHR of the clinic could not be reached',
  refused: 'The EHR of the clinic refused it',
  duplicate: 'The EHR of the clinic holds it, or the patient, more than once',
  'no-answer': 'The EHR of the clinic gave no usable answer',
  lost: 'The EHR of the clinic no longer has it',
  internal: 'The service itself failed',
} as const

type DeliveryCause = keyof typeof causes

/** Why delivery gave up, and when. Codes and numbers only. Kept within Referral.delivery. */
export interface DeadLetter {
  readonly cause: DeliveryCause
  /** Where it broke: before anything was sent, by a refusal, or with an unknown outcome. */
  readonly phase: 'before' | 'refused' | 'unknown'
  /** HTTP status of the EHR's answer, when there was one. */
  readonly status?: number
  /** Instant. */
  readonly since: string
  /** Attempts since it was last put into the queue. */
  readonly attempts: number
}

/** As much of an EhrFailure as tells the cause. */
interface Failure extends Pick<DeadLetter, 'phase'> {
  readonly permanent: boolean
  readonly status: number | undefined
}

/**
 * @param failure of the last attempt; undefined when the service itself broke
 * @param isLost when what had arrived is not there any more
 */
export function deadLetter(
  failure: Failure | undefined,
  attempts: number,
  since: string,
  isLost = false,
): DeadLetter {
  if (!failure) return { cause: 'internal', phase: 'unknown', since, attempts }
  const { phase, status } = failure
  return {
    cause: isLost ? 'lost' : causeOf(failure),
    phase,
    ...(status === undefined ? {} : { status }),
    since,
    attempts,
  }
}

function causeOf({ phase, permanent, status }: Failure): DeliveryCause {
  if (phase === 'unknown') return 'no-answer'
  if (phase === 'before') return permanent ? 'not-configured' : 'unreachable'
  return status === undefined || status === 412 ? 'duplicate' : 'refused'
}

/** What the Task tells the referrer of it. */
export const deadLetterReason = ({ cause, status }: DeadLetter): CodeableConcept => ({
  coding: [{ system: causeSystem, code: cause, display: causes[cause] }],
  text: `${causes[cause]}${status === undefined ? '' : ` (HTTP ${status})`}. An operator of the service has to act; nothing is needed from you.`,
})

export interface GivenUp {
  readonly status: TaskStatus
  readonly businessStatus: BusinessStatus
  readonly updatedAt: string
  readonly delivery: { readonly state: string; readonly deadLetter?: DeadLetter }
}

/**
 * Since when a person has to look after its delivery: the referral itself did not arrive, or a change
 * of one that did, or a cancellation of one that may have.
 * @returns an instant, or undefined when nobody has to
 */
export function givenUpSince(referral: GivenUp): string | undefined {
  const { delivery, businessStatus, status, updatedAt } = referral
  const { deadLetter: letter } = delivery
  if (businessStatus === 'delivery-failed') return letter?.since ?? updatedAt
  return delivery.state === 'delivered' || isClosed(status) ? letter?.since : undefined
}

/** The delivery as it is once somebody acted. */
export function withoutDeadLetter<D extends { readonly deadLetter?: DeadLetter }>(
  delivery: D,
): Omit<D, 'deadLetter'> {
  const { deadLetter: _gone, ...rest } = delivery
  return rest
}
