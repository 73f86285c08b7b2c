/** What leaves for a clinic's EHR is on record before it leaves. */

import { auditOf, tenantsOf } from './change.ts'
import type { AuditEntry, ClinicEhr } from './ports.ts'
import { agentAt, clinicOf, type RecordPorts } from './record-delivery.ts'
import type { Referral } from './referral.ts'

/** An EHR whose Task is not updated before the trail has it. */
export const disclosing = (
  ports: RecordPorts,
  ehr: ClinicEhr,
  referral: Referral,
): Pick<ClinicEhr, 'read' | 'update'> => ({
  read: (reference) => ehr.read(reference),
  async update(type, id, body, ifMatch) {
    await ports.referrals.record([disclosureAudit(ports, referral, [`Task/${referral.taskId}`])])
    return ehr.update(type, id, body, ifMatch)
  },
})

/** Who got what of which patient, by whose order: the privacy disclosure at its source. */
export const disclosureAudit = (
  ports: RecordPorts,
  referral: Referral,
  entities: readonly string[],
): AuditEntry => ({
  ...auditOf(
    agentAt(clinicOf(ports, referral)),
    'disclose',
    'R',
    referral.id,
    entities,
    ports.now().toISOString(),
  ),
  ...tenantsOf(referral),
})
