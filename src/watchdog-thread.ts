/** Looks whether the thread that it watches still moves. */

import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import type { Watched } from './watchdog.ts'

const { beats, withinMs } = workerData as Watched
const count = new Int32Array(beats)
const looks = 10
let last = -1
let unmoved = 0

// By looks and not by the clock: a process that was suspended as a whole missed none.
setInterval(() => {
  const now = Atomics.load(count, 0)
  unmoved = now === last ? unmoved + 1 : 0
  last = now
  if (unmoved >= looks) end()
}, withinMs / looks)

function end(): void {
  try {
    const time = new Date().toISOString()
    const msg = 'nothing has moved in this process for too long: it is ended'
    writeSync(2, `${JSON.stringify({ level: 'fatal', time, stalledMs: withinMs, msg })}\n`)
  } finally {
    // An exit of this thread would end this thread alone.
    process.kill(process.pid, 'SIGKILL')
  }
}
