/** One answer out of the fields of its item: what it says, that it says nothing, or why it cannot be read. */

import type { Coding } from 'fhir/r4'
import { atWallClock } from '../access/working-hours.ts'
import { FhirDecimal } from '../fhir/decimal.ts'
import { isDate } from '../fhir/validation/dates.ts'
import { fieldOf, otherChoice, type TypedFields } from './fields.ts'
import {
  type Answer,
  type Item,
  limitsOf,
  longestOf,
  optionKey,
  regexOf,
  unitsOf,
} from './items.ts'

/** What is wrong with an answer; pages have the words. */
export type AnswerFault =
  | 'required'
  | 'not-a-number'
  | 'not-whole'
  | 'not-a-date'
  | 'not-a-time'
  | 'not-an-option'
  | 'no-unit'
  | 'too-long'
  | 'too-small'
  | 'too-large'
  | 'wrong-form'

export type ReadAnswer =
  | { readonly answer: Answer }
  | { readonly fault: AnswerFault; readonly limit?: string }
  | undefined

/** @param n which of the answers of the item, from 0 */
export function readAnswer(
  item: Item,
  n: number,
  typed: TypedFields,
  timeZone: string,
): ReadAnswer {
  const part = (name: string) => plain(typed.all(`${fieldOf(item.linkId)}${name}`)[n] ?? '')
  switch (item.type) {
    case 'boolean':
      return readBoolean(part(''))
    case 'integer':
    case 'decimal':
      return readNumber(item, part(''))
    case 'date':
      return readDate(item, part)
    case 'dateTime':
      return readDateTime(item, part, timeZone)
    case 'choice':
    case 'open-choice':
      return readChoice(item, part(''), plain(typed.all(`${fieldOf(item.linkId)}.other`)[0] ?? ''))
    case 'quantity':
      return readQuantity(item, part(''), part('.unit'))
    default:
      return readText(item, part(''))
  }
}

type Part = (name: string) => string

/** As it is stored: without the space around it, and without what FHIR text cannot have. */
const plain = (value: string): string =>
  value
    .replaceAll('\r\n', '\n')
    .replaceAll(/(?![\t\n])\p{Cc}/gu, ' ')
    .trim()

function readBoolean(value: string): ReadAnswer {
  if (value === 'true' || value === 'false') return { answer: { valueBoolean: value === 'true' } }
  return undefined
}

const mostOfInteger = 2_147_483_647

function readNumber(item: Item, value: string): ReadAnswer {
  if (value === '') return undefined
  const number = asNumber(value)
  if (number === undefined) return { fault: 'not-a-number' }
  const fault = outOfLimits(item, Number(number))
  if (item.type === 'decimal') return fault ?? { answer: { valueDecimal: decimalOf(number) } }
  if (!/^-?\d+$/.test(number)) return { fault: 'not-whole' }
  if (Math.abs(Number(number)) > mostOfInteger)
    return { fault: 'too-large', limit: String(mostOfInteger) }
  return fault ?? { answer: { valueInteger: Number(number) } }
}

/** `7.5` and `7,5`; not `1,000`, which is a thousand to some and one to others. */
function asNumber(value: string): string | undefined {
  const written = /^([+-]?)0*(\d{1,15})(?:([.,])(\d{1,8}))?$/.exec(value)
  if (!written) return undefined
  const [, sign = '', whole = '', mark, fraction] = written
  if (mark === ',' && fraction?.length === 3) return undefined
  return `${sign === '-' ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`
}

/** As it was written: 1.10 stays 1.10. FHIR's own types have it as a number, which it acts as. */
const decimalOf = (source: string): number =>
  (String(Number(source)) === source
    ? Number(source)
    : new FhirDecimal(source)) as unknown as number

function outOfLimits(item: Item, value: number): ReadAnswer {
  const { min, max } = limitsOf(item)
  if (min !== undefined && value < Number(min)) return { fault: 'too-small', limit: min }
  if (max !== undefined && value > Number(max)) return { fault: 'too-large', limit: max }
  return undefined
}

/** As much of a date as is known: a year, a month of it, a day of that. */
function dateIn(part: Part): string | undefined {
  const [day, month, year] = [part('.day'), part('.month'), part('.year')]
  if (!/^\d{4}$/.test(year) || (day !== '' && month === '')) return ''
  const pieces = [year, month, day].filter((each) => each !== '')
  const date = pieces.map((each) => (/^\d$/.test(each) ? `0${each}` : each)).join('-')
  return isDate(date) ? date : ''
}

function readDate(item: Item, part: Part): ReadAnswer {
  if (['.day', '.month', '.year'].every((each) => part(each) === '')) return undefined
  const date = dateIn(part)
  if (!date) return { fault: 'not-a-date' }
  return dateOutOfLimits(item, date) ?? { answer: { valueDate: date } }
}

/** A vague date is within the limits when any day of it is. */
function dateOutOfLimits(item: Item, date: string): ReadAnswer {
  const { min, max } = limitsOf(item)
  if (min !== undefined && date < min.slice(0, date.length))
    return { fault: 'too-small', limit: min }
  if (max !== undefined && date > max.slice(0, date.length))
    return { fault: 'too-large', limit: max }
  return undefined
}

function readDateTime(item: Item, part: Part, timeZone: string): ReadAnswer {
  const time = part('.time')
  if (['.day', '.month', '.year', '.time'].every((each) => part(each) === '')) return undefined
  const date = dateIn(part)
  if (!date) return { fault: 'not-a-date' }
  const outside = dateOutOfLimits(item, date)
  if (outside) return outside
  if (time === '') return { answer: { valueDateTime: date } }
  const clock = /^(\d{1,2}):(\d\d)$/.exec(time)
  const instant =
    clock && atWallClock(`${date}T${clock[1]?.padStart(2, '0')}:${clock[2]}`, timeZone)
  return instant ? { answer: { valueDateTime: instant } } : { fault: 'not-a-time' }
}

function readChoice(item: Item, key: string, other: string): ReadAnswer {
  if (key === '') return undefined
  const option = item.answerOption?.find((each) => optionKey(each) === key)
  if (option)
    return {
      answer: option.valueCoding
        ? { valueCoding: codingOf(option.valueCoding) }
        : ({ valueString: option.valueString } as Answer),
    }
  if (item.type !== 'open-choice' || key !== otherChoice) return { fault: 'not-an-option' }
  return other === '' ? { fault: 'required' } : readText(item, other)
}

const codingOf = ({ system, code, display }: Coding): Coding => ({
  ...(system ? { system } : {}),
  ...(code ? { code } : {}),
  ...(display ? { display } : {}),
})

function readQuantity(item: Item, value: string, code: string): ReadAnswer {
  if (value === '') return undefined
  const number = asNumber(value)
  if (number === undefined) return { fault: 'not-a-number' }
  const outside = outOfLimits(item, Number(number))
  if (outside) return outside
  const units = unitsOf(item)
  const unit = units.length === 1 ? units[0] : units.find((each) => each.code === code)
  if (!unit) return { fault: 'no-unit' }
  return {
    answer: {
      valueQuantity: {
        value: decimalOf(number),
        ...(unit.display ? { unit: unit.display } : {}),
        ...(unit.system ? { system: unit.system } : {}),
        ...(unit.code ? { code: unit.code } : {}),
      },
    },
  }
}

function readText(item: Item, value: string): ReadAnswer {
  if (value === '') return undefined
  const most = longestOf(item)
  // As the reader counts: a character outside the basic plane is one.
  if ([...value].length > most) return { fault: 'too-long', limit: String(most) }
  const regex = regexOf(item)
  return regex !== undefined && !new RegExp(`^(?:${regex})$`, 'u').test(value)
    ? { fault: 'wrong-form' }
    : { answer: { valueString: value } }
}
