/** For those who run the service: is it alive, is it ready, how is it doing. */

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'
import { Problem } from '../../domain/problem.ts'
import { safeError } from '../../domain/safe-error.ts'
import type { HttpDeps, RoutePlugin } from '../deps.ts'

/** A probe gives up after a few seconds; a check must answer before it does. */
const checkTimeout = 2000

const open = { access: 'public' } as const

export const watchRoutes: RoutePlugin = (app, { readiness, metrics, metricsToken }) => {
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

  app.get('/metrics', { schema: metricsSchema, config: open }, async (request, reply) => {
    if (metricsToken === undefined) requireThisMachine(request)
    else requireToken(request, metricsToken)
    return reply.type(metrics.contentType).send(await metrics.metrics())
  })
}

/** @throws Problem missing-token, invalid-token */
function requireToken({ headers }: FastifyRequest, wanted: string): void {
  const [, given] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  if (given === undefined)
    throw new Problem('missing-token', 'Send the metrics token of this service as Bearer.')
  // Digests have one length, so that the comparison tells nothing of the token's.
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest())
  if (!timingSafeEqual(a as Buffer, b as Buffer)) throw new Problem('invalid-token')
}

/** What proxies add; one on this machine would make everybody look local. */
const forwarding = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']

/** @throws Problem forbidden */
function requireThisMachine({ socket, headers }: FastifyRequest): void {
  const address = socket.remoteAddress ?? ''
  const local = ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback'
  if (!local || forwarding.some((name) => headers[name] !== undefined))
    throw new Problem(
      'forbidden',
      'Ask from the machine that this service runs on, or set REFERLOOP_METRICS_TOKEN.',
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
  description:
    'Prometheus text format. Labels are route templates and codes, never ids. With REFERLOOP_METRICS_TOKEN the scrape bears that token, without it it comes from the machine itself.',
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
