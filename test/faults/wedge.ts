/**
 * Loaded ahead of the service (`node --import`), wedges it at SIGUSR2: `WEDGE=block` stops its thread,
 * `WEDGE=disk` fails every write to a file from then on, as a full disk does.
 */

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { isMainThread } from 'node:worker_threads'

let isFull = false

if (isMainThread) {
  const { writeSync } = fs
  const full = (...given: Parameters<typeof writeSync>) => {
    if (isFull && given[0] > 2)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
        ...{ code: 'ENOSPC', errno: -28, syscall: 'write' },
      })
    return writeSync(...given)
  }
  fs.writeSync = full as typeof writeSync
  syncBuiltinESMExports()
  process.on('SIGUSR2', () => {
    if (process.env.WEDGE === 'disk') {
      isFull = true
      // A signal is heard at the next turn of the loop; a request may come before it.
      writeSync(2, 'the disk is full\n')
    } else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
}
