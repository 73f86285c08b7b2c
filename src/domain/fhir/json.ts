/**
 * FHIR JSON, read strictly: https://hl7.org/fhir/R4/json.html and https://www.rfc-editor.org/rfc/rfc8259
 *
 * `JSON.parse` rounds decimals (1.10 becomes 1.1), lets the last of two equal names win and has no
 * limits. This reader keeps every decimal as it was written, refuses what two systems could read
 * differently, and stops at limits before anything recursive sees the value.
 */
import { Problem } from '../problem.ts'
import { type JsonLimits, JsonReader } from './json-reader.ts'

export { FhirDecimal, isNumber } from './decimal.ts'
export type { JsonLimits } from './json-reader.ts'

/**
 * The largest record that has to pass (2.9 MB, laid out in lines) was measured at 47,463 values, 555
 * items in its longest array, 22 members in its largest object and 11 levels. The limits are four
 * times the values and eighteen times the items; a compact body of that many values is 4 MiB.
 */
const defaultJsonLimits: JsonLimits = {
  depth: 64,
  nodes: 200_000,
  items: 10_000,
  numberLength: 1_000,
}

// With ignoreBOM the mark stays in the text, where the reader refuses it.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads one JSON text.
 *
 * @param body bytes in UTF-8, or a text
 * @returns plain objects and arrays; numbers that would not survive are `FhirDecimal`
 * @throws Problem `not-json` with line and column, `json-limit`; neither quotes the body
 */
export function parseFhirJson(
  body: Uint8Array | string,
  limits: Partial<JsonLimits> = {},
): unknown {
  return new JsonReader(textOf(body), { ...defaultJsonLimits, ...limits }).read()
}

function textOf(body: Uint8Array | string): string {
  if (typeof body !== 'string') {
    try {
      return utf8.decode(body)
    } catch (cause) {
      throw new Problem('not-json', 'The body is not valid UTF-8.', { cause })
    }
  }
  if (!body.isWellFormed()) throw new Problem('not-json', 'The text holds half a character.')
  return body
}
