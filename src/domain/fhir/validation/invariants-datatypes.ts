/** Invariants of the datatypes: https://hl7.org/fhir/R4/datatypes.html */
import { FhirDecimal } from '../json.ts'
import { isLater } from './dates.ts'
import { type Focus, has, hasChoice, isObject, needs, numberOf } from './focus.ts'
import type { NativeInvariant } from './invariant.ts'

const ucum = 'http://unitsofmeasure.org'

const systemIs = (focus: Focus, system: string) => !has(focus, 'system') || focus.system === system
const valueHasCode = (focus: Focus) => has(focus, 'code') || !has(focus, 'value')
const isPositive = (focus: Focus) => focus.value === undefined || numberOf(focus.value) > 0
const notNegative = (name: string) => (focus: Focus) => !(numberOf(focus[name]) < 0)

export const datatypeInvariants = {
  'ext-1': (focus) => has(focus, 'extension') !== hasChoice(focus, 'value'),
  'qty-3': needs('code', 'system'),
  'sqty-1': (focus) => !has(focus, 'comparator') || ['comparator'],
  'age-1': (focus) => valueHasCode(focus) && systemIs(focus, ucum) && isPositive(focus),
  'cnt-3': (focus) =>
    valueHasCode(focus) &&
    systemIs(focus, ucum) &&
    (!has(focus, 'code') || focus.code === '1') &&
    (focus.value === undefined || isWholeText(focus.value)),
  'dis-1': (focus) => valueHasCode(focus) && systemIs(focus, ucum),
  'drt-1': (focus) => !has(focus, 'code') || (focus.system === ucum && has(focus, 'value')),
  'att-1': needs('data', 'contentType'),
  'cpt-2': needs('value', 'system'),
  'per-1': (focus) => !isLater(focus.start, focus.end),
  'rng-2': (focus) => isOrdered(focus.low, focus.high),
  'rat-1': (focus) =>
    has(focus, 'numerator') === has(focus, 'denominator') &&
    (has(focus, 'numerator') || has(focus, 'extension')),
  // The walk looks at every reference, with the place that is wrong.
  'ref-1': () => true,
  // The type xhtml is checked as a primitive.
  'txt-1': () => true,
  'txt-2': () => true,
  'exp-1': (focus) => has(focus, 'expression') || has(focus, 'reference'),
  'drq-1': (focus) => has(focus, 'path') !== has(focus, 'searchParam'),
  'drq-2': (focus) => has(focus, 'path') !== has(focus, 'searchParam'),
  'trd-1': (focus) => !has(focus, 'data') || !hasChoice(focus, 'timing'),
  'trd-2': needs('condition', 'data'),
  'trd-3': (focus) =>
    (focus.type !== 'named-event' || has(focus, 'name')) &&
    (focus.type !== 'periodic' || hasChoice(focus, 'timing')) &&
    (!String(focus.type).startsWith('data-') || has(focus, 'data')),
  'tim-1': needs('duration', 'durationUnit'),
  'tim-2': needs('period', 'periodUnit'),
  'tim-4': notNegative('duration'),
  'tim-5': notNegative('period'),
  'tim-6': needs('periodMax', 'period'),
  'tim-7': needs('durationMax', 'duration'),
  'tim-8': needs('countMax', 'count'),
  'tim-9': (focus) => !has(focus, 'offset') || whensAllow(focus.when),
  'tim-10': (focus) => !has(focus, 'timeOfDay') || !has(focus, 'when'),
} satisfies Record<string, NativeInvariant>

/** An offset goes with an event that has a time of its own, not with a meal. */
function whensAllow(when: unknown): boolean {
  return Array.isArray(when) && !when.some((code) => ['C', 'CM', 'CD', 'CV'].includes(code))
}

function isWholeText(value: unknown): boolean {
  return value instanceof FhirDecimal
    ? !value.source.includes('.')
    : Number.isInteger(numberOf(value))
}

/** Quantities of one unit are compared here; FHIRPath knows how the units of UCUM convert. */
function isOrdered(low: unknown, high: unknown): boolean | undefined {
  if (!isObject(low) || !isObject(high)) return true
  if (low.value === undefined || high.value === undefined) return true
  const isSameUnit = low.system === high.system && low.code === high.code && low.unit === high.unit
  if (isSameUnit) return !(numberOf(low.value) > numberOf(high.value))
  return [low, high].every(({ system, code }) => system === ucum && code !== undefined)
    ? undefined
    : true
}
