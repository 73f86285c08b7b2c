/** Who sends this request: bearer tokens of RFC 6750, https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */

import { jwtVerify } from 'jose'
import type { Caller } from '../domain/access/caller.ts'
import { Recent } from '../domain/access/recent.ts'
import type { Registry } from '../domain/access/registry.ts'
import { intersect, parseScopes } from '../domain/access/scopes.ts'
import { Problem } from '../domain/problem.ts'
import type { TokenSetting } from './issue-token.ts'

/** Verifying ES384 took 2 ms where reading this cache took 2 µs, on two busy cores. */
const mostTokens = 10_000
const longestHeader = 8192

/** A token whose signature and claims held, and who it was under the registry last seen. */
interface Verified {
  readonly claims: Omit<Caller, 'scopes'> & { readonly scopes: readonly string[] }
  /** Milliseconds. */
  readonly expires: number
  /** Of our key that signed it. */
  readonly kid: string | undefined
  seen?: { readonly registry: Registry; readonly caller: Caller }
}

export type VerifyToken = (authorization: string | undefined) => Promise<Caller>

/**
 * @param registry consulted at every request, so that a disabled client is refused, and a narrowed one narrowed, at once
 */
export function tokenVerifier(setting: TokenSetting, registry: () => Registry): VerifyToken {
  /** By the whole header, of which one token has few spellings. */
  const cache = new Recent<Verified>(mostTokens)

  /**
   * @param authorization the request's Authorization header; a token anywhere else is not looked for
   * @throws Problem `missing-token` or `invalid-token`; `challengeOf` has the header to answer with
   */
  return async function verifyToken(authorization = '') {
    const verified = cache.get(authorization) ?? (await verifyOnce(authorization))
    // Taken out of the set since it was verified: the key is not to be trusted any more.
    if (!setting.keys.verifier(verified.kid)) throw new Problem('invalid-token')
    if (verified.expires <= setting.now().getTime()) throw new Problem('invalid-token', expired)
    return callerUnder(registry(), verified)
  }

  async function verifyOnce(authorization: string): Promise<Verified> {
    const verified = await verify(bearerToken(authorization), setting)
    cache.set(authorization, verified)
    return verified
  }
}

const expired = 'The access token is expired: get a new one from /oauth/token.'

function bearerToken(authorization: string): string {
  const [, token] = /^Bearer {1,2}([^\s]*)$/i.exec(authorization) ?? []
  if (token === undefined) throw new Problem('missing-token')
  if (!/^[\w.~+/-]+=*$/.test(token) || token.length > longestHeader)
    throw new Problem('invalid-token')
  return token
}

async function verify(
  token: string,
  { issuer, audience, keys, now }: TokenSetting,
): Promise<Verified> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, ({ kid }) => verificationKey(kid), {
      algorithms: ['ES384'],
      typ: 'at+jwt',
      issuer,
      audience,
      currentDate: now(),
      requiredClaims: ['exp', 'iat', 'jti', 'sub'],
    })
    const { kid } = protectedHeader
    return { claims: claimsOf(payload), expires: Number(payload.exp) * 1000, kid }
  } catch (cause) {
    throw new Problem('invalid-token', undefined, { cause })
  }

  function verificationKey(kid: string | undefined) {
    const found = keys.verifier(kid)
    if (!found) throw new Error('no such key')
    return found.key
  }
}

function claimsOf(payload: Readonly<Record<string, unknown>>): Verified['claims'] {
  const { client_id, organization, role, scope, jti, aud } = payload
  if (typeof client_id !== 'string' || typeof organization !== 'string')
    throw new Error('no client')
  if (role !== 'referrer' && role !== 'clinic') throw new Error('no role')
  if (typeof scope !== 'string' || typeof jti !== 'string' || typeof aud !== 'string')
    throw new Error('no scope')
  return { client: client_id, organization, role, scopes: parseScopes(scope), tokenId: jti }
}

/** The token says who it was when issued; the registry has the last word. */
function callerUnder(registry: Registry, verified: Verified): Caller {
  if (verified.seen?.registry === registry) return verified.seen.caller
  const { claims } = verified
  const registered = registry.byClientId(claims.client)
  if (registered?.organization !== claims.organization || registered.role !== claims.role) {
    throw new Problem('invalid-token')
  }
  const caller = { ...claims, scopes: intersect(claims.scopes, registered.client.scopes) }
  verified.seen = { registry, caller }
  return caller
}
