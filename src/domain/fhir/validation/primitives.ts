/** The primitive types: https://hl7.org/fhir/R4/datatypes.html#primitive */
import { FhirDecimal, isNumber } from '../json.ts'
import { isDate, isDateTime, isInstant, isTime } from './dates.ts'
import { isXhtml } from './xhtml.ts'

export interface Primitive {
  readonly accepts: (value: unknown) => boolean
  /** The form to write, for the message. */
  readonly form: string
}

/** FHIR's own ceiling for a string; base64Binary has none. */
const longestString = 1_048_576
const largestInteger = 2_147_483_647

const text = (accepts: (value: string) => boolean) => (value: unknown) =>
  typeof value === 'string' && value.length > 0 && value.length <= longestString && accepts(value)

/** No control characters but tab, line feed and carriage return. */
function isString(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const char = value.charCodeAt(at)
    if (char < 0x20 && char !== 0x09 && char !== 0x0a && char !== 0x0d) return false
  }
  return true
}

function isUri(value: string): boolean {
  for (let at = 0; at < value.length; at++) if (value.charCodeAt(at) <= 0x20) return false
  return !/\s/.test(value)
}

const whole =
  (least: number) =>
  (value: unknown): boolean =>
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= least &&
    value <= largestInteger

/** A decimal that a double can approach: 1e999 could be neither compared nor stored. */
function isDecimal(value: unknown): boolean {
  if (!isNumber(value) || !Number.isFinite(Number(value))) return false
  if (!(value instanceof FhirDecimal)) return true
  const [mantissa = '', exponent = '0'] = value.source.toLowerCase().split('e')
  if (Math.abs(Number(exponent)) > 308) return false
  return Number(value) !== 0 || !/[1-9]/.test(mantissa)
}

/** Groups of four, as RFC 4648 writes them, with white space anywhere. */
function isBase64(value: unknown): boolean {
  if (typeof value !== 'string' || value.length === 0) return false
  let count = 0
  let padding = 0
  for (let at = 0; at < value.length; at++) {
    const char = value.charCodeAt(at)
    if (char === 0x20 || char === 0x0a || char === 0x0d || char === 0x09) continue
    count++
    if (char === 0x3d) padding++
    else if (padding > 0 || !isBase64Char(char)) return false
  }
  return count > 0 && count % 4 === 0 && padding <= 2
}

function isBase64Char(char: number): boolean {
  return (
    (char >= 0x61 && char <= 0x7a) ||
    (char >= 0x41 && char <= 0x5a) ||
    (char >= 0x30 && char <= 0x39) ||
    char === 0x2b ||
    char === 0x2f
  )
}

const matches = (form: RegExp) => text((value) => form.test(value))

const markdown = { accepts: text(isString), form: 'text of at most 1 MB, not empty' }
const uri = { accepts: text(isUri), form: 'a URI without white space' }

export const primitives: Readonly<Record<string, Primitive>> = {
  base64Binary: { accepts: isBase64, form: 'base64 in groups of four characters' },
  boolean: {
    accepts: (value) => typeof value === 'boolean',
    form: 'true or false, without quotes',
  },
  canonical: uri,
  code: {
    accepts: text((value) => isString(value) && /^\S+(?:\s\S+)*$/.test(value)),
    form: 'a code without white space at its ends',
  },
  date: { accepts: text(isDate), form: 'a date that exists: YYYY, YYYY-MM or YYYY-MM-DD' },
  dateTime: {
    accepts: text(isDateTime),
    form: 'a date that exists (YYYY, YYYY-MM or YYYY-MM-DD), or YYYY-MM-DDThh:mm:ss with a zone (Z or +hh:mm)',
  },
  decimal: { accepts: isDecimal, form: 'a number, without quotes' },
  id: {
    accepts: matches(/^[A-Za-z0-9\-.]{1,64}$/),
    form: 'a string of 1 to 64 letters, digits, hyphens and dots',
  },
  instant: { accepts: text(isInstant), form: 'YYYY-MM-DDThh:mm:ss with a zone (Z or +hh:mm)' },
  integer: { accepts: whole(-largestInteger - 1), form: 'a whole number, without quotes' },
  markdown,
  oid: { accepts: matches(/^urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+$/), form: 'urn:oid:1.2.3' },
  positiveInt: { accepts: whole(1), form: 'a whole number from 1, without quotes' },
  string: markdown,
  time: { accepts: text(isTime), form: 'hh:mm:ss without a zone' },
  unsignedInt: { accepts: whole(0), form: 'a whole number from 0, without quotes' },
  uri,
  url: uri,
  uuid: {
    accepts: matches(/^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    form: 'urn:uuid: and a UUID in lower case',
  },
  xhtml: {
    accepts: (value) => typeof value === 'string' && isXhtml(value),
    form: 'well-formed XHTML in one <div xmlns="http://www.w3.org/1999/xhtml">, not empty, with formatting elements only',
  },
}
