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
  const add: Use<string> = (token) => void tokens.add(token)
  for (const { name, parameter, path } of columnsOf(resourceType)) {
    valuesAt(resource, path, (value) => valueTokens(name, parameter, value, add))
    if (parameter.chained)
      for (const identifier of context.patientIdentifiers ?? [])
        chainedTokens(name, identifier, add)
  }
  return [...tokens]
}

/** Every resource that is written passes here: values go from hand to hand, not into lists. */
type Use<T> = (value: T) => void

/** A parameter whose tokens are stored. */
interface Column {
  readonly name: string
  readonly parameter: SearchParameter
  readonly path: readonly string[]
}

const columns = new Map<string, readonly Column[]>()

function columnsOf(type: string): readonly Column[] {
  const known = columns.get(type)
  if (known) return known
  const made = Object.entries(parametersOf(type)).flatMap(([name, parameter]) =>
    parameter.storedAs ? [] : [{ name, parameter, path: parameter.path.split('.') }],
  )
  // A type that has no parameters may be any text.
  if (made.length > 0) columns.set(type, made)
  return made
}

function chainedTokens(name: string, identifier: string, add: Use<string>): void {
  const bar = identifier.indexOf('|')
  codingTokens(`${name}.identifier`, identifier.slice(0, bar), identifier.slice(bar + 1), add)
}

/** The relative references that a resource makes through one of its search parameters. */
export function referencesBy(resource: object, parameter: SearchParameter): string[] {
  const found: string[] = []
  valuesAt(resource, parameter.path.split('.'), (value) => {
    const reference = relativeReference((value as { reference?: unknown }).reference)
    if (reference && pointsAt(parameter, reference)) found.push(reference)
  })
  return found
}

function valuesAt(value: unknown, path: readonly string[], use: Use<unknown>, depth = 0): void {
  if (value === undefined || value === null) return
  if (Array.isArray(value)) for (const item of value) valuesAt(item, path, use, depth)
  else if (depth === path.length) use(value)
  else if (typeof value === 'object')
    valuesAt((value as Record<string, unknown>)[path[depth] as string], path, use, depth + 1)
}

function valueTokens(
  name: string,
  parameter: SearchParameter,
  value: unknown,
  add: Use<string>,
): void {
  if (parameter.type === 'date') {
    const key = typeof value === 'string' ? calendarKey(value) : undefined
    if (key) for (const stored of storedKeys(key)) add(makeToken(name, stored))
  } else if (parameter.type === 'token') tokenTokens(name, value, add)
  else if (parameter.canonical) canonicalTokens(name, value, add)
  else referenceTokens(name, parameter, value, add)
}

/** Elements that a token parameter may look at, told apart by their members. */
interface TokenElement {
  readonly coding?: readonly { readonly system?: string; readonly code?: string }[]
  readonly text?: string
  readonly system?: string
  readonly code?: string
  readonly value?: string
}

function tokenTokens(name: string, value: unknown, add: Use<string>): void {
  if (typeof value === 'string' || typeof value === 'boolean') {
    add(makeToken(name, String(value)))
    return
  }
  const element = value as TokenElement
  if (element.coding || element.text)
    for (const { system, code } of element.coding ?? []) codingTokens(name, system, code, add)
  else codingTokens(name, element.system, element.value ?? element.code, add)
}

function codingTokens(name: string, system = '', code: string | undefined, add: Use<string>): void {
  if (!code) return
  add(makeToken(name, system || ' ', code))
  add(makeToken(name, '', code))
}

function canonicalTokens(name: string, value: unknown, add: Use<string>): void {
  if (typeof value !== 'string') return
  add(makeToken(name, value))
  const bar = value.indexOf('|')
  if (bar >= 0) add(makeToken(name, value.slice(0, bar)))
}

function referenceTokens(
  name: string,
  parameter: SearchParameter,
  value: unknown,
  add: Use<string>,
): void {
  const { reference, identifier } = value as {
    reference?: unknown
    identifier?: { system?: string; value?: string }
  }
  const relative = relativeReference(reference)
  if (relative && pointsAt(parameter, relative)) add(makeToken(name, relative))
  else if (typeof reference === 'string' && /^[a-z]+:/.test(reference))
    add(makeToken(name, reference))
  if (identifier) codingTokens(`${name}.identifier`, identifier.system, identifier.value, add)
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
export function makeToken(name: string, value: string, code?: string): string {
  const token = code === undefined ? `${name}|${value}` : `${name}|${value}|${code}`
  if (token.length <= longestToken) return token
  return `${name}|sha256:${createHash('sha256').update(token).digest('hex')}`
}
