/** A transaction Bundle, all or nothing: https://hl7.org/fhir/R4/http.html#transaction */

import { rewriteReferences } from '../../domain/referral/references.ts'
import { EhrError } from './ehr-error.ts'
import type { Resource, Store, Version, Write } from './store.ts'

interface Entry {
  readonly fullUrl?: string
  readonly resource?: Resource
  readonly request?: {
    readonly method?: string
    readonly url?: string
    readonly ifNoneExist?: string
    readonly ifMatch?: string
  }
}

/** What an entry comes to: something written, or something that was there already. */
type Planned =
  | { readonly kind: 'write'; readonly status: 200 | 201; readonly write: Write }
  | { readonly kind: 'found'; readonly version: Version }

/** How conditional requests see the store: the latest versions that match the criteria. */
export type Lookup = (type: string, criteria: string) => readonly Version[]

export interface EntryResult {
  readonly status: 200 | 201
  readonly version: Version
}

/**
 * Carries out the transaction in one commit.
 * @param pause what separates checking from writing; a server with a race waits here
 * @throws EhrError, having written nothing
 */
export async function runTransaction(
  store: Store,
  bundle: Resource,
  lookUp: Lookup,
  newId: () => string,
  pause: () => Promise<void> | undefined,
): Promise<readonly EntryResult[]> {
  const entries = entriesOf(bundle)
  refuseRepeatedCriteria(entries)
  const planned = entries.map((entry, i) => plan(store, entry, i, lookUp, newId))
  const raced = pause()
  if (raced) await raced
  const targets = targetsOf(entries, planned)
  const writes = planned.flatMap((each) => (each.kind === 'write' ? [each.write] : []))
  const committed = store.commit(
    writes.map((write) => ({
      ...write,
      resource: write.resource && link(write.resource, targets, lookUp),
    })),
  )
  let next = 0
  return planned.map((each) =>
    each.kind === 'found'
      ? { status: 200, version: each.version }
      : { status: each.status, version: committed[next++] as Version },
  )
}

function entriesOf(bundle: Resource): readonly Entry[] {
  if (bundle.resourceType !== 'Bundle' || bundle.type !== 'transaction')
    throw new EhrError(400, 'invalid', 'Post a Bundle of type transaction.')
  const entries = bundle.entry ?? []
  if (!Array.isArray(entries)) throw new EhrError(400, 'structure', 'Bundle.entry is no list.')
  return entries as readonly Entry[]
}

/** Two entries that would each create what the other looks for have no meaning. */
function refuseRepeatedCriteria(entries: readonly Entry[]): void {
  const seen = new Set<string>()
  entries.forEach(({ request }, i) => {
    if (!request?.ifNoneExist) return
    const criteria = `${request.url}?${request.ifNoneExist}`
    if (seen.has(criteria))
      throw new EhrError(400, 'invalid', `Entry ${i} repeats the ifNoneExist of another entry.`)
    seen.add(criteria)
  })
}

function plan(
  store: Store,
  entry: Entry,
  index: number,
  lookUp: Lookup,
  newId: () => string,
): Planned {
  const { resource, request } = entry
  const [type, id] = (request?.url ?? '').split('/')
  if (!type || resource?.resourceType !== type)
    throw new EhrError(400, 'invalid', `Entry ${index}: request.url does not fit the resource.`)
  if (request?.method === 'POST' && id === undefined) {
    const found = request.ifNoneExist ? lookUp(type, request.ifNoneExist) : []
    if (found.length > 1)
      throw new EhrError(412, 'multiple-matches', `Entry ${index}: several resources match.`)
    const [version] = found
    if (version) return { kind: 'found', version }
    return { kind: 'write', status: 201, write: { type, id: newId(), resource } }
  }
  if (request?.method === 'PUT' && id) {
    mustMatch(store.current(type, id), request.ifMatch)
    return { kind: 'write', status: 200, write: { type, id, resource } }
  }
  throw new EhrError(400, 'not-supported', `Entry ${index}: use POST, or PUT of what exists.`)
}

/**
 * The version that a change starts from.
 * @throws EhrError 404, 410, or 412 when If-Match names another version
 */
export function mustMatch(current: Version | undefined, ifMatch: string | undefined): Version {
  if (!current) throw new EhrError(404, 'not-found', 'There is no such resource.')
  if (ifMatch !== undefined && ifMatch !== `W/"${current.version}"`)
    throw new EhrError(412, 'conflict', 'The resource has another version by now.')
  if (current.content === undefined) throw new EhrError(410, 'deleted', 'It was deleted.')
  return current
}

function targetsOf(
  entries: readonly Entry[],
  planned: readonly Planned[],
): ReadonlyMap<string, string> {
  const targets = new Map<string, string>()
  entries.forEach(({ fullUrl }, i) => {
    const each = planned[i] as Planned
    const place = each.kind === 'found' ? each.version : each.write
    if (fullUrl) targets.set(fullUrl, `${place.type}/${place.id}`)
  })
  return targets
}

/** Rewrites links between entries, and references by search. */
function link(resource: Resource, targets: ReadonlyMap<string, string>, lookUp: Lookup): Resource {
  return rewriteReferences(resource, resource.resourceType, (reference, at) => {
    const target = targets.get(reference)
    if (target) return target
    if (!at.endsWith('.reference')) return undefined
    if (reference.startsWith('urn:uuid:'))
      throw new EhrError(400, 'not-found', `${at} names no entry of the Bundle.`)
    const [, type, criteria] = /^([A-Z][A-Za-z]+)\?(.+)$/.exec(reference) ?? []
    return type && criteria ? referenceBySearch(type, criteria, at, lookUp) : undefined
  })
}

function referenceBySearch(type: string, criteria: string, at: string, lookUp: Lookup): string {
  const [match, ...others] = lookUp(type, criteria)
  if (!match || others.length > 0)
    throw new EhrError(412, 'multiple-matches', `${at} does not match exactly one resource.`)
  return `${type}/${match.id}`
}
