/** What was said here comes back from the clinic's EHR. */

import type { Task } from 'fhir/r4'
import type { Referral } from './referral.ts'
import type { Verdict } from './report-status.ts'

export const standsAsHere = (
  { status, businessStatus }: Pick<Referral, 'status' | 'businessStatus'>,
  verdict: Verdict,
): boolean =>
  verdict.kind === 'applied' &&
  verdict.state.status === status &&
  verdict.state.businessStatus === businessStatus

/**
 * True when the version that an EHR's Task would make of ours says what ours says. It is no news then: it
 * would take the code from a reason, which comes back as words alone, ask anew what is asked already,
 * and make a page stale on which somebody works.
 */
export const saysTheSame = (ours: Task, next: Task): boolean => sayingOf(ours) === sayingOf(next)

const sayingOf = ({ status, businessStatus, statusReason, note, output, meta }: Task): string =>
  JSON.stringify([
    ...[status, businessStatus, meta?.security],
    statusReason?.text ?? statusReason?.coding,
    (note ?? []).map(({ text }) => text).sort(),
    (output ?? []).map(({ valueReference }) => valueReference?.reference ?? '').sort(),
  ])

/** Noted, and followed no more: what came after it stands here already. */
export const passedBy = <V extends Exclude<Verdict, { kind: 'known' }>>(verdict: V): V | Stale =>
  verdict.kind === 'applied'
    ? {
        kind: 'stale',
        report: { ...verdict.report, verdict: 'stale', reason: 'older than what stands here' },
      }
    : verdict

type Stale = Extract<Verdict, { kind: 'illegal' | 'stale' }>
