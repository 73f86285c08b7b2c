import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { AnswerLost, NotSent } from '../../src/delivery/exchange.ts'
import { httpServer, loopbackEgress, tcpServer } from './world.ts'

const text = (body: Uint8Array): string => Buffer.from(body).toString()

async function thrown(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'nothing',
    (error: unknown) => error,
  )
}

t.test('OW10 whatever compression a gateway adds is taken off', async (t) => {
  const packed: Readonly<Record<string, Buffer>> = {
    gzip: gzipSync('{"a":1.0}'),
    'x-gzip': gzipSync('{"a":1.0}'),
    deflate: deflateSync('{"a":1.0}'),
    br: brotliCompressSync('{"a":1.0}'),
    identity: Buffer.from('{"a":1.0}'),
    ' GZip ': gzipSync('{"a":1.0}'),
    ' ': Buffer.from('{"a":1.0}'),
  }
  const origin = await httpServer(t, (request, response) => {
    const encoding = decodeURIComponent(request.url?.slice(1) ?? '')
    response.writeHead(200, { 'content-encoding': encoding }).end(packed[encoding])
  })
  const egress = loopbackEgress(t)
  for (const encoding of Object.keys(packed)) {
    const answer = await egress.send({ url: `${origin}/${encodeURIComponent(encoding)}` })
    t.equal(text(answer.body), '{"a":1.0}', JSON.stringify(encoding))
  }
})

t.test('OW10 what cannot be unpacked is lost, with its status known', async (t) => {
  const origin = await httpServer(t, (request, response) => {
    const [, encoding = '', body = ''] = request.url?.split('/') ?? []
    response.writeHead(201, { 'content-encoding': encoding }).end(body)
  })
  const egress = loopbackEgress(t)
  for (const path of ['gzip/x', 'toString/x', 'zstd/x', 'gzip,gzip/x']) {
    const error = await thrown(egress.send({ url: `${origin}/${path}` }))
    t.match(error, { name: 'AnswerLost', reason: 'encoding', status: 201 }, path)
  }
  const empty = await egress.send({ url: `${origin}/zstd/` })
  t.equal(empty.body.length, 0, 'nothing is nothing in any encoding')
})

t.test('OW10 an unpacked body may have as many bytes as the limit, and not one more', async (t) => {
  const origin = await httpServer(t, (request, response) => {
    const size = Number(request.url?.slice(1))
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(size)))
  })
  const egress = loopbackEgress(t, { limits: { responseBytes: 1000 } })
  t.equal((await egress.send({ url: `${origin}/1000` })).body.length, 1000)
  t.match(await thrown(egress.send({ url: `${origin}/1001` })), {
    name: 'AnswerLost',
    reason: 'too-large',
    status: 200,
  })
})

t.test('OW10 a plain body may have as many bytes as the limit, and not one more', async (t) => {
  const origin = await httpServer(t, (request, response) => {
    response.end(Buffer.alloc(Number(request.url?.slice(1))))
  })
  const egress = loopbackEgress(t, { limits: { responseBytes: 1000 } })
  t.equal((await egress.send({ url: `${origin}/1000` })).body.length, 1000)
  t.match(await thrown(egress.send({ url: `${origin}/1001` })), {
    reason: 'too-large',
    status: 200,
    message: 'The answer was lost: too-large.',
  })
})

t.test('the request goes as it is said, path, query, method and headers', async (t) => {
  const origin = await httpServer(t, (request, response) => {
    const { method, url, headers } = request
    let body = ''
    request.on('data', (data) => {
      body += data
    })
    request.on('end', () => response.end(JSON.stringify({ method, url, headers, body })))
  })
  const egress = loopbackEgress(t)
  const seen = async (request: object) =>
    JSON.parse(text((await egress.send({ url: `${origin}/a/b?c=d`, ...request })).body))
  t.match(await seen({}), { method: 'GET', url: '/a/b?c=d', body: '' })
  t.match(await seen({}), { headers: { 'accept-encoding': 'identity' } })
  t.match(await seen({ method: 'PUT', body: 'x', headers: { 'if-match': 'W/"1"' } }), {
    method: 'PUT',
    body: 'x',
    headers: { 'if-match': 'W/"1"', 'accept-encoding': 'identity' },
  })
})

t.test('a header that came twice is one, and one that did not come is none', async (t) => {
  const origin = await httpServer(t, (_request, response) => {
    response.writeHead(200, [
      ['warning', 'a'],
      ['warning', 'b'],
      ['etag', '"1"'],
    ])
    response.end()
  })
  const answer = await loopbackEgress(t).send({ url: origin })
  t.equal(answer.header('warning'), 'a, b')
  t.equal(answer.header('etag'), '"1"')
  t.equal(answer.header('location'), undefined)
})

t.test('an interim answer is not the answer', async (t) => {
  const spy = await tcpServer(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 103 Early Hints\r\nx-which: interim\r\n\r\n')
      socket.end('HTTP/1.1 200 OK\r\nx-which: final\r\ncontent-length: 2\r\n\r\nok')
    })
  })
  const answer = await loopbackEgress(t).send({ url: spy.origin })
  t.equal(answer.status, 200)
  t.equal(answer.header('x-which'), 'final')
  t.equal(text(answer.body), 'ok')
})

t.test('once the head is there the first-byte limit is met, whatever the body takes', async (t) => {
  const origin = await httpServer(t, (_request, response) => {
    response.writeHead(200).write('a')
    setTimeout(() => response.end('b'), 600)
  })
  const limits = { firstByteMs: 300, totalMs: 20_000 }
  t.equal(text((await loopbackEgress(t).send({ url: origin, limits })).body), 'ab')
})

t.test('an answer in time leaves no timer behind', async (t) => {
  const origin = await httpServer(t, (_request, response) => response.end('ok'))
  const egress = loopbackEgress(t, { limits: { firstByteMs: 61_000, totalMs: 62_000 } })
  const timers = () => process.getActiveResourcesInfo().filter((it) => it === 'Timeout').length
  // The first call opens the connection, which keeps timers of its own.
  await egress.send({ url: origin })
  const before = timers()
  for (let n = 0; n < 5; n++) await egress.send({ url: origin })
  t.ok(timers() < before + 5, `${before} before, ${timers()} after`)
})

t.test('the errors tell the phase in words, with the cause behind', async (t) => {
  const cause = new Error('reset')
  t.match(new NotSent(cause), { message: 'The request could not be sent.', name: 'NotSent', cause })
  t.match(new AnswerLost('reset', 200, cause), {
    message: 'The answer was lost: reset.',
    name: 'AnswerLost',
    cause,
  })
  const late = await thrown(
    loopbackEgress(t, { resolve: () => new Promise(() => undefined) }).send({
      url: 'https://slow.example/',
      limits: { firstByteMs: 20, totalMs: 20 },
    }),
  )
  t.match(late, { name: 'NotSent', cause: { message: 'The time allowed has passed.' } })
})

t.test('a name is resolved by the system where nothing else is said, and judged', async (t) => {
  const origin = await httpServer(t, (_request, response) => response.end('ok'))
  const url = origin.replace('127.0.0.1', 'localhost')
  const egress = loopbackEgress(t, { allowNetworks: ['127.0.0.0/8', '::1/128'] })
  t.equal(text((await egress.send({ url })).body), 'ok')
  const strict = loopbackEgress(t, { allowNetworks: [] })
  t.match(await thrown(strict.send({ url })), { name: 'EgressRefused', reason: 'address' })
})

t.test('a name without addresses is not called', async (t) => {
  const egress = loopbackEgress(t, { resolve: async () => [] })
  t.match(await thrown(egress.send({ url: 'https://nowhere.example/' })), {
    name: 'NotSent',
    cause: { message: 'The name has no address.' },
  })
})

t.test('after the door is closed nothing goes out', async (t) => {
  const origin = await httpServer(t, (_request, response) => response.end('ok'))
  const egress = loopbackEgress(t)
  await egress.close()
  t.match(await thrown(egress.send({ url: origin })), { name: 'NotSent' })
})
