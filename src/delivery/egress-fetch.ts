/** The one door out, for libraries that want a fetch: nothing is followed, and answers are small. */

import type { Egress } from './egress.ts'

const limits = { firstByteMs: 5_000, totalMs: 10_000, responseBytes: 256 * 1024 }

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export type EgressFetch = (url: string, asked?: Asked) => Promise<Response>

/** @returns a fetch that throws what the egress throws */
export const egressFetch =
  ({ send }: Pick<Egress, 'send'>): EgressFetch =>
  async (url, { method = 'GET', headers = {}, body } = {}) => {
    const answer = await send({
      method: method === 'POST' ? 'POST' : 'GET',
      url,
      headers: { ...headers },
      ...(body === undefined || body === null ? {} : { body: String(body) }),
      limits,
    })
    return new Response(answer.status === 204 ? null : Buffer.from(answer.body), {
      status: answer.status,
      headers: { 'content-type': answer.header('content-type') ?? '' },
    })
  }
