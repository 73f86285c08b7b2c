/** X5, no raised intracranial pressure: the lists and words of the policy, nothing measured. */

import { recordEvidence, weigh } from '../contraindications.ts'
import type { Facts } from '../facts.ts'
import type { Finding } from '../result.ts'

export function intracranialPressure(facts: Facts): Finding {
  const id = 'intracranial-pressure'
  return weigh(facts, id, recordEvidence(facts, id))
}
