/** For those who run the service: is it alive, is it ready, how is it doing. */

import { safeError } from '../../domain/safe-error.ts'
import type { HttpDeps, RoutePlugin } from '../deps.ts'

/** A probe gives up after a few seconds; a check must answer before it does. */
const checkTimeout = 2000

const open = { access: 'public' } as const

export const watchRoutes: RoutePlugin = (app, { readiness, metrics }) => {
  app.get('/health/live', { schema: liveSchema, config: open }, async () => ({ status: 'alive' }))

  app.get('/health/ready', { schema: readySchema, config: open }, async (request, reply) => {
    const results = await checkAll(readiness)
    const failed = results.filter(({ error }) => error !== undefined)
    for (const { name, error } of failed)
      request.log.warn({ check: name, err: safeError(error) }, 'not ready')
    const ready = failed.length === 0
    return reply
      .code(ready ? 200 : 503)
      .headers(ready ? {} : { 'retry-after': '5' })
      .send({
        status: ready ? 'ready' : 'not-ready',
        checks: Object.fromEntries(
          results.map(({ name, error }) => [name, error === undefined ? 'ok' : 'failed']),
        ),
      })
  })

  app.get('/metrics', { schema: metricsSchema, config: open }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  )
}

function checkAll(readiness: HttpDeps['readiness']) {
  return Promise.all(
    Object.entries(readiness).map(async ([name, check]) => {
      try {
        await withTimeout(check())
        return { name, error: undefined }
      } catch (error) {
        return { name, error: error ?? new Error('failed') }
      }
    }),
  )
}

async function withTimeout(check: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${checkTimeout} ms`)), checkTimeout)
  })
  try {
    await Promise.race([check, late])
  } finally {
    clearTimeout(timer)
  }
}

const jsonAnswer = (description: string, example: object) => ({
  description,
  content: {
    'application/json': { schema: { type: 'object' }, examples: { example: { value: example } } },
  },
})

const common = { tags: ['operations'], security: [] }

const liveSchema = {
  ...common,
  summary: 'Is the process alive?',
  description: 'Answers as long as the process does; asks nothing of others.',
  response: { 200: jsonAnswer('It is.', { status: 'alive' }) },
}

const readySchema = {
  ...common,
  summary: 'Can it take work?',
  description: 'Asks what the service depends on and names what fails.',
  response: {
    200: jsonAnswer('It can.', { status: 'ready', checks: { database: 'ok' } }),
    503: jsonAnswer('It cannot.', { status: 'not-ready', checks: { database: 'failed' } }),
  },
}

const metricsSchema = {
  ...common,
  summary: 'Metrics',
  description: 'Prometheus text format. Labels are route templates and codes, never ids.',
  response: {
    200: {
      description: 'The metrics',
      content: {
        'text/plain': {
          schema: { type: 'string' },
          examples: {
            example: {
              value:
                'http_request_duration_seconds_count{method="GET",route="/fhir/:type/:id",status="200"} 3\n',
            },
          },
        },
      },
    },
  },
}
