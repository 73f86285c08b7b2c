import Fastify from 'fastify'
import t from 'tap'
import { OAuthError } from '../../../src/domain/access/oauth-error.ts'
import { Problem } from '../../../src/domain/problem.ts'
import { type TokenRouteOptions, tokenRoute } from '../../../src/http/routes/token.ts'
import {
  assertion,
  assertionType,
  createWorld,
  formFor,
  keys,
  pass,
  post,
  rsaPair,
  type World,
} from '../../auth/world.ts'

const formType = 'application/x-www-form-urlencoded'

function send(
  world: World,
  payload: string,
  type: string | undefined = formType,
  url = '/oauth/token',
) {
  const headers = type === '' ? {} : { 'content-type': type }
  return world.app.inject({ method: 'POST', url, headers, payload })
}

const encoded = (form: Record<string, string>) => new URLSearchParams(form).toString()

/** A form with some parameters other than they should be; undefined leaves one out. */
function formBut(world: World, change: Record<string, string | undefined>) {
  const form = { ...formFor(assertion(world)), ...change }
  return Object.fromEntries(
    Object.entries(form).filter(([, value]) => value !== undefined),
  ) as Record<string, string>
}

t.test('BS-15 the form is checked', async (t) => {
  const world = createWorld()
  const table: readonly (readonly [string, Record<string, string | undefined>, string])[] = [
    ['wrong grant_type', { grant_type: 'authorization_code' }, 'unsupported_grant_type'],
    ['grant_type in another case', { grant_type: 'Client_Credentials' }, 'unsupported_grant_type'],
    ['refresh_token', { grant_type: 'refresh_token' }, 'unsupported_grant_type'],
    ['no grant_type', { grant_type: undefined }, 'invalid_request'],
    ['empty grant_type', { grant_type: '' }, 'invalid_request'],
    ['wrong client_assertion_type', { client_assertion_type: 'jwt-bearer' }, 'invalid_client'],
    ['SAML', { client_assertion_type: assertionType.replace('jwt', 'saml2') }, 'invalid_client'],
    ['no client_assertion_type', { client_assertion_type: undefined }, 'invalid_client'],
    ['no client_assertion', { client_assertion: undefined }, 'invalid_client'],
    [
      'a client_secret instead',
      { client_assertion: undefined, client_secret: 'x', client_id: 'lakeside' },
      'invalid_client',
    ],
    ['no scope', { scope: undefined }, 'invalid_request'],
    ['empty scope', { scope: '' }, 'invalid_request'],
    ['blank scope', { scope: '  ' }, 'invalid_request'],
    ['assertion of 8 KiB and one', { client_assertion: 'x'.repeat(8193) }, 'invalid_client'],
    ['assertion of 8 KiB', { client_assertion: 'x'.repeat(8192) }, 'invalid_client'],
    ['assertion of 60 KiB', { client_assertion: 'x'.repeat(60_000) }, 'invalid_request'],
    ['scope of 4 KiB and one', { scope: 'system/Task.rs'.padEnd(4097, ' x') }, 'invalid_scope'],
  ]
  for (const [title, change, error] of table) {
    const response = await post(world, formBut(world, change))
    t.equal(response.statusCode, 400, title)
    t.match(response.json(), { error, error_description: String }, title)
  }
  t.equal(world.spent.size, 1, 'only the scope is looked at after the jti was spent')
})

t.test('BS-15 a doubled parameter is refused, whatever its values', async (t) => {
  const world = createWorld()
  const good = encoded(formFor(assertion(world)))
  for (const more of [
    'scope=system%2FTask.rs',
    'grant_type=client_credentials',
    'client_assertion=',
    'sc%6Fpe=x',
    'later=1&later=1',
  ])
    t.match((await send(world, `${good}&${more}`)).json(), { error: 'invalid_request' }, more)
  t.equal(
    (await send(world, `${good}&later=1&`)).statusCode,
    200,
    'an unknown parameter is passed over',
  )
})

t.test('BS-15 parameters anywhere but in the form are refused', async (t) => {
  const world = createWorld()
  const form = formFor(assertion(world))
  const good = encoded(form)
  t.match((await send(world, good, formType, '/oauth/token?scope=system/Task.rs')).json(), {
    error: 'invalid_request',
  })
  t.match((await send(world, '', formType, `/oauth/token?${good}`)).json(), {
    error: 'invalid_request',
  })
  for (const type of [
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/fhir+json',
    'x',
    '',
  ])
    for (const body of [JSON.stringify(form), good]) {
      const response = await send(world, body, type)
      t.match([response.statusCode, response.json()], [400, { error: 'invalid_request' }], type)
    }
  t.equal((await send(world, good, `${formType}; charset=UTF-8`)).statusCode, 200)
})

t.test('BS-15 a body that cannot be read is refused', async (t) => {
  const world = createWorld()
  for (const payload of ['', '%', 'scope=%zz', 'scope=%ff', '%c3=x', 'a'.repeat(70_000)]) {
    const response = await send(world, payload)
    t.match(
      [response.statusCode, response.json()],
      [400, { error: 'invalid_request' }],
      payload.slice(0, 20),
    )
  }
  const bytes = {
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': formType },
    payload: Buffer.of(0x73, 0x3d, 0xff),
  } as const
  t.match((await world.app.inject(bytes)).json(), { error: 'invalid_request' })
  const none = await world.app.inject({ method: 'POST', url: '/oauth/token' })
  t.match([none.statusCode, none.json()], [400, { error: 'invalid_request' }])
})

t.test('BS-15 a large RSA key and a long scope fit', async (t) => {
  const world = createWorld()
  const scope = Array.from({ length: 140 }, () => 'system/ServiceRequest.crus').join(' ')
  t.ok(scope.length > 3500)
  t.equal(
    (
      await post(
        world,
        formFor(assertion(world, { claims: { more: 'x'.repeat(5000) } }), { scope }),
      )
    ).statusCode,
    200,
  )
  t.match(
    (await post(world, formFor(assertion(world, { pair: rsaPair('lakeside-rs', 4096) })))).json(),
    { error: 'invalid_client' },
  )
})

t.test('BS-30 nothing that the endpoint says may be cached, refusals included', async (t) => {
  const world = createWorld({ perAddress: 3 })
  const answers = [
    await post(world, formFor(assertion(world))),
    await post(world, formFor('x')),
    await send(world, '{}', 'application/json'),
    await post(world, formFor('x'), '127.0.0.1'),
  ]
  for (let n = 0; n < 4; n++) answers.push(await post(world, formFor('x')))
  t.same([...new Set(answers.map(({ statusCode }) => statusCode))].sort(), [200, 400, 429])
  for (const { headers } of answers) {
    t.match(headers, {
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'content-type': /^application\/json/,
    })
    t.notOk(headers['access-control-allow-origin'])
  }
})

t.test(
  'BS-36 one client’s limit: 429 with Retry-After, other clients go on, and waiting helps',
  async (t) => {
    const world = createWorld({ perClient: 3 })
    const ask = () => post(world, formFor(assertion(world)))
    for (let n = 0; n < 3; n++) t.equal((await ask()).statusCode, 200)
    const form = formFor(assertion(world))
    const limited = await post(world, form)
    t.match([limited.statusCode, limited.headers['retry-after']], [429, '20'])
    t.match(limited.json(), { error: 'temporarily_unavailable' })
    const river = formFor(assertion(world, { client: 'river', pair: keys.river }), {
      scope: 'system/Task.rs',
    })
    t.equal((await post(world, river)).statusCode, 200)
    pass(world, 20)
    t.equal(
      (await post(world, form)).statusCode,
      200,
      'the same assertion, for its jti was not spent',
    )
  },
)

t.test('BS-36 a stranger who names a client does not use up its limit', async (t) => {
  const world = createWorld({ perClient: 3 })
  for (let n = 0; n < 10; n++) await post(world, formFor(assertion(world, { pair: keys.stranger })))
  t.equal((await post(world, formFor(assertion(world)))).statusCode, 200)
})

t.test('BS-36 one address’s limit counts every request; other addresses go on', async (t) => {
  const world = createWorld({ perAddress: 3 })
  for (let n = 0; n < 3; n++) await post(world, formFor('x'), '192.0.2.7')
  const limited = await post(world, formFor(assertion(world)), '192.0.2.7')
  t.match([limited.statusCode, limited.headers['retry-after']], [429, '20'])
  t.equal(
    (await post(world, formFor(assertion(world)), '::ffff:192.0.2.7')).statusCode,
    429,
    'the same address in IPv6 spelling',
  )
  t.equal((await post(world, formFor(assertion(world)), '192.0.2.8')).statusCode, 200)
})

t.test('BS-36 an IPv6 network counts as one address', async (t) => {
  const world = createWorld({ perAddress: 3 })
  const answers = []
  for (const host of ['1', '2:3', 'ffff:ffff:ffff:ffff', '4'])
    answers.push(
      (
        await post(
          world,
          formFor('x'),
          `2001:db8:0:7:${host.includes(':') && host.length > 4 ? host : `:${host}`}`,
        )
      ).statusCode,
    )
  t.same(answers, [400, 400, 400, 429])
  t.equal((await post(world, formFor('x'), '2001:db8:0:8::1')).statusCode, 400)
})

function appThat(grantToken: TokenRouteOptions['grantToken']) {
  const lines: string[] = []
  const app = Fastify({ logger: { stream: { write: (line: string) => lines.push(line) } } })
  app.register(tokenRoute, {
    grantToken,
    now: () => new Date(0),
    audit: async () => {},
    noteRefusal: async () => {},
    perAddress: 100,
  })
  const ask = () =>
    app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': formType },
      payload: 'a=b',
    })
  return { ask, lines }
}

t.test('when the store is away: 503 with Retry-After; a bug: 500 without detail', async (t) => {
  const away = await appThat(async () =>
    Promise.reject(new Problem('unavailable', 'x', { retryAfter: 7 })),
  ).ask()
  t.match(
    [away.statusCode, away.headers['retry-after'], away.json()],
    [503, '7', { error: 'temporarily_unavailable' }],
  )
  const bug = appThat(async () => Promise.reject(new Error('secret detail')))
  const response = await bug.ask()
  t.match([response.statusCode, response.json()], [500, { error: 'server_error' }])
  t.notOk(response.body.includes('secret'))
  t.match(bug.lines.join(''), 'token.test.ts', 'the operator sees where it was')
  t.notMatch(bug.lines.join(''), 'secret detail', 'and not what it was about')
})

t.test(
  'what the server refuses before the form is read is an invalid_request as well',
  async (t) => {
    for (const code of ['too-large', 'unsupported-media-type'] as const) {
      const refusing = appThat(async () => Promise.reject(new Problem(code)))
      const response = await refusing.ask()
      t.match([response.statusCode, response.json()], [400, { error: 'invalid_request' }], code)
    }
    const bug = await appThat(async () => Promise.reject(new Problem('internal-error'))).ask()
    t.match([bug.statusCode, bug.json()], [500, { error: 'server_error' }])
    const away = await appThat(async () => Promise.reject(new Problem('unavailable'))).ask()
    t.match([away.statusCode, away.headers['retry-after']], [503, '5'])
  },
)

t.test('the log tells why, the client does not; and neither holds a token', async (t) => {
  const refused = appThat(async () =>
    Promise.reject(new OAuthError('invalid_client', 'generic', 'bad signature')),
  )
  t.same((await refused.ask()).json(), { error: 'invalid_client', error_description: 'generic' })
  t.match(refused.lines.join(''), /"reason":"bad signature"/)
  const granted = appThat(async () => ({
    answer: { access_token: 'the-token', token_type: 'bearer', expires_in: 300, scope: 's' },
    client: 'lakeside',
    organization: 'lakeside-family',
    tokenId: 'the-jti',
  }))
  t.match((await granted.ask()).json(), { access_token: 'the-token' })
  t.match(granted.lines.join(''), /"client":"lakeside".*"tokenId":"the-jti"/)
  t.notOk(granted.lines.join('').includes('the-token'))
})
