/** What the tests of the outbound side share: hostile servers and a count of connections. */

import { randomUUID } from 'node:crypto'
import http, { type RequestListener } from 'node:http'
import net, { type AddressInfo, type Socket } from 'node:net'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { SigningKey } from '../../src/delivery/backend-token.ts'
import { createEgress, type Egress } from '../../src/delivery/egress.ts'

/** As much of a tap test as is needed here. */
interface Closing {
  after(close: () => Promise<void> | void): unknown
}

const loopback = ['127.0.0.0/8']

/** An egress that may call the loopback, closed with the test. */
export function loopbackEgress(
  t: Closing,
  options: Partial<Parameters<typeof createEgress>[0]> = {},
): Egress {
  const egress = createEgress({ allowNetworks: loopback, ...options })
  t.after(() => egress.close())
  return egress
}

/** An HTTP server on a free port. @returns its origin */
export async function httpServer(t: Closing, answer: RequestListener): Promise<string> {
  const server = http.createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server that does what it likes with each socket. */
export async function tcpServer(
  t: Closing,
  greet: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly origin: string }> {
  const sockets = new Set<Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    greet(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, origin: `http://127.0.0.1:${port}` }
}

/** Every address that any socket of this process sets out for, from now until the test ends. */
export function watchConnections(t: Closing): readonly string[] {
  const attempts: string[] = []
  const { emit } = net.Socket.prototype
  net.Socket.prototype.emit = function (this: Socket, event: string | symbol, ...rest: unknown[]) {
    if (event === 'connectionAttempt') attempts.push(`${rest[0]}:${rest[1]}`)
    return Reflect.apply(emit, this, [event, ...rest]) as boolean
  }
  t.after(() => {
    net.Socket.prototype.emit = emit
  })
  return attempts
}

/** A key pair of ours: what signs, and what is published. */
export async function newKey(
  alg: SigningKey['alg'] = 'ES384',
): Promise<{ readonly key: SigningKey; readonly jwks: { keys: JWK[] } }> {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  const kid = randomUUID()
  return {
    key: { key: privateKey, kid, alg },
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg }] },
  }
}

export const clocks = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  newId: randomUUID,
}
