/** A proxy as docs/deployment.md wants it: asks who is ready, and sends to another what could not be sent. */

import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export interface ReadyProxy {
  readonly baseUrl: string
  /** Base URLs that it asks whether they are ready. */
  readonly targets: Set<string>
  /** Those that said so last. */
  readonly ready: ReadonlySet<string>
  close(): Promise<void>
}

const askEveryMs = 100

export async function startProxy(): Promise<ReadyProxy> {
  const targets = new Set<string>()
  const ready = new Set<string>()
  const agent = new Agent({ keepAlive: true })
  let turn = 0
  let isClosed = false

  const ask = async (target: string): Promise<void> => {
    const signal = AbortSignal.timeout(2_000)
    const answer = await fetch(`${target}/health/ready`, { signal }).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok && targets.has(target)) ready.add(target)
    else ready.delete(target)
  }
  const asking = (async () => {
    while (!isClosed) {
      for (const target of ready) if (!targets.has(target)) ready.delete(target)
      await Promise.all([...targets].map(ask))
      await pause(askEveryMs)
    }
  })()

  const pass = async (asked: IncomingMessage, reply: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of asked) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    for (let tries = 0; tries < 5; tries++) {
      const candidates = [...ready]
      const target = candidates[turn++ % candidates.length]
      if (target === undefined) break
      try {
        const answer = await send(agent, target, asked, body)
        reply.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(reply)
        return
      } catch (error) {
        // Only then is it certain that nothing was sent.
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') break
        ready.delete(target)
      }
    }
    reply.writeHead(502).end()
  }
  const server = createServer((asked, reply) => void pass(asked, reply))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ targets, ready },
    async close() {
      isClosed = true
      await asking
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      agent.destroy()
    },
  }
}

function send(
  agent: Agent,
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const passed = { ...headers, host: new URL(target).host, 'content-length': body.length }
    const sent = request(`${target}${url}`, { method, agent, headers: passed }, resolve)
    sent.on('error', reject)
    sent.end(body)
  })
}
