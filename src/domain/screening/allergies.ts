/**
 * Allergies and intolerances.
 *
 * http://hl7.org/fhir/R4/allergyintolerance.html
 */

import type { AllergyIntolerance, CodeableConcept } from 'fhir/r4'
import { allText, meaningOf, nameOf } from './concepts.ts'
import type { Day } from './dates.ts'
import type { Medicine } from './medicines.ts'
import type { Setting } from './setting.ts'

export interface AllergyFact {
  readonly reference: string
  readonly name: string
  readonly lists: ReadonlySet<string>
  readonly medicines: readonly Medicine[]
  /** Not inactive and not resolved. */
  readonly active: boolean
  readonly certain: boolean
  /** What it is an allergy to, in words, besides the displays of listed codes. */
  readonly substance: string
  /** The same with reactions and notes. */
  readonly text: string
  readonly recorded: Day | undefined
}

const dropped: ReadonlySet<string> = new Set(['entered-in-error', 'refuted'])

/** Those that are not refuted, not entered in error and not of the future. */
export function allergiesOf(facts: Setting): readonly AllergyFact[] {
  return facts.packet.ofType('AllergyIntolerance').flatMap(({ reference, resource }) => {
    const verification = codesOf(resource.verificationStatus)
    if (verification.some((code) => dropped.has(code))) return []
    const recorded = facts.dates.calendar.day(resource.recordedDate)
    const day = recorded ?? facts.dates.calendar.day(resource.onsetDateTime)
    if (facts.isFuture(day)) return []
    const substances = [
      resource.code,
      ...(resource.reaction ?? []).map(({ substance }) => substance),
    ]
    const meanings = substances.map((substance) => meaningOf(substance, facts.policy.codes))
    return {
      reference,
      name: nameOf(resource.code, meanings[0]?.display),
      lists: new Set(meanings.flatMap(({ lists }) => [...lists])),
      medicines: substances.flatMap((substance) => facts.policy.medicines.of(substance) ?? []),
      active: !codesOf(resource.clinicalStatus).some(
        (code) => code === 'inactive' || code === 'resolved',
      ),
      certain: verification.length === 0 || verification.includes('confirmed'),
      substance: substanceText(substances, facts),
      text: textOf(resource, substances, facts),
      recorded,
    }
  })
}

function codesOf(concept: CodeableConcept | undefined): readonly string[] {
  return concept?.coding?.flatMap(({ code }) => code ?? []) ?? []
}

type Substances = readonly (CodeableConcept | undefined)[]

function substanceText(substances: Substances, facts: Setting): string {
  const isListed = (concept: CodeableConcept | undefined) =>
    meaningOf(concept, facts.policy.codes).listed ||
    facts.policy.medicines.of(concept) !== undefined
  return joined(substances.map((each) => (isListed(each) ? (each?.text ?? '') : allText(each))))
}

function textOf(allergy: AllergyIntolerance, substances: Substances, facts: Setting): string {
  return joined([
    substanceText(substances, facts),
    ...(allergy.reaction ?? []).map(({ description }) => description ?? ''),
    ...(allergy.note ?? []).map(({ text }) => text),
  ])
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(' | ')
}
