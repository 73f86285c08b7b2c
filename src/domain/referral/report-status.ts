/** The clinic's Task tells where the referral stands; here a report becomes a move, or is refused. */

import type { CodeableConcept, Task } from 'fhir/r4'
import {
  type BusinessStatus,
  businessStatusesOf,
  businessStatusSystem,
  isClosed,
  isTaskStatus,
  mayHaveMoved,
  type TaskStatus,
} from './life.ts'
import type { StatusReport } from './ports.ts'
import type { Referral } from './referral.ts'
import type { TaskState } from './task.ts'

/** What an EHR's Task says, as far as the referral's life goes. */
export interface TaskReport {
  /** `Task/9` at the EHR. */
  readonly reference: string
  readonly version: string
  readonly updated: string
  readonly status: string
  readonly businessStatus: CodeableConcept | undefined
  readonly reason: CodeableConcept | undefined
}

/** Reads a Task from an EHR, which may be anything. @returns undefined when it is no usable Task */
export function readTaskReport(answer: unknown): TaskReport | undefined {
  const task = answer as Partial<Task> | null | undefined
  if (task?.resourceType !== 'Task' || typeof task.id !== 'string') return undefined
  if (typeof task.status !== 'string') return undefined
  const { versionId: version, lastUpdated: updated } = task.meta ?? {}
  return {
    reference: `Task/${task.id}`,
    // An EHR without versions is told apart by time.
    version: version ?? updated ?? '',
    updated: updated ?? '',
    status: task.status,
    businessStatus: task.businessStatus,
    reason: task.statusReason,
  }
}

/** Milliseconds of an EHR's instant, however precise; 0 without one. */
export const instantOf = (text: string | undefined): number => Date.parse(text ?? '') || 0

/** Older versions first; of one instant, by number where the EHR counts its versions. */
export function byAge(one: TaskReport, other: TaskReport): number {
  const counted = [one, other].every(({ version }) => /^\d{1,15}$/.test(version))
  return (
    instantOf(one.updated) - instantOf(other.updated) ||
    (counted ? Number(one.version) - Number(other.version) : 0)
  )
}

/** Our names for statuses with which a clinic's EHR says that it has the Task. */
const received = new Set(['requested', 'ready', 'received'])

/** Business statuses of HL7 BSeR 2.0 that say the same as ours (TaskBusinessStatusCS). */
const bserStatuses: Readonly<Record<string, BusinessStatus>> = {
  '5.1.1': 'scheduled',
  '5.1.2': 'no-show',
  '5.1.3': 'appointment-cancelled',
  '5.1.4': 'visit-completed',
  '5.2': 'cancellation-requested',
}

export type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'applied'; readonly state: TaskState; readonly report: StatusReport }
  | { readonly kind: 'illegal' | 'stale'; readonly report: StatusReport }

/**
 * Judges a report against where the referral stands. Pure.
 * @returns `known` for a version that was judged before
 */
export function judgeReport(referral: Referral, report: TaskReport): Verdict {
  const { delivery, status } = referral
  if (delivery.ehrTaskVersion === report.version) return { kind: 'known' }
  const to = received.has(report.status) ? 'received' : codeOf(report.status)
  const line = { ehrVersion: report.version, from: status, to }
  if (report.updated && instantOf(report.updated) < instantOf(delivery.ehrTaskUpdated))
    return {
      kind: 'stale',
      report: { ...line, verdict: 'stale', reason: 'older than the last one' },
    }
  if (!isTaskStatus(to))
    return { kind: 'illegal', report: { ...line, verdict: 'illegal', reason: 'unknown status' } }
  if (!mayHaveMoved(status, to) && !hasGoneOn(referral, to))
    return {
      kind: 'illegal',
      report: { ...line, verdict: 'illegal', reason: `${status} cannot become ${to}` },
    }
  return {
    kind: 'applied',
    state: {
      status: to,
      businessStatus: businessStatusOf(referral, to, report),
      reason: report.reason,
    },
    report: { ...line, verdict: 'applied' },
  }
}

/** Taken back here while the clinic had it already and brought it to an end: that end is the true one. */
const hasGoneOn = ({ status, delivery }: Referral, to: TaskStatus): boolean =>
  status === 'cancelled' && delivery.cancelledHere === true && isClosed(to)

/** What is no code of Task.status may be anything, and must not get into a log. */
const codeOf = (status: string): string =>
  isTaskStatus(status) || ['draft', 'entered-in-error'].includes(status) ? status : 'unknown'

/** The referrer takes it back, and the clinic's Task does not say so yet. */
const isToBeAsked = ({ businessStatus, delivery }: Referral): boolean =>
  businessStatus === 'cancellation-requested' && delivery.taskChanged === true

/** The clinic's own word when it fits the status; else what the status means by itself. */
function businessStatusOf(referral: Referral, to: TaskStatus, report: TaskReport): BusinessStatus {
  // The clinic cannot have answered what it has not been told yet.
  if (isToBeAsked(referral) && !isClosed(to)) return 'cancellation-requested'
  const fitting = businessStatusesOf[to] as readonly BusinessStatus[]
  const said = (report.businessStatus?.coding ?? [])
    .map(({ system, code = '' }) =>
      system === businessStatusSystem ? (code as BusinessStatus) : bserStatuses[code],
    )
    .find((code) => code !== undefined && code !== 'lost-at-ehr' && fitting.includes(code))
  if (said) return said
  // Nothing said and nothing moved: a cancellation that was asked for is still to be answered.
  const isKept = to === referral.status && referral.businessStatus !== 'lost-at-ehr'
  return isKept ? referral.businessStatus : (fitting[0] as BusinessStatus)
}
