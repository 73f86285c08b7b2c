/** What the verdicts come to together. */

import type { Overall } from './policy.ts'
import type { CriterionResult, Verdict } from './result.ts'

/** Alternatives count only through the criterion that they are part of. */
export function overallOf(criteria: readonly CriterionResult[]): Overall {
  const counting = criteria.filter(({ partOf }) => partOf === undefined)
  const some = (verdict: Verdict, kind: string) =>
    counting.some((each) => each.verdict === verdict && (each.class ?? each.kind) === kind)
  const any = (verdict: Verdict) => counting.some((each) => each.verdict === verdict)
  if (some('not-met', 'absolute')) return 'contraindicated'
  if (some('not-met', 'required')) return 'not-eligible'
  if (any('conflicting') || any('needs-review') || some('not-met', 'relative'))
    return 'clinician-review'
  return any('not-documented') ? 'incomplete' : 'ready'
}
