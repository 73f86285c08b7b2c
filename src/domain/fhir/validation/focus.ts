/** Small questions that invariants ask of a parsed element. */
import { isNumber } from '../json.ts'

/** An object of a resource as it was parsed; what it holds has not been checked yet. */
export type Focus = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Focus {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isNumber(value)
}

/** FHIRPath's `exists()` for a named element; a primitive with nothing but extensions exists. */
export function has(focus: Focus, name: string): boolean {
  return focus[name] !== undefined || focus[`_${name}`] !== undefined
}

/** `exists()` for value[x] and its like. */
export function hasChoice(focus: Focus, element: string): boolean {
  for (const name in focus) {
    const start = name.charCodeAt(0) === 0x5f ? 1 : 0
    if (name.length > element.length + start && name.startsWith(element, start)) {
      const next = name.charCodeAt(element.length + start)
      if (next >= 0x41 && next <= 0x5a) return true
    }
  }
  return false
}

/** The items of a repeating element that are objects. */
export function objects(value: unknown): readonly Focus[] {
  return Array.isArray(value) ? value.filter(isObject) : isObject(value) ? [value] : []
}

/** Says whether a CodeableConcept holds one of the codes of a system. */
export function hasCode(concept: unknown, system: string, ...codes: readonly string[]): boolean {
  return (
    isObject(concept) &&
    objects(concept.coding).some(
      (coding) => coding.system === system && codes.includes(String(coding.code)),
    )
  )
}

/** The number of a decimal, NaN for anything else. */
export function numberOf(value: unknown): number {
  return isNumber(value) ? Number(value) : Number.NaN
}

export function equals(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isNumber(a) && isNumber(b)) return Number(a) === Number(b)
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => equals(item, b[index]))
  if (!isObject(a) || !isObject(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && equals(a[name], b[name]))
  )
}

export function areDistinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length
}

/** The element `other` must be there when `name` is. */
export function needs(name: string, other: string): (focus: Focus) => boolean {
  return (focus) => !has(focus, name) || has(focus, other)
}

export function notBoth(name: string, other: string): (focus: Focus) => boolean {
  return (focus) => !has(focus, name) || !has(focus, other)
}

export function oneOf(...names: readonly string[]): (focus: Focus) => boolean {
  return (focus) => names.some((name) => has(focus, name))
}
