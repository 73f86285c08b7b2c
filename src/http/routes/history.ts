/** https://hl7.org/fhir/R4/http.html#history, of one resource */

import type { BundleLink } from 'fhir/r4'
import { resourceTypes } from '../../domain/access/resource-types.ts'
import { patientOf } from '../../domain/audit/patients.ts'
import type { EntryText } from '../../domain/fhir/bundle.ts'
import { defaultCount, maximumCount } from '../../domain/fhir/search.ts'
import { readableTypes } from '../../domain/fhir/search-parameters.ts'
import { Problem } from '../../domain/problem.ts'
import type { StoredResource } from '../../domain/referral/ports.ts'
import { labelledBundle } from '../../domain/sensitivity/labelled-bundle.ts'
import { isId, unknownAddress } from '../addresses.ts'
import type { RoutePlugin } from '../deps.ts'
import { documented, fhirAnswer, formatQuery, idParam, typeParam } from '../documentation.ts'
import { history } from '../examples.ts'
import { etagOf, sendFhir, versionPath } from '../reply.ts'
import { auditEntry, queryPairs, requireScope } from '../request.ts'

interface HistoryParams {
  readonly type: string
  readonly id: string
}

const schema = documented({
  summary: 'History of a resource',
  description: 'Every version, newest first, paged by links.',
  tag: 'read',
  params: { type: typeParam, id: idParam },
  query: {
    _count: { type: 'integer', minimum: 1, maximum: maximumCount, default: defaultCount },
    ...formatQuery,
  },
  answers: { 200: fhirAnswer('The versions', 'Bundle', history) },
  problems: ['not-found', 'bad-parameter'],
})

export const historyRoute: RoutePlugin = (app, { resources, audit, now, baseUrl }) => {
  const config = { fhir: { types: readableTypes, interaction: 'history-instance' } }
  app.get<{ Params: HistoryParams }>(
    '/:type/:id/_history',
    { schema, config },
    async (request, reply) => {
      const { type, id } = request.params
      if (!resourceTypes.has(type) || !isId(id)) throw unknownAddress(request.server, request)
      const caller = requireScope(request, type, 'history-instance')
      const { count, before } = readPage(queryPairs(request.query))
      const rows = await resources.history(caller, type, id, count + 1, before)
      const newest = before === undefined ? rows[0] : await resources.read(caller, type, id)
      if (!newest) throw new Problem('not-found')
      const page = rows.slice(0, count)
      const entities = [`${type}/${id}`]
      await audit([
        auditEntry(
          request,
          {
            action: 'history',
            kind: 'R',
            outcome: 'success',
            entities,
            patientId: patientOf(newest),
          },
          now(),
        ),
      ])
      const address = `${baseUrl}/fhir/${type}/${id}/_history`
      const last = page.at(-1)
      const link = [
        { relation: 'self', url: pageUrl(address, count, before) },
        ...(rows.length > count && last
          ? [{ relation: 'next', url: pageUrl(address, count, last.version) }]
          : []),
      ] satisfies BundleLink[]
      // Versions have no gaps, so the newest number is how many there are.
      const head = {
        type: 'history',
        timestamp: now().toISOString(),
        total: newest.version,
        link,
      } as const
      return sendFhir(
        reply,
        labelledBundle(
          head,
          page.map((row) => historyEntry(row, baseUrl)),
        ),
      )
    },
  )
}

function readPage(pairs: readonly (readonly [string, string])[]): {
  count: number
  before: number | undefined
} {
  let count = defaultCount
  let before: number | undefined
  for (const [name, value] of pairs) {
    if (name === '_format' || name === '_pretty') continue
    if (name !== '_count' && name !== '_before')
      throw new Problem(
        'bad-parameter',
        'The history of a resource supports _count; follow the next link for more.',
      )
    if (!/^[1-9]\d{0,8}$/.test(value))
      throw new Problem('bad-parameter', `${name} needs a whole number from 1 on.`)
    if (name === '_count') count = Math.min(Number(value), maximumCount)
    else before = Number(value)
  }
  return { count, before }
}

const pageUrl = (address: string, count: number, before: number | undefined): string =>
  `${address}?_count=${count}${before === undefined ? '' : `&_before=${before}`}`

function historyEntry(row: StoredResource, baseUrl: string): EntryText {
  const { type, id, version, lastUpdated, content } = row
  const created = version === 1
  return {
    fullUrl: `${baseUrl}/fhir/${type}/${id}`,
    resource: content,
    request: created ? { method: 'POST', url: type } : { method: 'PUT', url: `${type}/${id}` },
    response: {
      status: created ? '201 Created' : '200 OK',
      location: versionPath(row),
      etag: etagOf(version),
      lastModified: lastUpdated,
    },
  }
}
