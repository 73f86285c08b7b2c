/** POST /cds-services/{id}: https://cds-hooks.hl7.org/2.0/#calling-a-cds-service */

import type { FastifyInstance } from 'fastify'
import { Counter } from 'prom-client'
import { adviseOnOrders } from '../../domain/order-time/advise.ts'
import { serviceOf, servicesOf } from '../cds.ts'
import { serviceSchema } from '../cds-schemas.ts'
import type { ServerDeps } from '../deps.ts'
import { auditEntry, requireScope } from '../request.ts'

export const cdsServiceRoute = (app: FastifyInstance, deps: ServerDeps): void => {
  const { baseUrl, policyOf, intake, newId, now, audit } = deps
  const { check, validate, registry } = intake
  const services = servicesOf(deps)
  const cardsShown = new Counter({
    name: 'referloop_cds_cards_total',
    help: 'Cards that were answered to CDS clients.',
    labelNames: ['hook', 'topic'],
    registers: [deps.metrics],
  })
  const ports = { baseUrl, policyOf, newId, now, check, registry, validate }

  app.post<{ Params: { id: string } }>(
    '/cds-services/:id',
    { schema: serviceSchema, config: { access: 'cds' } },
    async (request) => {
      requireScope(request, 'ServiceRequest', '$referral-check')
      const service = serviceOf(services(), request.params.id)
      const { hook, cards } = await adviseOnOrders(ports, service, request.body)
      const detail = `${hook} ${service.id}`
      await audit([
        auditEntry(request, { action: 'check', kind: 'E', outcome: 'success', detail }, now()),
      ])
      for (const { source } of cards) cardsShown.inc({ hook, topic: source.topic.code })
      return { cards }
    },
  )
}
