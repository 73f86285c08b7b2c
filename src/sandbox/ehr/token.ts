/**
 * The sandbox EHR's token endpoint: SMART Backend Services, as the server.
 *
 * https://hl7.org/fhir/smart-app-launch/backend-services.html
 */

import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'

export interface TokenSettings {
  readonly clientId: string
  /** The client's published keys, or where they are published. */
  readonly jwks: (() => Promise<JSONWebKeySet> | JSONWebKeySet) | string
  /** Seconds that a token lives; default 300. */
  readonly lifetime?: number
}

export interface TokenEndpoint {
  /**
   * Answers a token request.
   * @returns status and body as RFC 6749 has them
   */
  grant(form: URLSearchParams, audience: string): Promise<{ status: number; body: object }>
  /** A token for somebody who signed in. @throws Error when the client does not prove itself */
  issue(form: URLSearchParams, audience: string): Promise<string>
  /** Whether an Authorization header carries a token that is good now. */
  admits(header: string | undefined): boolean
  /** Makes all tokens worthless. */
  revokeAll(): void
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export function createTokenEndpoint(
  settings: TokenSettings,
  now: () => Date,
  newId: () => string,
): TokenEndpoint {
  const goodUntil = new Map<string, number>()
  const usedAssertions = new Map<string, number>()
  const lifetime = settings.lifetime ?? 300

  const forgetOld = (map: Map<string, number>) => {
    for (const [key, until] of map) if (until <= now().getTime()) map.delete(key)
  }

  const spend = async (form: URLSearchParams, audience: string) => {
    const assertion = await verified(form, settings, audience, now())
    if (usedAssertions.has(assertion.id)) throw new Error('used before')
    usedAssertions.set(assertion.id, assertion.until)
  }
  const freshToken = (): string => {
    const token = newId()
    goodUntil.set(token, now().getTime() + lifetime * 1000)
    return token
  }

  return {
    async issue(form, audience) {
      await spend(form, audience)
      return freshToken()
    },
    async grant(form, audience) {
      forgetOld(goodUntil)
      forgetOld(usedAssertions)
      if (form.get('grant_type') !== 'client_credentials')
        return { status: 400, body: { error: 'unsupported_grant_type' } }
      const scope = form.get('scope')
      if (!scope) return { status: 400, body: { error: 'invalid_scope' } }
      try {
        await spend(form, audience)
      } catch {
        return { status: 400, body: { error: 'invalid_client' } }
      }
      const token = freshToken()
      const body = { access_token: token, token_type: 'bearer', expires_in: lifetime, scope }
      return { status: 200, body }
    },
    admits(header) {
      const token = /^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? ''
      return (goodUntil.get(token) ?? 0) > now().getTime()
    },
    revokeAll: () => goodUntil.clear(),
  }
}

async function verified(
  form: URLSearchParams,
  settings: TokenSettings,
  audience: string,
  now: Date,
): Promise<{ id: string; until: number }> {
  if (form.get('client_assertion_type') !== assertionType) throw new Error('another type')
  const keys =
    typeof settings.jwks === 'string'
      ? createRemoteJWKSet(new URL(settings.jwks))
      : createLocalJWKSet(await settings.jwks())
  const { payload } = await jwtVerify(form.get('client_assertion') ?? '', keys, {
    issuer: settings.clientId,
    subject: settings.clientId,
    audience,
    algorithms: ['ES384', 'RS384'],
    requiredClaims: ['exp', 'jti'],
    currentDate: now,
  })
  const { exp = 0, jti = '' } = payload
  if (exp * 1000 > now.getTime() + 300_000) throw new Error('lives longer than five minutes')
  return { id: jti, until: exp * 1000 }
}
