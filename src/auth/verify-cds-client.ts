/** Which client calls a CDS service: https://cds-hooks.hl7.org/2.0/#trusting-cds-clients */

import type { Caller } from '../domain/access/caller.ts'
import { readCdsAssertion } from '../domain/access/cds-assertion.ts'
import { OAuthError } from '../domain/access/oauth-error.ts'
import type { RegisteredClient, Registry } from '../domain/access/registry.ts'
import { Problem } from '../domain/problem.ts'
import { assertionProver, type ProofPorts } from './verify-assertion.ts'
import type { VerifyToken } from './verify-token.ts'

/**
 * @param authorization the request's Authorization header
 * @param audiences the addresses that the JWT may be for; what was called comes first
 */
export type VerifyCdsClient = (
  authorization: string | undefined,
  audiences: readonly string[],
) => Promise<Caller>

export interface CdsClientPorts extends ProofPorts {
  readonly registry: () => Registry
  readonly now: () => Date
  /** For clients that send an access token of ours. */
  readonly verifyToken: VerifyToken
}

export function cdsClientVerifier(ports: CdsClientPorts): VerifyCdsClient {
  const prove = assertionProver(ports)

  /**
   * A JWT that the client made for this call, or an access token of ours. Keys come from where the
   * registry says; a jku is only compared.
   * @throws Problem missing-token, invalid-token
   */
  return async function verifyCdsClient(authorization, audiences) {
    const [, jwt] = /^Bearer {1,2}(\S+)$/i.exec(authorization ?? '') ?? []
    if (jwt === undefined || !isClientMade(jwt)) return await ports.verifyToken(authorization)
    try {
      const assertion = readCdsAssertion(jwt, { audiences, now: ports.now() })
      const registered = await prove(jwt, assertion, clientOf(ports.registry(), assertion.clientId))
      return callerOf(registered, assertion.jti)
    } catch (error) {
      if (error instanceof OAuthError)
        throw new Problem('invalid-token', error.message, { cause: error })
      throw error
    }
  }
}

/** Our own access tokens say `at+jwt`; whatever else this is, it is checked as what it is taken for. */
function isClientMade(jwt: string): boolean {
  try {
    const header: unknown = JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString())
    return (header as { typ?: unknown } | null)?.typ !== 'at+jwt'
  } catch {
    return false
  }
}

/** By client id, else by the issuer that exactly one client is registered with. */
function clientOf(registry: Registry, iss: string): RegisteredClient | undefined {
  const known = registry.byClientId(iss)
  if (known) return known
  const clients = [...registry.referrers, ...registry.clinics].flatMap(({ client }) =>
    client?.issuer === iss ? client : [],
  )
  const [only, ...others] = clients
  return only && others.length === 0 ? registry.byClientId(only.id) : undefined
}

const callerOf = ({ client, role, organization }: RegisteredClient, jti: string): Caller => ({
  role,
  organization,
  client: client.id,
  scopes: client.scopes,
  tokenId: jti,
})
