/** The service as an operator runs it: a process of its own that can be killed at any moment. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { eventually } from './eventually.ts'

const main = join(import.meta.dirname, '../../src/main.ts')

export interface ServiceProcess {
  readonly baseUrl: string
  /** Resolves when it takes work; rejects when it ends before. */
  ready(): Promise<void>
  /** SIGKILL: nothing of its own runs any more. */
  kill(): Promise<void>
  /** Sends a signal that does not end it. */
  signal(name: 'SIGHUP' | 'SIGUSR2'): void
  /** @returns the signal that ended it, when it ends by itself */
  ended(): Promise<string | null>
  /** The last of its log. */
  said(): string
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>
}

/**
 * Starts the sandbox on this port and the next two.
 * @param program of another version of the service
 */
export function startService(
  dataDirectory: string,
  port: number,
  environment: Readonly<Record<string, string>> = {},
  program = main,
): ServiceProcess {
  let said = ''
  const hear = (chunk: Buffer) => {
    said = (said + String(chunk)).slice(-20_000)
  }
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env.PATH ?? '',
      PORT: String(port),
      REFERLOOP_DATA: dataDirectory,
      LOG_LEVEL: 'warn',
      // A version before does not know it, and does not start on what it does not know.
      ...(program === main ? { REFERLOOP_DRAIN_SECONDS: '0' } : {}),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  // Later than exit: by then all that it said has been heard.
  const ended = once(child, 'close')
  const baseUrl = `http://127.0.0.1:${port}`
  return {
    baseUrl,
    async ready() {
      await eventually(
        'the service is ready',
        async () => {
          if (hasEnded(child)) {
            await ended
            throw new Error(`the service ended (${child.exitCode ?? child.signalCode}): ${said}`)
          }
          return (await isReady(baseUrl)) ? true : undefined
        },
        () => said,
      )
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    signal: (name) => void child.kill(name),
    said: () => said,
    async ended() {
      await ended
      return child.signalCode
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
      return child.exitCode
    },
  }
}

const hasEnded = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null

async function isReady(baseUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(`${baseUrl}/health/ready`)
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}

/** A port that is free, with the next two; below those that systems give out by themselves. */
export async function threeFreePorts(random: () => number): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(random() * 9_000)
    const free = await Promise.all([port, port + 1, port + 2].map(isFree))
    if (free.every(Boolean)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
