/** One clinic's process: asked one referral at a time, and started anew when it is gone. */

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ExpressionAnswer } from '../domain/screening/own-findings.ts'
import type { OwnExpression } from '../domain/screening/policy.ts'
import type { ExpressionInput } from '../domain/screening/screen-referral.ts'
import type { Limits, Report, Task } from './watched-thread.ts'

type Answers = readonly ExpressionAnswer[]
type Missing = 'failed' | 'timed-out'

const startMilliseconds = 15_000
/** What the process may be late after its own watch. */
const graceMilliseconds = 2_000

export class ClinicProcess {
  readonly #expressions: readonly OwnExpression[]
  readonly #limits: Limits
  #child: ChildProcess | undefined
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(expressions: readonly OwnExpression[], limits: Limits) {
    this.#expressions = expressions
    this.#limits = limits
  }

  get isBusy(): boolean {
    return this.#waiting > 0
  }

  /** @returns an answer to each expression, whatever the expressions do */
  ask(input: ExpressionInput): Promise<Answers> {
    this.#waiting++
    const answers = this.#last.then(() => this.#ask(input))
    this.#last = answers.finally(() => this.#waiting--)
    return answers
  }

  prepare(): void {
    this.#last = this.#last.then(() => this.#ready())
  }

  close(): void {
    this.#child?.kill('SIGKILL')
    this.#child = undefined
  }

  async #ask(input: ExpressionInput): Promise<Answers> {
    const child = await this.#ready()
    if (child === undefined) return this.#answered([], 'failed')
    const report = await reportOf(child, input, this.#limits.wallMilliseconds + graceMilliseconds)
    if (report?.kind !== 'answers') {
      this.close()
      return this.#answered([], report === undefined ? 'timed-out' : 'failed')
    }
    if (report.ending !== 'done') this.close()
    return this.#answered(report.answers, report.ending === 'slow' ? 'timed-out' : 'failed')
  }

  async #ready(): Promise<ChildProcess | undefined> {
    if (this.#child && !this.#child.connected) this.close()
    this.#child ??= await start({ expressions: this.#expressions, limits: this.#limits })
    return this.#child
  }

  #answered(given: readonly (readonly [number, ExpressionAnswer])[], missing: Missing): Answers {
    const answers = new Map(given)
    return this.#expressions.map(
      (_, index) => answers.get(index) ?? { value: missing, references: [] },
    )
  }
}

/** @returns a process that is ready; undefined when it does not get so far */
async function start(task: Task): Promise<ChildProcess | undefined> {
  const child = fork(fileURLToPath(new URL('./watched-thread.ts', import.meta.url)), [], {
    env: {},
    execArgv: ['--max-old-space-size=256'],
    // The library prints what it stumbles over, and that may be a record.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  })
  // What goes wrong while nobody asks it is seen when it is asked next.
  child.on('error', () => {})
  const report = await reportOf(child, task, startMilliseconds)
  if (report?.kind === 'ready') return child
  child.kill('SIGKILL')
  return undefined
}

/**
 * Tells a process something and waits for what it says.
 * @returns `gone` when it ended without a word, undefined when it took too long
 */
function reportOf(
  child: ChildProcess,
  told: Task | ExpressionInput,
  milliseconds: number,
): Promise<Report | { readonly kind: 'gone' } | undefined> {
  return new Promise((resolve) => {
    const finish = (report: Report | { readonly kind: 'gone' } | undefined) => {
      clearTimeout(timer)
      child.off('message', listen)
      child.off('exit', gone)
      child.off('error', gone)
      // A process that waits for the next referral keeps nobody waiting for its end.
      child.unref()
      child.channel?.unref()
      resolve(report)
    }
    const listen = (report: unknown) => finish(report as Report)
    const gone = () => finish({ kind: 'gone' })
    const timer = setTimeout(() => finish(undefined), milliseconds)
    child.on('message', listen)
    child.on('exit', gone)
    child.on('error', gone)
    child.ref()
    child.channel?.ref()
    if (child.connected) child.send(told, (error) => error && gone())
    else gone()
  })
}
