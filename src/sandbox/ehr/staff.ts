/** What a clinic's staff do with a referral in their own EHR. */

import type { CodeableConcept, Reference, Task, TaskOutput } from 'fhir/r4'
import {
  type BusinessStatus,
  isTaskStatus,
  mayMove,
  type TaskStatus,
} from '../../domain/referral/life.ts'
import { businessStatusConcept, outputType } from '../../domain/referral/task.ts'
import { EhrError } from './ehr-error.ts'
import { type Resource, resourceOf, type Store, type Write } from './store.ts'

/** Status and business status after each action; without a status it stays. */
const actions = {
  receive: ['received', 'awaiting-triage'],
  accept: ['accepted', 'awaiting-scheduling'],
  schedule: ['in-progress', 'scheduled'],
  'no-show': ['in-progress', 'no-show'],
  'call-off': ['in-progress', 'appointment-cancelled'],
  visit: ['in-progress', 'visit-completed'],
  complete: ['completed', 'completed'],
  ask: [undefined, 'awaiting-information'],
  hold: ['on-hold', 'on-hold'],
  decline: ['rejected', 'declined'],
  cancel: ['cancelled', 'cancelled'],
  fail: ['failed', 'failed'],
} as const satisfies Record<string, readonly [TaskStatus | undefined, BusinessStatus]>

export type StaffAction = keyof typeof actions

export const staffActions = Object.keys(actions) as readonly StaffAction[]

export const isStaffAction = (name: string): name is StaffAction => Object.hasOwn(actions, name)

export interface StaffDeps {
  readonly store: Store
  readonly now: () => Date
  readonly newId: () => string
  /** The clinic's name. */
  readonly name: string
}

export interface StaffRemark {
  /** Why; shown to the referrer. */
  readonly reason?: string
  /** The outcome note, when completing. */
  readonly note?: string
  /** Do it although the life of a referral does not allow it. */
  readonly force?: boolean
}

/**
 * Does it, in one commit: the Task and whatever comes with it.
 * @param id logical id of the Task here, or the end of one of its identifiers
 * @returns the id of the Task here
 * @throws EhrError 404 without such a Task, 422 when the Task cannot go there
 */
export function act(
  deps: StaffDeps,
  id: string,
  action: StaffAction,
  remark: StaffRemark = {},
): string {
  const task = findTask(deps.store, id)
  const [next, businessStatus] = actions[action]
  const status = next ?? (task.status === 'requested' ? 'received' : task.status)
  if (!remark.force) mustBeLegal(task.status, status)
  const { statusReason: _old, ...rest } = task
  const extra = companions(deps, task, action, remark)
  const output = [...(task.output ?? []), ...extra.outputs]
  const moved = {
    ...rest,
    status,
    businessStatus: businessStatusConcept(businessStatus),
    ...(remark.reason ? { statusReason: { text: remark.reason } } : {}),
    lastModified: deps.now().toISOString(),
    ...(output.length > 0 ? { output } : {}),
  }
  deps.store.commit([...extra.writes, writeOf(moved, task.id)])
  return task.id
}

type KnownTask = Task & { readonly id: string }

/** The Task as it stands here, by its id here or by the id it came with. */
function findTask(store: Store, id: string): KnownTask {
  const direct = store.current('Task', id)
  if (direct?.content !== undefined) return resourceOf(direct) as unknown as KnownTask
  for (const history of store.histories('Task')) {
    const latest = history.at(-1)
    if (latest?.content === undefined) continue
    const task = resourceOf(latest) as unknown as KnownTask
    if (task.identifier?.some(({ value }) => value === id || value?.endsWith(`-${id}`))) return task
  }
  throw new EhrError(404, 'not-found', 'There is no such Task in this EHR.')
}

// A Task that has arrived is with the clinic, whatever status it was sent with.
function mustBeLegal(from: string, to: string): void {
  const here = from === 'requested' ? 'received' : from
  if (!isTaskStatus(here) || !isTaskStatus(to) || !mayMove(here, to))
    throw new EhrError(422, 'business-rule', `A Task that is ${from} cannot become ${to}.`)
}

interface Companions {
  readonly writes: readonly Write[]
  readonly outputs: readonly TaskOutput[]
}

function companions(
  deps: StaffDeps,
  task: KnownTask,
  action: StaffAction,
  remark: StaffRemark,
): Companions {
  if (action === 'schedule') return newAppointment(deps, task)
  if (action === 'complete') return outcome(deps, task, remark)
  const status = appointmentStatuses[action]
  return { writes: status ? changedAppointment(deps.store, task, status) : [], outputs: [] }
}

const appointmentStatuses: Readonly<Partial<Record<StaffAction, string>>> = {
  'no-show': 'noshow',
  'call-off': 'cancelled',
  cancel: 'cancelled',
  visit: 'fulfilled',
}

const fortnight = 14 * 86_400_000

function newAppointment(deps: StaffDeps, task: KnownTask): Companions {
  const start = new Date(deps.now().getTime() + fortnight)
  start.setUTCHours(15, 0, 0, 0)
  const appointment = {
    resourceType: 'Appointment',
    status: 'booked',
    description: `First visit at ${deps.name}`,
    start: start.toISOString(),
    end: new Date(start.getTime() + 60 * 60_000).toISOString(),
    ...(task.focus ? { basedOn: [task.focus] } : {}),
    participant: [{ actor: task.for ?? { display: 'The patient' }, status: 'accepted' }],
  }
  return withOutput(deps, [[appointment, 'Appointment']])
}

function changedAppointment(store: Store, task: KnownTask, status: string): readonly Write[] {
  const reference = task.output
    ?.map(({ valueReference }) => valueReference?.reference ?? '')
    .findLast((each) => each.startsWith('Appointment/'))
  const current = store.current('Appointment', reference?.split('/')[1] ?? '')
  if (current?.content === undefined) return []
  return [writeOf({ ...resourceOf(current), status }, current.id)]
}

const noteType: CodeableConcept = {
  coding: [{ system: 'http://loinc.org', code: '11488-4', display: 'Consult note' }],
}

function outcome(deps: StaffDeps, task: KnownTask, remark: StaffRemark): Companions {
  const date = deps.now().toISOString()
  const text = remark.note ?? standardNote(deps.name, date)
  const subject: { subject?: Reference } = task.for ? { subject: task.for } : {}
  const note = {
    resourceType: 'DocumentReference',
    status: 'current',
    docStatus: 'final',
    type: noteType,
    ...subject,
    date,
    ...(task.focus ? { context: { related: [task.focus] } } : {}),
    content: [
      {
        attachment: {
          contentType: 'text/plain; charset=utf-8',
          data: Buffer.from(text).toString('base64'),
          title: 'Outcome of the referral',
        },
      },
    ],
  }
  const infusion = {
    resourceType: 'Procedure',
    status: 'completed',
    code: { text: 'Ketamine infusion' },
    ...subject,
    performedDateTime: date,
    ...(task.focus ? { basedOn: [task.focus] } : {}),
  }
  return withOutput(deps, [
    [note, 'Consultation note'],
    [infusion, 'Ketamine infusion'],
  ])
}

const standardNote = (clinic: string, date: string): string =>
  `${clinic}, ${date.slice(0, 10)}. The patient was seen and had a first ketamine infusion ` +
  'without complication. Pain fell from 7 to 4 out of 10. Review in four weeks.'

function withOutput(
  deps: StaffDeps,
  created: readonly (readonly [resource: Resource, display: string])[],
): Companions {
  const ids = created.map(() => deps.newId())
  return {
    writes: created.map(([resource], i) => writeOf(resource, ids[i] as string)),
    outputs: created.map(([{ resourceType }, display], i) => ({
      type: { ...outputType('outcome', 'Outcome'), text: display },
      valueReference: { reference: `${resourceType}/${ids[i]}`, type: resourceType },
    })),
  }
}

const writeOf = (resource: Resource | Task, id: string): Write => ({
  type: resource.resourceType,
  id,
  resource: resource as Resource,
})
