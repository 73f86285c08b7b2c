/** Access tokens as signed JWTs: RFC 9068, https://www.rfc-editor.org/rfc/rfc9068 */

import { SignJWT } from 'jose'
import type { RegisteredClient } from '../domain/access/registry.ts'
import type { KeySet } from './keys.ts'

/** SMART: SHOULD NOT exceed 300 s. */
const lifetimeSeconds = 300

/** What an access token is made and checked with. */
export interface TokenSetting {
  /** Our identifier as an authorization server, an absolute URL. */
  readonly issuer: string
  /** The FHIR base that the token is good for. */
  readonly audience: string
  readonly keys: KeySet
  readonly now: () => Date
}

export interface IssuedToken {
  readonly accessToken: string
  readonly expiresIn: number
  /** `jti`, for the audit trail. */
  readonly tokenId: string
}

/** @param newId gives a fresh random id for each token */
export function tokenIssuer({ issuer, audience, keys, now }: TokenSetting, newId: () => string) {
  /** @param scopes what was granted, as `grant` gives it */
  return async function issueToken(
    { client, role, organization }: RegisteredClient,
    scopes: readonly string[],
  ): Promise<IssuedToken> {
    const { kid, alg, key } = keys.signer('ES384')
    const tokenId = newId()
    const issuedAt = Math.floor(now().getTime() / 1000)
    const accessToken = await new SignJWT({
      client_id: client.id,
      organization,
      role,
      scope: scopes.join(' '),
    })
      .setProtectedHeader({ alg, kid, typ: 'at+jwt' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(client.id)
      .setJti(tokenId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + lifetimeSeconds)
      .sign(key)
    return { accessToken, expiresIn: lifetimeSeconds, tokenId }
  }
}
