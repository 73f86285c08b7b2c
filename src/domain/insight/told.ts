/** What the figures need to know of a change and its referral's row does not show: codes only. */

import type { ServiceRequest, Task, TaskOutput } from 'fhir/r4'
import type { ReferralChange } from '../referral/ports.ts'
import { isCheckResult } from '../referral/task.ts'
import { withheldOutputs } from '../sensitivity/released-view.ts'

/** Kept as one JSON value beside the row; the trigger of the migration of journeys reads it. */
export interface Told {
  /** Of the referral, so that what an earlier change told is not taken for this one's. */
  readonly version: number
  readonly by: Side
  /** Code of decline-reason. */
  readonly reason?: string
  /** A report of the clinic is on the Task. */
  readonly reported?: true
  /** The order was revoked. */
  readonly revoked?: true
  /** True when one of these is there, wherever the referral stands. */
  readonly more?: true
}

type Side = 'referrer' | 'clinic' | 'referloop' | 'operator'

const declineSystem = 'https://referloop.example/fhir/CodeSystem/decline-reason'

export function toldBy(change: ReferralChange): Told {
  const { referral, expectedVersion } = change
  // A new referral has neither a report nor an end.
  const isNew = expectedVersion === 0
  const task = isNew ? undefined : written<Task>(change, 'Task', referral.taskId)
  const order = isNew ? undefined : written<ServiceRequest>(change, 'ServiceRequest', referral.id)
  const reason = referral.businessStatus === 'declined' && task ? reasonOf(task) : undefined
  const reported = task !== undefined && referral.status !== 'requested' && hasReport(task)
  const revoked = order?.status === 'revoked' || order?.status === 'entered-in-error'
  return {
    version: referral.version,
    by: sideOf(change),
    ...(reason ? { reason } : {}),
    ...(reported ? { reported } : {}),
    ...(revoked ? { revoked } : {}),
    ...(reported || revoked ? { more: true } : {}),
  }
}

/** Codes alone are read of it, so decimals may be what JSON makes of them. */
function written<R>({ resources }: ReferralChange, type: string, id: string): R | undefined {
  const write = resources.find((each) => each.type === type && each.id === id)
  return write && (JSON.parse(write.content) as R)
}

const reasonOf = ({ statusReason }: Task): string | undefined =>
  statusReason?.coding?.find(({ system }) => system === declineSystem)?.code

const reportReference = /(?:^|\/)(?:DocumentReference|DiagnosticReport|Communication|Binary)\//

/** A written document of the clinic, or its words: an appointment, a reading or a procedure is none. */
function hasReport(task: Task): boolean {
  const withheld = new Set(withheldOutputs(task))
  return (task.output ?? []).some(
    (output) => !isCheckResult(output) && !withheld.has(output) && isReport(output),
  )
}

const isReport = ({ valueReference, valueString, valueMarkdown }: TaskOutput): boolean =>
  reportReference.test(valueReference?.reference ?? '') ||
  valueString !== undefined ||
  valueMarkdown !== undefined

/** As the first line of the audit of a change names who made it. */
function sideOf({ referral, audit }: ReferralChange): Side {
  const { organization, agent } = audit[0] ?? {}
  if (organization === referral.referrerId) return 'referrer'
  if (organization === referral.clinicId) return 'clinic'
  return agent === 'referloop' || agent === undefined ? 'referloop' : 'operator'
}
