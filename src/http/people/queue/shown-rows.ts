/** Reads what is shown of some referrals, and puts on record that it was. */

import type { FastifyRequest } from 'fastify'
import type { Caller } from '../../../domain/access/caller.ts'
import type { Colleague } from '../../../domain/referral/desk.ts'
import type { QueuedReferral } from '../../../domain/referral/worklist.ts'
import { auditEntry } from '../../request.ts'
import type { PageDeps } from '../deps.ts'
import { type QueueRow, readRows } from './rows.ts'

export interface Showing {
  readonly queued: readonly QueuedReferral[]
  /** Whose names the owners have. */
  readonly colleagues: readonly Colleague[]
  readonly action: 'search' | 'export'
  /** Which list, in codes. */
  readonly detail: string
}

export async function shownRows(
  deps: PageDeps,
  request: FastifyRequest,
  caller: Caller,
  { queued, colleagues, action, detail }: Showing,
): Promise<readonly QueueRow[]> {
  const { rows, shown } = await readRows(deps, caller, queued, colleagues)
  const what = { action, kind: 'E', outcome: 'success' } as const
  await deps.audit(
    shown.map((about) =>
      auditEntry(request, { ...what, ...about, detail: `worklist ${detail}` }, deps.now()),
    ),
  )
  return rows
}
