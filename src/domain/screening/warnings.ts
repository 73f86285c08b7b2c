/** What a reader should know and what decides nothing. */

import type { Facts } from './facts.ts'
import type { Warning } from './result.ts'

export function warningsOf(facts: Facts): readonly Warning[] {
  const { referral, patient, strangers } = facts.packet
  const warnings: Warning[] = []
  if (strangers.length > 0)
    warnings.push({
      text: `${strangers.length === 1 ? 'A resource is' : `${strangers.length} resources are`} about somebody else and not counted.`,
      evidence: strangers,
    })
  if (facts.dates.calendar.day(referral.resource.authoredOn) === undefined)
    warnings.push({
      text: 'The referral has no date (authoredOn); it is taken to be of the check date.',
      evidence: [referral.reference],
    })
  if (facts.dates.referral > facts.dates.check)
    warnings.push({
      text: 'The referral is dated after the check.',
      evidence: [referral.reference],
    })
  if (patient === undefined)
    warnings.push({
      text: 'The patient is not in the referral: sex and age are not known.',
      evidence: [referral.reference],
    })
  return warnings
}
