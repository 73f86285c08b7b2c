/**
 * Measured values in the unit that a rule speaks. UCUM by library, each pair of units converted once.
 *
 * UCUM: https://ucum.org/ucum
 */

import ucum from '@lhncbc/ucum-lhc'
import type { Quantity } from 'fhir/r4'

/** What is written for a unit where UCUM has another code, by the unit that a rule speaks. */
const aliases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'mm[Hg]': { mmhg: 'mm[Hg]', 'mm hg': 'mm[Hg]' },
  mg: { mcg: 'ug', µg: 'ug', μg: 'ug' },
  'ug/h': { 'mcg/h': 'ug/h', 'mcg/hr': 'ug/h', 'ug/hr': 'ug/h', 'µg/h': 'ug/h', 'μg/h': 'ug/h' },
  mL: { ml: 'mL', cc: 'mL' },
  d: {
    day: 'd',
    days: 'd',
    week: 'wk',
    weeks: 'wk',
    month: 'mo',
    months: 'mo',
    year: 'a',
    years: 'a',
  },
}

const factors = new Map<string, number | undefined>()

/** Units of activity, however laboratories write them: U/L, IU/L, mIU/mL, m[IU]/mL. */
const activity = /^(m?)\[?i?u\]?\/(m?)l$/i

/**
 * What may be a unit, annotations aside, which mean nothing (UCUM, section 2, paragraph 6). The library
 * prints what it stumbles over, and a unit that somebody wrote may be anything, a name too.
 */
const plausible = /^[a-z0-9%[\]'_*^+-]{1,40}(?:[./][a-z0-9%[\]'_*^+-]{1,40})*$/i

/** As UCUM has it. International units convert among themselves like units, which UCUM leaves open. */
function ucumOf(written: string, to: string): string {
  const unit = aliases[to]?.[written.toLowerCase()]
  if (unit !== undefined) return unit
  const plain = written.replace(/\{[^{}]*\}/g, '') || '1'
  return plain.replace(/[µμ]/g, 'u').replace(activity, (_, milli: string, millilitre: string) => {
    return `${milli.toLowerCase()}U/${millilitre.toLowerCase()}L`
  })
}

/** How many `to` one `from` is; undefined when they do not convert. */
function factor(from: string, wanted: string): number | undefined {
  const unit = ucumOf(from, wanted)
  const to = ucumOf(wanted, wanted)
  if (unit === to) return 1
  const key = `${unit}\n${to}`
  // Stryker disable next-line ConditionalExpression: without the memory the answers are the same
  if (factors.has(key)) return factors.get(key)
  // The library reads its tables (11 ms) when it is first asked, which most referrals never do.
  const converted =
    unit.length <= 40 && plausible.test(unit)
      ? ucum.UcumLhcUtils.getInstance().convertUnitTo(unit, 1, to)
      : undefined
  const found = converted?.status === 'succeeded' ? (converted.toVal ?? undefined) : undefined
  // Stryker disable next-line all: what is remembered is bounded; without it the answers are the same
  if (factors.size < 1000) factors.set(key, found)
  return found
}

/**
 * A quantity in another unit.
 *
 * @returns undefined when it has no unit, an unknown one or one of another dimension
 */
export function inUnit(quantity: Quantity | undefined, unit: string): number | undefined {
  if (quantity?.value === undefined) return undefined
  for (const written of [quantity.code, quantity.unit]) {
    const times = written === undefined ? undefined : factor(written, unit)
    if (times !== undefined) return rounded(Number(quantity.value) * times)
  }
  return undefined
}

/** 2 ukat/L is 120 U/L and not a hair more: conversions are good to twelve digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(12))
}

/** Does a value with its comparator exceed a limit? `maybe` when `<` does not reach down to it. */
export function exceeds(
  value: number,
  comparator: Quantity['comparator'],
  limit: number,
  orEqual = false,
): 'yes' | 'no' | 'maybe' {
  if (comparator === '<' || comparator === '<=') return limit >= value ? 'no' : 'maybe'
  return value > limit || (orEqual && value === limit) ? 'yes' : 'no'
}
