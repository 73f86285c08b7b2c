/** Search at the sandbox EHR: https://hl7.org/fhir/R4/search.html */

import { EhrError } from './ehr-error.ts'
import { type Resource, resourceOf, type Store, type Version } from './store.ts'

/** Parameters that hold codes or identifiers, and where they look. */
const tokenParameters: Readonly<Record<string, (resource: Resource) => unknown>> = {
  _id: (resource) => resource.id,
  _tag: (resource) => (resource.meta as { tag?: unknown } | undefined)?.tag,
  identifier: (resource) => resource.identifier,
  status: (resource) => resource.status,
  intent: (resource) => resource.intent,
  code: (resource) => resource.code,
  'business-status': (resource) => resource.businessStatus,
}

/** Parameters that hold references, and where they look. */
const referenceParameters: Readonly<Record<string, (resource: Resource) => unknown>> = {
  subject: (resource) => resource.subject ?? resource.for,
  patient: (resource) => resource.subject ?? resource.patient ?? resource.for,
  focus: (resource) => resource.focus,
  'based-on': (resource) => resource.basedOn,
  owner: (resource) => resource.owner,
  requester: (resource) => resource.requester,
  encounter: (resource) => resource.encounter,
}

const controls = new Set(['_count', '_sort', '_cursor', '_format', '_total'])

export const searchParameters: readonly string[] = [
  ...Object.keys(tokenParameters),
  ...Object.keys(referenceParameters),
  '_lastUpdated',
]

export interface Page {
  readonly total: number
  readonly versions: readonly Version[]
  /** Query of the next page. */
  readonly next: string | undefined
}

/**
 * @param visible the version of a resource that search can see by now
 * @throws EhrError for a parameter that is not supported
 */
export function searchPage(
  store: Store,
  type: string,
  query: URLSearchParams,
  baseUrl: string,
  visible: (history: readonly Version[]) => Version | undefined,
): Page {
  const matches = searchAll(store, type, query, baseUrl, visible)
  const descending = sortOf(query) === 'descending'
  matches.sort((a, b) => (descending ? b.sequence - a.sequence : a.sequence - b.sequence))
  const after = query.get('_cursor')
  const rest = after
    ? matches.filter(({ sequence }) => (descending ? sequence < +after : sequence > +after))
    : matches
  const count = countOf(query)
  const versions = rest.slice(0, count)
  return { total: matches.length, versions, next: nextQuery(query, rest, versions) }
}

/** Everything that matches, in no order. */
export function searchAll(
  store: Store,
  type: string,
  query: URLSearchParams,
  baseUrl: string,
  visible: (history: readonly Version[]) => Version | undefined,
): Version[] {
  const tests = [...query]
    .filter(([name]) => !controls.has(name))
    .map(([name, value]) => testOf(name, value, baseUrl))
  const found: Version[] = []
  for (const history of candidates(store, type, query)) {
    const version = visible(history)
    if (version?.content !== undefined && tests.every((test) => test(version))) found.push(version)
  }
  return found
}

/** A search by a whole identifier need not look at every resource. */
function candidates(
  store: Store,
  type: string,
  query: URLSearchParams,
): Iterable<readonly Version[]> {
  const identifier = query.get('identifier')
  if (!identifier || !/^[^|,]+\|[^|,]+$/.test(identifier)) return store.histories(type)
  return [...store.byIdentifier(type, identifier)].map((id) => store.versions(type, id))
}

type Test = (version: Version) => boolean

function testOf(name: string, value: string, baseUrl: string): Test {
  if (name === '_lastUpdated') return lastUpdatedTest(value)
  const token = Object.hasOwn(tokenParameters, name) ? tokenParameters[name] : undefined
  const reference = Object.hasOwn(referenceParameters, name) ? referenceParameters[name] : undefined
  const wanted = value.split(',')
  if (token)
    return (version) => {
      const held = tokensIn(token(resourceOf(version)))
      return wanted.some((one) => held.some((each) => tokenMatches(each, one)))
    }
  if (reference)
    return (version) => {
      const held = referencesIn(reference(resourceOf(version)), baseUrl)
      return wanted.some((one) => held.some((each) => referenceMatches(each, one, baseUrl)))
    }
  throw new EhrError(400, 'not-supported', `The search parameter ${name} is not supported.`)
}

interface Token {
  readonly system: string | undefined
  readonly code: string
}

/** Codes and identifiers of a code, Coding, CodeableConcept or Identifier, or a list of them. */
function tokensIn(element: unknown): readonly Token[] {
  if (Array.isArray(element)) return element.flatMap(tokensIn)
  if (typeof element === 'string') return [{ system: undefined, code: element }]
  if (typeof element !== 'object' || element === null) return []
  const { coding, system, value, code } = element as Record<string, unknown>
  if (coding) return tokensIn(coding)
  const text = value ?? code
  return typeof text === 'string'
    ? [{ system: typeof system === 'string' ? system : undefined, code: text }]
    : []
}

function tokenMatches(held: Token, wanted: string): boolean {
  const bar = wanted.indexOf('|')
  if (bar < 0) return held.code === wanted
  const system = wanted.slice(0, bar)
  const code = wanted.slice(bar + 1)
  return (held.system ?? '') === system && (code === '' || held.code === code)
}

function referencesIn(element: unknown, baseUrl: string): readonly string[] {
  if (Array.isArray(element)) return element.flatMap((each) => referencesIn(each, baseUrl))
  const { reference } = (element ?? {}) as { reference?: unknown }
  return typeof reference === 'string' ? [relative(reference, baseUrl)] : []
}

const relative = (reference: string, baseUrl: string): string =>
  (reference.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference).replace(
    /\/_history\/.*$/,
    '',
  )

function referenceMatches(held: string, wanted: string, baseUrl: string): boolean {
  const target = relative(wanted, baseUrl)
  return target.includes('/') ? held === target : held.endsWith(`/${target}`)
}

/** https://hl7.org/fhir/R4/search.html#date: a date names the whole of the period it is precise to. */
function lastUpdatedTest(value: string): Test {
  const match = /^(eq|ge|gt|le|lt)?(\d{4}-\d{2}-\d{2}(T.+)?)$/.exec(value)
  const start = Date.parse(match?.[2] ?? '')
  if (!match || Number.isNaN(start))
    throw new EhrError(400, 'invalid', '_lastUpdated needs a date or an instant.')
  const end = start + periodOf(match[2] as string)
  const at = (version: Version) => Date.parse(version.lastUpdated)
  switch (match[1]) {
    case 'ge':
      return (version) => at(version) >= start
    case 'gt':
      return (version) => at(version) >= end
    case 'le':
      return (version) => at(version) < end
    case 'lt':
      return (version) => at(version) < start
    default:
      return (version) => at(version) >= start && at(version) < end
  }
}

function periodOf(text: string): number {
  if (!text.includes('T')) return 86_400_000
  return /\.\d+/.test(text) ? 1 : 1_000
}

function sortOf(query: URLSearchParams): 'ascending' | 'descending' {
  const sort = query.get('_sort') ?? '_lastUpdated'
  if (sort === '_lastUpdated') return 'ascending'
  if (sort === '-_lastUpdated') return 'descending'
  throw new EhrError(400, 'not-supported', 'Sort by _lastUpdated or -_lastUpdated.')
}

function countOf(query: URLSearchParams): number {
  const count = query.get('_count') ?? '20'
  if (!/^\d+$/.test(count)) throw new EhrError(400, 'invalid', '_count needs a whole number.')
  return Math.min(Number(count), 500)
}

function nextQuery(
  query: URLSearchParams,
  rest: readonly Version[],
  page: readonly Version[],
): string | undefined {
  const last = page.at(-1)
  if (!last || rest.length <= page.length) return undefined
  const next = new URLSearchParams(query)
  next.set('_cursor', String(last.sequence))
  return next.toString()
}
