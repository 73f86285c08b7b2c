/**
 * A Task that asks to stop another: HL7's clinical order workflows have the placer ask so, and the
 * fulfiller answer on it. https://hl7.org/fhir/uv/cow/, profile cancellation-request-task.
 */

import type { Task } from 'fhir/r4'
import { parseFhirJson } from '../fhir/json.ts'
import { nextVersion, ownerOf, pick } from './change.ts'
import { isClosed } from './life.ts'
import type { ReferralChange, ResourceStore, ResourceWrite } from './ports.ts'
import { relativeReference } from './references.ts'
import type { Referral } from './referral.ts'
import { writeOf } from './resource-write.ts'

const taskCodeSystem = 'http://hl7.org/fhir/CodeSystem/task-code'

export const isAbort = ({ code }: Pick<Task, 'code'>): boolean =>
  code?.coding?.some((each) => each.system === taskCodeSystem && each.code === 'abort') ?? false

/** The id of the Task here that a Task asks to stop. */
export function abortedBy(task: Task): string | undefined {
  const relative = relativeReference(task.focus?.reference ?? '')
  return isAbort(task) && relative?.type === 'Task' ? relative.id : undefined
}

/** What the referrer says in it. */
const said = ['identifier', 'reasonCode', 'note', 'description'] as const

/**
 * The Task by which a referral is asked to be stopped, as it is stored.
 * @param ours the Task of the referral
 * @param sent by the referrer, when it did not just revoke its order
 * @param isDone when nobody has to be asked
 */
export function abortWrite(
  id: string,
  ours: Task,
  sent: Task | undefined,
  isDone: boolean,
  now: string,
): ResourceWrite {
  const taken = Object.fromEntries(
    said.flatMap((element) => (sent?.[element] ? [[element, sent[element]]] : [])),
  )
  const task: Task = {
    resourceType: 'Task',
    ...taken,
    status: isDone ? 'completed' : 'requested',
    intent: 'order',
    ...(ours.priority ? { priority: ours.priority } : {}),
    code: { coding: [{ system: taskCodeSystem, code: 'abort' }] },
    focus: { reference: `Task/${ours.id}`, type: 'Task' },
    ...(ours.for ? { for: ours.for } : {}),
    authoredOn: now,
    lastModified: now,
    ...(ours.requester ? { requester: ours.requester } : {}),
    ...(ours.owner ? { owner: ours.owner } : {}),
  }
  return writeOf(task, { id, version: 1, lastUpdated: now })
}

/**
 * Ends the asking with the change that answers it: the referral is cancelled, or goes on. Every change
 * comes through here (settle.ts), so that no answer is missed.
 */
export async function withAbortAnswered(
  { resources }: { readonly resources: Pick<ResourceStore, 'readMany'> },
  change: ReferralChange,
): Promise<ReferralChange> {
  const { referral } = change
  const { abort, ...delivery } = referral.delivery
  if (!abort || isUnanswered(referral) || change.resources.some(({ id }) => id === abort))
    return change
  const stored = pick(await resources.readMany(ownerOf(referral), [`Task/${abort}`]), 'Task', abort)
  const isCancelled = referral.status === 'cancelled'
  const text = isClosed(referral.status)
    ? `The referral is ${referral.status}.`
    : `The clinic goes on: the referral is ${referral.status}.`
  const task: Task = {
    ...(parseFhirJson(stored.content) as Task),
    status: isCancelled ? 'completed' : 'rejected',
    statusReason: { text },
    lastModified: referral.updatedAt,
  }
  return {
    ...change,
    referral: { ...referral, delivery },
    resources: [...change.resources, nextVersion(stored, task, undefined, referral.updatedAt)],
  }
}

const isUnanswered = ({ businessStatus }: Referral): boolean =>
  businessStatus === 'cancellation-requested' || businessStatus === 'lost-at-ehr'

/** As much of a clinic's answer as counts; the Task of the referral tells when it is cancelled. */
export interface AbortRefusal {
  /** `Task/9` at the EHR, that of the referral. */
  readonly ehrTask: string
  readonly text: string | undefined
}

/** @param answer a Task of an EHR, which may be anything */
export function readAbortRefusal(answer: unknown): AbortRefusal | undefined {
  const task = (answer ?? {}) as Partial<Task>
  if (task.resourceType !== 'Task' || (task.status !== 'rejected' && task.status !== 'failed'))
    return undefined
  const { code, focus, statusReason } = task
  if (!Array.isArray(code?.coding) || !isAbort({ code })) return undefined
  const ehrTask = /(?:^|\/)(Task\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/.*)?$/.exec(
    typeof focus?.reference === 'string' ? focus.reference : '',
  )?.[1]
  const text = statusReason?.text
  return ehrTask
    ? { ehrTask, text: typeof text === 'string' ? text.slice(0, 1_000) : undefined }
    : undefined
}
