/** Tokens in and out, joined: what src/wiring hands to the routes. */

import { rateLimit } from '../domain/access/rate-limit.ts'
import type { Registry } from '../domain/access/registry.ts'
import { type ClientKeysPorts, clientKeys } from './client-keys.ts'
import { type GrantToken, tokenGranter } from './grant-token.ts'
import { tokenIssuer } from './issue-token.ts'
import type { KeySet } from './keys.ts'
import { type AssertionPorts, assertionVerifier } from './verify-assertion.ts'
import { cdsClientVerifier, type VerifyCdsClient } from './verify-cds-client.ts'
import { tokenVerifier, type VerifyToken } from './verify-token.ts'

export interface TokenServiceOptions extends ClientKeysPorts, Pick<AssertionPorts, 'spend'> {
  /** Absolute, without a slash at the end; the issuer. */
  readonly baseUrl: string
  readonly keys: KeySet
  readonly registry: () => Registry
  readonly newId: () => string
  /** Tokens a minute for one client. */
  readonly perClient: number
}

export interface TokenService {
  readonly grantToken: GrantToken
  readonly verifyToken: VerifyToken
  readonly verifyCdsClient: VerifyCdsClient
}

/** A JWT for each hook call, and a call for each order that somebody looks at. */
const hookCallsPerMinute = 3000

export function tokenService(options: TokenServiceOptions): TokenService {
  const { baseUrl, keys, registry, spend, now, newId } = options
  const setting = { issuer: baseUrl, audience: `${baseUrl}/fhir`, keys, now }
  const { admit } = rateLimit(options.perClient, now)
  const audiences = [`${baseUrl}/oauth/token`, baseUrl]
  const findKey = clientKeys(options)
  const verifyAssertion = assertionVerifier({ registry, findKey, audiences, now, admit, spend })
  const verifyToken = tokenVerifier(setting, registry)
  const { admit: admitCall } = rateLimit(hookCallsPerMinute, now)
  return {
    grantToken: tokenGranter(verifyAssertion, tokenIssuer(setting, newId)),
    verifyToken,
    verifyCdsClient: cdsClientVerifier({
      registry,
      findKey,
      now,
      spend,
      admit: admitCall,
      verifyToken,
    }),
  }
}
