/** Reads a client's key set: through the one door out, with its own small limits. */

import { parseFhirJson } from '../domain/fhir/json.ts'
import type { Egress } from './egress.ts'

/** https://www.rfc-editor.org/rfc/rfc7517: a set of 20 RSA keys has some 20 KiB. */
const limits = { firstByteMs: 3_000, totalMs: 3_000, responseBytes: 64 * 1024 }

/**
 * @returns status, the headers that say how long to keep it, and the parsed body
 * @throws what the egress throws; Problem when a body of status 200 is not JSON
 */
export async function fetchJwks(egress: Pick<Egress, 'send'>, url: string) {
  const answer = await egress.send({ url, headers: { accept: 'application/json' }, limits })
  return {
    status: answer.status,
    headers: {
      'cache-control': answer.header('cache-control'),
      age: answer.header('age'),
    },
    body: answer.status === 200 ? parseFhirJson(answer.body) : undefined,
  }
}
