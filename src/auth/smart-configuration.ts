/** What an EHR says of its authorization server: https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html */

import type { ServerMetadata } from 'openid-client'
import { isRecord } from '../domain/access/reader.ts'
import { Problem } from '../domain/problem.ts'

/** A smaller reading of the Fetch API; src/wiring hands in the door out. */
export type SignInFetch = (
  url: string,
  asked?: {
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: unknown
  },
) => Promise<Response>

/** Inferno's EHRs sign with RS256; ES384 is what SMART names beside it. */
const algorithms = ['RS256', 'ES384']

/**
 * @param issuer FHIR base, from the registry
 * @throws Problem unavailable when the EHR does not answer, or cannot sign people in safely
 */
export async function smartConfiguration(
  ask: SignInFetch,
  issuer: string,
): Promise<ServerMetadata> {
  const json = await read(ask, `${issuer}/.well-known/smart-configuration`)
  const text = (name: string): string => {
    const value = json[name]
    if (typeof value !== 'string' || !URL.canParse(value)) throw unfit(`it names no ${name}`)
    return value
  }
  const list = (name: string): readonly unknown[] =>
    Array.isArray(json[name]) ? (json[name] as unknown[]) : []
  if (!list('code_challenge_methods_supported').includes('S256'))
    throw unfit('it does not offer PKCE with S256')
  const offered = list('id_token_signing_alg_values_supported')
  return {
    issuer: text('issuer'),
    authorization_endpoint: text('authorization_endpoint'),
    token_endpoint: text('token_endpoint'),
    jwks_uri: text('jwks_uri'),
    id_token_signing_alg_values_supported:
      offered.length === 0 ? algorithms : algorithms.filter((each) => offered.includes(each)),
    authorization_response_iss_parameter_supported:
      json.authorization_response_iss_parameter_supported === true,
  }
}

async function read(ask: SignInFetch, url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const answer = await ask(url, { headers: { accept: 'application/json' } })
    const json: unknown = answer.status === 200 ? await answer.json() : undefined
    if (isRecord(json)) return json
  } catch (cause) {
    throw new Problem('unavailable', 'The EHR does not answer.', { cause, retryAfter: 10 })
  }
  throw unfit('it has no SMART configuration')
}

const unfit = (why: string): Problem =>
  new Problem('unavailable', `The EHR cannot sign people in: ${why}.`, { retryAfter: 60 })
