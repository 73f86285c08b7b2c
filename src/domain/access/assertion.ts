/** The client assertion, and all that can be said of it without a key: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#authenticating-to-the-token-endpoint */

import { OAuthError } from './oauth-error.ts'
import { type AssertionAlgorithm, assertionAlgorithms } from './public-key.ts'
import { isRecord, type Members } from './reader.ts'

/** What a client claims and has yet to prove. */
export interface Assertion {
  readonly alg: AssertionAlgorithm
  readonly kid: string
  /** Where the client says that its keys are; never fetched from. */
  readonly jku: string | undefined
  /** `iss`, which equals `sub`. */
  readonly clientId: string
  readonly jti: string
  /** Seconds. */
  readonly exp: number
}

/** What an assertion is held against. */
export interface AssertionRules {
  /** Values of `aud` that mean us: the token URL, as SMART asks, and the issuer, as RFC 7523bis will. */
  readonly audiences: readonly string[]
  readonly now: Date
}

const longestAssertion = 8192
const longestText = 256
/** SMART: no more than five minutes in the future. */
const longestLife = 300
/** FAPI 2.0 section 5.3.2.1: a clock up to 10 s ahead of ours is accepted, one of 60 s is not. */
const skew = 10
/** Headers that carry a key, or a rule for reading the rest: never trusted from the one to be checked. */
const refusedHeaders = ['crit', 'b64', 'jwk', 'x5u', 'x5c', 'zip', 'enc'] as const

/**
 * Reads an assertion and refuses whatever no client could prove. Knows no client, so that its
 * sentences help the honest developer and tell nobody which clients exist.
 * @throws OAuthError `invalid_client`
 */
export function readAssertion(text: string, rules: AssertionRules): Assertion {
  const { header, claims } = readJwt(text)
  return { ...readHeader(header), ...readClaims(claims, rules) }
}

/**
 * Header and payload of a signed JWT, nothing of them checked yet.
 * @throws OAuthError `invalid_client`
 */
export function readJwt(text: string): { readonly header: Members; readonly claims: Members } {
  if (text.length > longestAssertion) throw refused('The assertion is longer than 8 KiB.')
  const parts = text.split('.')
  const [header, payload, signature] = parts
  if (parts.length !== 3 || !header || !payload || !signature || bytes(signature).length === 0) {
    throw refused('The assertion is not a signed JWT in compact form.')
  }
  return { header: json(header, 'header'), claims: json(payload, 'payload') }
}

/** @throws OAuthError `invalid_client` */
export function readHeader(header: Members): Pick<Assertion, 'alg' | 'kid' | 'jku'> {
  const alg = assertionAlgorithms.find((known) => known === header.alg)
  if (!alg) throw refused(`The header needs alg ${assertionAlgorithms.join(' or ')}.`)
  if (header.typ !== 'JWT') throw refused("The header needs typ 'JWT'.")
  if (!isText(header.kid)) throw refused('The header needs the kid of a registered key.')
  const found = refusedHeaders.find((name) => Object.hasOwn(header, name))
  if (found) throw refused(`The header must not have ${found}.`)
  if (header.jku !== undefined && typeof header.jku !== 'string')
    throw refused('The header jku is not a URL.')
  return { alg, kid: header.kid, jku: header.jku }
}

function readClaims(claims: Members, { audiences, now }: AssertionRules) {
  const { iss, sub, aud, jti } = claims
  if (!isText(iss)) throw refused('The claim iss must be the client id.')
  if (sub !== iss) throw refused('The claims iss and sub must both be the client id.')
  // A list is refused even with us in it: another server in it could use the assertion here.
  if (!audiences.some((ours) => ours === aud)) {
    throw refused(`The claim aud must be exactly ${audiences[0]}, as one string.`)
  }
  if (!isText(jti)) throw refused('The claim jti must be a text of 1 to 256 characters.')
  return { clientId: iss, jti, exp: readTimes(claims, now.getTime() / 1000) }
}

/**
 * @returns `exp`
 * @throws OAuthError `invalid_client`
 */
export function readTimes({ exp, iat, nbf }: Members, now: number): number {
  if (!isSeconds(exp)) throw refused('The claim exp must be a whole number of seconds since 1970.')
  if (exp <= now) throw refused('The assertion is expired (exp).')
  if (exp > now + longestLife + skew)
    throw refused('The claim exp must be at most 300 s in the future.')
  for (const [name, time] of Object.entries({ iat, nbf })) {
    if (time === undefined) continue
    if (!isSeconds(time))
      throw refused(`The claim ${name} must be a whole number of seconds since 1970.`)
    if (time > now + skew) throw refused(`The claim ${name} is in the future: check the clock.`)
  }
  return exp
}

function json(part: string, name: string): Members {
  const value = parse(bytes(part), name)
  if (!isRecord(value)) throw refused(`The assertion's ${name} is not a JSON object.`)
  return value
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function parse(content: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(utf8.decode(content))
  } catch {
    throw refused(`The assertion's ${name} is not JSON.`)
  }
}

/** Base64url has spare bits at its end: only the one canonical spelling is taken, so that no second text passes for the same assertion. */
function bytes(part: string): Buffer {
  const content = Buffer.from(part, 'base64url')
  if (content.toString('base64url') !== part) throw refused('The assertion is not base64url.')
  return content
}

/** Storable in any database: no control characters, no half of a surrogate pair. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= longestText && /^\P{C}+$/u.test(value)
}

const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value)

export const refused = (description: string) => new OAuthError('invalid_client', description)
