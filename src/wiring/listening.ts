/** Where the service listens, and how it stops. */

import { createServer } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Stops accepting, and waits for what is in hand. */
export async function closeHttp(http: FastifyInstance): Promise<void> {
  // A connection that is busy at the moment of closing is kept alive after it, for more than a minute.
  const idle = setInterval(() => http.server.closeIdleConnections(), 50)
  await http.close().finally(() => clearInterval(idle))
}

/** What the last opened is closed first. */
export function closeOnce(closers: (() => Promise<void>)[]): () => Promise<void> {
  let closed: Promise<void> | undefined
  const run = async () => {
    for (const each of closers.reverse()) await each()
  }
  return () => {
    closed ??= run()
    return closed
  }
}

/** The address is part of what tokens are made for, so it has to be known before listening. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
