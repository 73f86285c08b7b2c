/**
 * The line to one clinic's EHR: every request takes its turn, so many in a second of all instances
 * together, and none goes while the EHR is left alone because it failed, or because it asked for it.
 */

import { setTimeout as pause } from 'node:timers/promises'
import type { EhrLines } from '../domain/referral/ehr-lines.ts'
import { EhrFailure } from '../domain/referral/ports.ts'
import { createBreaker } from './breaker.ts'
import type { Egress } from './egress.ts'
import { AnswerLost, NotSent, type OutboundAnswer } from './exchange.ts'
import { retryAfterSeconds } from './retry-after.ts'

export interface LineDeps {
  readonly egress: Pick<Egress, 'send'>
  readonly lines: EhrLines
  readonly now: () => Date
  /** Milliseconds that never jump. */
  readonly monotonic: () => number
  readonly sleep?: (ms: number) => Promise<unknown>
  /** Told when the EHR begins to be left alone, and when it is asked as usual again. Ids only. */
  onLine(event: LineEvent): void
}

export interface LineEvent {
  readonly clinicId: string
  readonly state: 'left-alone' | 'asked-again'
}

/**
 * The egress, with the line in front of it.
 * @returns send, which throws EhrFailure `before` while the EHR is left alone
 */
export function throughLine(
  { id, requestsPerSecond }: { readonly id: string; readonly requestsPerSecond: number },
  { egress, lines, now, monotonic, sleep = pause, onLine }: LineDeps,
): Pick<Egress, 'send'> {
  const breaker = createBreaker()

  const failed = async (isProbe: boolean): Promise<void> => {
    const isTooMany = breaker.failed(monotonic())
    if (!isProbe && !isTooMany) return
    breaker.forget()
    if (await lines.leaveAlone(id, isProbe)) onLine({ clinicId: id, state: 'left-alone' })
  }

  const answered = async (answer: OutboundAnswer, isProbe: boolean): Promise<void> => {
    const { status } = answer
    if (status === 429 || status === 503) {
      const seconds = retryAfterSeconds(answer.header('retry-after'), now())
      if (seconds !== undefined) await lines.holdBack(id, seconds)
    }
    if (status >= 500 && status !== 501) return failed(isProbe)
    // Somebody is there, who is busy.
    if (status !== 429) breaker.succeeded(monotonic())
    if (isProbe && (await lines.askAgain(id))) onLine({ clinicId: id, state: 'asked-again' })
  }

  return {
    async send(request) {
      const turn = await lines.turn(id, 1_000 / requestsPerSecond)
      if (turn.closedFor !== undefined) {
        breaker.forget()
        throw new EhrFailure(why[turn.because], {
          phase: 'before',
          retryAfter: Math.max(1, Math.ceil(turn.closedFor / 1_000)),
        })
      }
      if (turn.wait > 0) await sleep(turn.wait)
      let answer: OutboundAnswer
      try {
        answer = await egress.send(request)
      } catch (error) {
        if (error instanceof NotSent || error instanceof AnswerLost) await failed(turn.isProbe)
        throw error
      }
      await answered(answer, turn.isProbe)
      return answer
    },
  }
}

const why = {
  asked: 'The EHR asked to wait.',
  failing: 'The EHR failed too often and is left alone for now.',
  busy: 'Too much waits for this EHR at the moment.',
} as const
