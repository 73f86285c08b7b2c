/**
 * The shapes an EHR's answers must have before anything in them is believed.
 *
 * https://hl7.org/fhir/R4/bundle.html, https://hl7.org/fhir/R4/http.html#transaction-response
 */

import { unusableAnswer } from './ehr-failure.ts'
import { withinBase } from './outbound-address.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export interface ResourceRef {
  readonly type: string
  readonly id: string
}

const referenceForm =
  /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/

/**
 * @param text `Patient/1`, with or without `_history`, or absolute on the EHR's own base
 * @returns undefined for anything else
 */
export function readReference(text: unknown, baseUrl: string): ResourceRef | undefined {
  if (typeof text !== 'string' || text.length > 2_000) return undefined
  const match = referenceForm.exec(relativeTo(text, baseUrl) ?? '')
  return match ? { type: match[1] as string, id: match[2] as string } : undefined
}

function relativeTo(text: string, baseUrl: string): string | undefined {
  const base = baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`
  // Some servers answer with the path alone: /fhir/Patient/1/_history/1.
  const path = new URL(base).pathname
  if (text.startsWith(path)) return text.slice(path.length)
  if (!/^https?:/i.test(text)) return text
  try {
    return withinBase(text, base).slice(new URL(base).href.length)
  } catch {
    return undefined
  }
}

/** An entry that was sent. */
export interface SentEntry {
  readonly type: string
  /** Where it went, when that was ours to say (PUT). */
  readonly place?: string
}

/**
 * @param sent the entries that were sent, in order
 * @returns for each entry the reference that the EHR gave it
 * @throws EhrFailure unknown
 */
export function readTransactionResponse(
  answer: unknown,
  sent: readonly SentEntry[],
  baseUrl: string,
): readonly string[] {
  const entries = bundleEntries(answer, 'transaction-response')
  if (entries.length !== sent.length)
    throw unusableAnswer(`${entries.length} entries for ${sent.length} sent`)
  return sent.map(({ type, place: known }, i) => {
    const entry = entries[i] as JsonObject
    if (!/^20[01]\b/.test(String(objectOf(entry.response)?.status)))
      throw unusableAnswer(`entry ${i} has no status of success`)
    const place = placeOf(entry, baseUrl) ?? readReference(known, baseUrl)
    if (place?.type !== type) throw unusableAnswer(`entry ${i} has no location of its type`)
    const reference = `${place.type}/${place.id}`
    if (known !== undefined && reference !== known)
      throw unusableAnswer(`entry ${i} lies elsewhere than it was put`)
    return reference
  })
}

/** Where an entry came to lie: its location, or what the resource says of itself. */
function placeOf(entry: JsonObject, baseUrl: string): ResourceRef | undefined {
  const resource = objectOf(entry.resource)
  return (
    readReference(objectOf(entry.response)?.location, baseUrl) ??
    readReference(`${resource?.resourceType}/${resource?.id}`, baseUrl) ??
    readReference(entry.fullUrl, baseUrl)
  )
}

/**
 * The matches of a search.
 * @throws EhrFailure unknown
 */
export function readMatches(answer: unknown, type: string): readonly JsonObject[] {
  return bundleEntries(answer, 'searchset')
    .filter((entry) => modeOf(entry) === 'match')
    .map((entry) => objectOf(entry.resource))
    .map((resource) => {
      if (resource?.resourceType !== type || !referenceForm.test(`${type}/${resource.id}`))
        throw unusableAnswer(`a match is no ${type}`)
      return resource
    })
}

export interface SearchPage {
  readonly matches: readonly JsonObject[]
  /** What the matches refer to, by `_include`. */
  readonly included: readonly JsonObject[]
}

/**
 * A page of a search, with what it includes.
 * @throws EhrFailure unknown; also when an OperationOutcome in it says that the search went wrong
 */
export function readPage(answer: unknown, type: string): SearchPage {
  const entries = bundleEntries(answer, 'searchset')
  const resources = entries.map((entry) => objectOf(entry.resource))
  if (resources.some(saysFailure)) throw unusableAnswer('it says itself that the search went wrong')
  const isOutcome = (i: number) =>
    resources[i]?.resourceType === 'OperationOutcome' || modeOf(entries[i]) === 'outcome'
  const kept = entries.filter((_, i) => !isOutcome(i))
  return {
    matches: readMatches({ resourceType: 'Bundle', type: 'searchset', entry: kept }, type),
    included: kept.flatMap((entry) =>
      modeOf(entry) === 'include' && objectOf(entry.resource) ? [entry.resource as JsonObject] : [],
    ),
  }
}

const modeOf = (entry: JsonObject | undefined): unknown => objectOf(entry?.search)?.mode ?? 'match'

/** An OperationOutcome with a hint or a warning goes with a search that worked. */
function saysFailure(resource: JsonObject | undefined): boolean {
  if (resource?.resourceType !== 'OperationOutcome') return false
  const issues = Array.isArray(resource.issue) ? resource.issue.map(objectOf) : []
  return issues.some((issue) => issue?.severity === 'error' || issue?.severity === 'fatal')
}

/**
 * The versions in a history of one resource, deletions left out.
 * @throws EhrFailure unknown
 */
export const readVersions = (answer: unknown, place: ResourceRef): readonly JsonObject[] =>
  bundleEntries(answer, 'history').flatMap((entry) => {
    const resource = objectOf(entry.resource)
    return resource?.resourceType === place.type && resource.id === place.id ? [resource] : []
  })

/** A link of a Bundle as the EHR gives it, not yet judged. */
export function linkOf(answer: unknown, relation: 'self' | 'next'): string | undefined {
  const links = objectOf(answer)?.link
  if (!Array.isArray(links)) return undefined
  const link = links.map(objectOf).find((each) => each?.relation === relation)
  return typeof link?.url === 'string' ? link.url : undefined
}

function bundleEntries(answer: unknown, type: string): readonly JsonObject[] {
  const bundle = objectOf(answer)
  if (bundle?.resourceType !== 'Bundle' || bundle.type !== type)
    throw unusableAnswer(`no Bundle of type ${type}`)
  const entries = bundle.entry ?? []
  if (!Array.isArray(entries)) throw unusableAnswer('Bundle.entry is no list')
  return entries.map((entry, i) => {
    const object = objectOf(entry)
    if (!object) throw unusableAnswer(`entry ${i} is no object`)
    return object
  })
}

/**
 * Whether a match bears the identifier or tag that was searched for. A server that ignores a
 * parameter it does not know answers with everybody's resources.
 * @param query `identifier=system|value`, `_tag=system|code`, or anything else, which is believed
 */
export function bears(resource: JsonObject, query: string): boolean {
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'identifier' && !hasToken(resource.identifier, 'value', value)) return false
    const tags = objectOf(resource.meta)?.tag
    if (name === '_tag' && !hasToken(tags, 'code', value)) return false
  }
  return true
}

function hasToken(element: unknown, key: 'value' | 'code', token: string): boolean {
  const bar = token.indexOf('|')
  const system = bar < 0 ? undefined : token.slice(0, bar)
  const wanted = token.slice(bar + 1)
  const list = Array.isArray(element) ? element : [element]
  return list
    .map(objectOf)
    .some(
      (item) =>
        item !== undefined &&
        (wanted === '' || item[key] === wanted) &&
        (system === undefined || (item.system ?? '') === system),
    )
}

export const objectOf = (value: unknown): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined

/** The version that an update made, from the ETag of an empty answer or from the resource. */
export function readVersion(answer: unknown): string | undefined {
  const { versionId } = objectOf(objectOf(answer)?.meta) ?? {}
  return typeof versionId === 'string' ? versionId : undefined
}
