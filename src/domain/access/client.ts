/** A registered client, its keys and its scopes: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#registering-a-client-communicating-public-keys */

import { OAuthError } from './oauth-error.ts'
import { faultOfKey, mostKeys, type PublicJwk } from './public-key.ts'
import { isRecord, type Reader } from './reader.ts'
import { parseScopes } from './scopes.ts'

/** Where a client's public keys are: in the registry, or at an address of the client's. */
type KeySource =
  | { readonly jwks: readonly PublicJwk[]; readonly jwksUri?: never }
  | { readonly jwksUri: string; readonly jwks?: never }

/** An EHR that may ask for tokens on behalf of one organisation. */
export interface Client {
  readonly id: string
  /** `iss` of its JWTs as a CDS client, where that is not its id. */
  readonly issuer?: string
  readonly keys: KeySource
  /** Pre-authorised scopes in v2 form, one for each resource type. */
  readonly scopes: readonly string[]
  readonly disabled: boolean
}

/** Reads the member `client` of an organisation; what is wrong goes to the reader's issues. */
export function readClient(organization: Reader): Client {
  const reader = organization.object('client', [
    'id',
    'issuer',
    'jwks',
    'jwksUri',
    'scope',
    'disabled',
  ])
  return {
    id: reader.text('id', /^[\x21-\x7e]{1,256}$/, 'a client id of 1 to 256 visible characters'),
    ...(reader.has('issuer')
      ? { issuer: reader.text('issuer', /^[\x21-\x7e]{1,256}$/, 'the iss of its CDS Hooks JWTs') }
      : {}),
    keys: readKeys(reader),
    scopes: readScopes(reader),
    disabled: reader.flag('disabled'),
  }
}

function readKeys(reader: Reader): KeySource {
  if (reader.has('jwks') === reader.has('jwksUri')) {
    reader.fault('jwks', 'or jwksUri must be there, and not both')
  }
  if (reader.has('jwksUri')) return { jwksUri: reader.url('jwksUri') }
  return { jwks: reader.has('jwks') ? readJwks(reader) : [] }
}

function readJwks(client: Reader): readonly PublicJwk[] {
  const reader = client.object('jwks', ['keys'])
  const keys = reader.list('keys')
  if (keys.length > mostKeys) reader.fault('keys', `must hold at most ${mostKeys} keys`)
  const kids = new Set<unknown>()
  return keys.flatMap((key, n) => {
    const kid = isRecord(key) ? key.kid : undefined
    const fault = faultOfKey(key) ?? (kids.has(kid) ? 'repeats the kid of another key' : undefined)
    kids.add(kid)
    if (fault === undefined) return [key as unknown as PublicJwk]
    reader.issues.push({ place: `${reader.at('keys')}[${n}]`, message: fault })
    return []
  })
}

function readScopes(reader: Reader): readonly string[] {
  const text = reader.text('scope', /\S/, 'scopes separated by spaces, such as system/Task.rs')
  try {
    return parseScopes(text)
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    reader.fault('scope', `is not valid. ${error.message}`)
    return []
  }
}
