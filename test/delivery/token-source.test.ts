import { decodeJwt, decodeProtectedHeader } from 'jose'
import t from 'tap'
import { createTokenSource } from '../../src/delivery/backend-token.ts'
import type { OutboundRequest } from '../../src/delivery/exchange.ts'
import { newKey } from './world.ts'

const base = 'https://ehr.example/fhir'
const tokenUrl = 'https://ehr.example/auth/token'
const good = { access_token: 'first', token_type: 'bearer', expires_in: 300 }
const { key } = await newKey()

/** A token source whose EHR answers what the test says, and whose clocks the test turns. */
function world({ pinned, baseUrl = base }: { pinned?: string; baseUrl?: string } = {}) {
  const clock = { ms: 0 }
  const sent: OutboundRequest[] = []
  const ehr = {
    discovery: { status: 200, body: JSON.stringify({ token_endpoint: tokenUrl }) },
    token: { status: 200, body: JSON.stringify(good) },
  }
  let ids = 0
  const auth = { type: 'smart-backend-services', clientId: 'us' } as const
  const source = createTokenSource(baseUrl, pinned ? { ...auth, tokenEndpoint: pinned } : auth, {
    egress: {
      send: async (request) => {
        sent.push(request)
        const { status, body } = request.method === 'POST' ? ehr.token : ehr.discovery
        return { status, body: Buffer.from(body), header: () => undefined }
      },
    },
    key,
    now: () => new Date('2026-03-02T10:00:00.900Z'),
    monotonic: () => clock.ms,
    newId: () => `id-${++ids}`,
  })
  const tokenRequests = () => sent.filter(({ method }) => method === 'POST')
  return { source, clock, sent, ehr, tokenRequests }
}

t.test('the token endpoint is looked up below the base, and asked with an assertion', async (t) => {
  for (const baseUrl of [base, `${base}/`]) {
    const { source, sent } = world({ baseUrl })
    t.equal(await source.token(), 'first')
    const [lookUp, request] = sent
    t.strictSame(lookUp, {
      url: 'https://ehr.example/fhir/.well-known/smart-configuration',
      base: baseUrl,
      headers: { accept: 'application/json' },
      limits: { responseBytes: 65_536, totalMs: 10_000 },
    })
    const { body, ...rest } = request ?? { body: '' }
    t.strictSame(rest, {
      method: 'POST',
      url: tokenUrl,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      limits: { responseBytes: 65_536, totalMs: 10_000 },
    })
    const { client_assertion = '', ...form } = Object.fromEntries(new URLSearchParams(String(body)))
    t.strictSame(form, {
      grant_type: 'client_credentials',
      scope: 'system/*.crus',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
    t.strictSame(decodeProtectedHeader(client_assertion), {
      alg: 'ES384',
      kid: key.kid,
      typ: 'JWT',
    })
    const iat = Date.parse('2026-03-02T10:00:00Z') / 1000
    t.strictSame(decodeJwt(client_assertion), {
      iss: 'us',
      sub: 'us',
      aud: tokenUrl,
      jti: 'id-1',
      iat,
      exp: iat + 240,
    })
  }
})

t.test('a token serves until 30 s before its end, and a short one half of its life', async (t) => {
  const table: readonly (readonly [unknown, number])[] = [
    [300, 270_000],
    [60, 30_000],
    [40, 20_000],
    [1, 500],
    [86_400, 86_370_000],
    [1_000_000, 86_370_000],
    [undefined, 270_000],
    [0, 270_000],
    [-5, 270_000],
    ['60', 270_000],
    [null, 270_000],
  ]
  for (const [expires_in, serves] of table) {
    const { source, clock, ehr, tokenRequests } = world()
    ehr.token.body = JSON.stringify({ ...good, expires_in })
    clock.ms = 1_000
    await source.token()
    clock.ms = 1_000 + serves - 1
    await source.token()
    t.equal(tokenRequests().length, 1, `${expires_in}: good until then`)
    clock.ms = 1_000 + serves
    await source.token()
    t.equal(tokenRequests().length, 2, `${expires_in}: and no longer`)
  }
})

t.test('a token that the EHR no longer takes is got anew, another is kept', async (t) => {
  const { source, tokenRequests } = world()
  const token = await source.token()
  source.forget('another')
  await source.token()
  t.equal(tokenRequests().length, 1)
  source.forget(token)
  await source.token()
  t.equal(tokenRequests().length, 2)
  world().source.forget('none was held')
})

t.test('after a failure the next call tries again', async (t) => {
  const { source, ehr } = world()
  ehr.token.status = 500
  await t.rejects(source.token(), { name: 'TokenFailure' })
  ehr.token.status = 200
  t.equal(await source.token(), 'first')
})

t.test('each step that fails is told, and nothing of what was answered', async (t) => {
  const elsewhere = 'The token endpoint lies on another origin: pin it in the registry.'
  const unnamed = 'smart-configuration names no token endpoint.'
  const unusable = 'The token endpoint gave no usable token.'
  const unfit = 'The token endpoint gave no bearer token.'
  const discoveries: readonly (readonly [number, string, string])[] = [
    [404, '{}', 'smart-configuration was answered with 404.'],
    [
      201,
      JSON.stringify({ token_endpoint: tokenUrl }),
      'smart-configuration was answered with 201.',
    ],
    [200, '<html>', 'The answer is not JSON.'],
    [200, '[]', unnamed],
    [200, '{}', unnamed],
    [200, '{"token_endpoint":7}', unnamed],
    [200, '{"token_endpoint":"/auth/token"}', unnamed],
    [200, '{"token_endpoint":"https://evil.example/auth/token"}', elsewhere],
    [200, '{"token_endpoint":"http://ehr.example/auth/token"}', elsewhere],
    [200, '{"token_endpoint":"https://ehr.example:444/auth/token"}', elsewhere],
  ]
  for (const [status, body, message] of discoveries) {
    const { source, ehr, tokenRequests } = world()
    ehr.discovery = { status, body }
    await t.rejects(source.token(), { name: 'TokenFailure', message }, `${status} ${body}`)
    t.equal(tokenRequests().length, 0, 'nothing was signed for anybody')
  }
  const with_ = (more: object) => JSON.stringify({ ...good, ...more })
  const answers: readonly (readonly [number, string, string])[] = [
    [400, '{"error":"invalid_client"}', 'The token endpoint answered 400.'],
    [201, with_({}), 'The token endpoint answered 201.'],
    [200, '', 'The answer is not JSON.'],
    [200, `{"a":${'['.repeat(16)}${']'.repeat(16)}}`, 'The answer is not JSON.'],
    [200, `[${'0,'.repeat(10_000)}0]`, 'The answer is not JSON.'],
    [200, '7', unusable],
    [200, '{}', unusable],
    [200, with_({ access_token: '' }), unusable],
    [200, with_({ access_token: ['first'] }), unusable],
    [200, with_({ access_token: 'two words' }), unusable],
    [200, with_({ access_token: ' first' }), unusable],
    [200, with_({ access_token: 'first\r\nx-evil: 1' }), unusable],
    [200, with_({ access_token: 'x'.repeat(8193) }), unusable],
    [200, with_({ token_type: 'mac' }), unfit],
    [200, with_({ token_type: undefined }), unfit],
  ]
  for (const [status, body, message] of answers) {
    const { source, ehr } = world()
    ehr.token = { status, body }
    await t.rejects(source.token(), { name: 'TokenFailure', message }, `${status} ${body}`)
  }
  const { source, ehr } = world()
  ehr.token.body = '<html>'
  await t.rejects(source.token(), { cause: { name: 'Problem' } })
})

t.test('a token of any visible characters is taken, and bearer in any case', async (t) => {
  const { source, ehr } = world()
  const token = `!~${'x'.repeat(8190)}`
  ehr.token.body = JSON.stringify({ access_token: token, token_type: 'BEARER' })
  t.equal(await source.token(), token)
})

t.test('a pinned token endpoint is asked without a look-up', async (t) => {
  const pinned = 'https://login.example/token'
  const { source, sent } = world({ pinned })
  await source.token()
  t.strictSame(
    sent.map(({ url }) => url),
    [pinned],
  )
})
