/**
 * Evaluates clinics' own expressions, each clinic's in a process of its own, bounded in time and memory:
 * one that takes more is ended and replaced, and what it did not answer is said to have failed or timed
 * out (docs/decisions/0018-own-criteria-in-a-process.md).
 */

import type { OwnExpression } from '../domain/screening/policy.ts'
import type { EvaluateExpressions } from '../domain/screening/screen-referral.ts'
import { ClinicProcess } from './clinic-process.ts'
import type { Limits } from './watched-thread.ts'

export interface Evaluator {
  readonly evaluate: EvaluateExpressions
  /** Has the process ready before the first referral comes. */
  prepare(expressions: readonly OwnExpression[]): void
  /** Ends the processes; what is being evaluated is not answered. */
  close(): void
}

export interface EvaluatorOptions extends Partial<Limits> {
  /** Processes that are kept, each with some 130 MB; the one that rested longest makes room. */
  readonly maxProcesses?: number
  /** Is told which criteria a referral got no answer to, and no more. */
  readonly warn?: (criteria: readonly string[], reason: string) => void
}

export function createEvaluator({
  cpuMilliseconds = 250,
  wallMilliseconds = 2_500,
  maxProcesses = 8,
  warn = () => {},
}: EvaluatorOptions = {}): Evaluator {
  // By what they say: a registry that is read again with the same criteria keeps its processes.
  const processes = new Map<string, ClinicProcess>()
  const processOf = (expressions: readonly OwnExpression[]): ClinicProcess => {
    const key = JSON.stringify(expressions)
    const process =
      processes.get(key) ?? new ClinicProcess(expressions, { cpuMilliseconds, wallMilliseconds })
    processes.delete(key)
    processes.set(key, process)
    for (const [old, idle] of processes) {
      if (processes.size <= maxProcesses) break
      if (idle.isBusy) continue
      processes.delete(old)
      idle.close()
    }
    return process
  }
  return {
    async evaluate(expressions, input) {
      const answers = await processOf(expressions).ask(input)
      for (const reason of ['failed', 'timed-out'] as const) {
        const criteria = expressions.flatMap(({ criterion }, index) =>
          answers[index]?.value === reason ? [criterion] : [],
        )
        if (criteria.length > 0) warn([...new Set(criteria)], reason)
      }
      return answers
    },
    prepare(expressions) {
      if (expressions.length > 0) processOf(expressions).prepare()
    },
    close() {
      for (const process of processes.values()) process.close()
      processes.clear()
    },
  }
}
