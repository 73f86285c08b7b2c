/** A status that was changed here is written to the Task in the clinic's EHR. */

import type { Task } from 'fhir/r4'
import { isTaskStatus, mayMove, type TaskStatus } from './life.ts'
import { type ClinicEhr, EhrFailure } from './ports.ts'
import type { Referral } from './referral.ts'
import { type TaskState, withState } from './task.ts'

/**
 * Writes our status to the EHR's Task, with If-Match on what was just read.
 *
 * A cancellation that the referrer asked for is carried out while the clinic has not accepted yet;
 * afterwards it is a request that the clinic answers.
 * @returns the state that our Task takes in turn, when it is not the one it has
 * @throws EhrFailure
 */
export async function updateTaskAtClinic(
  ehr: Pick<ClinicEhr, 'read' | 'update'>,
  referral: Referral,
): Promise<TaskState | undefined> {
  const reference = referral.delivery.ehrTask
  if (!reference) return undefined
  const task = readTask(await ehr.read(reference))
  const there = statusThere(task)
  const wanted = wantedState(referral, there)
  if (!wanted) return undefined
  const [type, id] = reference.split('/') as [string, string]
  const next = withState(task, wanted, referral.updatedAt)
  const version = task.meta?.versionId
  await ehr.update(type, id, JSON.stringify(next), version ? `W/"${version}"` : undefined)
  return wanted.status === referral.status && wanted.businessStatus === referral.businessStatus
    ? undefined
    : wanted
}

function readTask(answer: unknown): Task {
  const task = answer as Partial<Task> | null
  if (task?.resourceType !== 'Task' || typeof task.status !== 'string')
    throw new EhrFailure('the EHR answered with something that is no Task', { phase: 'before' })
  return task as Task
}

/** `requested` and `ready` in the clinic's EHR are what we call received. */
const statusThere = ({ status }: Task): TaskStatus | undefined =>
  status === 'requested' || status === 'ready' || status === 'received'
    ? 'received'
    : isTaskStatus(status)
      ? status
      : undefined

function wantedState(referral: Referral, there: TaskStatus | undefined): TaskState | undefined {
  const { status, businessStatus } = referral
  const closed =
    there === undefined || ['completed', 'cancelled', 'rejected', 'failed'].includes(there)
  if (closed) return undefined
  const { taskReason } = referral.delivery
  const said = taskReason ? { reason: { text: taskReason } } : {}
  if (businessStatus === 'cancellation-requested')
    return there === 'received'
      ? { status: 'cancelled', businessStatus: 'cancelled', ...said }
      : { status: there, businessStatus: 'cancellation-requested', ...said }
  // The clinic has gone on meanwhile: its Task leads, and the next poll brings its status here.
  if (!mayMove(there, status)) return undefined
  return { status, businessStatus, ...said }
}
