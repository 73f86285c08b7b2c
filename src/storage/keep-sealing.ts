/** Seals the audit trail for as long as the service runs. */

import type { Checkpoint } from '../domain/audit/chain.ts'
import { safeError } from '../domain/safe-error.ts'
import type { AuditChain } from './audit-chain.ts'
import type { Log } from './database.ts'

/** What was written since could be cut off unnoticed, so it is short; a batch costs a millisecond. */
const everyMs = 5_000

interface Sealing {
  readonly sign: (checkpoint: Checkpoint) => Promise<string>
  readonly log: Log
}

/** @returns close, which seals what is left */
export function keepSealing(chain: AuditChain, sealing: Sealing): { close(): Promise<void> } {
  let closed = false
  let round: Promise<void> = Promise.resolve()
  let timer = setTimeout(next, everyMs)
  function next() {
    round = sealAll(chain, sealing).finally(() => {
      if (!closed) timer = setTimeout(next, everyMs)
    })
  }
  return {
    async close() {
      closed = true
      clearTimeout(timer)
      await round
      await sealAll(chain, sealing)
    },
  }
}

/** The digest of each checkpoint goes to the log, out of reach of whoever owns the database. */
async function sealAll(chain: AuditChain, { sign, log }: Sealing): Promise<void> {
  try {
    for (;;) {
      const batch = await chain.seal(sign)
      if (!batch) return
      const { sealed, checkpoint, digest } = batch
      log.info({ sealed, checkpoint, digest }, 'audit checkpoint')
    }
  } catch (error) {
    log.warn({ err: safeError(error) }, 'audit not sealed')
  }
}
