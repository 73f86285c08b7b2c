/** The line to each EHR in memory, by a clock of the test's. */

import type { EhrLines } from '../../src/domain/referral/ehr-lines.ts'

interface Line {
  nextAt: number
  heldBackUntil: number
  failingSince?: number | undefined
  leftAloneUntil: number
  failedProbes: number
}

export function memoryLines(now: () => number): EhrLines {
  const lines = new Map<string, Line>()
  const lineOf = (id: string): Line => {
    const line = lines.get(id) ?? {
      nextAt: 0,
      heldBackUntil: 0,
      leftAloneUntil: 0,
      failedProbes: 0,
    }
    lines.set(id, line)
    return line
  }
  return {
    async turn(id, everyMs) {
      const line = lineOf(id)
      const closedFor = Math.max(line.heldBackUntil, line.leftAloneUntil) - now()
      if (closedFor > 0)
        return { closedFor, because: line.heldBackUntil > now() ? 'asked' : 'failing' }
      const at = Math.max(now(), line.nextAt)
      line.nextAt = at + everyMs
      const isProbe = line.failingSince !== undefined
      if (isProbe) line.leftAloneUntil = now() + 45_000
      return { wait: at - now(), isProbe }
    },
    async leaveAlone(id, again) {
      const line = lineOf(id)
      if ((line.failingSince !== undefined) !== again) return false
      line.failedProbes = again ? line.failedProbes + 1 : 0
      line.failingSince ??= now()
      line.leftAloneUntil = now() + Math.min(60_000, 5_000 * 2 ** line.failedProbes)
      return !again
    },
    async askAgain(id) {
      const line = lineOf(id)
      if (line.failingSince === undefined) return false
      line.failingSince = undefined
      line.leftAloneUntil = 0
      return true
    },
    async holdBack(id, seconds) {
      const line = lineOf(id)
      line.heldBackUntil = Math.max(line.heldBackUntil, now() + seconds * 1_000)
    },
    state: async () => [],
  }
}
