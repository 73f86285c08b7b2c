/** The audit trail as AuditEvent: https://hl7.org/fhir/R4/auditevent.html */

import type { Caller } from '../../domain/access/caller.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import type { AuditRow } from '../../domain/audit/audit-row.ts'
import { parseAuditSearch } from '../../domain/audit/audit-search.ts'
import { defaultCount, maximumCount } from '../../domain/fhir/search.ts'
import { Problem } from '../../domain/problem.ts'
import { labelledBundle } from '../../domain/sensitivity/labelled-bundle.ts'
import { isId } from '../addresses.ts'
import type { RoutePlugin } from '../deps.ts'
import { documented, fhirAnswer, formatQuery, idParam } from '../documentation.ts'
import { auditEventRead, auditEvents } from '../examples.ts'
import { sendFhir } from '../reply.ts'
import { auditEntry, queryPairs, requireScope } from '../request.ts'

export const auditEventRoutes: RoutePlugin = (app, { auditTrail, audit, now, baseUrl }) => {
  const fhirBase = `${baseUrl}/fhir`
  const compose = (row: AuditRow, caller: Caller) => auditEvent(row, caller, { fhirBase })
  const config = (interaction: string) => ({ fhir: { types: ['AuditEvent'], interaction } })

  app.get<{ Params: { id: string } }>(
    '/AuditEvent/:id',
    { schema: readSchema, config: config('read') },
    async (request, reply) => {
      const { id } = request.params
      const caller = requireScope(request, 'AuditEvent', 'read')
      const row = isId(id) ? await auditTrail.read(caller, id) : undefined
      if (!row) throw new Problem('not-found')
      const entities = [`AuditEvent/${id}`]
      const { patientId } = row
      await audit([
        auditEntry(
          request,
          { action: 'read', kind: 'R', outcome: 'success', entities, patientId },
          now(),
        ),
      ])
      return sendFhir(reply, compose(row, caller))
    },
  )

  app.get(
    '/AuditEvent',
    { schema: searchSchema, config: config('search-type') },
    async (request, reply) => {
      const caller = requireScope(request, 'AuditEvent', 'search-type')
      const { query, understood } = parseAuditSearch(queryPairs(request.query))
      const rows = await auditTrail.search(caller, query)
      const page = rows.slice(0, query.count)
      const asked = new URLSearchParams(
        understood.map(([name, value]): [string, string] => [name, value]),
      )
      const patients = new Set(page.map(({ patientId }) => patientId))
      patients.delete(undefined)
      await audit(
        (patients.size > 0 ? [...patients] : [undefined]).map((patientId) =>
          auditEntry(
            request,
            {
              action: 'search',
              kind: 'E',
              outcome: 'success',
              patientId,
              detail: `AuditEvent?${[...new Set(asked.keys())].join('&')}`,
              query: `AuditEvent?${asked}`,
            },
            now(),
          ),
        ),
      )
      const next = rows.length > query.count ? page.at(-1) : undefined
      const head = {
        type: 'searchset',
        timestamp: now().toISOString(),
        link: links(`${fhirBase}/AuditEvent`, asked, next),
      } as const
      return sendFhir(
        reply,
        labelledBundle(
          head,
          page.map((row) => ({
            fullUrl: `${fhirBase}/AuditEvent/${row.id}`,
            resource: JSON.stringify(compose(row, caller)),
            search: { mode: 'match' },
          })),
        ),
      )
    },
  )
}

function links(address: string, asked: URLSearchParams, last: AuditRow | undefined) {
  const self = { relation: 'self', url: asked.size > 0 ? `${address}?${asked}` : address }
  if (!last) return [self]
  const next = new URLSearchParams(asked)
  next.set('_cursor', last.id)
  return [self, { relation: 'next', url: `${address}?${next}` }]
}

const readSchema = documented({
  summary: 'Read an entry of the audit trail',
  description:
    'After IHE BALP. Addresses, tokens, request ids and queries are shown to the organisation whose request it was.',
  tag: 'read',
  params: { id: idParam },
  query: formatQuery,
  answers: { 200: fhirAnswer('The event', 'AuditEvent', auditEventRead) },
  problems: ['not-found'],
})

const searchSchema = documented({
  summary: 'Search the audit trail',
  description:
    'Newest first. A referrer sees what concerns its patients and its own client, a clinic what concerns the referrals that are with it and its own client.',
  tag: 'read',
  query: {
    date: {
      type: 'string',
      description: 'When it was recorded, with a prefix; repeat it for a span.',
      examples: ['ge2026-03-01'],
    },
    patient: { type: 'string', examples: ['Patient/123'] },
    entity: { type: 'string', examples: ['ServiceRequest/123'] },
    agent: { type: 'string', description: 'A client id.', examples: ['river-pain-clinic'] },
    altid: { type: 'string', description: 'The same as a token.' },
    'agent:identifier': { type: 'string', description: 'The same with its system.' },
    outcome: { type: 'string', enum: ['0', '4', '8'] },
    action: { type: 'string', enum: ['C', 'R', 'U', 'D', 'E'] },
    _id: { type: 'string' },
    _count: { type: 'integer', minimum: 1, maximum: maximumCount, default: defaultCount },
    ...formatQuery,
  },
  answers: { 200: fhirAnswer('The events', 'Bundle', auditEvents) },
  problems: ['bad-parameter'],
})
