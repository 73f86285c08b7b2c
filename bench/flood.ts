/** A client that sends as much as it gets rid of, whatever is answered. */

import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { answerParent } from './harness/child.ts'

export interface Flood {
  readonly url: string
  readonly token: string
  readonly connections: number
  readonly body: string
}

let running = false
let done: Promise<unknown> = Promise.resolve()
const answered = new Map<number, number>()

function start({ url, token, connections, body }: Flood): void {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections, pipelining: 1 })
  const bytes = Buffer.from(body)
  running = true
  answered.clear()
  const connection = async () => {
    while (running) {
      const status = await pool
        .request({
          path: pathname,
          method: 'POST',
          headers: { 'content-type': 'application/fhir+json', authorization: `Bearer ${token}` },
          body: bytes,
        })
        .then(
          async ({ statusCode, body }) => {
            await body.dump()
            return statusCode
          },
          () => 0,
        )
      answered.set(status, (answered.get(status) ?? 0) + 1)
      if (status === 0) await sleep(10)
    }
  }
  done = Promise.all(Array.from({ length: connections }, connection)).then(() => pool.destroy())
}

/** @returns how often each status was answered; 0 is a connection that broke */
async function stop(): Promise<Readonly<Record<string, number>>> {
  running = false
  await Promise.race([done, sleep(2_000)])
  return Object.fromEntries(answered)
}

answerParent({ start: (flood) => start(flood as Flood), stop }, stop as () => Promise<never>)
