/** https://hl7.org/fhir/R4/http.html#read */

import type { FastifyRequest } from 'fastify'
import { resourceTypes } from '../../domain/access/resource-types.ts'
import { patientOf } from '../../domain/audit/patients.ts'
import { readableTypes } from '../../domain/fhir/search-parameters.ts'
import { Problem } from '../../domain/problem.ts'
import type { StoredResource } from '../../domain/referral/ports.ts'
import { isId, unknownAddress } from '../addresses.ts'
import type { RoutePlugin } from '../deps.ts'
import {
  documented,
  emptyAnswer,
  fhirAnswer,
  formatQuery,
  idParam,
  typeParam,
} from '../documentation.ts'
import { serviceRequest } from '../examples.ts'
import { etagOf, sendFhir, versionHeaders } from '../reply.ts'
import { auditEntry, requireScope } from '../request.ts'

interface ReadParams {
  readonly type: string
  readonly id: string
}

const schema = documented({
  summary: 'Read a resource',
  description:
    'The current version, with its ETag. What belongs to another organisation is answered as if it were not there.',
  tag: 'read',
  params: { type: typeParam, id: idParam },
  query: formatQuery,
  headers: {
    'If-None-Match': {
      type: 'string',
      description: 'An ETag that you have: 304 when it is current.',
    },
    'If-Modified-Since': { type: 'string', description: 'The same by date.' },
  },
  answers: {
    200: fhirAnswer('The resource', 'Resource', serviceRequest, ['ETag', 'Last-Modified']),
    304: emptyAnswer('You have the current version.'),
  },
  problems: ['not-found'],
})

export const readRoute: RoutePlugin = (app, { resources, audit, now }) => {
  const config = { fhir: { types: readableTypes, interaction: 'read' } }
  app.get<{ Params: ReadParams }>('/:type/:id', { schema, config }, async (request, reply) => {
    const { type, id } = request.params
    if (!resourceTypes.has(type) || !isId(id)) throw unknownAddress(request.server, request)
    const caller = requireScope(request, type, 'read')
    const stored = await resources.read(caller, type, id)
    if (!stored) throw new Problem('not-found')
    const entities = [`${type}/${id}`]
    await audit([
      auditEntry(
        request,
        { action: 'read', kind: 'R', outcome: 'success', entities, patientId: patientOf(stored) },
        now(),
      ),
    ])
    versionHeaders(reply, stored)
    if (isUnchanged(request, stored)) return reply.code(304).send()
    return sendFhir(reply, stored.content)
  })
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2: an ETag counts before a date */
function isUnchanged(request: FastifyRequest, stored: StoredResource): boolean {
  const tags = request.headers['if-none-match']
  if (tags !== undefined) {
    const current = weak(etagOf(stored.version))
    return tags.split(',').some((tag) => tag.trim() === '*' || weak(tag) === current)
  }
  const since = Date.parse(request.headers['if-modified-since'] ?? '')
  return Math.floor(Date.parse(stored.lastUpdated) / 1000) * 1000 <= since
}

const weak = (tag: string): string => tag.trim().replace(/^W\//, '')
