/**
 * Which lists a code is in. Exact code and system; ICD-10-CM also with or without the dot, by a listed
 * code that the recorded one extends (a child added later), and, imprecisely, by category.
 */

import type { CodeableConcept, Coding, ValueSet } from 'fhir/r4'

export const icd10cm = 'http://hl7.org/fhir/sid/icd-10-cm'
export const snomed = 'http://snomed.info/sct'
export const rxnorm = 'http://www.nlm.nih.gov/research/umls/rxnorm'

/** What the policy's value sets say of one code. */
export interface Meaning {
  /** In a list by its code: then it is not an uncoded entry. A pattern alone does not list a code. */
  readonly listed: boolean
  /** Ids of the value sets that hold it, and `criterion/role` for each focus and role of them. */
  readonly lists: ReadonlySet<string>
  /** The same for lists of which the code is only a category: what is meant stays open. */
  readonly category: ReadonlySet<string>
  /** The same for value sets that take it in by a pattern, such as "C00 to C96". */
  readonly patterns: ReadonlySet<string>
  /** The display that the policy gives it. */
  readonly display: string | undefined
}

const none: ReadonlySet<string> = new Set()
const unknown: Meaning = {
  listed: false,
  lists: none,
  category: none,
  patterns: none,
  display: undefined,
}

interface Entry {
  readonly lists: Set<string>
  readonly display: string
}

interface Pattern {
  readonly expression: RegExp
  readonly lists: ReadonlySet<string>
}

const canonicalOfSystem = 'https://referloop.example/fhir/CodeSystem/'

export class CodeIndex {
  readonly #bySystem = new Map<string, Map<string, Entry>>()
  readonly #patterns = new Map<string, Pattern[]>()
  /** Every proper prefix of three or more characters of a listed ICD-10-CM code. */
  readonly #categories = new Map<string, Set<string>>()
  /** An index is read far more often than it is made: what a code means is remembered. */
  readonly #meanings = new Map<string, Meaning>()

  /** @param valueSets with `compose.include` of concepts or of `code` regex filters */
  constructor(valueSets: readonly ValueSet[]) {
    for (const valueSet of valueSets) this.#add(valueSet, tokensOf(valueSet))
  }

  /** What one Coding means; an unlisted one means nothing. */
  meaning(coding: Coding): Meaning {
    const { system, code } = coding
    if (system === undefined || code === undefined) return unknown
    if (system !== icd10cm) return this.#exact(system, code) ?? unknown
    const bare = bareIcd(code)
    const remembered = this.#meanings.get(bare)
    // Stryker disable next-line ConditionalExpression: without the memory the answers are the same
    if (remembered) return remembered
    const meaning = this.#icd(bare)
    // Stryker disable next-line all: what is remembered is bounded; without it the answers are the same
    if (this.#meanings.size < 20_000) this.#meanings.set(bare, meaning)
    return meaning
  }

  /** Is any Coding of the concept in this list? Its categories and patterns do not count. */
  has(concept: CodeableConcept | undefined, list: string): boolean {
    return concept?.coding?.some((coding) => this.meaning(coding).lists.has(list)) ?? false
  }

  /** The codes that a list names, without their systems, as a search asks for them. */
  codesIn(list: string): readonly string[] {
    return [...this.#bySystem.values()].flatMap((entries) =>
      [...entries].flatMap(([code, { lists }]) => (lists.has(list) ? [code] : [])),
    )
  }

  /** The policy's display of the first listed Coding of a concept. */
  displayOf(concept: CodeableConcept | undefined): string | undefined {
    return concept?.coding?.map((coding) => this.meaning(coding).display).find(Boolean)
  }

  #exact(system: string, code: string): Meaning | undefined {
    const entry = this.#bySystem.get(system)?.get(code)
    return entry && { ...unknown, listed: true, lists: entry.lists, display: entry.display }
  }

  #icd(bare: string): Meaning {
    const entries = this.#bySystem.get(icd10cm)
    const patterns = this.#matchPatterns(icd10cm, dotted(bare))
    for (let length = bare.length; length >= 3; length--) {
      const entry = entries?.get(bare.slice(0, length))
      if (entry)
        return { ...unknown, listed: true, lists: entry.lists, patterns, display: entry.display }
    }
    const category = this.#categories.get(bare) ?? none
    return { ...unknown, listed: category.size > 0, category, patterns }
  }

  #matchPatterns(system: string, code: string): ReadonlySet<string> {
    let lists = none
    for (const pattern of this.#patterns.get(system) ?? [])
      if (pattern.expression.test(code)) lists = lists.union(pattern.lists)
    return lists
  }

  #add(valueSet: ValueSet, tokens: readonly string[]): void {
    for (const include of valueSet.compose?.include ?? []) {
      if (include.system === undefined) continue
      for (const { code, display } of include.concept ?? [])
        this.#addConcept(include.system, code, display ?? code, tokens)
      for (const { property, op, value } of include.filter ?? [])
        if (property === 'code' && op === 'regex')
          this.#addPattern(include.system, new RegExp(`^(?:${value})$`), tokens)
    }
  }

  #addConcept(system: string, code: string, display: string, tokens: readonly string[]): void {
    const key = system === icd10cm ? bareIcd(code) : code
    const entries = getOrMake(this.#bySystem, system, () => new Map<string, Entry>())
    const entry = getOrMake(entries, key, () => ({ lists: new Set<string>(), display }))
    for (const token of tokens) entry.lists.add(token)
    if (system !== icd10cm) return
    for (let length = 3; length < key.length; length++) {
      const category = getOrMake(this.#categories, key.slice(0, length), () => new Set<string>())
      for (const token of tokens) category.add(token)
    }
  }

  #addPattern(system: string, expression: RegExp, tokens: readonly string[]): void {
    getOrMake(this.#patterns, system, () => []).push({ expression, lists: new Set(tokens) })
  }
}

/** The name under which `has` and `lists` know the value sets of one role for one criterion. */
export function roleOf(criterion: string, role: string): string {
  return `${criterion}/${role}`
}

function tokensOf(valueSet: ValueSet): readonly string[] {
  const codesOf = (system: string) =>
    (valueSet.useContext ?? []).flatMap(({ valueCodeableConcept }) =>
      (valueCodeableConcept?.coding ?? [])
        .filter((coding) => coding.system === canonicalOfSystem + system)
        .map((coding) => coding.code ?? ''),
    )
  const roles = codesOf('value-set-role')
  const byRole = codesOf('screening-criterion').flatMap((criterion) =>
    roles.map((role) => roleOf(criterion, role)),
  )
  return [valueSet.id ?? '', ...byRole]
}

function bareIcd(code: string): string {
  const dot = code.indexOf('.')
  return dot === -1 ? code : code.slice(0, dot) + code.slice(dot + 1)
}

function dotted(bare: string): string {
  return bare.length > 3 ? `${bare.slice(0, 3)}.${bare.slice(3)}` : bare
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
