/** The map of the API. */

import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { Problem } from '../domain/problem.ts'
import {
  isCdsAddress,
  isFhirAddress,
  methodsAt,
  rememberRoutes,
  unknownAddress,
} from './addresses.ts'
import { acceptFhirJson, refuseCompressed } from './body.ts'
import { allowOrigin, calledAddresses } from './cds.ts'
import type { HttpDeps, ServerDeps } from './deps.ts'
import { asProblem, errorHandler, noteProblem, sendProblem } from './error-handler.ts'
import { requestIdFrom, securityHeaders } from './headers.ts'
import { defaultLimits, type HttpLimits } from './limits.ts'
import { requestLine, routeOf } from './log.ts'
import { measureRequests } from './metrics.ts'
import { answerType, fhirJson, plainJson } from './negotiate.ts'
import { collectRoutes } from './openapi.ts'
import { peopleRoutes } from './people/routes.ts'
import { places, type TakePlace } from './places.ts'
import { type NoteRefusal, refusalLog } from './refusals.ts'
import { queryPairs } from './request.ts'
import { answerLinkRoute } from './routes/answer-link.ts'
import { auditEventRoutes } from './routes/audit-event.ts'
import { cdsDiscoveryRoute } from './routes/cds-discovery.ts'
import { cdsFeedbackRoute } from './routes/cds-feedback.ts'
import { cdsServiceRoute } from './routes/cds-service.ts'
import { compareListsRoute } from './routes/compare-lists.ts'
import { conformanceRoutes } from './routes/conformance.ts'
import { createTaskRoute } from './routes/create-task.ts'
import { docsRoutes } from './routes/docs.ts'
import { evaluateMeasureRoute } from './routes/evaluate-measure.ts'
import { historyRoute } from './routes/history.ts'
import { metadataRoute } from './routes/metadata.ts'
import { operationRoutes } from './routes/operations.ts'
import { readRoute } from './routes/read.ts'
import { searchRoutes } from './routes/search.ts'
import { submitRoutes } from './routes/submit.ts'
import { subscriptionRoutes } from './routes/subscription.ts'
import { subscriptionOperationRoutes } from './routes/subscription-operations.ts'
import { tokenRoute } from './routes/token.ts'
import { updateServiceRequestRoute } from './routes/update-service-request.ts'
import { updateTaskRoutes } from './routes/update-task.ts'
import { vreadRoute } from './routes/vread.ts'
import { watchRoutes } from './routes/watch.ts'
import { wellKnownRoutes } from './routes/well-known.ts'
import { servedScopes } from './served-scopes.ts'
import { answerBrokenRequest, limitSockets } from './sockets.ts'

/**
 * Builds the server; it listens when the caller says so.
 * A route is closed to everybody without a token unless it says `config: { access: 'public' }`.
 */
export function buildServer(deps: ServerDeps): FastifyInstance {
  const limits = { ...defaultLimits, ...deps.limits }
  const refusals = refusalLog(deps)
  const app = createServer({ ...deps, noteRefusal: refusals.note }, limits)
  rememberRoutes(app)
  collectRoutes(app, deps.version)
  acceptFhirJson(app)
  const takePlace = places(limits, deps.now)
  addHooks(app, deps, limits, takePlace)
  measureRequests(app, deps.metrics)
  app.setErrorHandler(errorHandler({ ...deps, noteRefusal: refusals.note }))
  app.addHook('onClose', () => refusals.close())

  app.register(async (fhir) => fhirRoutes(fhir, deps), { prefix: '/fhir' })
  app.register(async (cds) => cdsRoutes(cds, deps))
  app.register(async (open) => openRoutes(open, deps, limits, refusals.note))
  const { people } = deps
  if (people)
    app.register((pages) =>
      peopleRoutes(pages, { ...deps, people, noteRefusal: refusals.note, takePlace }),
    )
  return app
}

/** Below the FHIR base: one file for each interaction or operation. */
function fhirRoutes(fhir: FastifyInstance, deps: ServerDeps): void {
  fhir.addHook('onRequest', async (request) => negotiate(request))
  metadataRoute(fhir, deps)
  conformanceRoutes(fhir, deps)
  submitRoutes(fhir, deps)
  operationRoutes(fhir, deps)
  answerLinkRoute(fhir, deps)
  compareListsRoute(fhir, deps)
  evaluateMeasureRoute(fhir, deps)
  updateServiceRequestRoute(fhir, deps)
  updateTaskRoutes(fhir, deps)
  createTaskRoute(fhir, deps)
  auditEventRoutes(fhir, deps)
  subscriptionRoutes(fhir, deps)
  subscriptionOperationRoutes(fhir, deps)
  readRoute(fhir, deps)
  vreadRoute(fhir, deps)
  historyRoute(fhir, deps)
  searchRoutes(fhir, deps)
}

/** CDS Hooks: advice while an order is written. */
function cdsRoutes(cds: FastifyInstance, deps: ServerDeps): void {
  cdsDiscoveryRoute(cds, deps)
  cdsServiceRoute(cds, deps)
  cdsFeedbackRoute(cds, deps)
}

/** Beside it, and without a token: log in, discover, read about it, watch it. */
function openRoutes(
  open: FastifyInstance,
  deps: ServerDeps,
  limits: HttpLimits,
  noteRefusal: NoteRefusal,
): void {
  open.addHook('onRoute', (route) => {
    route.config = { ...route.config, access: 'public' }
  })
  const { grantToken, publicJwks, baseUrl, now, audit } = deps
  const perAddress = limits.tokensPerMinute
  open.register(tokenRoute, { grantToken, now, audit, perAddress, noteRefusal })
  open.register(wellKnownRoutes, { baseUrl, publicJwks, scopes: servedScopes(open.knownRoutes) })
  watchRoutes(open, deps)
  docsRoutes(open, deps)
}

function createServer(
  deps: HttpDeps & { noteRefusal: NoteRefusal },
  limits: HttpLimits,
): FastifyInstance {
  const secure = deps.baseUrl.startsWith('https:')
  const app = Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'requestId',
    }),
    requestIdHeader: false,
    genReqId: (raw) => requestIdFrom(raw.headers['x-request-id'], deps.newId),
    bodyLimit: limits.body,
    requestTimeout: limits.requestTimeout,
    connectionTimeout: limits.idleTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    maxRequestsPerSocket: limits.requestsPerSocket,
    http: {
      headersTimeout: limits.headersTimeout,
      connectionsCheckingInterval: limits.checkInterval,
      // Node counts the address with the headers; addHooks tells the two apart.
      maxHeaderSize: limits.headers + limits.url,
    },
    routerOptions: { maxParamLength: 256 },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      request.answer = { type: fhirJson, pretty: false }
      securityHeaders(reply, request.id, secure)
      const problem = asProblem(error)
      // Sent without waiting: it never throws, and nothing hangs on it.
      void noteProblem(problem, request, deps)
      sendProblem(problem, reply, deps)
    },
  })
  // Bodies are checked by the domain's FHIR validation; route schemas are for the documentation.
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  limitSockets(app.server, limits.socketsPerAddress)
  return app as FastifyInstance
}

function addHooks(
  app: FastifyInstance,
  deps: HttpDeps,
  limits: HttpLimits,
  takePlace: TakePlace,
): void {
  const secure = deps.baseUrl.startsWith('https:')
  const identify = async (request: FastifyRequest) => {
    const { authorization } = request.headers
    request.caller =
      request.routeOptions.config?.access === 'cds'
        ? await deps.verifyCdsClient(authorization, calledAddresses(request, deps.baseUrl))
        : await deps.verifyToken(authorization)
    await takePlace(request, request.caller.client)
  }
  app.decorateRequest('caller', null)
  app.decorateRequest('endTurn', null)
  app.decorateRequest('answer')
  app.addHook('onRequest', async (request, reply) => {
    const isCds = isCdsAddress(request)
    request.answer = { type: isCds ? plainJson : fhirJson, pretty: false }
    securityHeaders(reply, request.id, secure)
    if (isCds) allowOrigin(request, reply, deps.cdsOrigins ?? [])
    if (request.routeOptions.config?.cors) reply.header('access-control-allow-origin', '*')
    requireSize(request, limits)
    if (request.is404) return answerUnknown(app, identify, request, reply)
    refuseCompressed(request)
    const { access } = request.routeOptions.config
    // A person has a session instead of a token: src/http/people/routes.ts asks for it.
    if (access !== 'public' && access !== 'person') await identify(request)
  })
  app.addHook('onResponse', async (request, reply) => {
    request.endTurn?.()
    request.log.info(requestLine(request, reply), 'request')
  })
  app.addHook('onRequestAbort', async (request) => {
    request.endTurn?.()
    request.log.warn({ method: request.method, route: routeOf(request) }, 'request aborted')
  })
}

/** @throws Problem uri-too-long, headers-too-large */
function requireSize(request: FastifyRequest, limits: HttpLimits): void {
  const { url = '', rawHeaders } = request.raw
  if (url.length > limits.url) throw new Problem('uri-too-long')
  // ": " and the line end count as well.
  const size = rawHeaders.reduce((sum, part) => sum + part.length + 2, 0)
  if (size > limits.headers) throw new Problem('headers-too-large')
}

/** Before the body is read: nobody sends 10 MiB to an address that is not there. */
async function answerUnknown(
  app: FastifyInstance,
  identify: (request: FastifyRequest) => Promise<void>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (request.method === 'OPTIONS') {
    const methods = methodsAt(app, request)
    if (methods.length > 0)
      return reply
        .code(204)
        .header('allow', [...methods, 'OPTIONS'].join(', '))
        .send()
  }
  if (isFhirAddress(request)) await identify(request)
  throw unknownAddress(app, request)
}

/** Which form a FHIR answer takes. */
function negotiate(request: FastifyRequest): void {
  const pairs = queryPairs(request.query)
  if (pairs.some(([name, value]) => name.includes('\0') || value.includes('\0')))
    throw new Problem('bad-parameter', 'A parameter holds the NUL character.')
  const last = (wanted: string) => pairs.findLast(([name]) => name === wanted)?.[1]
  request.answer = {
    type: answerType(request.headers.accept, last('_format')),
    pretty: last('_pretty') === 'true',
  }
}
