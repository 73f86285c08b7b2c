/**
 * Access tokens from an EHR: SMART Backend Services, as the client.
 *
 * https://hl7.org/fhir/smart-app-launch/backend-services.html
 * https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
 */

import { type CryptoKey, type JWK, SignJWT } from 'jose'
import type { EhrAuth } from '../domain/access/registry.ts'
import { parseFhirJson } from '../domain/fhir/json.ts'
import type { Egress } from './egress.ts'
import { objectOf } from './ehr-answers.ts'

/** The key that we sign with; its public half stands in our /.well-known/jwks.json. */
export interface SigningKey {
  readonly key: CryptoKey | JWK
  readonly kid: string
  readonly alg: 'ES384' | 'RS384'
}

type BackendServiceAuth = Extract<EhrAuth, { type: 'smart-backend-services' }>

export interface TokenDeps {
  readonly egress: Pick<Egress, 'send'>
  readonly key: SigningKey
  readonly now: () => Date
  /** Milliseconds that never jump, for the life of a token. */
  readonly monotonic: () => number
  readonly newId: () => string
  /** What is asked for; by default what a delivery needs. */
  readonly scope?: string
}

export interface TokenSource {
  /** @throws TokenFailure, or what the egress throws */
  token(): Promise<string>
  /** Tells that the EHR no longer takes this token: the next call gets another. */
  forget(token: string): void
}

/** The EHR gave no token. Says which step failed, not what was answered. */
export class TokenFailure extends Error {
  override readonly name = 'TokenFailure'
}

// Create, read, update and search, of whatever a referral and its outcome are made of.
const deliveryScope = 'system/*.crus'

const assertionSeconds = 240
const marginMs = 30_000
const assumedSeconds = 300
const longestSeconds = 86_400

/** One token at a time for one EHR, shared by all its callers and renewed before it expires. */
export function createTokenSource(
  baseUrl: string,
  auth: BackendServiceAuth,
  deps: TokenDeps,
): TokenSource {
  let held: { readonly token: string; readonly staleAt: number } | undefined
  let fetching: Promise<string> | undefined

  const renew = async (): Promise<string> => {
    const askedAt = deps.monotonic()
    const endpoint = auth.tokenEndpoint ?? (await discover(baseUrl, deps.egress))
    const { token, seconds } = await request(endpoint, auth, deps)
    const margin = Math.min(marginMs, seconds * 500)
    held = { token, staleAt: askedAt + seconds * 1000 - margin }
    return token
  }

  return {
    token: async () => {
      if (held && deps.monotonic() < held.staleAt) return held.token
      fetching ??= renew().finally(() => {
        fetching = undefined
      })
      return fetching
    },
    forget: (token) => {
      if (held?.token === token) held = undefined
    },
  }
}

async function discover(baseUrl: string, egress: Pick<Egress, 'send'>): Promise<string> {
  const url = `${baseUrl.replace(/\/$/, '')}/.well-known/smart-configuration`
  const headers = { accept: 'application/json' }
  const { status, body } = await egress.send({ url, base: baseUrl, headers, limits: small })
  if (status !== 200) throw new TokenFailure(`smart-configuration was answered with ${status}.`)
  const endpoint = readJson(body)?.token_endpoint
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint))
    throw new TokenFailure('smart-configuration names no token endpoint.')
  // Anyone who can alter this document would otherwise receive our signed assertion.
  if (new URL(endpoint).origin !== new URL(baseUrl).origin)
    throw new TokenFailure('The token endpoint lies on another origin: pin it in the registry.')
  return endpoint
}

const small = { responseBytes: 64 * 1024, totalMs: 10_000 } as const

async function request(
  endpoint: string,
  auth: BackendServiceAuth,
  deps: TokenDeps,
): Promise<{ token: string; seconds: number }> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: deps.scope ?? deliveryScope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion(endpoint, auth, deps),
  })
  const { status, body } = await deps.egress.send({
    method: 'POST',
    url: endpoint,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
    limits: small,
  })
  if (status !== 200) throw new TokenFailure(`The token endpoint answered ${status}.`)
  const answer = readJson(body)
  const token = answer?.access_token
  // A token goes into a header: anything outside visible ASCII would be an injection.
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(token))
    throw new TokenFailure('The token endpoint gave no usable token.')
  if (String(answer?.token_type).toLowerCase() !== 'bearer')
    throw new TokenFailure('The token endpoint gave no bearer token.')
  return { token, seconds: lifetime(answer?.expires_in) }
}

const lifetime = (seconds: unknown): number =>
  typeof seconds === 'number' && seconds > 0 ? Math.min(seconds, longestSeconds) : assumedSeconds

function assertion(endpoint: string, auth: BackendServiceAuth, deps: TokenDeps): Promise<string> {
  const { key, kid, alg } = deps.key
  const seconds = Math.floor(deps.now().getTime() / 1000)
  return new SignJWT({})
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .setIssuer(auth.clientId)
    .setSubject(auth.clientId)
    .setAudience(endpoint)
    .setJti(deps.newId())
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + assertionSeconds)
    .sign(key)
}

function readJson(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    return objectOf(parseFhirJson(body, { depth: 16, nodes: 10_000 }))
  } catch (cause) {
    throw new TokenFailure('The answer is not JSON.', { cause })
  }
}
