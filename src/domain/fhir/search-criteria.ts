/**
 * One search parameter turned into the tokens that the store is asked for: the other side of
 * search-tokens.ts. https://hl7.org/fhir/R4/search.html#ptypes
 */

import { Problem } from '../problem.ts'
import { askedKeys, calendarKey, readDate } from './search-dates.ts'
import { parametersOf, type SearchParameter, searchableTypes } from './search-parameters.ts'
import { makeToken, relativeReference } from './search-tokens.ts'

/** More alternatives than anybody needs; fewer than hurt the database. */
const maximumAlternatives = 200

/** One parameter as the store is asked for it. */
export interface Criterion {
  /** Alternatives. */
  readonly tokens: readonly string[]
  /** The type that a chained parameter looks at. */
  readonly chainedType?: string
}

/**
 * Reads one parameter of a type.
 * @param ownBase our FHIR base: absolute references to it are relative ones
 * @returns undefined when the type has no such parameter
 * @throws Problem bad-parameter
 */
export function readCriterion(
  type: string,
  name: string,
  value: string,
  ownBase: string | undefined,
): Criterion | undefined {
  const { base, modifier, chain } = splitName(name)
  const table = parametersOf(type)
  const parameter = Object.hasOwn(table, base) ? table[base] : undefined
  if (!parameter) return undefined
  const stored = parameter.storedAs ?? base
  const values = alternatives(value)
  if (chain !== undefined || modifier === 'identifier') {
    requireIdentifier(name, parameter, chain, modifier)
    const tokens = values.map((text) => tokenAsked(`${stored}.identifier`, text))
    return chain ? { tokens, chainedType: 'Patient' } : { tokens }
  }
  return {
    tokens: values.flatMap((text) => tokensAsked(base, parameter, modifier, text, ownBase)),
  }
}

/** `patient:Patient.identifier` and the like, taken apart. */
function splitName(name: string): { base: string; modifier?: string; chain?: string } {
  const [path = '', ...modifiers] = name.split(':')
  const last = modifiers.join(':')
  const dot = path.indexOf('.')
  if (dot > 0)
    return { base: path.slice(0, dot), chain: path.slice(dot + 1) + (last ? `:${last}` : '') }
  const typed = /^([A-Z][A-Za-z]+)\.(.+)$/.exec(last)
  if (typed) return { base: path, modifier: typed[1] as string, chain: typed[2] as string }
  return modifiers.length > 0 ? { base: path, modifier: last } : { base: path }
}

function requireIdentifier(
  name: string,
  parameter: SearchParameter,
  chain: string | undefined,
  modifier: string | undefined,
): void {
  if (parameter.type !== 'reference' || parameter.canonical)
    refuse(`${plainName(name)}: only a reference has an identifier.`)
  if (chain === undefined) return
  if (chain !== 'identifier' || (modifier !== undefined && modifier !== 'Patient'))
    refuse(`${plainName(name)}: chaining is supported to the identifier only.`)
  if (!parameter.chained)
    refuse(
      `${plainName(name)}: chaining to the identifier is supported for the patient of ServiceRequest and Task; elsewhere ask :identifier for the identifier in the reference itself.`,
    )
}

function tokensAsked(
  name: string,
  parameter: SearchParameter,
  modifier: string | undefined,
  text: string,
  ownBase: string | undefined,
): readonly string[] {
  if (parameter.type === 'reference' && !parameter.canonical)
    return referencesAsked(name, parameter, modifier, unescaped(text), ownBase)
  if (modifier !== undefined) refuse(`${plainName(name)} supports no such modifier.`)
  if (parameter.canonical) return [makeToken(parameter.storedAs ?? name, unescaped(text))]
  if (parameter.type === 'date') {
    const { prefix, value } = readDate(name, text)
    return askedKeys(prefix, calendarKey(value) as string).map((key) => makeToken(name, key))
  }
  return [parameter.system ? codeAsked(name, parameter.system, text) : tokenAsked(name, text)]
}

/** For an element of datatype code, whose system is implied. */
function codeAsked(name: string, implied: string, text: string): string {
  const [system, code] = splitToken(name, text)
  return system === undefined || system === implied
    ? makeToken(name, code)
    : makeToken(name, system, code)
}

function tokenAsked(name: string, text: string): string {
  const [system, code] = splitToken(name, text)
  if (system === undefined) return makeToken(name, '', code)
  return makeToken(name, system === '' ? ' ' : system, code)
}

function splitToken(name: string, text: string): [string | undefined, string] {
  const [first = '', second, ...more] = splitUnescaped(text, '|').map(unescaped)
  if (more.length > 0) refuse(`${name} needs code or system|code; write \\| for a bar in a value.`)
  const code = second ?? first
  if (code === '') refuse(`${name} needs a code; a system alone is not supported.`)
  return [second === undefined ? undefined : first, code]
}

function referencesAsked(
  name: string,
  parameter: SearchParameter,
  modifier: string | undefined,
  value: string,
  base: string | undefined,
): readonly string[] {
  const stored = parameter.storedAs ?? name
  const targets = parameter.targets === 'any' ? searchableTypes : (parameter.targets ?? [])
  if (modifier !== undefined && !targets.includes(modifier))
    refuse(`${plainName(name)} supports the modifiers :identifier and :[type] of its targets.`)
  const local = base && value.startsWith(`${base}/`) ? value.slice(base.length + 1) : value
  const relative = relativeReference(local)
  if (relative) return [makeToken(stored, relative)]
  if (/^[a-z][a-z0-9+.-]*:/.test(local)) return [makeToken(stored, local)]
  if (!/^[A-Za-z0-9\-.]{1,64}$/.test(local))
    refuse(`${plainName(name)} needs an id, Type/id or an absolute URL.`)
  return (modifier ? [modifier] : targets).map((type) => makeToken(stored, `${type}/${local}`))
}

/** The values between commas. */
export function alternatives(value: string): string[] {
  const parts = splitUnescaped(value, ',').filter((part) => part !== '')
  if (parts.length === 0 || parts.length > maximumAlternatives)
    refuse(`Give 1 to ${maximumAlternatives} values, separated by commas.`)
  return parts
}

/** Splits where the separator is not escaped by a backslash; the escapes stay. */
function splitUnescaped(text: string, separator: string): string[] {
  const parts: string[] = []
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === separator) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

export const unescaped = (text: string): string => text.replace(/\\([\\|,$])/g, '$1')

/** A name as it may be repeated in a message. */
export const plainName = (name: string): string => name.replace(/[^\w.:-]/g, '?').slice(0, 64)

export function refuse(diagnostics: string): never {
  throw new Problem('bad-parameter', diagnostics)
}
