/** A process of a run: started, asked, stopped. It ends by itself when the run is gone. */

import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'

export interface Child {
  /** @throws Error with what the child said went wrong */
  ask<Answer>(question: string, argument?: unknown): Promise<Answer>
  /** Lets it finish what it has in hand; harmless when repeated. */
  stop(): Promise<void>
}

interface Reply {
  readonly id: number
  readonly answer?: unknown
  readonly error?: string
}

const patience = 20_000

/**
 * @param file in bench/
 * @param environment all that it sees besides PATH
 * @param nodeOptions such as --cpu-prof
 */
export function startChild(
  file: string,
  environment: Readonly<Record<string, string>> = {},
  nodeOptions: readonly string[] = [],
): Child {
  const child = fork(join(import.meta.dirname, '..', file), {
    env: { PATH: process.env.PATH, ...environment },
    execArgv: [...nodeOptions],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const gone = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
  })
  gone.catch(() => {})
  let asked = 0
  const ask = <Answer>(question: string, argument?: unknown) => {
    const id = ++asked
    const answered = new Promise<Answer>((resolve, reject) => {
      const listen = (reply: Reply) => {
        if (reply.id !== id) return
        child.off('message', listen)
        if (reply.error === undefined) resolve(reply.answer as Answer)
        else reject(new Error(`${file}: ${reply.error}`))
      }
      child.on('message', listen)
      child.send({ id, question, argument })
    })
    return Promise.race([answered, gone])
  }
  return { ask, stop: () => stop(child) }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const timer = setTimeout(() => child.kill('SIGKILL'), patience)
  // A closed channel is the sign to end; see answerParent.
  child.disconnect()
  await ended
  clearTimeout(timer)
}

/**
 * The child's side: answers questions until the parent closes the channel.
 * @param answers by question
 * @param close what to do before the end
 */
export function answerParent(
  answers: Readonly<Record<string, (argument: unknown) => unknown>>,
  close: () => Promise<void>,
): void {
  process.on('message', async ({ id, question, argument }: Question) => {
    try {
      const answer = question === cpu ? cpuMilliseconds() : await answers[question]?.(argument)
      process.send?.({ id, answer } satisfies Reply)
    } catch (error) {
      process.send?.({ id, error: String((error as Error).stack) } satisfies Reply)
    }
  })
  process.once('disconnect', () => {
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
}

/** A question that every child can answer: milliseconds of CPU that it has used. */
export const cpu = 'cpu'

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

interface Question {
  readonly id: number
  readonly question: string
  readonly argument: unknown
}
