/** A way to a server, of the tests' own, with everything that can happen on it. */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A way to the server that can be cut, go silent, and come back. */
export async function gate(t: Test, target: URL) {
  const sockets = new Set<Socket>()
  let silent = false
  let lost: string | undefined
  const listener = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    let isAsked = false
    near.on('data', (chunk) => {
      isAsked ||= lost !== undefined && chunk.includes(lost)
      if (!silent) far.write(chunk)
    })
    far.on('data', (chunk) => {
      if (isAsked) {
        lost = undefined
        near.destroy()
      } else if (!silent) near.write(chunk)
    })
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const cut = () => {
    listener.close()
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(cut)
  const url = new URL(target)
  url.port = String(port)
  return {
    url: url.href,
    cut,
    restore: () => listener.listen(port, '127.0.0.1'),
    /** The answer to the next statement that holds this text does not come, and the connection breaks. */
    loseAnswerTo: (text: string) => {
      lost = text
    },
    silence: (on: boolean) => {
      silent = on
    },
  }
}
