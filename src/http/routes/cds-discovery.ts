/** GET /cds-services: https://cds-hooks.hl7.org/2.0/#discovery */

import type { FastifyInstance } from 'fastify'
import { describeService } from '../../domain/order-time/services.ts'
import { servicesOf } from '../cds.ts'
import { discoverySchema } from '../cds-schemas.ts'
import type { ServerDeps } from '../deps.ts'

export const cdsDiscoveryRoute = (app: FastifyInstance, deps: ServerDeps): void => {
  const services = servicesOf(deps)
  app.get(
    '/cds-services',
    // Any page may read it: there is nothing in it but what everybody may know.
    { schema: discoverySchema, config: { access: 'public', cors: true } },
    async () => ({ services: services().flatMap(describeService) }),
  )
}
