/** Which reasons make a treatment count as a trial. */

import { type CodeIndex, snomed } from './codes.ts'
import type { Reason } from './medication-uses.ts'

/** F11.x, or a SNOMED CT code of the lists on substance use. */
export function isOpioidDisorder({ concept }: Reason, codes: CodeIndex): boolean {
  return (concept?.coding ?? []).some((coding) => {
    const { lists, patterns } = codes.meaning(coding)
    if (coding.system === snomed) return disorderLists.some((list) => lists.has(list))
    return patterns.has('opioid-disorder-reason')
  })
}

const disorderLists = ['x4-sud-active', 'x4-sud-review', 'x4-exclude']

/** An opioid for acute pain after an operation or for opioid use disorder is no trial. */
export function isReasonForOpioid(reasons: readonly Reason[], codes: CodeIndex): boolean {
  return (
    reasons.length === 0 ||
    reasons.some(
      (reason) =>
        !reason.meaning.patterns.has('acute-postprocedural') && !isOpioidDisorder(reason, codes),
    )
  )
}

const painRoles = ['qualifying-condition/qualifying', 'qualifying-condition/underlying']

/** Any other treatment counts when its reason, if coded, is a pain. */
export function isReasonForPainTreatment(reasons: readonly Reason[]): boolean {
  return (
    reasons.length === 0 ||
    reasons.some(
      ({ coded, meaning }) =>
        !coded ||
        meaning.patterns.has('pain-reason') ||
        painRoles.some((role) => meaning.lists.has(role) || meaning.patterns.has(role)),
    )
  )
}
