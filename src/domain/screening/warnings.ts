/** What a reader should know and what decides nothing. */

import { dateOf } from './dates.ts'
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
  return [...warnings, ...selfHarm(facts)]
}

/** LOINC answer "Not at all" of PHQ-9. */
const notAtAll = 'LA6568-5'

/** PHQ-9 item 9 above "not at all": no verdict, but whoever reads this must know. */
function selfHarm(facts: Facts): readonly Warning[] {
  return facts.measurements
    .in('phq-9-item-9')
    .filter(({ day }) => facts.inWindow(day, facts.parameters.screenWindow))
    .filter(({ quantity, valueConcept }) =>
      quantity === undefined
        ? valueConcept !== undefined && !valueConcept.coding?.some(({ code }) => code === notAtAll)
        : Number(quantity.value) > 0,
    )
    .map(({ day, reference }) => ({
      text: `PHQ-9 item 9 (thoughts of death or self-harm) was not "not at all" on ${dateOf(day ?? 0)}.`,
      evidence: [reference],
    }))
}
