/** POST /cds-services/{id}/feedback: https://cds-hooks.hl7.org/2.0/#feedback */

import type { FastifyInstance } from 'fastify'
import { Counter } from 'prom-client'
import { type Feedback, readFeedback } from '../../domain/order-time/feedback.ts'
import { serviceOf, servicesOf } from '../cds.ts'
import { feedbackSchema } from '../cds-schemas.ts'
import type { ServerDeps } from '../deps.ts'
import { auditEntry, requireScope } from '../request.ts'

export const cdsFeedbackRoute = (app: FastifyInstance, deps: ServerDeps): void => {
  const services = servicesOf(deps)
  const counter = new Counter({
    name: 'referloop_cds_feedback_total',
    help: 'What became of cards, as CDS clients told.',
    labelNames: ['outcome', 'reason'],
    registers: [deps.metrics],
  })

  app.post<{ Params: { id: string } }>(
    '/cds-services/:id/feedback',
    { schema: feedbackSchema, config: { access: 'cds' } },
    async (request, reply) => {
      requireScope(request, 'ServiceRequest', '$referral-check')
      const { id } = serviceOf(services(), request.params.id)
      const told = readFeedback(request.body)
      const detail = `${id}: ${summed(told)}`
      await deps.audit([
        auditEntry(
          request,
          { action: 'feedback', kind: 'E', outcome: 'success', detail },
          deps.now(),
        ),
      ])
      for (const { outcome, reason } of told) counter.inc({ outcome, reason })
      return reply.code(200).send()
    },
  )
}

/** Counts only: what a clinician wrote may tell of the patient. */
const summed = (told: readonly Feedback[]): string =>
  (['accepted', 'overridden'] as const)
    .map((outcome) => `${outcome} ${told.filter((each) => each.outcome === outcome).length}`)
    .join(', ')
