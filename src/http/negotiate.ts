/** Which form the caller wants: https://hl7.org/fhir/R4/http.html#mime-type */

import { Problem } from '../domain/problem.ts'

export const fhirJson = 'application/fhir+json'
export const plainJson = 'application/json'

/** What `_format` and Accept may say, and what is answered. */
const formats: Readonly<Record<string, string>> = {
  json: fhirJson,
  [fhirJson]: fhirJson,
  [plainJson]: plainJson,
  'text/json': plainJson,
  '*/*': fhirJson,
  'application/*': fhirJson,
}

/**
 * @param format the parameter `_format`, which wins
 * @returns the media type of the answer
 * @throws Problem not-acceptable
 */
export function answerType(accept: string | undefined, format: string | undefined): string {
  if (format !== undefined) {
    // A plus sign that was not escaped in a URL arrives as a space.
    const name = format.replace(' ', '+').split(';')[0] as string
    return known(name) ?? refuse()
  }
  if (accept === undefined || accept.trim() === '') return fhirJson
  let best: { type: string; quality: number } | undefined
  for (const range of accept.split(',').slice(0, 50)) {
    const offer = readRange(range)
    if (offer && offer.quality > (best?.quality ?? 0)) best = offer
  }
  return best?.type ?? refuse()
}

function readRange(range: string): { type: string; quality: number } | undefined {
  const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
  const type = known(name)
  let quality = 1
  for (const parameter of parameters) {
    const [key, value = ''] = parameter.split('=')
    if (key === 'q') quality = Number(value)
    if (key === 'fhirversion' && value !== '4.0') return undefined
  }
  return type && quality > 0 && quality <= 1 ? { type, quality } : undefined
}

const known = (name: string): string | undefined =>
  Object.hasOwn(formats, name) ? formats[name] : undefined

function refuse(): never {
  throw new Problem('not-acceptable')
}
