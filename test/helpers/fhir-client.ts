/** What a client of the service does: gets a token, and speaks FHIR over HTTP. */

import { randomUUID } from 'node:crypto'
import type { FhirResource, OperationOutcome } from 'fhir/r4'
import type { JWK } from 'jose'
import { signingKey } from '../../src/auth/keys.ts'
import { makeAssertion } from '../../src/auth/make-assertion.ts'

export interface Answer<T> {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed body; reading it fails when there is none. */
  readonly body: T
  /** Of the version that the answer holds. */
  readonly etag: string
}

export type Headed = Readonly<Record<string, string>>
type Body = string | object

export interface FhirClient {
  readonly id: string
  readonly token: string
  get<T = FhirResource>(path: string, headers?: Headed): Promise<Answer<T>>
  post<T = FhirResource>(path: string, body: Body, headers?: Headed): Promise<Answer<T>>
  put<T = FhirResource>(path: string, body: Body, headers?: Headed): Promise<Answer<T>>
  patch<T = FhirResource>(path: string, body: Body, headers?: Headed): Promise<Answer<T>>
  send<T = FhirResource>(
    method: string,
    path: string,
    body?: Body,
    headers?: Headed,
  ): Promise<Answer<T>>
}

/** Logs in as SMART Backend Services has it, and asks for everything that the client is registered for. */
export async function logIn(baseUrl: string, id: string, key: JWK): Promise<FhirClient> {
  const token = await accessToken(`${baseUrl}/oauth/token`, id, key)
  const send = async <T>(
    method: string,
    path: string,
    body?: Body,
    headers: Headed = {},
  ): Promise<Answer<T>> => {
    const response = await fetch(addressOf(baseUrl, path), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      get body() {
        return JSON.parse(text) as T
      },
      etag: response.headers.get('etag') ?? '',
    }
  }
  return {
    id,
    token,
    send,
    get: (path, headers) => send('GET', path, undefined, headers),
    post: (path, body, headers) => send('POST', path, body, headers),
    put: (path, body, headers) => send('PUT', path, body, headers),
    patch: (path, body, headers) =>
      send('PATCH', path, body, { 'content-type': 'application/json-patch+json', ...headers }),
  }
}

/** Below the FHIR base, unless the whole address is given, as in the links of a page. */
const addressOf = (baseUrl: string, path: string): string =>
  path.startsWith('http') ? path : `${baseUrl}/fhir${path === '' ? '' : `/${path}`}`

async function accessToken(endpoint: string, id: string, key: JWK): Promise<string> {
  const assertion = await makeAssertion({
    clientId: id,
    audience: endpoint,
    key: await signingKey(key),
    jti: randomUUID(),
    now: new Date(),
  })
  const answer = await fetch(endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/*.cruds',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }),
  })
  const { access_token: token } = (await answer.json()) as { access_token?: string }
  if (!token) throw new Error(`${id} got no token: ${answer.status}`)
  return token
}

/** The codes of ours that an OperationOutcome bears, each once. */
export const problemCodes = (answer: Answer<unknown>): readonly string[] => [
  ...new Set(
    (answer.body as OperationOutcome).issue.flatMap(
      ({ details }) => details?.coding?.map(({ code }) => code ?? '') ?? [],
    ),
  ),
]
