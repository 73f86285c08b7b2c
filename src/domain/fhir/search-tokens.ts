/**
 * The tokens that are stored with a resource and asked for by a search. One place makes both, so
 * that they cannot drift apart.
 *
 *   status|active                      an element of datatype code
 *   code|http://loinc.org|1234-5       system and code
 *   code||1234-5                       the code in whatever system
 *   code| |1234-5                      a code that has no system
 *   focus|ServiceRequest/1             a reference
 *   subject.identifier|…               the identifier of a reference, or of the patient it leads to
 *   authored|2026-03                   a date, see search-dates.ts
 */

import { createHash } from 'node:crypto'
import { calendarKey, storedKeys } from './search-dates.ts'
import { parametersOf, type SearchParameter } from './search-parameters.ts'

/** What a search must know of other resources. */
export interface TokenContext {
  /** Business identifiers of the patient, `system|value`. */
  readonly patientIdentifiers?: readonly string[]
}

/**
 * @param resource with its type and id; valid R4
 * @returns the search tokens to store with it, without repeats
 */
export function tokensOf(resource: object, context: TokenContext = {}): string[] {
  const { resourceType } = resource as { resourceType: string }
  const tokens = new Set<string>()
  for (const [name, parameter] of Object.entries(parametersOf(resourceType))) {
    if (parameter.storedAs) continue
    for (const value of valuesAt(resource, parameter.path.split('.')))
      for (const token of valueTokens(name, parameter, value)) tokens.add(token)
    if (parameter.chained)
      for (const identifier of context.patientIdentifiers ?? [])
        for (const token of chainedTokens(name, identifier)) tokens.add(token)
  }
  return [...tokens]
}

function chainedTokens(name: string, identifier: string): string[] {
  const bar = identifier.indexOf('|')
  return codingTokens(`${name}.identifier`, identifier.slice(0, bar), identifier.slice(bar + 1))
}

/** The relative references that a resource makes through one of its search parameters. */
export function referencesBy(resource: object, parameter: SearchParameter): string[] {
  return valuesAt(resource, parameter.path.split('.')).flatMap((value) => {
    const reference = relativeReference((value as { reference?: unknown }).reference)
    return reference && pointsAt(parameter, reference) ? [reference] : []
  })
}

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path))
  const [element, ...rest] = path
  if (element === undefined) return [value]
  return typeof value === 'object'
    ? valuesAt((value as Record<string, unknown>)[element], rest)
    : []
}

function valueTokens(name: string, parameter: SearchParameter, value: unknown): string[] {
  if (parameter.type === 'date') {
    const key = typeof value === 'string' ? calendarKey(value) : undefined
    return key ? storedKeys(key).map((stored) => makeToken(name, stored)) : []
  }
  if (parameter.type === 'token') return tokenTokens(name, value)
  if (parameter.canonical) return canonicalTokens(name, value)
  return referenceTokens(name, parameter, value)
}

/** Elements that a token parameter may look at, told apart by their members. */
interface TokenElement {
  readonly coding?: readonly { readonly system?: string; readonly code?: string }[]
  readonly text?: string
  readonly system?: string
  readonly code?: string
  readonly value?: string
}

function tokenTokens(name: string, value: unknown): string[] {
  if (typeof value === 'string' || typeof value === 'boolean')
    return [makeToken(name, String(value))]
  const element = value as TokenElement
  if (element.coding || element.text)
    return (element.coding ?? []).flatMap(({ system, code }) => codingTokens(name, system, code))
  return codingTokens(name, element.system, element.value ?? element.code)
}

function codingTokens(name: string, system = '', code: string | undefined): string[] {
  if (!code) return []
  return [makeToken(name, system || ' ', code), makeToken(name, '', code)]
}

function canonicalTokens(name: string, value: unknown): string[] {
  if (typeof value !== 'string') return []
  const [url = ''] = value.split('|')
  return [...new Set([value, url])].map((canonical) => makeToken(name, canonical))
}

function referenceTokens(name: string, parameter: SearchParameter, value: unknown): string[] {
  const { reference, identifier } = value as {
    reference?: unknown
    identifier?: { system?: string; value?: string }
  }
  const tokens: string[] = []
  const relative = relativeReference(reference)
  if (relative && pointsAt(parameter, relative)) tokens.push(makeToken(name, relative))
  else if (typeof reference === 'string' && /^[a-z]+:/.test(reference))
    tokens.push(makeToken(name, reference))
  if (identifier)
    tokens.push(...codingTokens(`${name}.identifier`, identifier.system, identifier.value))
  return tokens
}

/** `Patient/1`, without the version it may name; undefined for anything that is not relative. */
export function relativeReference(reference: unknown): string | undefined {
  if (typeof reference !== 'string') return undefined
  return /^([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/.exec(
    reference,
  )?.[1]
}

function pointsAt({ targets }: SearchParameter, reference: string): boolean {
  return targets === 'any' || !!targets?.includes(reference.slice(0, reference.indexOf('/')))
}

/** PostgreSQL refuses to index a key beyond about 2,700 bytes; nothing a person types is as long. */
const longestToken = 500

/** Joins the parts of a token; one that is too long to be indexed is replaced by its hash. */
export function makeToken(...parts: readonly string[]): string {
  const token = parts.join('|')
  if (token.length <= longestToken) return token
  return `${parts[0]}|sha256:${createHash('sha256').update(token).digest('hex')}`
}
