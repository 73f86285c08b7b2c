/** What the CDS services share: https://cds-hooks.hl7.org/2.0/ */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Registry } from '../domain/access/registry.ts'
import { type CdsService, cdsServices } from '../domain/order-time/services.ts'
import { Problem } from '../domain/problem.ts'
import type { ServerDeps } from './deps.ts'

/** The services of the registry as it is today; they are made once for each reading and day. */
export function servicesOf({
  intake,
  policyOf,
  conformance,
}: ServerDeps): () => readonly CdsService[] {
  let made: { registry: Registry; today: string; services: readonly CdsService[] } | undefined
  return () => {
    const registry = intake.registry()
    const today = intake.now().toISOString().slice(0, 10)
    if (made?.registry !== registry || made.today !== today) {
      const services = cdsServices({ registry, policyOf, published: conformance, today })
      made = { registry, today, services }
    }
    return made.services
  }
}

/** @throws Problem not-found */
export function serviceOf(services: readonly CdsService[], id: string): CdsService {
  const service = services.find((each) => each.id === id)
  if (!service)
    throw new Problem('not-found', 'There is no CDS service of this id; /cds-services lists them.')
  return service
}

/** What `aud` of a JWT may be: the address that is called and, for feedback, its service. */
export function calledAddresses(request: FastifyRequest, baseUrl: string): readonly string[] {
  const called = `${baseUrl}${request.url.split('?')[0]}`
  return [...new Set([called, called.replace(/\/feedback$/, '')])]
}

/**
 * CORS for pages of the origins that the operator has named, and for nobody else:
 * https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function allowOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
  origins: readonly string[],
): void {
  reply.header('vary', 'Origin')
  const { origin } = request.headers
  if (origin === undefined || !origins.includes(origin)) return
  reply.header('access-control-allow-origin', origin)
  if (request.method !== 'OPTIONS') return
  reply.headers({
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-max-age': '600',
  })
}
