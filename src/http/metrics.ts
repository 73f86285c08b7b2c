/** Request durations for /metrics: https://prometheus.io/docs/practices/naming/ */

import type { FastifyInstance } from 'fastify'
import { Histogram, type Registry } from 'prom-client'
import { routeOf } from './log.ts'

/** Seconds; accepting a referral takes 5 to 50 ms, a search with includes up to 2 s. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Times each request by method, route template and status. */
export function measureRequests(app: FastifyInstance, register: Registry): void {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [register],
  })
  app.addHook('onResponse', async (request, reply) => {
    const labels = {
      method: knownMethods.has(request.method) ? request.method : 'other',
      route: routeOf(request),
      status: String(reply.statusCode),
    }
    duration.observe(labels, reply.elapsedTime / 1000)
  })
}

/** A label must not take values that a caller makes up. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
