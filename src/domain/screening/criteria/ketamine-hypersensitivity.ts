/** No allergy to ketamine or esketamine. "No known allergy" on record stands for the answer no. */

import type { AllergyFact } from '../allergies.ts'
import { type Evidence, recordEvidence, unique, weigh } from '../contraindications.ts'
import { dateOf } from '../dates.ts'
import type { Facts } from '../facts.ts'
import type { Finding } from '../result.ts'

const id = 'ketamine-hypersensitivity'

export function ketamineHypersensitivity(facts: Facts): Finding {
  const reply = facts.forms.reply(id)
  const evidence = [
    ...recordEvidence(facts, id),
    ...facts.allergies.flatMap((allergy) => allergyEvidence(allergy, facts) ?? []),
  ]
  const noKnown = reply.value === 'unknown' ? noKnownAllergy(facts) : undefined
  if (noKnown === undefined) return weigh(facts, id, evidence, reply)
  const recorded = noKnown.recorded === undefined ? 'undated' : dateOf(noKnown.recorded)
  const answered = `${noKnown.name} (${recorded}) stands for the answer no`
  const finding = weigh(facts, id, evidence, { ...reply, value: 'no' }, answered)
  return { ...finding, evidence: unique([...finding.evidence, noKnown.reference]) }
}

/** Active and confirmed is strong; not confirmed, or ketamine only in words, is uncertain. */
function allergyEvidence(allergy: AllergyFact, facts: Facts): Evidence | undefined {
  if (!allergy.active) return undefined
  const isCoded =
    allergy.lists.has('x8-ketamine-substance') ||
    allergy.medicines.some((medicine) => medicine.class === 'ketamine')
  if (isCoded)
    return {
      weight: allergy.certain ? 'strong' : 'uncertain',
      text: `an allergy to ${allergy.name}${allergy.certain ? '' : ', not confirmed'}`,
      references: [allergy.reference],
    }
  const word = facts.policy.words.get(id)?.find(allergy.text)
  if (word === undefined) return undefined
  return {
    weight: 'uncertain',
    text: `an allergy entry "${allergy.text}", which names ${word}`,
    references: [allergy.reference],
  }
}

/** Recorded within a year of the referral, or undated. */
function noKnownAllergy(facts: Facts): AllergyFact | undefined {
  return facts.allergies.find(
    ({ lists, active, certain, recorded }) =>
      lists.has('no-known-drug-allergy') &&
      active &&
      certain &&
      (recorded === undefined || facts.inWindow(recorded, facts.parameters.noKnownAllergyDays)),
  )
}
