/** $reconcile: a partner's list of referrals against ours. https://hl7.org/fhir/R4/operations.html */

import type { Parameters } from 'fhir/r4'
import { Problem } from '../../domain/problem.ts'
import { compareLists, readList } from '../../domain/referral/compare-lists.ts'
import { readBody } from '../../domain/referral/intake.ts'
import type { Compared } from '../../domain/referral/ports.ts'
import type { WriteRoute } from '../deps.ts'
import { sendFhir } from '../reply.ts'
import { auditEntry, requireScope } from '../request.ts'
import { compareListsSchema } from '../write-schemas.ts'

const interaction = '$reconcile'
const definition = 'https://referloop.example/fhir/OperationDefinition/reconcile'

export const compareListsRoute: WriteRoute = (app, deps) => {
  app.post(
    '/ServiceRequest/$reconcile',
    {
      config: { fhir: { types: ['ServiceRequest'], interaction, definition } },
      schema: compareListsSchema,
    },
    async (request, reply) => {
      const caller = requireScope(request, 'ServiceRequest', interaction)
      requireScope(request, 'Task', interaction)
      const body = readBody(deps.intake, request.body)
      if (body.resourceType !== 'Parameters')
        throw new Problem('bad-request', 'Send Parameters with your referrals and their statuses.')
      const asked = readList(body as Parameters)
      const { answer, shown } = await compareLists(deps.intake.referrals, asked, caller)
      await deps.audit(
        patientsIn(shown).map(([patientId, entities]) =>
          auditEntry(
            request,
            {
              action: 'reconcile',
              kind: 'E',
              outcome: 'success',
              patientId,
              entities,
              detail: `reconcile: ${asked.lines.length} listed`,
            },
            deps.now(),
          ),
        ),
      )
      return sendFhir(reply, answer)
    },
  )
}

/** What was told of, by patient; a call that told of nobody is an event all the same. */
function patientsIn(
  shown: readonly Compared[],
): readonly (readonly [patientId: string | undefined, entities: readonly string[]])[] {
  const byPatient = Map.groupBy(shown, ({ patientId }) => patientId)
  if (byPatient.size === 0) return [[undefined, []]]
  return [...byPatient].map(([patientId, theirs]) => [
    patientId,
    theirs.flatMap(({ id, taskId }) => [`ServiceRequest/${id}`, `Task/${taskId}`]),
  ])
}
