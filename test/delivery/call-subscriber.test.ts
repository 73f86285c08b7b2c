import type { IncomingHttpHeaders, RequestListener, ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { callSubscriber } from '../../src/delivery/call-subscriber.ts'
import { createEgress } from '../../src/delivery/egress.ts'
import type { SubscriberCall } from '../../src/domain/subscription/ports.ts'
import { httpServer, loopbackEgress, tcpServer } from './world.ts'

const now = () => new Date('2026-03-02T10:00:00.900Z')

const call = (endpoint: string, facts: Partial<SubscriberCall> = {}): SubscriberCall => ({
  endpoint,
  headers: [],
  contentType: 'application/fhir+json',
  body: '{"resourceType":"Bundle"}',
  timeoutSeconds: 2,
  messageId: '0efbf2bf-bbac-8593-a5d9-562f90207f6f',
  ...facts,
})

/** Sends one to a server that answers so. */
async function sendTo(t: Test, answer: RequestListener, facts: Partial<SubscriberCall> = {}) {
  const endpoint = `${await httpServer(t, answer)}/hook?x=1`
  return callSubscriber(loopbackEgress(t), now, call(endpoint, facts))
}

t.test('BP-25 BP-26 BP-27 the notification is posted, with its headers', async (t) => {
  let seen:
    | { method?: string; url?: string; headers: IncomingHttpHeaders; body: string }
    | undefined
  const answer = await sendTo(
    t,
    (request, response) => {
      const { method = '', url = '', headers } = request
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        seen = { method, url, headers, body }
        response.writeHead(204).end()
      })
    },
    {
      contentType: 'application/json;fhirVersion=4.0',
      headers: [
        ['Authorization', 'Bearer s3cret'],
        ['X-Tenant', 'a b'],
      ],
    },
  )
  t.strictSame(answer, { kind: 'answered', status: 204, retryAfter: undefined })
  t.match(seen, {
    method: 'POST',
    url: '/hook?x=1',
    body: '{"resourceType":"Bundle"}',
    headers: {
      'content-type': 'application/json;fhirVersion=4.0',
      authorization: 'Bearer s3cret',
      'x-tenant': 'a b',
      'webhook-id': '0efbf2bf-bbac-8593-a5d9-562f90207f6f',
      'webhook-timestamp': '1772445600',
    },
  })
})

t.test('F8 S9: what an endpoint says besides its status counts for nothing', async (t) => {
  const bodies: readonly ((response: ServerResponse) => void)[] = [
    (response) => response.end('<html>it works</html>'),
    (response) => response.setHeader('content-encoding', 'gzip').end('no gzip'),
    (response) => response.end('x'.repeat(1_000_000)),
    (response) => void response.write('{', () => setImmediate(() => response.destroy())),
    (response) => void response.write('never ends'),
  ]
  for (const [i, say] of bodies.entries())
    t.match(
      await sendTo(t, (_request, response) => say(response), { timeoutSeconds: 1 }),
      { kind: 'answered', status: 200 },
      `answer ${i}`,
    )
  const refused = await sendTo(t, (_request, response) =>
    response.writeHead(503, { 'retry-after': '30' }).end('{"resourceType":"Bundle"}'),
  )
  t.strictSame(refused, { kind: 'answered', status: 503, retryAfter: 30 })
})

t.test(
  'F9 S9, F4 S9: BP-97 nobody is waited for longer than the subscription allows',
  async (t) => {
    const { origin } = await tcpServer(t, () => {})
    const began = performance.now()
    const answer = await callSubscriber(loopbackEgress(t), now, call(origin, { timeoutSeconds: 1 }))
    t.strictSame(answer, { kind: 'lost', reason: 'timeout' })
    const took = performance.now() - began
    t.ok(took >= 950 && took < 10_000, `${took} ms`)
  },
)

t.test('a redirect is an answer, and nobody goes where it leads', async (t) => {
  const elsewhere = await httpServer(t, () => t.fail('somebody followed'))
  const answer = await sendTo(t, (_request, response) =>
    response.writeHead(307, { location: elsewhere }).end(),
  )
  t.match(answer, { kind: 'answered', status: 307 })
})

t.test('where nobody listens nothing was told', async (t) => {
  const answer = await callSubscriber(loopbackEgress(t), now, call('http://127.0.0.1:1/'))
  t.strictSame(answer, { kind: 'lost', reason: 'not reached' })
})

t.test(
  'OW7 an address that may not be called is refused when it is checked, and when it is sent to',
  async (t) => {
    let addresses = ['93.184.215.14']
    const egress = createEgress({
      allowNetworks: [],
      resolve: async () => addresses.map((address) => ({ address, family: 4 })),
    })
    t.teardown(() => egress.close())
    const reasonOf = (url: string) => egress.check(url).catch((error: unknown) => error)
    await egress.check('https://hooks.lakeside.test/hook')
    t.match(await reasonOf('http://hooks.lakeside.test/hook'), { reason: 'plain-http' })
    t.match(await reasonOf('https://hooks.lakeside.test:22/hook'), { reason: 'port' })
    addresses = ['93.184.215.14', '10.0.0.1']
    t.match(await reasonOf('https://hooks.lakeside.test/hook'), { reason: 'address' })
    // The name led to a public address when the subscription was made.
    addresses = ['127.0.0.1']
    t.strictSame(await callSubscriber(egress, now, call('https://hooks.lakeside.test/hook')), {
      kind: 'forbidden',
    })
    addresses = []
    await t.rejects(egress.check('https://hooks.lakeside.test/hook'), /no address/)
  },
)
