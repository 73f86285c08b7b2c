import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { httpWorld } from '../helpers/http-world.ts'

type World = Awaited<ReturnType<typeof httpWorld>>

async function listen({ app }: World): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  if (typeof address !== 'object' || !address) throw new Error('not listening')
  return address.port
}

/** Sends bytes and gives what came back until the other side closed. */
function exchange(port: number, bytes: string, drip?: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(received))
    socket.write(bytes)
    drip?.(socket)
  })
}

const statusesOf = (received: string) =>
  [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((m) => m[1])

t.test(
  'HT-07: requests that two parsers could read in two ways are refused and the socket closed',
  async (t) => {
    const world = await httpWorld(t)
    const port = await listen(world)
    const smuggled = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'
    for (const [name, head] of [
      ['length and chunked', 'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
      ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
      ['an unknown coding', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
      ['a bare line feed', 'X-A: 1\nContent-Length: 5\r\n\r\nhello'],
      ['a folded header', 'X-A: 1\r\n folded\r\n\r\n'],
      ['a space before the colon', 'Content-Length : 5\r\n\r\nhello'],
    ] as const) {
      const received = await exchange(
        port,
        `POST /health/live HTTP/1.1\r\nHost: x\r\n${head}${smuggled}`,
      )
      t.strictSame(statusesOf(received), ['400'], name)
      t.match(received, /connection: close/i, name)
      t.match(received, 'OperationOutcome', name)
    }
    const noHost = await exchange(port, `GET /health/live HTTP/1.1\r\n\r\n${smuggled}`)
    t.strictSame(statusesOf(noHost), ['400'], 'no Host')
  },
)

t.test('HT-01: an address of 8 KiB and headers of 16 KiB pass, one more does not', async (t) => {
  const world = await httpWorld(t)
  const port = await listen(world)
  const get = async (url: string, headers: string) =>
    statusesOf(
      await exchange(port, `GET ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`),
    )[0]
  const urlOf = (length: number) => `/health/live?${'x'.repeat(length - 13)}`
  t.equal(await get(urlOf(8192), ''), '200')
  t.equal(await get(urlOf(8193), ''), '414')
  const fixed = 'Host: x\r\nConnection: close\r\n'.length + 'X-A: \r\n'.length
  const headersOf = (length: number) => `X-A: ${'y'.repeat(length - fixed)}\r\n`
  t.equal(await get('/health/live', headersOf(16_384)), '200')
  t.equal(await get('/health/live', headersOf(16_385)), '431')
  t.equal(await get('/health/live', headersOf(40_000)), '431', 'beyond what is read at all')
})

t.test('HT-02, F9 S1: a client that drips is cut off', async (t) => {
  const world = await httpWorld(t, {
    limits: { headersTimeout: 400, requestTimeout: 800, checkInterval: 50 },
  })
  const port = await listen(world)
  const drip = (socket: Socket) => {
    const timer = setInterval(() => socket.write('x'), 50)
    socket.on('close', () => clearInterval(timer))
  }
  const start = performance.now()
  const head = await exchange(port, 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: ', drip)
  t.strictSame(statusesOf(head), ['408'], 'in the headers')
  t.match(head, 'request-timeout')
  const body = await exchange(
    port,
    'POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000\r\n\r\n',
    drip,
  )
  t.strictSame(statusesOf(body), ['408'], 'in the body')
  t.ok(performance.now() - start < 5000)
})

t.test('F4 S1: a socket that says nothing is closed', async (t) => {
  const world = await httpWorld(t, {
    limits: { idleTimeout: 200, headersTimeout: 300, checkInterval: 50 },
  })
  const port = await listen(world)
  const start = performance.now()
  await exchange(port, '')
  t.ok(performance.now() - start < 3000)
})

t.test(
  'one address has so many sockets and no more, and gets new ones when it closes some',
  async (t) => {
    const world = await httpWorld(t, { limits: { socketsPerAddress: 3 } })
    const port = await listen(world)
    const open = () =>
      new Promise<{ socket: Socket; kept: () => boolean }>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          let isOpen = true
          socket.on('close', () => {
            isOpen = false
          })
          socket.on('error', () => {})
          resolve({ socket, kept: () => isOpen })
        })
      })
    const sockets = [await open(), await open(), await open(), await open()]
    await sleep(100)
    t.strictSame(
      sockets.map(({ kept }) => kept()),
      [true, true, true, false],
    )
    sockets[0]?.socket.destroy()
    await sleep(100)
    const another = await open()
    await sleep(100)
    t.ok(another.kept())
    for (const { socket } of [...sockets, another]) socket.destroy()
  },
)

t.test('a socket is given up after so many requests', async (t) => {
  const world = await httpWorld(t, { limits: { requestsPerSocket: 3 } })
  const port = await listen(world)
  const request = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'
  const received = await exchange(port, request, (socket) => {
    socket.on('data', () => socket.write(request))
  })
  t.strictSame(statusesOf(received), ['200', '200', '200'])
})

t.test('Expect: 100-continue is answered, other expectations are refused', async (t) => {
  const world = await httpWorld(t)
  const port = await listen(world)
  const asked = (expect: string) =>
    exchange(
      port,
      `GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: ${expect}\r\n\r\n`,
    )
  t.strictSame(statusesOf(await asked('100-continue')), ['100', '200'])
  t.strictSame(statusesOf(await asked('200-maybe')), ['417'])
})
