/** The referrer takes the referral back. */

import type { ServiceRequest, Task } from 'fhir/r4'
import { parseFhirJson } from '../fhir/json.ts'
import { abortWrite } from './abort.ts'
import { type Agent, auditOf, pick, requestWrite, taskWrite } from './change.ts'
import { withoutDeadLetter } from './dead-letter.ts'
import type { IntakePorts } from './intake.ts'
import { isClosed } from './life.ts'
import type { ReferralChange, StoredResource } from './ports.ts'
import type { Referral } from './referral.ts'
import { laterThan } from './resource-write.ts'
import { type TaskState, withState } from './task.ts'
import { endAsking } from './wanted-information.ts'

/** How it came about, where the order was not just revoked. */
interface Occasion {
  /** Id of the referral that takes its place. */
  readonly replacedBy?: string
  /** The referrer's Task that asks for it, and its id here. */
  readonly asked?: { readonly id: string; readonly task: Task }
}

/**
 * The referrer takes the referral back. Before it is with the clinic that is the end of it; later
 * it is asked for there, and the worker settles it with the clinic's EHR.
 */
export async function revoke(
  ports: IntakePorts,
  current: Referral,
  stored: readonly StoredResource[],
  status: 'revoked' | 'entered-in-error',
  agent: Agent,
  { replacedBy, asked }: Occasion = {},
): Promise<ReferralChange> {
  const now = laterThan(current.updatedAt, ports.now())
  const before = parseFhirJson(pick(stored, 'ServiceRequest', current.id).content) as ServiceRequest
  const delivered = current.delivery.state === 'delivered'
  const accepted = !['requested', 'received'].includes(current.status)
  const replaced = replacedBy && `Replaced by ServiceRequest/${replacedBy}.`
  const text = replaced ?? whyOf(asked?.task)
  const state: TaskState = {
    ...(delivered || accepted
      ? { status: current.status, businessStatus: 'cancellation-requested' }
      : { status: 'cancelled', businessStatus: 'cancelled' }),
    ...(text ? { reason: { text } } : {}),
  }
  const isOpen = !isClosed(state.status)
  const abortId = asked?.id ?? (isOpen ? (current.delivery.abort ?? ports.newId()) : undefined)
  const isNewAbort = abortId !== undefined && abortId !== current.delivery.abort
  const after: Referral = {
    ...current,
    version: current.version + 1,
    status: state.status,
    businessStatus: state.businessStatus,
    updatedAt: now,
    delivery: {
      ...(delivered
        ? { ...current.delivery, taskChanged: true, ...(text ? { taskReason: text } : {}) }
        : // What could not be sent before need not be sent any more.
          withoutDeadLetter(current.delivery)),
      ...(isOpen && abortId ? { abort: abortId } : {}),
    },
  }
  const asking = await endAsking(ports, current, after, now)
  return {
    referral: { ...after, information: asking.information },
    expectedVersion: current.version,
    resources: [
      requestWrite(current, stored, { ...before, status }, now),
      await taskWrite(ports.resources, current, now, (task) => withState(task, state, now)),
      ...(isNewAbort && abortId
        ? [abortWrite(abortId, taskIn(current, stored), asked?.task, !isOpen, now)]
        : []),
      ...asking.writes,
    ],
    audit: [
      auditOf(agent, 'revoke', 'U', current.id, [`ServiceRequest/${current.id}`], now, replaced),
      ...asking.audit,
    ],
    // A delivery may be on its way right now; the job behind it finds out and cancels it there.
    jobs: current.delivery.state === 'none' ? [] : [{ queue: 'deliver', referralId: current.id }],
  }
}

/** Why the referrer asks for it, in its own words. */
const whyOf = (asked: Task | undefined): string | undefined =>
  asked?.reasonCode?.text ?? asked?.reasonCode?.coding?.find(({ display }) => display)?.display

const taskIn = ({ taskId }: Referral, stored: readonly StoredResource[]): Task =>
  parseFhirJson(pick(stored, 'Task', taskId).content) as Task
