/** A status that was changed here is written to the Task in the clinic's EHR. */

import type { Task } from 'fhir/r4'
import { missingNotes } from './clinic-word.ts'
import { isTaskStatus, mayHaveMoved, mayMove, type TaskStatus } from './life.ts'
import { type ClinicEhr, EhrFailure } from './ports.ts'
import type { Referral } from './referral.ts'
import { isCheckResult, type TaskState, withState } from './task.ts'

export interface Updated {
  readonly state: TaskState | undefined
  readonly read: string | undefined
  readonly made: string | undefined
}

/**
 * Writes our status to the EHR's Task, with If-Match on what was just read, and what the clinic's people
 * said and returned at the worklist.
 *
 * A cancellation that the referrer asked for is carried out while the clinic has not accepted yet;
 * afterwards it is a request that the clinic answers.
 * @param ours the Task as the clinic may see it here; nothing of it is said where it is not given
 * @returns the state that our Task takes in turn, when it is not the one it has, and the versions of the
 *   EHR's Task that were read and made; undefined when nothing was written
 * @throws EhrFailure
 */
export async function updateTaskAtClinic(
  ehr: Pick<ClinicEhr, 'read' | 'update'>,
  referral: Referral,
  ours?: Task,
): Promise<Updated | undefined> {
  const reference = referral.delivery.ehrTask
  if (!reference) return undefined
  const task = readTask(await ehr.read(reference))
  const there = statusThere(task)
  const wanted = wantedState(referral, there)
  if (!wanted) return undefined
  const [type, id] = reference.split('/') as [string, string]
  const next = withState(ours ? said(task, ours, referral) : task, wanted, referral.updatedAt)
  const version = task.meta?.versionId
  const ifMatch = version ? `W/"${version}"` : undefined
  const made = await ehr.update(type, id, JSON.stringify(next), ifMatch)
  const isOurs =
    wanted.status === referral.status && wanted.businessStatus === referral.businessStatus
  return { state: isOurs ? undefined : wanted, read: version, made }
}

/** People at the worklist may do several things before the job runs; what leads forward is followed whole. */
const mayFollow = (there: TaskStatus, here: TaskStatus): boolean =>
  mayMove(there, here) ||
  (there === 'received' && mayHaveMoved(there, here)) ||
  (there === 'on-hold' && here === 'completed')

/** Notes that the EHR lacks, and outputs under the names that they have there. */
function said(task: Task, ours: Task, { delivery }: Referral): Task {
  const notes = missingNotes(ours.note, task.note)
  const there = new Set(task.output?.map(({ valueReference }) => valueReference?.reference))
  const outputs = (ours.output ?? []).flatMap((output) => {
    if (isCheckResult(output)) return []
    const place = delivery.sent?.[output.valueReference?.reference ?? '']?.[0]
    return place && !there.has(place)
      ? [{ ...output, valueReference: { ...output.valueReference, reference: place } }]
      : []
  })
  return {
    ...task,
    ...(notes.length > 0 ? { note: [...(task.note ?? []), ...notes] } : {}),
    ...(outputs.length > 0 ? { output: [...(task.output ?? []), ...outputs] } : {}),
  }
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
  if (!mayFollow(there, status)) return undefined
  return { status, businessStatus, ...said }
}
