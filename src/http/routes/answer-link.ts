/** A referrer's own system, or its clinic's, makes a link for people at the practice. */

import type { Parameters } from 'fhir/r4'
import { endLink, makeLink } from '../../domain/answering/make-link.ts'
import { Problem } from '../../domain/problem.ts'
import { readBody } from '../../domain/referral/intake.ts'
import type { WriteRoute } from '../deps.ts'
import { sendFhir } from '../reply.ts'
import { agentOf, requireScope } from '../request.ts'
import { answerLinkSchema } from '../write-schemas.ts'

export const answerLinkRoute: WriteRoute = (app, deps) => {
  app.post<{ Params: { id: string } }>(
    '/ServiceRequest/:id/$answer-link',
    {
      config: {
        bodyless: true,
        fhir: {
          types: ['ServiceRequest'],
          interaction: '$answer-link',
          definition: 'https://referloop.example/fhir/OperationDefinition/answer-link',
        },
      },
      schema: answerLinkSchema,
    },
    async (request, reply) => {
      const caller = requireScope(request, 'ServiceRequest', '$answer-link')
      const isEnd =
        request.body === undefined ? false : readEnd(readBody(deps.intake, request.body))
      const { id } = request.params
      const ports = { ...deps.intake, ...deps.answering }
      if (isEnd) {
        const ended = await endLink(ports, id, caller, agentOf(request))
        return sendFhir(reply, parameters([{ name: 'ended', valueBoolean: ended }]))
      }
      const { secret, code, expiresAt } = await makeLink(ports, id, caller, agentOf(request))
      return sendFhir(
        reply,
        parameters([
          { name: 'link', valueUrl: `${deps.baseUrl}/answer/${secret}` },
          { name: 'address', valueUrl: `${deps.baseUrl}/answer` },
          { name: 'code', valueString: code },
          { name: 'expires', valueInstant: expiresAt },
        ]),
      )
    },
  )
}

const parameters = (parameter: NonNullable<Parameters['parameter']>): Parameters => ({
  resourceType: 'Parameters',
  parameter,
})

/** @throws Problem bad-parameter */
function readEnd(body: { readonly resourceType: string }): boolean {
  const { resourceType, parameter = [] } = body as Parameters
  const unknown = parameter.find(({ name }) => name !== 'end')
  if (resourceType !== 'Parameters' || unknown)
    throw new Problem('bad-parameter', 'Send Parameters with `end`, or no body.')
  return parameter.some(({ valueBoolean }) => valueBoolean === true)
}
