/** Required bindings: https://hl7.org/fhir/R4/terminologies.html#required */
import type { Definitions } from './definitions.ts'
import { type Focus, has, objects } from './focus.ts'

/** A value set whose codes are the only ones allowed. */
export interface Binding {
  /** What to write, for the message. */
  readonly form: string
  readonly hasCode: (code: string) => boolean
  readonly hasCoding: (system: string, code: string) => boolean
}

// Value sets that nobody can write out: the form of the code, or its system, must do.
const openValueSets: Readonly<Record<string, Omit<Binding, 'form'>>> = {
  mimetypes: {
    hasCode: (code) => /^[\w.+*-]+\/[\w.+*-]+(?:\s*;.*)?$/.test(code) || /^[\w-]+$/.test(code),
    hasCoding: (system) => system === 'urn:ietf:bcp:13',
  },
  currencies: {
    hasCode: (code) => /^[A-Z]{3}$/.test(code),
    hasCoding: (system, code) => system === 'urn:iso:std:iso:4217' && /^[A-Z]{3}$/.test(code),
  },
  'ucum-units': {
    hasCode: () => true,
    hasCoding: (system) => system === 'http://unitsofmeasure.org',
  },
  'http://loinc.org/vs/LL379-9': {
    hasCode: () => true,
    hasCoding: (system) => system === 'http://loinc.org',
  },
}

type Codes = Definitions['codes']

const linked = new WeakMap<Codes, Map<string, Binding>>()

/**
 * @param valueSet as the definitions name it, or a canonical URL
 * @throws Error when its codes are not known
 */
export function linkCodes(valueSet: string | undefined, codes: Codes): Binding | undefined {
  if (valueSet === undefined) return undefined
  const bindings = linked.get(codes) ?? new Map<string, Binding>()
  linked.set(codes, bindings)
  const name = valueSet.replace(/\|.*$/, '').replace('http://hl7.org/fhir/ValueSet/', '')
  let binding = bindings.get(name)
  if (binding === undefined) {
    const list = codes[name]
    const lookup = list ? listed(list) : openValueSets[name]
    if (lookup === undefined) throw new Error(`No codes for ${name}`)
    binding = { form: formOf(name, list), ...lookup }
    bindings.set(name, binding)
  }
  return binding
}

/** Says whether a Coding, CodeableConcept or Quantity carries a code of the value set. */
export function holdsCodeOf(binding: Binding, value: Focus): boolean {
  const codings = value.coding === undefined ? [value] : objects(value.coding)
  if (codings.some(({ system, code }) => binding.hasCoding(String(system), String(code))))
    return true
  // Says why there is no code, as data-absent-reason does.
  return (
    has(value, 'extension') && !has(value, 'coding') && !has(value, 'text') && !has(value, 'code')
  )
}

// More than these help nobody who reads the message.
const codesWorthListing = 16

function formOf(name: string, list: CodeList | undefined): string {
  const codes = Object.values(list ?? {}).flat()
  return codes.length > 0 && codes.length <= codesWorthListing
    ? `one of the codes ${codes.join(', ')}`
    : `a code of the value set ${name}`
}

type CodeList = Readonly<Record<string, readonly string[]>>

function listed(list: CodeList): Omit<Binding, 'form'> {
  const codes = new Set<string>()
  const codings = new Set<string>()
  for (const [system, ofSystem] of Object.entries(list)) {
    for (const code of ofSystem) {
      codes.add(code)
      codings.add(`${system}|${code}`)
    }
  }
  return {
    hasCode: (code) => codes.has(code),
    hasCoding: (system, code) => codings.has(`${system}|${code}`),
  }
}
