/** The service as a process that ends itself at a failpoint, or is ended at any moment. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const main = join(import.meta.dirname, '../../src/main.ts')
const preload = join(import.meta.dirname, 'failpoints.ts')

export interface Life {
  readonly pid: number
  readonly baseUrl: string
  /** Everything it printed. */
  readonly said: readonly string[]
  hasEnded(): boolean
  /** Resolves to the time of its end. */
  readonly ended: Promise<number>
  /** True once it takes work; false when it ended before. */
  ready(): Promise<boolean>
  kill(): Promise<number>
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>
}

/** @param environment its configuration, FAILPOINT and FAILPOINT_TRACE among it */
export function startLife(environment: Readonly<Record<string, string>>, port: number): Life {
  const child = spawn(process.execPath, ['--import', preload, main], {
    env: { PATH: process.env.PATH ?? '', PORT: String(port), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => said.push(String(chunk)))
  const ended = once(child, 'close').then(() => Date.now())
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const baseUrl = `http://127.0.0.1:${port}`
  return {
    pid: child.pid ?? 0,
    baseUrl,
    said,
    hasEnded,
    ended,
    async ready() {
      while (!hasEnded()) {
        const answer = await fetch(`${baseUrl}/health/ready`).catch(() => undefined)
        await answer?.body?.cancel()
        if (answer?.ok) return true
        await pause(40)
      }
      return false
    },
    async kill() {
      child.kill('SIGKILL')
      return ended
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
      return child.exitCode
    },
  }
}
