/** The referrer changes or revokes its order: https://hl7.org/fhir/R4/http.html#update */

import { Problem } from '../../domain/problem.ts'
import { readBody } from '../../domain/referral/intake.ts'
import { supplyInformation } from '../../domain/referral/supply-information.ts'
import type { WriteRoute } from '../deps.ts'
import { sendResource } from '../reply.ts'
import { ifMatchVersion, originOf, requireScope } from '../request.ts'
import { updateRequestSchema } from '../write-schemas.ts'

export const updateServiceRequestRoute: WriteRoute = (app, deps) => {
  app.put<{ Params: { id: string } }>(
    '/ServiceRequest/:id',
    {
      config: { fhir: { types: ['ServiceRequest'], interaction: 'update' } },
      schema: updateRequestSchema,
    },
    async (request, reply) => {
      const caller = requireScope(request, 'ServiceRequest', 'update')
      const version = ifMatchVersion(request)
      const { id } = request.params
      const resource = readBody(deps.intake, request.body)
      if (resource.resourceType !== 'ServiceRequest' || resource.id !== id)
        throw new Problem('bad-request', 'Send a ServiceRequest whose id is that of the address.', {
          expression: [`${resource.resourceType}.id`],
        })
      const entry = {
        fullUrl: undefined,
        resource,
        expression: 'ServiceRequest',
        ifNoneExist: undefined,
        put: { id, ifMatch: undefined },
      }
      await supplyInformation(
        deps.intake,
        id,
        { request: { entry, version }, additions: [] },
        caller,
        originOf(request),
      )
      const stored = await deps.resources.read(caller, 'ServiceRequest', id)
      if (!stored) throw new Problem('not-found')
      return sendResource(reply, stored, { status: 200, fhirBase: `${deps.baseUrl}/fhir` })
    },
  )
}
