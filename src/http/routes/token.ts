/** POST /oauth/token: https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html#obtain-access-token */

import type {} from '@fastify/swagger'
import type {
  FastifyError,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
} from 'fastify'
import ipaddr from 'ipaddr.js'
import { OAuthError } from '../../domain/access/oauth-error.ts'
import { rateLimit } from '../../domain/access/rate-limit.ts'
import { Problem } from '../../domain/problem.ts'
import type { AuditEntry } from '../../domain/referral/ports.ts'
import { safeError } from '../../domain/safe-error.ts'
import type { NoteRefusal } from '../refusals.ts'
import { auditEntry } from '../request.ts'

/** What the token service gives back; all but the answer is for the log. */
interface Granted {
  readonly answer: Readonly<Record<string, string | number>>
  readonly client: string
  readonly organization: string
  readonly tokenId: string
}

export interface TokenRouteOptions {
  /** @throws OAuthError or Problem */
  readonly grantToken: (form: ReadonlyMap<string, string>) => Promise<Granted>
  readonly now: () => Date
  /** Commits audit entries; a token that cannot be audited is not handed out. */
  readonly audit: (entries: readonly AuditEntry[]) => Promise<void>
  readonly noteRefusal: NoteRefusal
  /** Requests a minute from one address (one /64 for IPv6). */
  readonly perAddress: number
}

/** An assertion has at most 8 KiB, a scope 4 KiB, percent-encoded at worst three times that. */
const bodyLimit = 48 * 1024

/** Seconds, where the problem does not say. */
const usualWait = 5

export const tokenRoute: FastifyPluginAsync<TokenRouteOptions> = async (app, options) => {
  const { admit } = rateLimit(options.perAddress, options.now)

  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer', bodyLimit },
    async (_request: FastifyRequest, body: Buffer) => readForm(body),
  )
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, async () => {
    throw invalid('Send the parameters as application/x-www-form-urlencoded.')
  })
  app.setErrorHandler(async (error: FastifyError | OAuthError | Problem, request, reply) => {
    await auditRefusal(error, request, options)
    return answerError(error, request, reply)
  })
  // Nothing said here may be kept by a cache, refusals included: RFC 6749 section 5.1.
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
    admit(network(request.ip))
  })

  app.post('/oauth/token', { schema, validatorCompiler: () => () => true }, async (request) => {
    if (request.url.includes('?'))
      throw invalid('Send the parameters in the body, not in the address.')
    if (!(request.body instanceof Map)) throw invalid('The body is empty.')
    const { answer, ...logged } = await options.grantToken(request.body)
    await options.audit([grantEntry(request, logged, options.now())])
    request.log.info(logged, 'token issued')
    return answer
  })
}

/** Whose token it is, by the id of the token, of which nothing else is kept. */
const grantEntry = (
  request: FastifyRequest,
  { client, organization, tokenId }: Omit<Granted, 'answer'>,
  now: Date,
): AuditEntry => ({
  ...auditEntry(request, { action: 'token', kind: 'E', outcome: 'success' }, now),
  agent: client,
  organization,
  tokenId,
})

/** Who asked is not known: what was sent names a client, but did not prove to be of it. */
async function auditRefusal(
  error: FastifyError | OAuthError | Problem,
  request: FastifyRequest,
  { noteRefusal, now }: TokenRouteOptions,
): Promise<void> {
  const status = error instanceof OAuthError ? error.status : statusOf(error)
  const detail = error instanceof OAuthError ? error.code : status < 500 ? 'refused' : 'failed'
  const outcome = status < 500 ? 'minor-failure' : 'serious-failure'
  const entry = auditEntry(
    request,
    { action: 'token-refused', kind: 'E', outcome, detail: `${status} ${detail}` },
    now(),
  )
  await noteRefusal(entry, status, request.log)
}

/** @returns each parameter once; RFC 6749 section 3.2 treats one without a value as absent and refuses a doubled one */
function readForm(body: Buffer): ReadonlyMap<string, string> {
  const form = new Map<string, string>()
  const seen = new Set<string>()
  for (const pair of text(body).split('&').filter(Boolean)) {
    const end = pair.includes('=') ? pair.indexOf('=') : pair.length
    const [name, value] = [decoded(pair.slice(0, end)), decoded(pair.slice(end + 1))]
    if (seen.has(name)) throw invalid('A parameter is there twice.')
    seen.add(name)
    if (value !== '') form.set(name, value)
  }
  return form
}

function text(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw invalid('The body is not UTF-8.')
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch {
    throw invalid('The body is not well-formed: a percent sign needs two hexadecimal digits.')
  }
}

/** One household or server has a whole IPv6 /64 to choose from. */
function network(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  return address.kind() === 'ipv4'
    ? address.toString()
    : address.toNormalizedString().split(':', 4).join(':')
}

function answerError(
  error: FastifyError | OAuthError | Problem,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  if (error instanceof OAuthError) {
    request.log.warn({ error: error.code, reason: error.reason }, 'token refused')
    return reply.code(error.status).send(oauth(error.code, error.message))
  }
  if (error instanceof Problem && (error.status === 429 || error.status === 503)) {
    request.log.warn({ error: error.code }, 'token put off')
    reply.header('retry-after', error.retryAfter ?? usualWait)
    return reply
      .code(error.status)
      .send(oauth('temporarily_unavailable', 'Try again as Retry-After says.'))
  }
  if (statusOf(error) < 500) {
    request.log.warn({ error: error.code }, 'token refused')
    return reply
      .code(400)
      .send(oauth('invalid_request', 'The request cannot be read, or is too large.'))
  }
  request.log.error({ err: safeError(error) }, 'token endpoint failed')
  return reply.code(500).send(oauth('server_error', 'Quote the X-Request-Id to the operator.'))
}

/** Of Fastify's own refusals and the server's: RFC 6749 knows only 400 for what is wrong with a request. */
const statusOf = (error: FastifyError | Problem) =>
  error instanceof Problem ? error.status : (error.statusCode ?? 500)

const oauth = (error: string, description: string) => ({ error, error_description: description })

const invalid = (description: string) => new OAuthError('invalid_request', description)

// Stryker disable all: test/http/openapi.test.ts holds the whole of it against openapi/openapi.json
const errorSchema = (description: string, error: string, sentence: string) => ({
  description,
  type: 'object',
  required: ['error'],
  properties: { error: { type: 'string' }, error_description: { type: 'string' } },
  examples: [oauth(error, sentence)],
})

const schema: FastifySchema = {
  operationId: 'token',
  summary: 'Get an access token',
  description:
    'SMART Backend Services: an assertion signed by a registered key (private_key_jwt, RS384 or ES384) is exchanged for an access token of at most five minutes.',
  tags: ['token'],
  security: [],
  consumes: ['application/x-www-form-urlencoded'],
  body: {
    type: 'object',
    required: ['grant_type', 'scope', 'client_assertion_type', 'client_assertion'],
    properties: {
      grant_type: { type: 'string', enum: ['client_credentials'] },
      scope: {
        type: 'string',
        maxLength: 4096,
        description: 'SMART v2 system scopes, separated by spaces',
      },
      client_assertion_type: {
        type: 'string',
        enum: ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
      },
      client_assertion: { type: 'string', maxLength: 8192, description: 'A signed JWT' },
      client_id: { type: 'string', description: 'Where sent, equal to iss' },
    },
    examples: [
      {
        grant_type: 'client_credentials',
        scope: 'system/ServiceRequest.crus system/Task.rs',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: 'eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl',
      },
    ],
  },
  response: {
    200: {
      description: 'The access token',
      type: 'object',
      required: ['access_token', 'token_type', 'expires_in', 'scope'],
      properties: {
        access_token: { type: 'string' },
        token_type: { type: 'string', enum: ['bearer'] },
        expires_in: { type: 'integer', maximum: 300 },
        scope: { type: 'string', description: 'What was granted: requested and registered' },
      },
      examples: [
        {
          access_token: 'eyJhbGciOiJFUzM4NCIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl',
          token_type: 'bearer',
          expires_in: 300,
          scope: 'system/ServiceRequest.crus system/Task.rs',
        },
      ],
    },
    400: errorSchema(
      'Refused',
      'invalid_client',
      'The client could not be authenticated: check client id, kid and key.',
    ),
    429: errorSchema(
      'Too many requests: see Retry-After',
      'temporarily_unavailable',
      'Try again as Retry-After says.',
    ),
    500: errorSchema('Our fault', 'server_error', 'Quote the X-Request-Id to the operator.'),
    503: errorSchema(
      'Not now: see Retry-After',
      'temporarily_unavailable',
      'Try again as Retry-After says.',
    ),
  },
}
