/** A source that could not be read proves nothing: what would rest on it is not documented. */

import type { Packet, Unavailable } from './packet.ts'
import type { Criterion } from './policy.ts'
import type { Finding } from './result.ts'

/**
 * The finding of a criterion when a search that it needs failed: never met, and a required criterion not
 * failed either. What was found against the patient all the same stays.
 */
export function withSources(criterion: Criterion, finding: Finding, packet: Packet): Finding {
  if (packet.unavailable.length === 0) return finding
  const unread = packet.unavailable.filter(
    ({ type, criteria }) =>
      (criteria?.includes(criterion.id) ?? true) &&
      (readsAnything(criterion) || criterion.inputs.some((input) => input.type === type)),
  )
  if (unread.length === 0 || stands(criterion, finding, unread)) return finding
  const reasons = unread.map(({ type, reason }) => `${type} (${reason})`).join(', ')
  return {
    ...finding,
    verdict: 'not-documented',
    explanation: `Source unavailable: ${reasons}. ${finding.explanation}`,
    needed:
      finding.needed.length > 0
        ? finding.needed
        : unread.map(({ type }) => ({
            text: `Send the ${type} resources, or let the search for them succeed.`,
            requirement: { type: type as 'Condition' },
          })),
  }
}

/** An expression that names no type may read any. */
const readsAnything = ({ own, inputs }: Criterion): boolean =>
  own !== undefined && inputs.length === 0

function stands(
  { kind }: Criterion,
  { verdict, evidence }: Finding,
  unread: readonly Unavailable[],
): boolean {
  if (verdict === 'conflicting' || verdict === 'needs-review') return true
  if (verdict === 'met')
    return unread.every(({ beside }) => beside?.isDisjointFrom(new Set(evidence)) ?? false)
  return verdict === 'not-met' && kind === 'contraindication'
}
