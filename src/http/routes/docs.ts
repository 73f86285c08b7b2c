/** For people who write a client: the reference, the OpenAPI document, the problem codes, the door. */

import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { Problem, problems } from '../../domain/problem.ts'
import type { ServerDeps } from '../deps.ts'
import { refusals } from '../documentation.ts'
import { openApiDocument } from '../openapi.ts'
import { errorPage, errorsPage, isProblemCode } from '../pages/errors.ts'
import { html } from '../pages/html.ts'
import { sendPage, stylesheet } from '../pages/page.ts'
import { type ApiDocument, referencePage } from '../pages/reference.ts'

const open = { access: 'public' } as const
const hidden = { config: open, schema: { hide: true } } as const

/** Swagger UI sets one style attribute, which this refuses without visible harm. */
const tryPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export const docsRoutes = (app: FastifyInstance, deps: ServerDeps): void => {
  const { baseUrl, version, sandbox = false } = deps
  app.get('/', { config: open, schema: landingSchema }, async (request, reply) => {
    reply.header('vary', 'accept')
    if (prefersHtml(request.headers.accept))
      return sendPage(reply, { title: 'You reached Referloop', body: landing(baseUrl, sandbox) })
    return reply.type('application/json; charset=utf-8').send(doors(baseUrl, version))
  })

  app.get(
    '/openapi.json',
    { config: { ...open, cors: true }, schema: openApiSchema },
    async (_request, reply) =>
      reply.type('application/json; charset=utf-8').send(openApiDocument(app)),
  )

  app.get('/docs', hidden, async (_request, reply) =>
    sendPage(reply, {
      title: 'API reference',
      ...referencePage(openApiDocument(app) as ApiDocument),
    }),
  )
  app.get('/docs/style.css', hidden, async (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=300')
      .type('text/css; charset=utf-8')
      .send(stylesheet),
  )

  app.get('/errors', { config: open, schema: errorsSchema }, async (_request, reply) =>
    sendPage(reply, { title: 'Problem codes', body: errorsPage() }),
  )
  app.get<{ Params: { code: string } }>(
    '/errors/:code',
    { config: open, schema: errorSchema },
    async (request, reply) => {
      const { code } = request.params
      if (!isProblemCode(code))
        throw new Problem('not-found', 'There is no problem of this code; /errors lists them.')
      return sendPage(reply, { title: code, body: errorPage(code) })
    },
  )

  app.register(swaggerUi, {
    routePrefix: '/docs/try',
    staticCSP: tryPolicy,
    theme: { title: 'Try Referloop' },
    uiConfig: { deepLinking: true, docExpansion: 'list', validatorUrl: null },
  })
}

/** A browser asks for HTML by name; a program that takes anything gets JSON. */
const prefersHtml = (accept = ''): boolean => /(^|[\s,])text\/html\b/.test(accept)

const doors = (baseUrl: string, version: string) => ({
  name: 'Referloop',
  version,
  fhir: `${baseUrl}/fhir`,
  capabilities: `${baseUrl}/fhir/metadata`,
  smartConfiguration: `${baseUrl}/fhir/.well-known/smart-configuration`,
  token: `${baseUrl}/oauth/token`,
  cdsServices: `${baseUrl}/cds-services`,
  openapi: `${baseUrl}/openapi.json`,
  docs: `${baseUrl}/docs`,
  errors: `${baseUrl}/errors`,
  health: `${baseUrl}/health/ready`,
})

const landing = (
  baseUrl: string,
  sandbox: boolean,
) => html`${sandbox ? html`<p><strong>This is the sandbox.</strong> Its organisations are made up; send no real patient's data.</p>` : undefined}
<p>A referral sent here as a FHIR R4 ServiceRequest is checked, put into the clinic's EHR, and
followed: every status change and the outcome come back to the referrer.</p>
<p>The FHIR base is <code>${baseUrl}/fhir</code>. Try this:</p>
<pre><code>curl ${baseUrl}/fhir/metadata?_pretty=true</code></pre>
<ul>
<li><a href="/docs">The reference</a>: every address, with examples; <a href="/docs/try/">try it</a> from the browser</li>
<li><a href="/fhir/metadata?_pretty=true">CapabilityStatement</a> and <a href="/fhir/.well-known/smart-configuration">SMART configuration</a></li>
<li><a href="/errors">Problem codes</a>, and how to mend each</li>
<li><a href="/health/ready">Is it ready?</a></li>
</ul>`

const discovery = { tags: ['discovery'], security: [] }

const page = (description: string) => ({
  description,
  content: {
    'text/html': {
      schema: { type: 'string' },
      examples: { example: { value: '<!doctype html>…' } },
    },
  },
})

const landingSchema = {
  ...discovery,
  summary: 'Where is what',
  description: 'A page for people, JSON for machines, as Accept says.',
  response: {
    200: {
      description: 'The doors of this service',
      content: {
        'application/json': {
          schema: { type: 'object' },
          examples: { example: { value: doors('https://referloop.example', '0.1.0') } },
        },
      },
    },
  },
}

const openApiSchema = {
  ...discovery,
  summary: 'This document',
  description: 'OpenAPI 3.1, made from the routes.',
  response: {
    200: {
      description: 'The document',
      content: {
        'application/json': {
          schema: { type: 'object' },
          examples: { example: { value: { openapi: '3.1.0' } } },
        },
      },
    },
  },
}

const errorsSchema = {
  ...discovery,
  summary: 'All problem codes',
  description: 'A page that lists every code with its HTTP status and how to mend it.',
  response: { 200: page('The page') },
}

const errorSchema = {
  ...discovery,
  summary: 'One problem code',
  description: 'A page on one code; the Link header of every refused request leads here.',
  params: {
    type: 'object',
    required: ['code'],
    properties: { code: { type: 'string', enum: Object.keys(problems), examples: ['not-found'] } },
  },
  response: { 200: page('The page'), ...refusals(['not-found']) },
}
