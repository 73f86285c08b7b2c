/**
 * The life of a referral: which status a Task may move to, and who acts next.
 *
 * https://hl7.org/fhir/R4/task.html#statemachine, narrowed to what a referral does
 * (docs/referral-life.md).
 */

export const businessStatusSystem =
  'https://referloop.example/fhir/CodeSystem/referral-business-status'

/** From each Task.status, the ones it may move to. A status may always be repeated. */
const nextStatuses = {
  requested: ['received', 'cancelled'],
  received: ['accepted', 'rejected', 'cancelled', 'failed'],
  accepted: ['in-progress', 'on-hold', 'rejected', 'cancelled', 'failed', 'completed'],
  'in-progress': ['on-hold', 'cancelled', 'failed', 'completed'],
  'on-hold': ['accepted', 'in-progress', 'cancelled', 'failed'],
  rejected: [],
  cancelled: [],
  failed: [],
  completed: [],
} as const satisfies Record<string, readonly string[]>

export type TaskStatus = keyof typeof nextStatuses

export const businessStatuses = {
  'awaiting-information': 'Awaiting information',
  'awaiting-acknowledgement': 'Awaiting acknowledgement',
  sending: 'Sending',
  'delivery-failed': 'Delivery failed',
  'awaiting-triage': 'Awaiting triage',
  'awaiting-scheduling': 'Awaiting scheduling',
  scheduled: 'Scheduled',
  'no-show': 'No-show',
  'appointment-cancelled': 'Appointment cancelled',
  'visit-completed': 'Visit completed',
  'on-hold': 'On hold',
  declined: 'Declined',
  'cancellation-requested': 'Cancellation requested',
  'lost-at-ehr': 'Lost at the EHR',
  cancelled: 'Cancelled',
  failed: 'Failed',
  completed: 'Completed',
} as const

export type BusinessStatus = keyof typeof businessStatuses

/** The business statuses that fit each status; the first is taken when the clinic sends none. */
export const businessStatusesOf = {
  requested: ['sending', 'awaiting-information', 'awaiting-acknowledgement', 'delivery-failed'],
  received: ['awaiting-triage', 'awaiting-information', 'cancellation-requested', 'lost-at-ehr'],
  accepted: [
    'awaiting-scheduling',
    'awaiting-information',
    'cancellation-requested',
    'lost-at-ehr',
  ],
  'in-progress': [
    'scheduled',
    'no-show',
    'appointment-cancelled',
    'visit-completed',
    'awaiting-information',
    'cancellation-requested',
    'lost-at-ehr',
  ],
  'on-hold': ['on-hold', 'awaiting-information', 'cancellation-requested', 'lost-at-ehr'],
  rejected: ['declined'],
  cancelled: ['cancelled'],
  failed: ['failed'],
  completed: ['completed'],
} as const satisfies Record<TaskStatus, readonly BusinessStatus[]>

/** True once nothing can move the Task any more. */
export const isClosed = (status: TaskStatus): boolean => nextStatuses[status].length === 0

/** True when a Task may go from one status to the other (or stay). */
export const mayMove = (from: TaskStatus, to: TaskStatus): boolean =>
  from === to || (nextStatuses[from] as readonly string[]).includes(to)

/**
 * True when a clinic may have taken a Task from one status to the other by legal moves of which we
 * saw only the last: an EHR is polled, and not every EHR keeps a history.
 */
export function mayHaveMoved(from: TaskStatus, to: TaskStatus): boolean {
  const reached = new Set<TaskStatus>([from])
  for (const status of reached) for (const next of nextStatuses[status]) reached.add(next)
  return reached.has(to)
}

export const isTaskStatus = (code: unknown): code is TaskStatus =>
  typeof code === 'string' && Object.hasOwn(nextStatuses, code)
