/** A small, honest FHIR R4 server that plays a clinic's EHR: https://hl7.org/fhir/R4/http.html */

import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { parseFhirJson } from '../../domain/fhir/json.ts'
import { Problem } from '../../domain/problem.ts'
import {
  type Authorizer,
  type AuthorizeSettings,
  authorizer,
  type IdTokenFaults,
} from './authorize.ts'
import { startAutopilot } from './autopilot.ts'
import { capabilityStatement } from './capability.ts'
import { EhrError, outcomeOf } from './ehr-error.ts'
import { fhirRoutes } from './fhir-routes.ts'
import { forgetfulJournal, openJournal } from './journal.ts'
import { createTemper, type Misbehaviour, type Temper } from './misbehave.ts'
import { act, isStaffAction, type StaffAction, type StaffRemark, staffActions } from './staff.ts'
import { createStore, type Store } from './store.ts'
import { createTokenEndpoint, type TokenEndpoint, type TokenSettings } from './token.ts'

export interface SandboxEhrOptions {
  readonly host?: string
  /** 0 takes a free one. */
  readonly port: number
  /** The clinic's name. */
  readonly name: string
  /** Where the journal lies; without it everything is forgotten at the end. */
  readonly directory?: string
  /** Asks for tokens; without it everybody may call. */
  readonly token?: TokenSettings
  /** Lets people sign in to an app. */
  readonly authorize?: AuthorizeSettings
  /** Staff who move every referral on, one step in so many milliseconds. */
  readonly autopilot?: { readonly stepMs: number }
  /** Keeps the requests received, for tests. */
  readonly record?: boolean
  readonly now?: () => Date
}

interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  /** When it came, and when it was answered; the port that it came from. */
  readonly at: number
  readonly from: number | undefined
  until?: number
  status?: number
  retryAfter?: string
}

export interface SandboxEhr {
  /** `http://127.0.0.1:9001/fhir` */
  readonly baseUrl: string
  readonly tokenUrl: string
  readonly store: Store
  /** Requests received, oldest first, when recorded. */
  readonly requests: readonly ReceivedRequest[]
  /** From now on; `{}` is good behaviour. */
  misbehave(misbehaviour: Misbehaviour): void
  /** Does what staff would do with a referral. @returns the id of the Task here */
  act(taskId: string, action: StaffAction, remark?: StaffRemark): string
  /** Makes all tokens worthless. */
  revokeTokens(): void
  /** What ID tokens get wrong from now on; `{}` is nothing. */
  misidentify(faults: IdTokenFaults): void
  close(): Promise<void>
}

/** Starts the EHR; what it acknowledged in an earlier life is there again. */
export async function startSandboxEhr(options: SandboxEhrOptions): Promise<SandboxEhr> {
  const now = options.now ?? (() => new Date())
  const newId = randomUUID
  const store = createStore(now)
  const journal = options.directory
    ? await openJournal(options.directory, store.replay)
    : forgetfulJournal
  store.attach(journal)
  const temper = createTemper()
  const tokens = options.token && createTokenEndpoint(options.token, now, newId)
  const staff = { store, now, newId, name: options.name }
  const requests: ReceivedRequest[] = []
  const app = fastify({
    bodyLimit: 32 * 1024 * 1024,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    forceCloseConnections: true,
  })
  const origin = () => `http://${options.host ?? '127.0.0.1'}:${portOf(app)}`
  const baseUrl = () => `${origin()}/fhir`

  readBodiesAsText(app)
  if (options.record) keepRequests(app, requests, now)
  guard(app, temper, tokens)
  answerErrors(app)
  // Whatever an answer tells of must outlive the process, also to those who only read.
  app.addHook('onSend', async (request, reply, payload) => {
    await store.settled()
    return temper.after(request, reply, payload)
  })
  discoveryRoutes(app, options, origin, now().toISOString())
  let faults: IdTokenFaults = {}
  const people =
    options.authorize &&
    (await authorizer(app, options.authorize, { origin, now, newId, faults: () => faults }))
  if (tokens) tokenRoute(app, tokens, people, () => `${origin()}/auth/token`)
  fhirRoutes(app, {
    store,
    newId,
    baseUrl,
    found: (history) => temper.found(history, now()),
    read: temper.read,
    heedsConditions: temper.heedsConditions,
    pause: () => (temper.raceMs > 0 ? wait(temper.raceMs) : undefined),
  })
  app.post(
    '/sandbox/tasks/:id/:action',
    async (request: FastifyRequest<{ Params: { id: string; action: string } }>, reply) => {
      const { id, action } = request.params
      if (!isStaffAction(action))
        throw new EhrError(404, 'not-found', `Use one of: ${staffActions.join(', ')}.`)
      const task = act(staff, id, action, remarkIn(request))
      const content = store.current('Task', task)?.content ?? ''
      return reply.type('application/fhir+json; charset=utf-8').send(content)
    },
  )
  await app.listen({ host: options.host ?? '127.0.0.1', port: options.port })
  const stopAutopilot = options.autopilot && startAutopilot(staff, options.autopilot.stepMs)

  return {
    baseUrl: baseUrl(),
    tokenUrl: `${origin()}/auth/token`,
    store,
    requests,
    misbehave: temper.set,
    act: (taskId, action, remark) => act(staff, taskId, action, remark),
    revokeTokens: () => tokens?.revokeAll(),
    misidentify: (next) => {
      faults = next
    },
    async close() {
      stopAutopilot?.()
      await app.close()
      await journal.close()
    },
  }
}

const portOf = (app: FastifyInstance): number => (app.server.address() as AddressInfo).port

function readBodiesAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
}

function keepRequests(app: FastifyInstance, kept: ReceivedRequest[], now: () => Date): void {
  const known = new WeakMap<FastifyRequest, ReceivedRequest>()
  app.addHook('preHandler', async (request) => {
    const { method, url, headers, body } = request
    const came: ReceivedRequest = {
      method,
      path: url,
      headers,
      body: typeof body === 'string' ? body : '',
      at: now().getTime(),
      from: request.raw.socket.remotePort,
    }
    known.set(request, came)
    kept.push(came)
  })
  app.addHook('onResponse', async (request, reply) => {
    const came = known.get(request)
    if (!came) return
    came.until = now().getTime()
    came.status = reply.statusCode
    const retryAfter = reply.getHeader('retry-after')
    if (retryAfter !== undefined) came.retryAfter = String(retryAfter)
  })
}

const open: ReadonlySet<string> = new Set([
  '/fhir/metadata',
  '/fhir/.well-known/smart-configuration',
])

function guard(app: FastifyInstance, temper: Temper, tokens: TokenEndpoint | undefined): void {
  app.addHook('preHandler', async (request, reply) => {
    if (await temper.before(request, reply)) return reply
    const path = request.url.split('?')[0] as string
    if (!tokens || !path.startsWith('/fhir') || open.has(path)) return undefined
    if (tokens.admits(request.headers.authorization)) return undefined
    throw new EhrError(401, 'login', 'Get a token from the token endpoint.')
  })
}

function answerErrors(app: FastifyInstance): void {
  const answer = (reply: FastifyReply, status: number, code: string, text: string) =>
    reply
      .code(status)
      .type('application/fhir+json; charset=utf-8')
      .send(JSON.stringify(outcomeOf(code, text)))
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof EhrError) return answer(reply, error.status, error.code, error.message)
    if (error instanceof Problem)
      return answer(reply, error.status, 'structure', error.issues[0]?.diagnostics ?? error.code)
    const status = (error as { statusCode?: number }).statusCode ?? 500
    return answer(reply, status, 'exception', 'The request failed.')
  })
  app.setNotFoundHandler((_request, reply) =>
    answer(reply, 404, 'not-found', 'There is nothing at this address.'),
  )
}

function discoveryRoutes(
  app: FastifyInstance,
  options: SandboxEhrOptions,
  origin: () => string,
  started: string,
): void {
  app.get('/', async () => ({
    name: `Sandbox EHR of ${options.name}`,
    fhir: `${origin()}/fhir`,
    staff: `POST ${origin()}/sandbox/tasks/{id}/{action}`,
    actions: staffActions,
    body: { reason: 'optional, shown to the referrer', note: 'the outcome note, on complete' },
  }))
  app.get('/fhir/metadata', async (_request, reply) =>
    reply
      .type('application/fhir+json; charset=utf-8')
      .send(JSON.stringify(capabilityStatement(options.name, started, `${origin()}/fhir`))),
  )
  if (!options.token) return
  app.get('/fhir/.well-known/smart-configuration', async () => ({
    token_endpoint: `${origin()}/auth/token`,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
    scopes_supported: ['system/*.crus'],
    capabilities: ['client-confidential-asymmetric', 'permission-v2'],
    ...(options.authorize
      ? {
          issuer: origin(),
          jwks_uri: `${origin()}/auth/jwks`,
          authorization_endpoint: `${origin()}/auth/authorize`,
          code_challenge_methods_supported: ['S256'],
          id_token_signing_alg_values_supported: ['RS256'],
          authorization_response_iss_parameter_supported: true,
          grant_types_supported: ['client_credentials', 'authorization_code'],
          scopes_supported: ['system/*.crus', 'openid', 'fhirUser', 'launch'],
          capabilities: [
            'client-confidential-asymmetric',
            'permission-v2',
            'launch-ehr',
            'launch-standalone',
            'sso-openid-connect',
          ],
        }
      : {}),
  }))
}

function tokenRoute(
  app: FastifyInstance,
  tokens: TokenEndpoint,
  people: Authorizer | undefined,
  audience: () => string,
): void {
  const signedIn = async (form: URLSearchParams) => {
    try {
      const token = await tokens.issue(form, audience())
      const grant = await (people as Authorizer).redeem(form)
      return {
        access_token: token,
        token_type: 'Bearer',
        expires_in: 300,
        scope: 'openid fhirUser',
        id_token: grant.idToken,
      }
    } catch {
      throw new EhrError(400, 'invalid', 'The code, or the client, does not fit.')
    }
  }
  app.post('/auth/token', async (request, reply) => {
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '')
    if (people && form.get('grant_type') === 'authorization_code')
      return reply.header('cache-control', 'no-store').send(await signedIn(form))
    const { status, body } = await tokens.grant(form, audience())
    return reply.code(status).header('cache-control', 'no-store').send(body)
  })
}

function remarkIn(request: FastifyRequest): StaffRemark {
  if (typeof request.body !== 'string' || request.body.trim() === '') return {}
  const body = parseFhirJson(request.body)
  if (typeof body !== 'object' || body === null) return {}
  const { reason, note, force } = body as Record<string, unknown>
  return {
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof note === 'string' ? { note } : {}),
    ...(force === true ? { force } : {}),
  }
}
