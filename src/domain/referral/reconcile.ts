/**
 * After the database was put back from a backup: what the clinics have got since then is looked for in
 * their EHRs and taken over, before anything is sent to them.
 */

import type { Clinic } from '../access/registry.ts'
import { findAtClinic } from './find-at-clinic.ts'
import { type FollowPorts, followClinic, followReferral } from './follow-clinic.ts'
import { isClosed } from './life.ts'
import { type RecordPorts, recordDelivered } from './record-delivery.ts'
import type { RestoredStore } from './restored-store.ts'

export type ReconcilePorts = RecordPorts & FollowPorts & { readonly restored: RestoredStore }

/** What a pass came to. */
export interface Reconciled {
  readonly searched: number
  /** Found there and taken over. */
  readonly adopted: number
  /** Statuses that were applied. */
  readonly applied: number
}

const pageSize = 100

/**
 * One pass over a clinic. It may be repeated at any time, and run beside another.
 * @throws EhrFailure when the EHR does not answer, or holds one referral twice: a pass that does not
 *   come to its end opens nothing
 */
export async function reconcileClinic(ports: ReconcilePorts, clinic: Clinic): Promise<Reconciled> {
  const ehr = ports.ehrOf(clinic)
  let [searched, adopted, after] = [0, 0, '']
  for (;;) {
    const ids = await ports.restored.unplaced(clinic.id, after, pageSize)
    for (const id of ids) {
      after = id
      const referral = await ports.referrals.find(id)
      if (!referral || referral.delivery.state === 'delivered') continue
      searched++
      const sent = await findAtClinic(ehr, referral)
      if (!sent) continue
      adopted++
      const there = await recordDelivered(ports, id, sent)
      if (!isClosed(there.status)) await followReferral(ports, clinic, there)
    }
    if (ids.length < pageSize) break
  }
  const applied = await followClinic(ports, clinic)
  await ports.restored.reconciled(clinic.id)
  return { searched, adopted, applied }
}
