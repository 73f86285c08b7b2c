/** Is what the clinic got what was acknowledged, but for what delivery itself changes? */

import { FhirDecimal, parseFhirJson } from '../../src/domain/fhir/json.ts'
import { resourceIdentifierSystem } from '../../src/domain/referral/task.ts'

/** Ids and references are of the place; a Task arrives as something to take up. */
const ofThePlace: ReadonlySet<string> = new Set(['id', 'reference', 'versionId', 'lastUpdated'])
const ofDelivery: Readonly<Record<string, readonly string[]>> = {
  Task: [
    'status',
    'businessStatus',
    'performerType',
    'restriction',
    'lastModified',
    'output',
    'meta',
  ],
  GuidanceResponse: ['reasonReference'],
}

/** @returns the first place where the two differ; undefined when they say the same */
export function unlike(ours: string, theirs: string): string | undefined {
  return difference(plain(ours), plain(theirs), '')
}

/** Decimals stay text, so 1.10 is not 1.1. */
function plain(content: string): unknown {
  const resource = parseFhirJson(content) as Record<string, unknown>
  const left = ofDelivery[String(resource.resourceType)] ?? []
  return Object.fromEntries(Object.entries(resource).filter(([name]) => !left.includes(name)))
}

function difference(one: unknown, other: unknown, at: string): string | undefined {
  if (Array.isArray(one) || Array.isArray(other)) {
    const [a, b] = [unmarked(one), unmarked(other)]
    if (a.length !== b.length) return `${at} has ${a.length} and ${b.length}`
    return a.map((each, i) => difference(each, b[i], `${at}[${i}]`)).find(Boolean)
  }
  if (!isObject(one) || !isObject(other)) return scalar(one) === scalar(other) ? undefined : at
  const names = new Set(
    [...Object.keys(one), ...Object.keys(other)].filter((name) => !ofThePlace.has(name)),
  )
  for (const name of names) {
    if (isBare(one[name]) && isBare(other[name])) continue
    const found = difference(one[name], other[name], `${at}.${name}`)
    if (found) return found
  }
  return undefined
}

/** Without the mark by which we find it again. */
const unmarked = (value: unknown): readonly unknown[] =>
  (Array.isArray(value) ? value : []).filter(
    (each) => !(isObject(each) && each.system === resourceIdentifierSystem),
  )

/** A meta or a list that holds nothing but what is of the place. */
function isBare(value: unknown): boolean {
  if (value === undefined) return true
  if (Array.isArray(value)) return unmarked(value).length === 0
  if (!isObject(value)) return false
  return Object.entries(value).every(([name, each]) => ofThePlace.has(name) || isBare(each))
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof FhirDecimal)

const scalar = (value: unknown): string =>
  value instanceof FhirDecimal ? value.source : String(value)
