/** Writes refusals to the audit trail: at once as far as domain/audit/refusals.ts says, the rest summed up. */

import type { FastifyBaseLogger } from 'fastify'
import { entryOfSum, refusals, type Sum } from '../domain/audit/refusals.ts'
import type { AuditEntry } from '../domain/referral/ports.ts'
import { safeError } from '../domain/safe-error.ts'

/** How often sums are written whose minute is over. */
const interval = 10_000

/**
 * Takes note of a refusal. Never throws: a refusal discloses nothing, so it is better answered than
 * lost with its audit entry.
 */
export type NoteRefusal = (
  entry: AuditEntry,
  status: number,
  log: FastifyBaseLogger,
) => Promise<void>

export interface RefusalLog {
  readonly note: NoteRefusal
  /** Writes what is left; harmless when repeated. */
  close(): Promise<void>
}

interface RefusalPorts {
  readonly audit: (entries: readonly AuditEntry[]) => Promise<void>
  readonly now: () => Date
  readonly logger: FastifyBaseLogger
}

export function refusalLog({ audit, now, logger }: RefusalPorts): RefusalLog {
  const kept = refusals(now)
  const write = async (sums: readonly Sum[]) => {
    if (sums.length === 0) return
    try {
      await audit(sums.map((sum) => entryOfSum(sum, now())))
      for (const { entry, count } of sums)
        logger.warn({ client: entry.agent, count, detail: entry.detail }, 'refusals summed up')
    } catch (error) {
      kept.giveBack(sums)
      logger.error({ err: safeError(error) }, 'refusals could not be audited yet')
    }
  }
  const timer = setInterval(() => write(kept.due('over')), interval).unref()
  return {
    async note(entry, status, log) {
      try {
        const entries = kept.take(entry, status)
        if (entries.length > 0) await audit(entries)
      } catch (error) {
        log.error({ err: safeError(error) }, 'a refusal could not be audited')
      }
    },
    async close() {
      clearInterval(timer)
      await write(kept.due('all'))
    },
  }
}
