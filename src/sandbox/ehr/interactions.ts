/** The sandbox EHR's RESTful interactions: https://hl7.org/fhir/R4/http.html */

import { parseFhirJson } from '../../domain/fhir/json.ts'
import {
  etag,
  historyBundle,
  httpDate,
  locationOf,
  searchset,
  transactionResponse,
} from './bundle.ts'
import { EhrError } from './ehr-error.ts'
import { searchAll, searchPage } from './search.ts'
import type { Resource, Store, Version } from './store.ts'
import { type Lookup, mustMatch, runTransaction } from './transaction.ts'

/** A request, wherever it came from. */
export interface Asked {
  readonly method: string
  /** Below the base: `Task/9/_history`; empty for the base itself. */
  readonly path: string
  readonly query: URLSearchParams
  header(name: string): string | undefined
  readonly body: string
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface InteractionDeps {
  readonly store: Store
  readonly newId: () => string
  readonly baseUrl: () => string
  /** The version of a resource that a search finds. */
  readonly found: (history: readonly Version[]) => Version | undefined
  /** The versions of a resource that a read sees, the one it gives last. */
  readonly read: (history: readonly Version[]) => readonly Version[]
  /** False for a server that creates whatever is there already. */
  readonly heedsConditions: () => boolean
  /** What separates a check from its write; undefined on a good day. */
  readonly pause: () => Promise<void> | undefined
}

/** Does what is asked. @throws EhrError having written nothing */
export async function interact(deps: InteractionDeps, asked: Asked): Promise<Answered> {
  const [type, id, history, version] = asked.path.split('/')
  if (!type) return transaction(deps, asked)
  if (id === undefined)
    return asked.method === 'GET' ? search(deps, asked, type) : create(deps, asked, type)
  if (history !== undefined) return versions(deps, type, id, version)
  if (asked.method === 'PUT') return update(deps, asked, type, id)
  if (asked.method === 'DELETE') return remove(deps, asked, type, id)
  const current = deps.store.versions(type, id)
  return versionAnswer(mustMatch(deps.read(current).at(-1), undefined))
}

const lookUpIn =
  (deps: InteractionDeps): Lookup =>
  (type, criteria) =>
    deps.heedsConditions()
      ? searchAll(deps.store, type, new URLSearchParams(criteria), deps.baseUrl(), deps.found)
      : []

async function transaction(deps: InteractionDeps, asked: Asked): Promise<Answered> {
  const bundle = resourceIn(asked)
  const results = await runTransaction(deps.store, bundle, lookUpIn(deps), deps.newId, deps.pause)
  return fhir(transactionResponse(results, prefers(asked) === 'representation'))
}

async function create(deps: InteractionDeps, asked: Asked, type: string): Promise<Answered> {
  const resource = resourceIn(asked)
  if (resource.resourceType !== type)
    throw new EhrError(400, 'invalid', 'The resource is of another type than the address.')
  const ifNoneExist = asked.header('if-none-exist')
  const found = ifNoneExist ? lookUpIn(deps)(type, ifNoneExist) : []
  if (found.length > 1) throw new EhrError(412, 'multiple-matches', 'Several resources match.')
  const [existing] = found
  if (existing) return written(asked, existing, 200, deps.baseUrl())
  const raced = ifNoneExist && deps.pause()
  if (raced) await raced
  const [created] = deps.store.commit([{ type, id: deps.newId(), resource }])
  return written(asked, created as Version, 201, deps.baseUrl())
}

function search(deps: InteractionDeps, { query }: Asked, type: string): Answered {
  const base = deps.baseUrl()
  const page = searchPage(deps.store, type, query, base, deps.found)
  const next = page.next && `${base}/${type}?${page.next}`
  return fhir(searchset(page, `${base}/${type}?${query}`, next, base))
}

function update(deps: InteractionDeps, asked: Asked, type: string, id: string): Answered {
  const resource = resourceIn(asked)
  if (resource.resourceType !== type || resource.id !== id)
    throw new EhrError(400, 'invalid', 'Type and id of the resource must be those of the address.')
  mustMatch(deps.store.current(type, id), asked.header('if-match'))
  const [updated] = deps.store.commit([{ type, id, resource }])
  return written(asked, updated as Version, 200, deps.baseUrl())
}

function remove({ store }: InteractionDeps, asked: Asked, type: string, id: string): Answered {
  const current = store.current(type, id)
  if (current?.content !== undefined) {
    mustMatch(current, asked.header('if-match'))
    store.commit([{ type, id, resource: undefined }])
  }
  return { status: 204, headers: {}, body: '' }
}

function versions(
  deps: InteractionDeps,
  type: string,
  id: string,
  wanted: string | undefined,
): Answered {
  const all = deps.store.versions(type, id)
  if (wanted !== undefined)
    return versionAnswer(
      mustMatch(
        all.find((each) => String(each.version) === wanted),
        undefined,
      ),
    )
  if (all.length === 0) throw new EhrError(404, 'not-found', 'There is no such resource.')
  return fhir(historyBundle(deps.read(all), deps.baseUrl()))
}

const versionAnswer = (version: Version): Answered =>
  fhir(version.content ?? '', { etag: etag(version), 'last-modified': httpDate(version) })

function written(asked: Asked, version: Version, status: 200 | 201, baseUrl: string): Answered {
  const whole = versionAnswer(version)
  const headers = { ...whole.headers, location: locationOf(version, baseUrl) }
  if (prefers(asked) !== 'minimal') return { ...whole, status, headers }
  const bare = Object.entries(headers).filter(([name]) => name !== 'content-type')
  return { status, headers: Object.fromEntries(bare), body: '' }
}

const fhir = (body: string, headers: Readonly<Record<string, string>> = {}): Answered => ({
  status: 200,
  headers: { ...headers, 'content-type': 'application/fhir+json; charset=utf-8' },
  body,
})

const prefers = (asked: Asked): string | undefined =>
  /(?:^|[;,]\s*)return=(\w+)/.exec(asked.header('prefer') ?? '')?.[1]

function resourceIn({ body: text }: Asked): Resource {
  const body = parseFhirJson(text)
  if (typeof body !== 'object' || body === null || !('resourceType' in body))
    throw new EhrError(400, 'structure', 'Send a FHIR resource.')
  return body as Resource
}
