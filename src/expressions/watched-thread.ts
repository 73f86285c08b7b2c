/**
 * The process in which one clinic's expressions are evaluated: a thread that does it, and this, which
 * watches it. An expression that takes too much memory ends the process and nothing of the service.
 *
 * https://nodejs.org/api/worker_threads.html
 */

import { Worker } from 'node:worker_threads'
import type { ExpressionAnswer } from '../domain/screening/own-findings.ts'
import type { OwnExpression } from '../domain/screening/policy.ts'
import type { ExpressionInput } from '../domain/screening/screen-referral.ts'
import type { Word } from './thread.ts'

/** To the process: first what it is for, then one referral after the other. */
export interface Task {
  readonly expressions: readonly OwnExpression[]
  /** For all of a referral's expressions together. */
  readonly limits: Limits
}

export interface Limits {
  /** Time on the processor, so that a busy machine does not change a verdict. */
  readonly cpuMilliseconds: number
  /** However little of it was on the processor. */
  readonly wallMilliseconds: number
}

/** From the process: it is ready; what a referral's expressions came to, those without an answer left out. */
export type Report =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'answers'
      readonly answers: readonly (readonly [index: number, answer: ExpressionAnswer])[]
      /** Anything but done is the last that is heard of the process. */
      readonly ending: Ending
    }

type Ending = 'done' | 'slow' | 'ended'

/** Leaves at once, whatever the thread is doing. */
const leave = () => process.kill(process.pid, 'SIGKILL')
const tell = (report: Report, then: () => void = () => {}) => process.send?.(report, then)

// Who asks is gone, and nobody else would end what never ends.
process.on('disconnect', leave)
process.once('message', ({ expressions, limits }: Task) => {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: expressions })
  worker.on('error', () => {})
  worker.once('exit', leave)
  worker.once('message', (word: Word) => {
    let cpu = word.kind === 'ready' ? word.cpu : 0
    worker.removeListener('exit', leave)
    process.on('message', (input: ExpressionInput) => {
      converse(worker, input, limits, cpu, (answers, ending, used) => {
        cpu = used
        tell(
          { kind: 'answers', answers: [...answers], ending },
          ending === 'done' ? undefined : leave,
        )
      })
    })
    tell({ kind: 'ready' })
  })
})

function converse(
  worker: Worker,
  input: ExpressionInput,
  limits: Limits,
  cpu: number,
  resolve: (answers: ReadonlyMap<number, ExpressionAnswer>, ending: Ending, cpu: number) => void,
): void {
  const answers = new Map<number, ExpressionAnswer>()
  const finish = (ending: Ending, used = cpu) => {
    worker.off('message', listen)
    worker.off('exit', ended)
    stopWatching()
    resolve(answers, ending, used)
  }
  const listen = (word: Word) => {
    if (word.kind === 'answer') answers.set(word.index, word.answer)
    else finish('done', word.cpu)
  }
  const ended = () => finish('ended')
  worker.on('message', listen)
  worker.on('exit', ended)
  const stopWatching = watch(worker, limits, cpu, () => finish('slow'))
  worker.postMessage(input)
}

/**
 * Looks when the time may be up, and again when the thread had less of the processor than of the clock.
 * @param began microseconds on the processor before the question
 * @returns stops watching
 */
function watch(worker: Worker, limits: Limits, began: number, isUp: () => void): () => void {
  let stopped = false
  let timer: NodeJS.Timeout
  const atLast = setTimeout(isUp, limits.wallMilliseconds)
  const look = async () => {
    const usage = await worker.cpuUsage().catch(() => undefined)
    if (stopped || usage === undefined) return
    const used = (usage.user + usage.system - began) / 1_000
    if (used >= limits.cpuMilliseconds) isUp()
    else timer = setTimeout(look, Math.max(5, limits.cpuMilliseconds - used))
  }
  timer = setTimeout(look, limits.cpuMilliseconds)
  return () => {
    stopped = true
    clearTimeout(timer)
    clearTimeout(atLast)
  }
}
