/** The conformance resources that we publish, under their FHIR types and open to everybody. */

import type { FastifyReply } from 'fastify'
import type { FhirResource } from 'fhir/r4'
import { bundleText } from '../../domain/fhir/bundle.ts'
import { problemCodeSystem } from '../../domain/fhir/outcome.ts'
import { Problem } from '../../domain/problem.ts'
import type { RoutePlugin } from '../deps.ts'
import { documented, fhirAnswer, formatQuery, idParam } from '../documentation.ts'
import { codeSystem, valueSetSearchset } from '../examples.ts'
import { sendFhir } from '../reply.ts'
import { queryPairs } from '../request.ts'

/** Types that may be published; they are never patient data. */
export const conformanceTypes = [
  'CodeSystem',
  'Measure',
  'OperationDefinition',
  'PlanDefinition',
  'Questionnaire',
  'SearchParameter',
  'StructureDefinition',
  'ValueSet',
] as const

/** What they can be searched by. */
export const conformanceSearches = [
  { name: '_id', type: 'token' },
  { name: 'url', type: 'uri' },
  { name: 'version', type: 'token' },
  { name: 'name', type: 'string' },
] as const

interface Published {
  readonly id: string
  readonly url: string | undefined
  readonly version: string | undefined
  readonly name: string | undefined
  readonly text: string
}

/** A published resource may be kept for five minutes; a new version has a new `version`. */
const cacheControl = 'public, max-age=300'

export const conformanceRoutes: RoutePlugin = (app, { conformance, baseUrl, now }) => {
  const all = withProblems(conformance)
  for (const type of conformanceTypes) {
    const published = all.filter((resource) => resource.resourceType === type).map(publish)
    const config = (interaction: string) => ({
      access: 'public' as const,
      cors: true,
      fhir: { types: [type], interaction },
    })

    const answer = (reply: FastifyReply, { text }: Published) =>
      sendFhir(reply.header('cache-control', cacheControl), text)
    const options = { schema: readSchema(type, { id: idParam }), config: config('read') }
    if (type === 'Questionnaire')
      // Others are made for one referral each, and are its referrer's: they are read like its Task.
      for (const each of published)
        app.get(
          `/${type}/${each.id}`,
          { ...options, schema: { ...readSchema(type), hide: true } },
          async (_request, reply) => answer(reply, each),
        )
    else
      app.get<{ Params: { id: string } }>(`/${type}/:id`, options, async (request, reply) => {
        const found = published.find(({ id }) => id === request.params.id)
        if (!found) throw new Problem('not-found', `No ${type} of this id is published.`)
        return answer(reply, found)
      })

    app.get(
      `/${type}`,
      { schema: searchSchema(type), config: config('search-type') },
      async (request, reply) => {
        const pairs = queryPairs(request.query)
        const found = published.filter((resource) => pairs.every((pair) => matches(resource, pair)))
        const self = new URLSearchParams(pairs)
        const url = `${baseUrl}/fhir/${type}${self.size > 0 ? `?${self}` : ''}`
        const link = [{ relation: 'self', url }]
        const head = {
          type: 'searchset',
          timestamp: now().toISOString(),
          total: found.length,
          link,
        } as const
        const entries = found.map(({ id, text }) => ({
          fullUrl: `${baseUrl}/fhir/${type}/${id}`,
          resource: text,
          search: { mode: 'match' as const },
        }))
        return sendFhir(reply.header('cache-control', cacheControl), bundleText(head, entries))
      },
    )
  }
}

/** Our problem codes are made from their table, unless a page of their own is handed in. */
function withProblems(conformance: readonly FhirResource[]): readonly FhirResource[] {
  const problems = problemCodeSystem()
  const isThere = conformance.some(
    (resource) => resource.resourceType === 'CodeSystem' && resource.url === problems.url,
  )
  return isThere ? conformance : [...conformance, problems]
}

function publish(resource: FhirResource): Published {
  const {
    id = '',
    url,
    version,
    name,
  } = resource as {
    id?: string
    url?: string
    version?: string
    name?: string
  }
  return { id, url, version, name, text: JSON.stringify(resource) }
}

function matches(resource: Published, [name, value]: readonly [string, string]): boolean {
  const any = (test: (one: string) => boolean) => value === '' || value.split(',').some(test)
  switch (name) {
    case '_id':
      return any((id) => id === resource.id)
    case 'url':
      return any((url) => url === resource.url || url === `${resource.url}|${resource.version}`)
    case 'version':
      return any((version) => version.replace(/^\|/, '') === resource.version)
    case 'name':
      return any((start) => resource.name?.toLowerCase().startsWith(start.toLowerCase()) ?? false)
    case '_format':
    case '_pretty':
      return true
    default:
      throw new Problem(
        'bad-parameter',
        `Published resources are searched by ${conformanceSearches.map((one) => one.name).join(', ')}.`,
      )
  }
}

const readSchema = (type: string, params?: { readonly id: typeof idParam }) =>
  documented({
    summary: `Read a published ${type}`,
    description: 'Open to everybody, from any origin.',
    tag: 'discovery',
    open: true,
    ...(params ? { params } : {}),
    query: formatQuery,
    answers: { 200: fhirAnswer('The resource', 'Resource', codeSystem) },
    problems: ['not-found'],
  })

const searchSchema = (type: string) =>
  documented({
    summary: `Search the published ${type} resources`,
    description: 'Open to everybody, from any origin. All matches come on one page.',
    tag: 'discovery',
    open: true,
    query: {
      _id: { type: 'string' },
      url: { type: 'string', description: 'Canonical URL, with or without |version.' },
      version: { type: 'string' },
      name: { type: 'string', description: 'The start of the name, in any case.' },
      ...formatQuery,
    },
    answers: { 200: fhirAnswer('The matches', 'Bundle', valueSetSearchset) },
    problems: ['bad-parameter'],
  })
