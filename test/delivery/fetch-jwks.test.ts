import t from 'tap'
import { fetchJwks } from '../../src/delivery/fetch-jwks.ts'
import { httpServer, loopbackEgress, tcpServer } from './world.ts'

t.test('a key set is read with the headers that say how long to keep it', async (t) => {
  const origin = await httpServer(t, (_request, response) => {
    response.writeHead(200, { 'cache-control': 'max-age=60', age: '5' }).end('{"keys":[]}')
  })
  t.match(await fetchJwks(loopbackEgress(t), `${origin}/jwks`), {
    status: 200,
    headers: { 'cache-control': 'max-age=60', age: '5' },
    body: { keys: [] },
  })
})

t.test('BS-20 JSON is asked for, and nothing of ours is sent along', async (t) => {
  const origin = await httpServer(t, ({ headers }, response) => {
    response.end(JSON.stringify({ accept: headers.accept, authorization: headers.authorization }))
  })
  const { body } = await fetchJwks(loopbackEgress(t), `${origin}/jwks`)
  t.same(body, { accept: 'application/json' })
})

t.test('a redirect is not followed and any other status has no body', async (t) => {
  const visits: string[] = []
  const origin = await httpServer(t, (request, response) => {
    visits.push(request.url ?? '')
    if (request.url === '/moved') response.writeHead(302, { location: '/jwks' }).end()
    else response.writeHead(404).end('{}')
  })
  const egress = loopbackEgress(t)
  t.match(await fetchJwks(egress, `${origin}/moved`), { status: 302, body: undefined })
  t.match(await fetchJwks(egress, `${origin}/none`), { status: 404, body: undefined })
  t.strictSame(visits, ['/moved', '/none'])
})

t.test('what is too large, too deep, too slow or no JSON is not taken', async (t) => {
  const bodies: Readonly<Record<string, string>> = {
    '/big': `{"keys":"${'x'.repeat(70_000)}"}`,
    '/deep': '['.repeat(100) + ']'.repeat(100),
    '/page': '<html>',
  }
  const origin = await httpServer(t, (request, response) => {
    response.end(bodies[request.url ?? ''])
  })
  const egress = loopbackEgress(t)
  await t.rejects(fetchJwks(egress, `${origin}/big`), /too-large/)
  await t.rejects(fetchJwks(egress, `${origin}/deep`), /json-limit/)
  await t.rejects(fetchJwks(egress, `${origin}/page`), /not-json/)
  const silent = await tcpServer(t, () => undefined)
  const start = performance.now()
  await t.rejects(fetchJwks(egress, `${silent.origin}/jwks`), /timeout/)
  const took = performance.now() - start
  t.ok(took > 2_500 && took < 4_500, `given up after ${Math.round(took)} ms`)
})
