/** One line for each request, from an allow-list: never query values, bodies or headers. */

import type { FastifyReply, FastifyRequest } from 'fastify'

/** Log fields of a request that has been answered; the logger adds its requestId. */
export function requestLine(request: FastifyRequest, reply: FastifyReply) {
  return {
    method: request.method,
    route: routeOf(request),
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 10) / 10,
    ...(request.caller
      ? { client: request.caller.client, organization: request.caller.organization }
      : {}),
  }
}

/** The template of the route: the address itself may hold an identifier. */
export const routeOf = (request: FastifyRequest): string =>
  request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched')
