/** https://hl7.org/fhir/R4/http.html#search, by GET and by POST to _search */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { resourceTypes } from '../../domain/access/resource-types.ts'
import { byPatient } from '../../domain/audit/patients.ts'
import type { EntryText } from '../../domain/fhir/bundle.ts'
import { defaultCount, maximumCount, parseSearch, type Search } from '../../domain/fhir/search.ts'
import { cursorAfter } from '../../domain/fhir/search-cursor.ts'
import { searchableTypes } from '../../domain/fhir/search-parameters.ts'
import { Problem } from '../../domain/problem.ts'
import type { StoredResource } from '../../domain/referral/ports.ts'
import { labelledBundle } from '../../domain/sensitivity/labelled-bundle.ts'
import { unknownAddress } from '../addresses.ts'
import type { HttpDeps, RoutePlugin } from '../deps.ts'
import { documented, fhirAnswer, formatQuery, typeParam } from '../documentation.ts'
import { searchset } from '../examples.ts'
import { answerType } from '../negotiate.ts'
import { relatedEntries } from '../related.ts'
import { sendFhir } from '../reply.ts'
import { auditEntry, preferences, queryPairs, requireScope } from '../request.ts'

interface SearchParams {
  readonly type: string
}

const form = 'application/x-www-form-urlencoded'

const query = {
  _id: { type: 'string', description: 'Logical ids, separated by commas.' },
  _lastUpdated: {
    type: 'string',
    description: 'A date with a prefix; repeat it for a span.',
    examples: ['ge2026-03-01'],
  },
  identifier: {
    type: 'string',
    description: 'system|value. The other parameters of each type are in /fhir/metadata.',
    examples: ['https://lakeside-family.example/referral|REF-1001'],
  },
  status: { type: 'string', examples: ['active'] },
  'business-status': {
    type: 'string',
    description: 'Task only.',
    examples: ['awaiting-information'],
  },
  'due-date': {
    type: 'string',
    description: 'Task only: by when the next step is due. `performer` says whose step it is.',
    examples: ['lt2026-03-02T10:00:00Z'],
  },
  'patient.identifier': {
    type: 'string',
    description: 'ServiceRequest and Task; needs the search scope of Patient as well.',
  },
  _include: { type: 'string', examples: ['Task:focus'] },
  _revinclude: {
    type: 'string',
    description: 'On a search of ServiceRequest, for example.',
    examples: ['Task:focus'],
  },
  _sort: { type: 'string', enum: ['_lastUpdated', '-_lastUpdated'], default: '-_lastUpdated' },
  _count: { type: 'integer', minimum: 0, maximum: maximumCount, default: defaultCount },
  _summary: { type: 'string', enum: ['count', 'false'] },
  _total: { type: 'string', enum: ['none', 'estimate', 'accurate'] },
  ...formatQuery,
}

const documentation = {
  tag: 'read',
  params: { type: typeParam },
  headers: {
    Prefer: {
      type: 'string',
      description: '`handling=lenient` leaves out parameters that are not known.',
    },
  },
  answers: { 200: fhirAnswer('The matches and what was included', 'Bundle', searchset) },
  problems: ['bad-parameter', 'not-found'],
} as const

export const searchRoutes: RoutePlugin = (app, deps) => {
  const config = { fhir: { types: searchableTypes, interaction: 'search-type' } }

  app.get<{ Params: SearchParams }>(
    '/:type',
    {
      config,
      schema: documented({
        ...documentation,
        summary: 'Search a type',
        description:
          'Parameters repeated are joined by AND, values between commas by OR. A parameter that is not known is refused.',
        query,
      }),
    },
    async (request, reply) => answerSearch(request, reply, deps, queryPairs(request.query)),
  )

  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      form,
      { parseAs: 'string', bodyLimit: 64 * 1024 },
      async (_request: FastifyRequest, body: string) => body,
    )
    scope.post<{ Params: SearchParams; Body: string | undefined }>(
      '/:type/_search',
      {
        config,
        schema: documented({
          ...documentation,
          summary: 'Search a type by POST',
          description: 'The same search with its parameters in the body, where no log sees them.',
          body: { content: { [form]: { schema: { type: 'object', properties: query } } } },
          problems: [...documentation.problems, 'unsupported-media-type', 'too-large'],
        }),
      },
      async (request, reply) => {
        const pairs = [...queryPairs(request.query), ...new URLSearchParams(request.body ?? '')]
        const format = pairs.findLast(([name]) => name === '_format')?.[1]
        request.answer = {
          type: answerType(request.headers.accept, format),
          pretty: pairs.findLast(([name]) => name === '_pretty')?.[1] === 'true',
        }
        return answerSearch(request, reply, deps, pairs)
      },
    )
  })
}

type SearchRequest = FastifyRequest<{ Params: SearchParams }>

async function answerSearch(
  request: SearchRequest,
  reply: FastifyReply,
  { resources, audit, now, baseUrl }: HttpDeps,
  pairs: readonly (readonly [string, string])[],
): Promise<FastifyReply> {
  const { type } = request.params
  if (!resourceTypes.has(type)) throw unknownAddress(request.server, request)
  const caller = requireScope(request, type, 'search-type')
  if (pairs.some(([, value]) => value.includes('\0')))
    throw new Problem('bad-parameter', 'A parameter holds the NUL character.')
  const base = `${baseUrl}/fhir`
  const search = parseSearch(type, pairs, { base, lenient: preferences(request).lenient })
  for (const chained of search.chainedTypes) requireScope(request, chained, 'search-type')

  const { count } = search.query
  const { rows, total } = await resources.search(
    caller,
    type,
    search.countOnly ? { ...search.query, count: 1 } : search.query,
  )
  const page = search.countOnly ? [] : rows.slice(0, count)
  const related = await relatedEntries(search, page, caller, resources)
  const detail = `${type}?${[...new Set(search.understood.map(([name]) => name))].join('&')}`
  const query = queryText(search, pairs)
  await audit(
    byPatient([...page, ...related.rows]).map((about) =>
      auditEntry(
        request,
        { action: 'search', kind: 'E', outcome: 'success', ...about, detail, query },
        now(),
      ),
    ),
  )
  const entries: EntryText[] = [
    ...page.map((row) => entryOf(row, 'match', base)),
    ...related.rows.map((row) => entryOf(row, 'include', base)),
    ...related.outcomes.map(
      (outcome): EntryText => ({
        resource: JSON.stringify(outcome),
        search: { mode: 'outcome' },
      }),
    ),
  ]
  const next = !search.countOnly && rows.length > count ? page.at(-1) : undefined
  const link = links(search, base, next)
  const head = { type: 'searchset', timestamp: now().toISOString(), total, link } as const
  return sendFhir(reply, labelledBundle(head, entries))
}

/** A search by POST may be 64 KiB long; more than this says nothing more of what was sought. */
const longestQuery = 8192

/**
 * The search as it was asked, for the audit trail. What was let pass without being understood stands
 * there without its value: it may be a token that a client put into the wrong place.
 */
function queryText(
  { type, understood }: Search,
  pairs: readonly (readonly [string, string])[],
): string {
  const names = new Set(understood.map(([name]) => name))
  const asked = pairs.map(([name, value]): [string, string] =>
    names.has(name) ? [name, value] : [name, ''],
  )
  return `${type}?${new URLSearchParams(asked)}`.slice(0, longestQuery)
}

const entryOf = (row: StoredResource, mode: 'match' | 'include', base: string): EntryText => ({
  fullUrl: `${base}/${row.type}/${row.id}`,
  resource: row.content,
  search: { mode },
})

/** Self says how the search was understood; next carries on after the last match. */
function links(search: Search, base: string, last: StoredResource | undefined) {
  const self = new URLSearchParams(
    search.understood.map(([name, value]): [string, string] => [name, value]),
  )
  const address = `${base}/${search.type}`
  const found = [{ relation: 'self', url: self.size > 0 ? `${address}?${self}` : address }]
  if (!last) return found
  const next = new URLSearchParams(self)
  next.set('_cursor', cursorAfter(last))
  return [...found, { relation: 'next', url: `${address}?${next}` }]
}
