/** Prior treatment failed, or an operation is planned: any of its parts is enough. */

import { unique } from '../contraindications.ts'
import type { Criterion, CriterionId } from '../policy.ts'
import type { Finding, Verdict } from '../result.ts'

/** A part of the criterion with what was found for it. */
export interface Part {
  readonly criterion: Criterion
  readonly finding: Finding
}

/** No operation planned, or no alternative of the clinic's own, never decides that treatment did not fail. */
const decisive: ReadonlySet<string> = new Set<CriterionId>([
  'failed-opioid-therapy',
  'failed-other-therapies',
])

export function treatmentFailureOrSurgery(parts: readonly Part[]): Finding {
  const verdict = verdictOf(parts)
  const deciding = parts.filter(({ finding }) => finding.verdict === verdict)
  return {
    verdict,
    explanation:
      deciding.length === 0
        ? 'No failed treatment and no planned operation is shown.'
        : deciding
            .map(({ criterion, finding }) => `${criterion.title}: ${finding.explanation}`)
            .join(' '),
    evidence: unique(deciding.flatMap(({ finding }) => finding.evidence)),
    needed: verdict === 'not-documented' ? parts.flatMap(({ finding }) => finding.needed) : [],
  }
}

function verdictOf(parts: readonly Part[]): Verdict {
  const has = (wanted: Verdict) => parts.some(({ finding }) => finding.verdict === wanted)
  for (const verdict of ['met', 'conflicting', 'needs-review'] as const)
    if (has(verdict)) return verdict
  const failed = parts.some(
    ({ criterion, finding }) => decisive.has(criterion.id) && finding.verdict === 'not-met',
  )
  return failed ? 'not-met' : 'not-documented'
}
