/** https://hl7.org/fhir/R4/http.html#vread */

import { resourceTypes } from '../../domain/access/resource-types.ts'
import { patientOf } from '../../domain/audit/patients.ts'
import { readableTypes } from '../../domain/fhir/search-parameters.ts'
import { Problem } from '../../domain/problem.ts'
import { isId, unknownAddress } from '../addresses.ts'
import type { RoutePlugin } from '../deps.ts'
import { documented, fhirAnswer, formatQuery, idParam, typeParam } from '../documentation.ts'
import { serviceRequest } from '../examples.ts'
import { sendFhir, versionHeaders } from '../reply.ts'
import { auditEntry, requireScope } from '../request.ts'

interface VreadParams {
  readonly type: string
  readonly id: string
  readonly version: string
}

const schema = documented({
  summary: 'Read one version of a resource',
  description: 'Any version, the current one included. Versions are numbered 1, 2, 3 without gaps.',
  tag: 'read',
  params: {
    type: typeParam,
    id: idParam,
    version: { type: 'string', pattern: '^[1-9][0-9]{0,8}$', examples: ['1'] },
  },
  query: formatQuery,
  answers: {
    200: fhirAnswer('The version', 'Resource', serviceRequest, ['ETag', 'Last-Modified']),
  },
  problems: ['not-found'],
})

export const vreadRoute: RoutePlugin = (app, { resources, audit, now }) => {
  const config = { fhir: { types: readableTypes, interaction: 'vread' } }
  app.get<{ Params: VreadParams }>(
    '/:type/:id/_history/:version',
    { schema, config },
    async (request, reply) => {
      const { type, id, version } = request.params
      if (!resourceTypes.has(type) || !isId(id)) throw unknownAddress(request.server, request)
      const caller = requireScope(request, type, 'vread')
      // Versions are numbers here; an id of another form names none of them.
      if (!/^[1-9]\d{0,8}$/.test(version)) throw new Problem('not-found')
      const stored = await resources.readVersion(caller, type, id, Number(version))
      if (!stored) throw new Problem('not-found')
      const entities = [`${type}/${id}/_history/${version}`]
      await audit([
        auditEntry(
          request,
          {
            action: 'vread',
            kind: 'R',
            outcome: 'success',
            entities,
            patientId: patientOf(stored),
          },
          now(),
        ),
      ])
      return sendFhir(versionHeaders(reply, stored), stored.content)
    },
  )
}
