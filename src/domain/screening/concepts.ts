/** What a CodeableConcept says beyond its listed codes. */

import type { CodeableConcept } from 'fhir/r4'
import type { CodeIndex } from './codes.ts'

const none: ReadonlySet<string> = new Set()

/** All that the policy's lists say of a concept: matches of any Coding. */
export interface ConceptMeaning {
  readonly listed: boolean
  readonly lists: ReadonlySet<string>
  readonly category: ReadonlySet<string>
  readonly patterns: ReadonlySet<string>
  /** The policy's display of the first listed Coding. */
  readonly display: string | undefined
}

const meaningless: ConceptMeaning = {
  listed: false,
  lists: none,
  category: none,
  patterns: none,
  display: undefined,
}

export function meaningOf(concept: CodeableConcept | undefined, codes: CodeIndex): ConceptMeaning {
  const codings = concept?.coding ?? []
  const [only] = codings
  if (only === undefined) return meaningless
  if (codings.length === 1) return codes.meaning(only)
  let merged = meaningless
  for (const coding of codings) {
    const meaning = codes.meaning(coding)
    merged = {
      listed: merged.listed || meaning.listed,
      lists: union(merged.lists, meaning.lists),
      category: union(merged.category, meaning.category),
      patterns: union(merged.patterns, meaning.patterns),
      display: merged.display ?? meaning.display,
    }
  }
  return merged
}

function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  if (b.size === 0) return a
  return a.size === 0 ? b : a.union(b)
}

/** Text and displays of a concept, for entries whose codes are in no list. */
export function allText(concept: CodeableConcept | undefined): string {
  if (concept === undefined) return ''
  const parts = concept.text ? [concept.text] : []
  for (const { display } of concept.coding ?? []) if (display) parts.push(display)
  return parts.join(' | ')
}

/** What was written freely: the display of a listed code is the list's, whoever sent it. */
export function freeText(concept: CodeableConcept | undefined, codes: CodeIndex): string {
  return meaningOf(concept, codes).listed ? (concept?.text ?? '') : allText(concept)
}

/** What a reader would call it. */
export function nameOf(concept: CodeableConcept | undefined, display?: string): string {
  const coding = concept?.coding?.find((each) => each.display)
  const name = display ?? concept?.text ?? coding?.display ?? concept?.coding?.[0]?.code
  return name === undefined ? 'an entry without a name' : withoutTag(name)
}

/** SNOMED CT names end in "(disorder)" and the like, which says nothing to a reader. */
function withoutTag(name: string): string {
  return name.replace(
    / \((disorder|finding|situation|procedure|regime\/therapy|qualifier value|substance)\)$/,
    '',
  )
}
