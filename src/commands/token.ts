/** `referloop token`: what a client of the sandbox does to get an access token. */

import { randomUUID } from 'node:crypto'
import { signingKey } from '../auth/keys.ts'
import { makeAssertion } from '../auth/make-assertion.ts'
import { readSandboxClient } from '../sandbox/start.ts'

/**
 * @returns an access token
 * @throws Error that says how to get there
 */
export async function sandboxToken(dataDirectory: string, client: string): Promise<string> {
  const { key, baseUrl } = await readSandboxClient(dataDirectory, client)
  const endpoint = `${baseUrl}/oauth/token`
  const assertion = await makeAssertion({
    clientId: client,
    audience: endpoint,
    key: await signingKey(key),
    jti: randomUUID(),
    now: new Date(),
  })
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: 'system/*.cruds',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  })
  const answer = await post(endpoint, form)
  const { access_token: token, error } = (await answer.json()) as Record<string, string>
  if (!token) throw new Error(`no token was given: ${error}`)
  return token
}

async function post(endpoint: string, body: URLSearchParams): Promise<Response> {
  try {
    return await fetch(endpoint, { method: 'POST', body })
  } catch (cause) {
    throw new Error(`the sandbox does not answer at ${endpoint}: is npm start running?`, { cause })
  }
}
