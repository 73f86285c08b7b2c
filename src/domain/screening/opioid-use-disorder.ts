/** Is a medicine for opioid use disorder running? */

import type { Evidence } from './contraindications.ts'
import type { Facts } from './facts.ts'
import { isOpioidDisorder } from './medication-reasons.ts'
import type { MedicationUse } from './medication-uses.ts'

/** Products for opioid use disorder that run at the referral, with or without a diagnosis beside them. */
export function runningDisorderMedicines(facts: Facts): readonly Evidence[] {
  return facts.medications
    .filter((use) => isForDisorder(use, facts) && isRunning(use, facts))
    .map((use) => ({
      weight: 'uncertain',
      text: `a medicine for opioid use disorder that is running (${use.medicine?.display ?? use.text})`,
      references: [use.reference],
    }))
}

function isForDisorder({ medicine, text, reasons }: MedicationUse, facts: Facts): boolean {
  const brands = facts.policy.words.get('opioid-use-disorder-medicine')
  if (medicine?.use === 'oud' || brands?.find(text) !== undefined) return true
  return (
    medicine?.use === 'pain-or-oud' &&
    reasons.some((reason) => isOpioidDisorder(reason, facts.policy.codes))
  )
}

/**
 * An active request or statement whose period reaches the referral, or ended less than 30 days before
 * it; a dispense whose supply reaches into those 30 days.
 */
function isRunning(use: MedicationUse, facts: Facts): boolean {
  const { resource, start, end, statedEnd } = use
  const since = facts.dates.referral - facts.parameters.oudRunDays
  switch (resource.resourceType) {
    case 'MedicationRequest':
    case 'MedicationStatement':
      if (resource.status !== 'active' || use.taken !== 'taken') return false
      return start === undefined ? (statedEnd ?? since + 1) > since : (end ?? start) > since
    default:
      if (use.taken !== 'taken') return false
      return start !== undefined && (statedEnd ?? start) > since
  }
}
