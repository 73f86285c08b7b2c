/** The JWT of a CDS client, and all that can be said of it without a key: https://cds-hooks.hl7.org/2.0/#trusting-cds-clients */

import {
  type Assertion,
  type AssertionRules,
  isText,
  readHeader,
  readJwt,
  readTimes,
  refused,
} from './assertion.ts'
import type { Members } from './reader.ts'

/**
 * The same rules as for a client assertion (life, clock, keys, one use), but for the claims that
 * CDS Hooks has otherwise: no `sub`, and `iat` is required.
 * @param rules their `audiences` are the addresses that were called
 * @returns `clientId` is the claim iss
 * @throws OAuthError `invalid_client`
 */
export function readCdsAssertion(text: string, { audiences, now }: AssertionRules): Assertion {
  const { header, claims } = readJwt(text)
  const { iss, iat, jti } = claims
  if (!isText(iss)) throw refused('The claim iss must name the client.')
  const aud = audienceOf(claims)
  if (!audiences.some((ours) => ours === aud))
    throw refused(`The claim aud must be ${audiences[0]} and nothing else.`)
  if (!isText(jti)) throw refused('The claim jti must be a text of 1 to 256 characters.')
  if (iat === undefined) throw refused('The claim iat is required.')
  const exp = readTimes(claims, now.getTime() / 1000)
  return { ...readHeader(header), clientId: iss, jti, exp }
}

/** One address, bare or alone in its list: a JWT for another service as well could be used there. */
function audienceOf({ aud }: Members): unknown {
  const [only, ...others] = [aud].flat() as unknown[]
  return others.length === 0 ? only : undefined
}
