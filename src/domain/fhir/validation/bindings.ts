/** Required bindings: https://hl7.org/fhir/R4/terminologies.html#required */
import type { Definitions } from './definitions.ts'
import { type Focus, has, objects } from './focus.ts'

/** A value set whose codes are the only ones allowed. */
export interface Binding {
  readonly name: string
  readonly hasCode: (code: string) => boolean
  readonly hasCoding: (system: string, code: string) => boolean
}

// Value sets that nobody can write out: the form of the code, or its system, must do.
const openValueSets: Readonly<Record<string, Omit<Binding, 'name'>>> = {
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

const linked = new WeakMap<Definitions, Map<string, Binding>>()

/** @param valueSet as the definitions name it */
export function linkBinding(
  valueSet: string | undefined,
  definitions: Definitions,
): Binding | undefined {
  if (valueSet === undefined) return undefined
  const bindings = linked.get(definitions) ?? new Map<string, Binding>()
  linked.set(definitions, bindings)
  let binding = bindings.get(valueSet)
  if (binding === undefined) {
    const list = definitions.codes[valueSet]
    const codes = list ? listed(list) : openValueSets[valueSet]
    if (codes === undefined) throw new Error(`No codes for ${valueSet}`)
    binding = { name: `the value set ${valueSet}`, ...codes }
    bindings.set(valueSet, binding)
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

type CodeList = Readonly<Record<string, readonly string[]>>

function listed(list: CodeList): Omit<Binding, 'name'> {
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
