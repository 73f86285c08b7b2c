/**
 * Preloaded into every test under mutation. A mutant that throws while modules load ends the process
 * before tap has said anything, and Stryker would take that for a fault of its own rather than for a
 * test that failed: so the end of such a process is told in TAP.
 */

import { writeSync } from 'node:fs'

process.on('exit', (code) => {
  if (code !== 0) writeSync(1, `\nnot ok - ended with exit code ${code}\n`)
})
