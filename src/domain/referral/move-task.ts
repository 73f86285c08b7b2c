/** A clinic moves the Task here: from the worklist, or because it has no EHR of its own. */

import type { Task, TaskOutput } from 'fhir/r4'
import type { Caller } from '../access/caller.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { type Issue, isError, Problem } from '../problem.ts'
import { markedHigh, withLabelsOfClinic } from '../sensitivity/labels.ts'
import { notesWith } from '../sensitivity/released-view.ts'
import { type Agent, auditOf, pick, taskWrite } from './change.ts'
import { type ClinicWord, contentsOf, returnedByClinic } from './clinic-word.ts'
import {
  type BusinessStatus,
  businessStatusesOf,
  businessStatusSystem,
  isTaskStatus,
  mayMove,
  type TaskStatus,
} from './life.ts'
import type { ReferralStore } from './ports.ts'
import type { Delivery, Referral } from './referral.ts'
import { laterThan } from './resource-write.ts'
import { settle } from './settle.ts'
import { isCheckResult, ownOutputs, type TaskState, withState } from './task.ts'
import { askOfClinic, type InformationPorts, keepAsking } from './wanted-information.ts'

export interface MoveTaskPorts extends InformationPorts {
  readonly referrals: ReferralStore
  validate(resource: unknown): readonly Issue[]
  now(): Date
}

/** What a clinic may say in a Task; all else stays as it is. */
const clinicElements = ['note', 'executionPeriod', 'restriction', 'contained'] as const

/**
 * Applies a clinic's new version of the Task.
 * @param compose the new Task from the one that is there (a PUT ignores it, a PATCH is applied to it)
 * @param version that the clinic read, from If-Match
 * @param word what goes with it in the same change
 * @throws Problem not-found, version-conflict, illegal-transition, invalid-resource, not-yours-to-change
 */
export async function moveTask(
  ports: MoveTaskPorts,
  taskId: string,
  compose: (before: Task) => unknown,
  version: number,
  caller: Caller,
  agent: Agent,
  word: ClinicWord = {},
): Promise<Referral> {
  const { referral } = await settle(ports, async () => {
    const current = await ports.referrals.findByTask(taskId, caller)
    if (!current) throw await noReferralOf(ports, taskId, caller)
    if (caller.role !== 'clinic')
      throw new Problem(
        'not-yours-to-change',
        'The clinic moves the Task; a referrer takes a referral back by revoking its ServiceRequest.',
      )
    const found = await ports.resources.readMany(caller, [`Task/${taskId}`])
    const stored = pick(found, 'Task', taskId)
    if (stored.version !== version) throw new Problem('version-conflict')
    const before = parseFhirJson(stored.content) as Task
    const sent = readTask(ports, compose(before), taskId)
    const state = stateOf(current, sent)
    const now = laterThan(current.updatedAt, ports.now())
    const atEhr = current.delivery.state === 'delivered'
    const after: Referral = {
      ...current,
      version: current.version + 1,
      status: state.status,
      businessStatus: state.businessStatus,
      updatedAt: now,
      delivery: atEhr ? toBeTold(current, state) : current.delivery,
    }
    const { writes, outputs } = await returnedByClinic(ports, current, before, word, now)
    const asking = await keepAsking(ports, {
      before: current,
      after,
      ask: isNewQuestion(current, before, state, word)
        ? await askOfClinic(ports, current, state, word.questions)
        : undefined,
      now,
    })
    const next: Referral = { ...after, information: asking.information }
    return {
      referral: next,
      change: {
        referral: next,
        expectedVersion: current.version,
        resources: [
          ...writes,
          await taskWrite(ports.resources, current, now, (task) =>
            withOutputs(markedHigh(merged(task, sent, state, now), contentsOf(writes)), outputs),
          ),
          ...asking.writes,
        ],
        audit: [
          auditOf(
            agent,
            'move',
            'U',
            current.id,
            [`Task/${taskId}`, ...writes.map(({ type, id }) => `${type}/${id}`)],
            now,
            word.detail ?? state.businessStatus,
          ),
          ...asking.audit,
        ],
        jobs: atEhr ? [{ queue: 'deliver' as const, referralId: current.id }] : [],
      },
    }
  })
  return referral
}

/** The background job tells the clinic's EHR, if it has one, with the reason. */
function toBeTold({ delivery }: Referral, { reason }: TaskState): Delivery {
  const { taskReason: _former, ...rest } = delivery
  return { ...rest, taskChanged: true, ...(reason?.text ? { taskReason: reason.text } : {}) }
}

/** A note on a referral that waits for an answer does not ask anew. */
const isNewQuestion = (
  { businessStatus }: Referral,
  { statusReason }: Task,
  state: TaskState,
  { questions }: ClinicWord,
): boolean =>
  questions !== undefined ||
  state.businessStatus !== businessStatus ||
  JSON.stringify(state.reason) !== JSON.stringify(statusReason)

const withOutputs = (task: Task, outputs: readonly TaskOutput[]): Task =>
  outputs.length > 0 ? { ...task, output: [...(task.output ?? []), ...outputs] } : task

/** The Task that asks for information is no referral's own: it ends by itself. */
async function noReferralOf(
  { resources }: MoveTaskPorts,
  taskId: string,
  caller: Caller,
): Promise<Problem> {
  const [asking] = await resources.readMany(caller, [`Task/${taskId}`])
  return asking
    ? new Problem(
        'not-yours-to-change',
        'This Task ends by itself: what it asks for is answered by its form or $add-information, a request to stop by moving the Task of the referral.',
      )
    : new Problem('not-found')
}

function readTask(ports: MoveTaskPorts, body: unknown, taskId: string): Task {
  const errors = ports.validate(body).filter(isError)
  if (errors.length > 0) throw new Problem('invalid-resource', errors)
  const task = body as Task
  if (task.resourceType !== 'Task' || task.id !== taskId)
    throw new Problem('bad-request', 'Send a Task whose id is that of the address.', {
      expression: ['Task.id'],
    })
  return task
}

function stateOf(referral: Referral, task: Task): TaskState {
  const { status } = task
  if (!isTaskStatus(status) || !mayMove(referral.status, status))
    throw new Problem(
      'illegal-transition',
      `A Task that is ${referral.status} cannot become ${isTaskStatus(status) ? status : 'that'}.`,
      { expression: ['Task.status'] },
    )
  return {
    status,
    businessStatus: businessStatusOf(referral, status, task),
    reason: task.statusReason,
  }
}

function businessStatusOf(referral: Referral, status: TaskStatus, task: Task): BusinessStatus {
  const fitting = businessStatusesOf[status] as readonly string[]
  const said = task.businessStatus?.coding?.find(({ system }) => system === businessStatusSystem)
  // Left as it was read while the status moved on: it means the new status's own.
  if (said?.code === referral.businessStatus && status !== referral.status)
    return fitting[0] as BusinessStatus
  const isOurs = said?.code === 'lost-at-ehr' && referral.businessStatus !== 'lost-at-ehr'
  if (said?.code && fitting.includes(said.code) && !isOurs) return said.code as BusinessStatus
  if (said?.code)
    throw new Problem(
      'illegal-transition',
      `For a Task that is ${status}, the business status is one of ${fitting.join(', ')}.`,
      { expression: ['Task.businessStatus'] },
    )
  return status === referral.status ? referral.businessStatus : (fitting[0] as BusinessStatus)
}

/** Our Task with what the clinic may change; the check result stays the first output. */
function merged(ours: Task, sent: Task, state: TaskState, now: string): Task {
  const taken = Object.fromEntries(
    clinicElements.flatMap((element) => (sent[element] ? [[element, sent[element]]] : [])),
  )
  return {
    ...withState(withLabelsOfClinic(ours, sent), state, now),
    ...taken,
    ...(sent.note ? { note: notesWith(sent.note, ours) } : {}),
    output: [
      ...ownOutputs(ours),
      ...(sent.output ?? []).filter((output) => !isCheckResult(output)),
    ],
  }
}
