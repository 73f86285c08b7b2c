/** Changes for the store, small and valid: what a story would hand to commit(). */

import { randomUUID } from 'node:crypto'
import type { AuditEntry, ReferralChange, ResourceWrite } from '../../src/domain/referral/ports.ts'
import type { Referral } from '../../src/domain/referral/referral.ts'

const submittedAt = '2026-03-02T10:00:00.000Z'

/** A referral that waits to be sent, of Lakeside for River unless told otherwise. */
export function aReferral(facts: Partial<Referral> = {}): Referral {
  const id = facts.id ?? randomUUID()
  return {
    id,
    taskId: `task-${id}`,
    patientId: `patient-${id}`,
    referrerId: 'lakeside-family',
    clinicId: 'river-pain-clinic',
    identifiers: [`urn:lakeside|${id}`],
    digest: 'a'.repeat(64),
    submitted: [`ServiceRequest/${id}`],
    version: 1,
    status: 'requested',
    businessStatus: 'sending',
    priority: 'routine',
    overall: 'ready',
    participants: [],
    createdAt: submittedAt,
    updatedAt: submittedAt,
    delivery: { state: 'queued' },
    ...facts,
  }
}

export function aResource(
  type: string,
  id: string,
  version = 1,
  facts: Partial<ResourceWrite> = {},
): ResourceWrite {
  const lastUpdated = facts.lastUpdated ?? submittedAt
  const meta = { versionId: String(version), lastUpdated }
  return {
    type,
    id,
    version,
    lastUpdated,
    content: JSON.stringify({ resourceType: type, id, meta }),
    tokens: [],
    ...facts,
  }
}

const anAudit = (facts: Partial<AuditEntry> = {}): AuditEntry => ({
  action: 'submit',
  kind: 'C',
  outcome: 'success',
  agent: 'lakeside-family',
  recorded: submittedAt,
  ...facts,
})

/** What submit writes: ServiceRequest, Task and whatever else, with a job on demand. */
export function aSubmission(
  referral: Referral = aReferral(),
  more: Partial<ReferralChange> = {},
): ReferralChange {
  return {
    referral,
    expectedVersion: 0,
    resources: [
      aResource('ServiceRequest', referral.id),
      aResource('Task', referral.taskId),
      ...(more.resources ?? []),
    ],
    audit: [anAudit({ referralId: referral.id, entities: [`ServiceRequest/${referral.id}`] })],
    jobs: more.jobs ?? [],
  }
}

/** The next state of a referral, with the next version of its Task. */
export function aNextState(
  referral: Referral,
  facts: Partial<Referral>,
  more: Partial<ReferralChange> = {},
): ReferralChange {
  const version = referral.version + 1
  return {
    resources: [aResource('Task', referral.taskId, version)],
    audit: [anAudit({ action: 'status', kind: 'U', referralId: referral.id })],
    jobs: [],
    ...more,
    referral: { ...referral, ...facts, version },
    expectedVersion: referral.version,
  }
}
