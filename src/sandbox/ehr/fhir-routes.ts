/** The sandbox EHR over HTTP. */

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Asked, type InteractionDeps, interact } from './interactions.ts'

const routes = {
  '/fhir': ['POST'],
  '/fhir/:type': ['GET', 'POST'],
  '/fhir/:type/:id': ['GET', 'PUT', 'DELETE'],
  '/fhir/:type/:id/_history': ['GET'],
  '/fhir/:type/:id/_history/:version': ['GET'],
} as const

export function fhirRoutes(app: FastifyInstance, deps: InteractionDeps): void {
  for (const [url, method] of Object.entries(routes))
    app.route({
      url,
      method: [...method],
      async handler(request, reply) {
        const { status, headers, body } = await interact(deps, asked(request))
        return reply
          .code(status)
          .headers(headers)
          .send(body || undefined)
      },
    })
}

function asked(request: FastifyRequest): Asked {
  const [path = '', query = ''] = request.url.split('?')
  return {
    method: request.method === 'HEAD' ? 'GET' : request.method,
    path: path.replace(/^\/fhir\/?|\/$/g, ''),
    query: new URLSearchParams(query),
    header(name) {
      const value = request.headers[name]
      return Array.isArray(value) ? value[0] : value
    },
    body: typeof request.body === 'string' ? request.body : '',
  }
}
