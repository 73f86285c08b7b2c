/**
 * Ends a process that is stuck. On a full disk the embedded database spins for ever inside one call
 * (measured with PGlite 0.5.16): no timer, no probe and no signal handler of this thread runs any more.
 * A thread of its own still does.
 */

import { Worker } from 'node:worker_threads'

/** To the thread. */
export interface Watched {
  /** Counted up by the thread that is watched. */
  readonly beats: SharedArrayBuffer
  readonly withinMs: number
}

const beatEveryMs = 500

/**
 * Kills the process, with a line on standard error, when nothing has run in this thread for so long.
 * @returns ends the watch
 */
export function startWatchdog(withinMs = 10_000): () => Promise<void> {
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const count = new Int32Array(beats)
  const beating = setInterval(() => Atomics.add(count, 0, 1), beatEveryMs)
  beating.unref()
  const watched: Watched = { beats, withinMs }
  const thread = new Worker(new URL('./watchdog-thread.ts', import.meta.url), {
    workerData: watched,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16 },
  })
  thread.unref()
  return async () => {
    clearInterval(beating)
    await thread.terminate()
  }
}
