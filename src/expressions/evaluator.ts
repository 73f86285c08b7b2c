/**
 * Evaluates clinics' own expressions, each clinic's in a thread of its own, bounded in time: a thread
 * that takes longer is ended and replaced, and what it did not answer is said to have timed out.
 *
 * https://nodejs.org/api/worker_threads.html
 */

import type { OwnExpression } from '../domain/screening/policy.ts'
import type { EvaluateExpressions } from '../domain/screening/screen-referral.ts'
import { EvaluationThread, type ThreadLimits } from './evaluation-thread.ts'

export interface Evaluator {
  readonly evaluate: EvaluateExpressions
  /** Ends the threads; what is being evaluated is not answered. */
  close(): Promise<void>
}

export interface EvaluatorOptions extends Partial<ThreadLimits> {
  /** Threads that are kept, each with some 30 MB; the one that rested longest makes room. */
  readonly maxThreads?: number
  /** Is told which criteria a referral got no answer to, and no more. */
  readonly warn?: (criteria: readonly string[], reason: string) => void
}

export function createEvaluator({
  cpuMilliseconds = 250,
  wallMilliseconds = 2_500,
  maxThreads = 8,
  warn = () => {},
}: EvaluatorOptions = {}): Evaluator {
  // By what they say: a registry that is read again with the same criteria keeps its threads.
  const threads = new Map<string, EvaluationThread>()
  const threadOf = (expressions: readonly OwnExpression[]): EvaluationThread => {
    const key = JSON.stringify(expressions)
    const thread =
      threads.get(key) ?? new EvaluationThread(expressions, { cpuMilliseconds, wallMilliseconds })
    threads.delete(key)
    threads.set(key, thread)
    for (const [old, idle] of threads) {
      if (threads.size <= maxThreads) break
      if (idle.isBusy) continue
      threads.delete(old)
      void idle.close()
    }
    return thread
  }
  return {
    async evaluate(expressions, input) {
      const answers = await threadOf(expressions).ask(input)
      for (const reason of ['failed', 'timed-out'] as const) {
        const criteria = expressions.flatMap(({ criterion }, index) =>
          answers[index]?.value === reason ? [criterion] : [],
        )
        if (criteria.length > 0) warn([...new Set(criteria)], reason)
      }
      return answers
    },
    async close() {
      await Promise.all([...threads.values()].map((thread) => thread.close()))
      threads.clear()
    },
  }
}
