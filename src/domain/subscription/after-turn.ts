/**
 * What follows from a subscriber's answer.
 *
 * | answer                              | what follows                                            |
 * |-------------------------------------|---------------------------------------------------------|
 * | 2xx                                 | it has arrived                                          |
 * | anything else, to a handshake       | error: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/channels.html#rest-hook |
 * | 410                                 | off                                                     |
 * | 408, 425, 429, 5xx, none            | again, at growing intervals; error after 110 in a row   |
 * | 3xx and the other 4xx               | again; error when it was the fifth failure in a row     |
 * | (our own rules forbid the address)  | error                                                   |
 */

import type { SubscriberAnswer, SubscriptionStatus, TurnEnd } from './ports.ts'

export type TurnKind = 'handshake' | 'heartbeat' | 'event-notification'

export type Afterwards = Pick<TurnEnd, 'status' | 'error' | 'failures' | 'waitSeconds'> & {
  readonly outcome: 'arrived' | 'retry' | 'gave-up' | 'gone'
}

/** As many as a delivery has, which is four days and a half. */
const mostFailures = 110
const mostRefusals = 5
/** Seconds. */
const longestWait = 3_600
const leastWaitWhenThrottled = 60

const mayPass: ReadonlySet<number> = new Set([408, 425, 429])

/**
 * @param failures in a row before this turn
 * @param chance from 0 to 1, so that those that failed together do not come back together
 */
export function afterTurn(
  kind: TurnKind,
  answer: SubscriberAnswer,
  failures: number,
  chance: number,
): Afterwards {
  if (hasArrived(answer))
    return {
      outcome: 'arrived',
      status: 'active',
      error: undefined,
      failures: 0,
      waitSeconds: undefined,
    }
  const error = wordsFor(answer)
  const stop = (status: SubscriptionStatus, outcome: 'gave-up' | 'gone'): Afterwards => ({
    outcome,
    status,
    error,
    failures: 0,
    waitSeconds: undefined,
  })
  if (answer.kind === 'answered' && answer.status === 410) return stop('off', 'gone')
  if (kind === 'handshake' || answer.kind === 'forbidden') return stop('error', 'gave-up')
  const failed = failures + 1
  if (failed >= (isRefusal(answer) ? mostRefusals : mostFailures)) return stop('error', 'gave-up')
  const waitSeconds = waitAfter(answer, failed, chance)
  return { outcome: 'retry', status: 'active', error, failures: failed, waitSeconds }
}

const hasArrived = (answer: SubscriberAnswer): boolean =>
  answer.kind === 'answered' && answer.status >= 200 && answer.status < 300

const isRefusal = (answer: SubscriberAnswer): boolean =>
  answer.kind === 'answered' && answer.status < 500 && !mayPass.has(answer.status)

/** 1, 2, 4 … seconds, an hour at most, less up to half; never before the subscriber asked for it. */
function waitAfter(answer: SubscriberAnswer, failed: number, chance: number): number {
  const step = Math.min(longestWait, 2 ** Math.min(12, failed - 1))
  const own = Math.max(1, step * (1 - chance / 2))
  if (answer.kind !== 'answered') return own
  const least = answer.status === 429 ? leastWaitWhenThrottled : 0
  return Math.max(own, least, answer.retryAfter ?? 0)
}

/** For the subscription's owner: the status, and nothing of what was answered. */
function wordsFor(answer: SubscriberAnswer): string {
  if (answer.kind === 'answered') return `The endpoint answered ${answer.status}.`
  if (answer.kind === 'forbidden') return 'The endpoint is not an address that may be called.'
  return `The endpoint gave no answer (${answer.reason}).`
}
