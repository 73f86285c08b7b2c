/** What was said here comes back from the clinic's EHR. */

import type { Task } from 'fhir/r4'

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
