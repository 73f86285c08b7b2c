/**
 * The sandbox EHR as an authorization server for people: SMART App Launch, the server's side.
 *
 * https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html
 */

import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { EhrError } from './ehr-error.ts'

/** Somebody who works at the clinic, and may sign in here. */
interface Staff {
  /** Logical id of the Practitioner. */
  readonly id: string
  readonly name: string
}

export interface AuthorizeSettings {
  readonly clientId: string
  /** The app's own addresses. */
  readonly redirectUri: string
  readonly launchUrl: string
  readonly staff: readonly Staff[]
}

interface Code {
  readonly challenge: string
  readonly nonce: string
  readonly user: Staff
}

interface Grant {
  readonly user: Staff
  readonly idToken: string
}

export interface Authorizer {
  /** Exchanges a code, once. @throws Error when it does not fit */
  redeem(form: URLSearchParams): Promise<Grant>
}

/** A claim or a header that a test has the EHR get wrong. */
export interface IdTokenFaults {
  claims?: Readonly<Record<string, unknown>>
  kid?: string
  /** Signs with a key that is not published. */
  foreignKey?: boolean
  /** The `iss` of the answer (RFC 9207). */
  answerIss?: string
}

const codeMs = 60_000

/** @param faults read at each sign-in */
export async function authorizer(
  app: FastifyInstance,
  settings: AuthorizeSettings,
  {
    origin,
    now,
    newId,
    faults,
  }: {
    readonly origin: () => string
    readonly now: () => Date
    readonly newId: () => string
    readonly faults: () => IdTokenFaults
  },
): Promise<Authorizer> {
  const keys = await generateKeyPair('RS256')
  const others = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'ehr-1', alg: 'RS256', use: 'sig' }
  const codes = new Map<string, Code & { readonly until: number }>()

  app.get('/auth/jwks', async () => ({ keys: [jwk] }))

  // Opened from within the EHR: the launch names who is at it.
  app.get('/sandbox/launch', async (request, reply) => {
    const { user = settings.staff[0]?.id } = request.query as { user?: string }
    const query = new URLSearchParams({ iss: `${origin()}/fhir`, launch: String(user) })
    return reply.redirect(`${settings.launchUrl}?${query}`)
  })

  app.get('/auth/authorize', async (request, reply) => {
    const query = queryOf(request)
    requireFit(query, settings, `${origin()}/fhir`)
    const chosen = query.get('launch') ?? query.get('user')
    const user = settings.staff.find(({ id }) => id === chosen)
    if (!user) return reply.type('text/html; charset=utf-8').send(choice(settings.staff, query))
    const code = newId()
    codes.set(code, {
      challenge: query.get('code_challenge') ?? '',
      nonce: query.get('nonce') ?? '',
      user,
      until: now().getTime() + codeMs,
    })
    const back = new URLSearchParams({
      code,
      state: query.get('state') ?? '',
      iss: faults().answerIss ?? origin(),
    })
    return reply.redirect(`${settings.redirectUri}?${back}`)
  })

  return {
    async redeem(form) {
      const code = codes.get(form.get('code') ?? '')
      codes.delete(form.get('code') ?? '')
      const verifier = form.get('code_verifier') ?? ''
      const isFit =
        code &&
        code.until > now().getTime() &&
        form.get('redirect_uri') === settings.redirectUri &&
        createHash('sha256').update(verifier).digest('base64url') === code.challenge
      if (!isFit) throw new Error('the code does not fit')
      const seconds = Math.floor(now().getTime() / 1000)
      const { claims = {}, kid = jwk.kid, foreignKey } = faults()
      const idToken = await new SignJWT({
        iss: origin(),
        aud: settings.clientId,
        sub: code.user.id,
        nonce: code.nonce,
        name: code.user.name,
        fhirUser: `${origin()}/fhir/Practitioner/${code.user.id}`,
        iat: seconds,
        exp: seconds + 300,
        ...claims,
      })
        .setProtectedHeader({ alg: 'RS256', kid })
        .sign(foreignKey ? others.privateKey : keys.privateKey)
      return { user: code.user, idToken }
    },
  }
}

const queryOf = (request: FastifyRequest): URLSearchParams =>
  new URLSearchParams(request.url.slice(request.url.indexOf('?') + 1))

/** What SMART asks of a request, and what this server needs to be safe. */
function requireFit(query: URLSearchParams, settings: AuthorizeSettings, base: string): void {
  const wanted: Readonly<Record<string, string>> = {
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: settings.redirectUri,
    aud: base,
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(wanted))
    if (query.get(name) !== value) throw new EhrError(400, 'invalid', `${name} does not fit.`)
  if (
    (query.get('state') ?? '').length < 22 ||
    !/^[\w-]{43}$/.test(query.get('code_challenge') ?? '')
  )
    throw new EhrError(400, 'invalid', 'state or code_challenge is too short.')
  if (!(query.get('scope') ?? '').split(' ').includes('openid'))
    throw new EhrError(400, 'invalid', 'scope lacks openid.')
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

/** Who are you? As simple as a sandbox may be. */
function choice(staff: readonly Staff[], query: URLSearchParams): string {
  const links = staff.map(({ id, name }) => {
    const next = new URLSearchParams(query)
    next.set('user', id)
    return `<li><a href="/auth/authorize?${escaped(next.toString())}">${escaped(name)}</a></li>`
  })
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sandbox EHR</title><main><h1>Sandbox EHR: who are you?</h1><ul>${links.join('')}</ul></main></html>`
}
