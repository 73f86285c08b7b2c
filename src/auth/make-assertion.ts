/** The client's side: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#authenticating-to-the-token-endpoint */

import { SignJWT } from 'jose'
import type { SigningKey } from './keys.ts'

// One minute short of the most that a server accepts, for clocks that differ.
const lifetimeSeconds = 240

export interface AssertionRequest {
  /** Our, or the sandbox client's, id at that server. */
  readonly clientId: string
  /** The server's token URL, from pinned configuration: what is signed here can be used there. */
  readonly audience: string
  readonly key: SigningKey
  /** A fresh random id. */
  readonly jti: string
  readonly now: Date
}

/** @returns a client assertion (private_key_jwt), good for one token request */
export async function makeAssertion({
  clientId,
  audience,
  key,
  jti,
  now,
}: AssertionRequest): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1000)
  return await new SignJWT()
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(jti)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(key.key)
}
