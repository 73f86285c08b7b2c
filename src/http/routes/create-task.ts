/** The referrer asks that a referral be stopped: https://hl7.org/fhir/R4/http.html#create */

import { Problem } from '../../domain/problem.ts'
import { askToStop } from '../../domain/referral/ask-to-stop.ts'
import type { WriteRoute } from '../deps.ts'
import { sendResource } from '../reply.ts'
import { agentOf, requireScope } from '../request.ts'
import { createTaskSchema } from '../write-schemas.ts'

export const createTaskRoute: WriteRoute = (app, deps) => {
  app.post(
    '/Task',
    { config: { fhir: { types: ['Task'], interaction: 'create' } }, schema: createTaskSchema },
    async (request, reply) => {
      const caller = requireScope(request, 'Task', 'create')
      const { id, isNew } = await askToStop(deps.intake, request.body, caller, agentOf(request))
      const stored = await deps.resources.read(caller, 'Task', id)
      if (!stored) throw new Problem('not-found')
      return sendResource(reply, stored, {
        status: isNew ? 201 : 200,
        fhirBase: `${deps.baseUrl}/fhir`,
      })
    },
  )
}
