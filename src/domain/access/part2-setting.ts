/** What an organisation's records are under 42 CFR Part 2: https://www.ecfr.gov/current/title-42/part-2 */

import type { Reader } from './reader.ts'

export interface Part2Setting {
  /**
   * Which resources of a referrer are protected besides those that a Part 2 program labelled:
   * none (`labelled`), those with substance-use information (`sensitive`), or every record of a
   * patient (`all`, for a program whose name alone tells).
   */
  readonly protects: 'labelled' | 'sensitive' | 'all'
  /** Why that is so, and why this service is no intermediary for it (§2.11, §2.24), in a sentence. */
  readonly legalBasis: string
}

/** Reads `part2` of an organisation. Whose setting decides nothing, a clinic's, has the basis alone. */
export function readPart2(
  organization: Reader,
  role: 'referrer' | 'clinic',
): { readonly part2?: Part2Setting } {
  if (!organization.has('part2')) return {}
  const known = role === 'referrer' ? ['protects', 'legalBasis'] : ['legalBasis']
  const reader = organization.object('part2', known)
  const protects = reader.has('protects')
    ? reader.text('protects', /^(labelled|sensitive|all)$/, "'labelled', 'sensitive' or 'all'")
    : 'labelled'
  return {
    part2: {
      protects: protects as Part2Setting['protects'],
      legalBasis: reader.text(
        'legalBasis',
        /^(?=.*\S)\P{Cc}{10,500}$/u,
        'the legal basis, in 10 to 500 characters',
      ),
    },
  }
}
