/** One clinic's thread: asked one referral at a time, watched, and started anew when it had to be ended. */

import { Worker } from 'node:worker_threads'
import type { ExpressionAnswer } from '../domain/screening/own-findings.ts'
import type { OwnExpression } from '../domain/screening/policy.ts'
import type { ExpressionInput } from '../domain/screening/screen-referral.ts'
import type { Question, Word } from './thread.ts'

export interface ThreadLimits {
  /** For all of a referral's expressions together. Time on the processor, so that a busy machine does not change a verdict. */
  readonly cpuMilliseconds: number
  /** However little of it was on the processor. */
  readonly wallMilliseconds: number
}

type Answers = readonly ExpressionAnswer[]

const startMilliseconds = 15_000

export class EvaluationThread {
  readonly #expressions: readonly OwnExpression[]
  readonly #limits: ThreadLimits
  #running: Promise<Running> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(expressions: readonly OwnExpression[], limits: ThreadLimits) {
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
    this.#last = answers.finally(() => this.#waiting--).catch(() => {})
    return answers
  }

  async close(): Promise<void> {
    const running = await this.#running?.catch(() => undefined)
    this.#running = undefined
    await running?.worker.terminate()
  }

  async #ask(input: ExpressionInput): Promise<Answers> {
    const running = await this.#started()
    if (running === undefined)
      return this.#expressions.map(() => ({ value: 'failed', references: [] }))
    const { answers, ending } = await converse(running, input, this.#limits)
    if (ending !== 'done') {
      await running.worker.terminate()
      this.#running = undefined
    }
    const missing = { value: ending === 'slow' ? 'timed-out' : 'failed', references: [] } as const
    return this.#expressions.map((_, index) => answers.get(index) ?? missing)
  }

  async #started(): Promise<Running | undefined> {
    const before = await this.#running?.catch(() => undefined)
    if (before && !before.ended) return before
    this.#running = start(this.#expressions)
    return this.#running.catch(() => undefined)
  }
}

interface Running {
  readonly worker: Worker
  /** Microseconds on the processor when it was last heard of. */
  cpu: number
  ended: boolean
}

/** @throws Error when the thread does not start */
function start(expressions: readonly OwnExpression[]): Promise<Running> {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: expressions,
    env: {},
    execArgv: [],
    // The library prints what it stumbles over, and that may be a record.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 },
  })
  worker.stdout.resume()
  worker.stderr.resume()
  return new Promise((resolve, reject) => {
    const giveUp = (reason: string) => {
      clearTimeout(timer)
      void worker.terminate()
      reject(new Error(`the thread for own criteria did not start: ${reason}`))
    }
    const timer = setTimeout(() => giveUp('it took too long'), startMilliseconds)
    worker.once('error', () => giveUp('it failed'))
    worker.once('message', (word: Word) => {
      clearTimeout(timer)
      worker.removeAllListeners('error')
      const running = { worker, cpu: word.kind === 'ready' ? word.cpu : 0, ended: false }
      // A thread may fail while nobody asks it; the next question starts another.
      worker.on('error', () => {})
      worker.on('exit', () => {
        running.ended = true
      })
      worker.unref()
      resolve(running)
    })
  })
}

interface Conversation {
  readonly answers: ReadonlyMap<number, ExpressionAnswer>
  readonly ending: 'done' | 'slow' | 'ended'
}

function converse(
  running: Running,
  question: Question,
  limits: ThreadLimits,
): Promise<Conversation> {
  const { worker } = running
  const answers = new Map<number, ExpressionAnswer>()
  return new Promise((resolve) => {
    const finish = (ending: Conversation['ending']) => {
      worker.off('message', listen)
      worker.off('exit', ended)
      stopWatching()
      worker.unref()
      resolve({ answers, ending })
    }
    const listen = (word: Word) => {
      if (word.kind === 'answer') answers.set(word.index, word.answer)
      else {
        running.cpu = word.cpu
        finish('done')
      }
    }
    const ended = () => finish('ended')
    worker.on('message', listen)
    worker.on('exit', ended)
    worker.ref()
    const stopWatching = watch(running, limits, () => finish('slow'))
    worker.postMessage(question)
  })
}

/**
 * Looks when the time may be up, and again when the thread had less of the processor than of the clock.
 * @returns stops watching
 */
function watch(running: Running, limits: ThreadLimits, isUp: () => void): () => void {
  const began = running.cpu
  let stopped = false
  let timer: NodeJS.Timeout
  const stop = () => {
    stopped = true
    clearTimeout(timer)
    clearTimeout(atLast)
  }
  const look = async () => {
    const usage = await running.worker.cpuUsage().catch(() => undefined)
    if (stopped || usage === undefined) return
    const { user, system } = usage
    const used = (user + system - began) / 1_000
    if (used >= limits.cpuMilliseconds) isUp()
    else timer = setTimeout(look, Math.max(5, limits.cpuMilliseconds - used))
  }
  timer = setTimeout(look, limits.cpuMilliseconds)
  const atLast = setTimeout(isUp, limits.wallMilliseconds)
  return stop
}
