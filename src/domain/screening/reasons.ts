/** Reasons written into the referral itself and into the records of medicines. */

import { allText, type ConceptMeaning, meaningOf, nameOf } from './concepts.ts'
import { addYears, type Day } from './dates.ts'
import type { MedicationUse } from './medication-uses.ts'
import type { Setting } from './setting.ts'

export interface RecordedReason {
  readonly source: 'referral' | 'medicine'
  readonly reference: string
  readonly meaning: ConceptMeaning
  readonly name: string
  /** Text and displays when no code is listed, else the text. */
  readonly text: string
  /** Of the referral, or the last day of the medicine that is known. */
  readonly day: Day | undefined
}

/** Reasons of medicines older than the look-back are history. */
export function recordedReasons(
  facts: Setting,
  medications: readonly MedicationUse[],
): readonly RecordedReason[] {
  const earliest = addYears(facts.dates.referral, -facts.parameters.lookBackYears)
  const found = [...referralReasons(facts)]
  for (const use of medications) {
    const day = use.end ?? use.start
    if (day !== undefined && day < earliest) continue
    for (const reason of use.reasons)
      if (reason.own) found.push({ ...reason, source: 'medicine', reference: use.reference, day })
  }
  return found
}

/** ServiceRequest.reasonCode: the requester's own assertion. */
function referralReasons(facts: Setting): readonly RecordedReason[] {
  const { reference, resource } = facts.packet.referral
  return (resource.reasonCode ?? []).map((concept) => {
    const meaning = meaningOf(concept, facts.policy.codes)
    return {
      source: 'referral',
      reference,
      meaning,
      name: nameOf(concept, meaning.display),
      text: meaning.listed ? '' : allText(concept),
      day: facts.dates.referral,
    }
  })
}
