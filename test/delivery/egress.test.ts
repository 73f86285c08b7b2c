import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { createEgress } from '../../src/delivery/egress.ts'
import { AnswerLost, NotSent } from '../../src/delivery/exchange.ts'
import { EgressRefused } from '../../src/delivery/outbound-address.ts'
import { httpServer, loopbackEgress, tcpServer, watchConnections } from './world.ts'

const text = (body: Uint8Array): string => Buffer.from(body).toString()

/** @returns what the call threw */
async function thrown(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'nothing',
    (error: unknown) => error,
  )
}

async function lost(call: Promise<unknown>): Promise<string> {
  const error = await thrown(call)
  return error instanceof AnswerLost ? error.reason : String(error)
}

t.test('a request goes out byte for byte and its answer comes back', async (t) => {
  const origin = await httpServer(t, (request, response) => {
    response.setHeader('x-method', request.method ?? '')
    response.setHeader('etag', 'W/"3"')
    request.pipe(response.writeHead(201))
  })
  const body = '{"value":1.10,"name":"Jürgen"}'
  const answer = await loopbackEgress(t).send({ method: 'POST', url: `${origin}/fhir`, body })
  t.equal(answer.status, 201)
  t.equal(text(answer.body), body)
  t.equal(answer.header('x-method'), 'POST')
  t.equal(answer.header('etag'), 'W/"3"')
  t.equal(answer.header('retry-after'), undefined)
})

t.test('OW7 a name is judged by the addresses it resolves to', async (t) => {
  const attempts = watchConnections(t)
  const names: Readonly<Record<string, readonly string[]>> = {
    'metadata.google.internal': ['169.254.169.254'],
    'ehr.example': ['93.184.215.14', '10.0.0.7'],
    'localhost.example': ['127.0.0.1'],
    'six.example': ['::1'],
    'mapped.example': ['::ffff:127.0.0.1'],
  }
  const egress = createEgress({
    allowNetworks: [],
    resolve: async (host) =>
      (names[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  })
  t.after(() => egress.close())
  for (const name of Object.keys(names)) {
    const error = await thrown(egress.send({ url: `https://${name}/fhir` }))
    t.ok(error instanceof EgressRefused, name)
    t.equal((error as EgressRefused).reason, 'address', name)
    t.notMatch(String(error), name, 'the refusal does not tell where to')
  }
  const unknown = await thrown(egress.send({ url: 'https://nowhere.example/' }))
  t.ok(unknown instanceof NotSent)
  t.strictSame(attempts, [])
})

t.test(
  'http to a public address and odd ports of one are refused once the name is known',
  async (t) => {
    const attempts = watchConnections(t)
    const egress = createEgress({
      allowNetworks: [],
      resolve: async () => [{ address: '93.184.215.14', family: 4 }],
    })
    t.after(() => egress.close())
    t.match(await thrown(egress.send({ url: 'http://ehr.example/' })), { reason: 'plain-http' })
    t.match(await thrown(egress.send({ url: 'https://ehr.example:22/' })), { reason: 'port' })
    t.match(await thrown(egress.send({ url: 'https://ehr.example:5432/' })), { reason: 'port' })
    t.strictSame(attempts, [])
  },
)

t.test(
  'OW7 a name that points elsewhere a moment later is called where it was judged, or not at all',
  async (t) => {
    const attempts = watchConnections(t)
    const spy = await tcpServer(t, (socket) => socket.destroy())
    let asked = 0
    const egress = createEgress({
      allowNetworks: ['127.0.0.2/32'],
      // First an allowed address, then the one that the attacker is after.
      resolve: async () => [{ address: asked++ === 0 ? '127.0.0.2' : '127.0.0.1', family: 4 }],
    })
    t.after(() => egress.close())
    const url = `http://rebind.example:${spy.port}/`
    t.ok((await thrown(egress.send({ url }))) instanceof NotSent)
    t.match(await thrown(egress.send({ url })), { name: 'EgressRefused', reason: 'address' })
    t.equal(asked, 2)
    t.strictSame(attempts, [`127.0.0.2:${spy.port}`], 'only the judged address was called')
  },
)

t.test(
  'TLS names the host that was asked for, while the connection goes to the judged address',
  async (t) => {
    let hello = Buffer.alloc(0)
    const spy = await tcpServer(t, (socket) => {
      socket.once('data', (data) => {
        hello = data
        socket.destroy()
      })
    })
    const egress = loopbackEgress(t, {
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    })
    const error = await thrown(egress.send({ url: `https://ehr.example:${spy.port}/` }))
    t.ok(error instanceof NotSent, 'a failed handshake has sent nothing')
    t.ok(hello.includes('ehr.example'), 'server name indication')
  },
)

t.test('a redirect is an answer, never followed', async (t) => {
  const visits: string[] = []
  const other = await httpServer(t, (request, response) => {
    visits.push(request.url ?? '')
    response.end()
  })
  for (const status of [301, 302, 303, 307, 308]) {
    const origin = await httpServer(t, (_request, response) => {
      response.writeHead(status, { location: `${other}/stolen` }).end()
    })
    const egress = loopbackEgress(t)
    const answer = await egress.send({ method: 'POST', url: origin, body: 'patient data' })
    t.equal(answer.status, status)
  }
  t.strictSame(visits, [])
})

t.test('a URL outside the base it belongs to is refused before anything is sent', async (t) => {
  const attempts = watchConnections(t)
  const egress = loopbackEgress(t)
  const error = await thrown(
    egress.send({ url: 'http://127.0.0.1:2/fhir/Task', base: 'http://127.0.0.1:1/fhir' }),
  )
  t.match(error, { name: 'EgressRefused', reason: 'off-base' })
  t.strictSame(attempts, [])
})

t.test('time limits', async (t) => {
  const limits = { firstByteMs: 200, totalMs: 500, responseBytes: 1000 }

  t.test('a server that never answers is given up after the first-byte limit', async (t) => {
    const spy = await tcpServer(t, () => undefined)
    const egress = loopbackEgress(t, { limits })
    const start = performance.now()
    t.equal(await lost(egress.send({ url: spy.origin })), 'timeout')
    t.ok(performance.now() - start < 450)
  })

  t.test('headers that drip count as no first byte', async (t) => {
    const spy = await tcpServer(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write('x-slow: 1\r\n'), 20)
      socket.on('close', () => clearInterval(timer))
    })
    t.equal(await lost(loopbackEgress(t, { limits }).send({ url: spy.origin })), 'timeout')
  })

  t.test(
    'a body that drips is given up after the total limit, with its status known',
    async (t) => {
      const origin = await httpServer(t, (_request, response) => {
        response.writeHead(200)
        const timer = setInterval(() => response.write('x'), 20)
        response.on('close', () => clearInterval(timer))
      })
      const start = performance.now()
      const error = await thrown(loopbackEgress(t, { limits }).send({ url: origin }))
      t.match(error, { name: 'AnswerLost', reason: 'timeout', status: 200 })
      t.ok(performance.now() - start < 900)
    },
  )

  t.test('interim answers do not count as the first byte', async (t) => {
    const spy = await tcpServer(t, (socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 20)
      socket.on('close', () => clearInterval(timer))
    })
    const start = performance.now()
    const error = await thrown(loopbackEgress(t, { limits }).send({ url: spy.origin }))
    t.match(error, { name: 'AnswerLost', reason: 'timeout', status: undefined })
    t.ok(performance.now() - start < 450)
  })

  t.test('a resolver that hangs is cut off with nothing sent', async (t) => {
    const egress = loopbackEgress(t, {
      connectMs: 200,
      resolve: () => new Promise(() => undefined),
    })
    const start = performance.now()
    const error = await thrown(egress.send({ url: 'https://slow.example/' }))
    t.ok(error instanceof NotSent)
    t.ok(performance.now() - start < 1_500)
  })

  t.test(
    'a request that waits for a free connection until its time is up was not sent',
    async (t) => {
      let requests = 0
      const spy = await tcpServer(t, (socket) => {
        socket.on('data', () => requests++)
      })
      const egress = loopbackEgress(t)
      const within = (ms: number) => ({
        url: spy.origin,
        limits: { firstByteMs: ms, totalMs: ms },
      })
      const holders = Array.from({ length: 16 }, () => thrown(egress.send(within(1_000))))
      const waiting = Array.from({ length: 4 }, () => thrown(egress.send(within(200))))
      for (const error of await Promise.all(waiting)) t.ok(error instanceof NotSent)
      for (const error of await Promise.all(holders)) t.ok(error instanceof AnswerLost)
      // The connections are free now: what was given up must not go out after all.
      await new Promise((resolve) => setTimeout(resolve, 300))
      t.equal(requests, 16)
    },
  )
})

t.test('size limits', async (t) => {
  const limits = { responseBytes: 10_000 }

  t.test('an announced length beyond the limit is not read', async (t) => {
    let written = 0
    const origin = await httpServer(t, async (_request, response) => {
      response.writeHead(200, { 'content-length': 50_000_000 })
      while (!response.destroyed && written < 50_000_000) {
        written += 10_000
        if (!response.write(Buffer.alloc(10_000))) await once(response, 'drain').catch(() => 0)
      }
    })
    t.equal(await lost(loopbackEgress(t, { limits }).send({ url: origin })), 'too-large')
    t.ok(written < 25_000_000, 'the rest was not taken')
  })

  t.test('OW10 a body without length is cut off at the limit', async (t) => {
    const origin = await httpServer(t, (_request, response) => {
      const fill = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1_000)));
      }
      response.on('drain', fill)
      fill()
    })
    t.equal(await lost(loopbackEgress(t, { limits }).send({ url: origin })), 'too-large')
  })

  t.test('a compressed body counts as what it unpacks to', async (t) => {
    const packed = gzipSync(Buffer.alloc(5_000_000))
    t.ok(packed.length < 10_000)
    const origin = await httpServer(t, (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed)
    })
    t.equal(await lost(loopbackEgress(t, { limits }).send({ url: origin })), 'too-large')
  })
})

t.test('no compression is asked for; what comes compressed is unpacked or refused', async (t) => {
  let asked: string | undefined
  const origin = await httpServer(t, (request, response) => {
    asked = request.headers['accept-encoding']
    const encoding = request.url?.slice(1) ?? ''
    response.writeHead(200, { 'content-encoding': encoding })
    response.end(encoding === 'gzip' ? gzipSync('{"a":1.0}') : 'garbage')
  })
  const egress = loopbackEgress(t)
  t.equal(text((await egress.send({ url: `${origin}/gzip` })).body), '{"a":1.0}')
  t.equal(asked, 'identity')
  t.equal(await lost(egress.send({ url: `${origin}/br` })), 'encoding')
  t.equal(await lost(egress.send({ url: `${origin}/rot13` })), 'encoding')
})

t.test('where it broke: before sending, or with the request out', async (t) => {
  const egress = loopbackEgress(t)
  t.ok((await thrown(egress.send({ url: 'http://127.0.0.1:1/' }))) instanceof NotSent)
  const resets = await tcpServer(t, (socket) => {
    socket.once('data', () => socket.resetAndDestroy())
  })
  t.equal(await lost(egress.send({ method: 'POST', url: resets.origin, body: 'x' })), 'reset')
  const halves = await tcpServer(t, (socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 201 Created\r\ncontent-length: 50\r\n\r\n{"re'))
  })
  t.match(await thrown(egress.send({ url: halves.origin })), { reason: 'reset', status: 201 })
  const babbles = await tcpServer(t, (socket) => socket.end('SSH-2.0-OpenSSH_9.7\r\n'))
  t.ok((await thrown(egress.send({ url: babbles.origin }))) instanceof Error)
})
