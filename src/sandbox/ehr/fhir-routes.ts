/** The sandbox EHR's RESTful interactions: https://hl7.org/fhir/R4/http.html */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
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

export interface FhirRouteDeps {
  readonly store: Store
  readonly newId: () => string
  readonly baseUrl: () => string
  /** The version of a resource that search can see by now. */
  readonly visible: (history: readonly Version[]) => Version | undefined
  /** What separates a check from its write; undefined on a good day. */
  readonly pause: () => Promise<void> | undefined
}

type TypeRequest = FastifyRequest<{ Params: { type: string } }>
type InstanceRequest = FastifyRequest<{ Params: { type: string; id: string } }>
type VersionRequest = FastifyRequest<{ Params: { type: string; id: string; version: string } }>

export function fhirRoutes(app: FastifyInstance, deps: FhirRouteDeps): void {
  const { store } = deps
  const lookUp: Lookup = (type, criteria) =>
    searchAll(store, type, new URLSearchParams(criteria), deps.baseUrl(), deps.visible)

  app.post('/fhir', async (request, reply) => {
    const bundle = resourceIn(request)
    const results = await runTransaction(store, bundle, lookUp, deps.newId, deps.pause)
    const withContent = prefers(request) === 'representation'
    return fhir(reply, transactionResponse(results, withContent))
  })

  app.post('/fhir/:type', async (request: TypeRequest, reply) => {
    const resource = resourceIn(request)
    const { type } = request.params
    if (resource.resourceType !== type)
      throw new EhrError(400, 'invalid', 'The resource is of another type than the address.')
    const ifNoneExist = header(request, 'if-none-exist')
    const found = ifNoneExist ? lookUp(type, ifNoneExist) : []
    if (found.length > 1) throw new EhrError(412, 'multiple-matches', 'Several resources match.')
    const [existing] = found
    if (existing) return answerWritten(request, reply, existing, 200, deps.baseUrl())
    const raced = ifNoneExist && deps.pause()
    if (raced) await raced
    const [created] = store.commit([{ type, id: deps.newId(), resource }])
    return answerWritten(request, reply, created as Version, 201, deps.baseUrl())
  })

  app.get('/fhir/:type', async (request: TypeRequest, reply) => {
    const { type } = request.params
    const base = deps.baseUrl()
    const query = new URLSearchParams(request.url.split('?')[1] ?? '')
    const page = searchPage(store, type, query, base, deps.visible)
    const next = page.next && `${base}/${type}?${page.next}`
    return fhir(reply, searchset(page, `${base}/${type}?${query}`, next, base))
  })

  app.get('/fhir/:type/:id', async (request: InstanceRequest, reply) => {
    const version = mustMatch(store.current(request.params.type, request.params.id), undefined)
    return answerVersion(reply, version)
  })

  app.put('/fhir/:type/:id', async (request: InstanceRequest, reply) => {
    const { type, id } = request.params
    const resource = resourceIn(request)
    if (resource.resourceType !== type || resource.id !== id)
      throw new EhrError(
        400,
        'invalid',
        'Type and id of the resource must be those of the address.',
      )
    mustMatch(store.current(type, id), header(request, 'if-match'))
    const [updated] = store.commit([{ type, id, resource }])
    return answerWritten(request, reply, updated as Version, 200, deps.baseUrl())
  })

  app.delete('/fhir/:type/:id', async (request: InstanceRequest, reply) => {
    const { type, id } = request.params
    const current = store.current(type, id)
    if (current?.content !== undefined) {
      mustMatch(current, header(request, 'if-match'))
      store.commit([{ type, id, resource: undefined }])
    }
    return reply.code(204).send()
  })

  app.get('/fhir/:type/:id/_history', async (request: InstanceRequest, reply) => {
    const versions = store.versions(request.params.type, request.params.id)
    if (versions.length === 0) throw new EhrError(404, 'not-found', 'There is no such resource.')
    return fhir(reply, historyBundle(versions, deps.baseUrl()))
  })

  app.get('/fhir/:type/:id/_history/:version', async (request: VersionRequest, reply) => {
    const { type, id, version } = request.params
    const found = store.versions(type, id).find((each) => String(each.version) === version)
    return answerVersion(reply, mustMatch(found, undefined))
  })
}

function answerVersion(reply: FastifyReply, version: Version): FastifyReply {
  reply.header('etag', etag(version)).header('last-modified', httpDate(version))
  return fhir(reply, version.content ?? '')
}

function answerWritten(
  request: FastifyRequest,
  reply: FastifyReply,
  version: Version,
  status: 200 | 201,
  baseUrl: string,
): FastifyReply {
  reply.code(status).header('location', locationOf(version, baseUrl))
  if (prefers(request) !== 'minimal') return answerVersion(reply, version)
  return reply.header('etag', etag(version)).header('last-modified', httpDate(version)).send()
}

const fhir = (reply: FastifyReply, text: string): FastifyReply =>
  reply.type('application/fhir+json; charset=utf-8').send(text)

const prefers = (request: FastifyRequest): string | undefined =>
  /(?:^|[;,]\s*)return=(\w+)/.exec(header(request, 'prefer') ?? '')?.[1]

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function resourceIn(request: FastifyRequest): Resource {
  const body = parseFhirJson(typeof request.body === 'string' ? request.body : '')
  if (typeof body !== 'object' || body === null || !('resourceType' in body))
    throw new EhrError(400, 'structure', 'Send a FHIR resource.')
  return body as Resource
}
