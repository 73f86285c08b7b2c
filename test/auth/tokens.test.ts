import { randomUUID } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import t from 'tap'
import { tokenIssuer } from '../../src/auth/issue-token.ts'
import { generateKeys, loadKeys, signingKey } from '../../src/auth/keys.ts'
import { makeAssertion } from '../../src/auth/make-assertion.ts'
import { tokenVerifier } from '../../src/auth/verify-token.ts'
import { challengeOf } from '../../src/domain/access/challenge.ts'
import { parseRegistry } from '../../src/domain/access/registry.ts'
import {
  assertion,
  baseUrl,
  createWorld,
  formFor,
  grantFor,
  keys,
  pass,
  post,
  registryJson,
  signed,
  tokenUrl,
  type World,
} from './world.ts'

const invalid = { name: 'Problem', code: 'invalid-token', status: 401 }
const missing = { name: 'Problem', code: 'missing-token', status: 401 }

async function tokenOf(
  world: World,
  scope = 'system/ServiceRequest.crus system/Task.rs',
): Promise<string> {
  const { answer } = await grantFor(world, formFor(assertion(world), { scope }))
  return answer.access_token
}

const verify = (world: World, token: string) => world.service.verifyToken(`Bearer ${token}`)

/** The registry of the world with a change to Lakeside's client. */
function withClient(more: object) {
  const json = registryJson()
  Object.assign(json.referrers[0]?.client ?? {}, more)
  return parseRegistry(json)
}

t.test('BS-30 the answer has what SMART asks for, and no refresh token', async (t) => {
  const world = createWorld()
  const response = await post(world, formFor(assertion(world)))
  const { access_token, ...rest } = response.json()
  t.same(rest, { token_type: 'bearer', expires_in: 300, scope: 'system/ServiceRequest.crus' })
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(response.headers.pragma, 'no-cache')
  t.match(response.headers['content-type'], /^application\/json/)
  t.match(decodeProtectedHeader(access_token), { alg: 'ES384', typ: 'at+jwt', kid: String })
  const now = world.seconds()
  t.match(decodeJwt(access_token), {
    iss: baseUrl,
    aud: `${baseUrl}/fhir`,
    sub: 'lakeside',
    client_id: 'lakeside',
    organization: 'lakeside-family',
    role: 'referrer',
    scope: 'system/ServiceRequest.crus',
    iat: now,
    exp: now + 300,
    jti: /^.{36}$/,
  })
})

t.test('BS-31 requested and registered scopes meet in the token', async (t) => {
  const world = createWorld()
  const { answer } = await grantFor(world, formFor(assertion(world), { scope: 'system/*.cruds' }))
  t.equal(answer.scope, 'system/ServiceRequest.crus system/Task.rs')
  t.same((await verify(world, answer.access_token)).scopes, answer.scope.split(' '))
  for (const scope of [
    'system/Patient.r',
    'system/Task.sr',
    'system/Task.rs?status=x',
    'system/Thing.rs',
  ])
    t.match(
      (await post(world, formFor(assertion(world), { scope }))).json(),
      { error: 'invalid_scope' },
      scope,
    )
})

t.test('BS-33 a token tells who calls', async (t) => {
  const world = createWorld()
  const token = await tokenOf(world)
  const caller = await verify(world, token)
  t.same(caller, {
    role: 'referrer',
    organization: 'lakeside-family',
    client: 'lakeside',
    scopes: ['system/ServiceRequest.crus', 'system/Task.rs'],
    tokenId: decodeJwt(token).jti,
  })
  t.equal(await verify(world, token), caller, 'read once')
  t.same(
    await world.service.verifyToken(`bearer  ${token}`),
    caller,
    'the scheme is read in any case',
  )
})

t.test('BS-33 WK-04 each token carries its tenant', async (t) => {
  const world = createWorld()
  const form = formFor(assertion(world, { client: 'river', pair: keys.river }), {
    scope: 'system/Task.rus',
  })
  const { answer } = await grantFor(world, form)
  t.match(await verify(world, answer.access_token), {
    role: 'clinic',
    organization: 'river-pain-clinic',
  })
})

t.test('BS-33 without a bearer token the caller is told to get one', async (t) => {
  const world = createWorld()
  for (const header of [
    undefined,
    '',
    'Basic dXNlcjpwYXNz',
    'Bearer',
    'Bearerx',
    'DPoP abc',
    'Bearer a b',
  ])
    await t.rejects(world.service.verifyToken(header), missing, String(header))
})

t.test('BS-33 a token that is not ours is refused', async (t) => {
  const world = createWorld()
  const token = await tokenOf(world)
  const [head = '', body = '', mark = ''] = token.split('.')
  for (const header of [
    'Bearer ',
    'Bearer x',
    'Bearer a.b.c',
    `Bearer ${'x'.repeat(9000)}`,
    `Bearer ${head}.${body}.`,
    `Bearer ${head}.${body}`,
    `Bearer ${head}.${body}.${mark.slice(0, -4)}AAAA`,
    `Bearer ${head}.${body.slice(0, -4)}.${mark}`,
    `Bearer ${token}é`,
    `Bearer ${token},`,
  ])
    await t.rejects(world.service.verifyToken(header), invalid, header.slice(0, 60))
})

t.test('BS-33 a token expires with its last second, cached or not', async (t) => {
  const world = createWorld()
  const token = await tokenOf(world)
  const fresh = () =>
    tokenVerifier(
      { ...world.options, issuer: baseUrl, audience: `${baseUrl}/fhir` },
      () => world.registry,
    )
  pass(world, 299.999)
  t.ok(await verify(world, token))
  t.ok(await fresh()(`Bearer ${token}`))
  pass(world, 0.001)
  await t.rejects(verify(world, token), { ...invalid, message: /expired/ })
  await t.rejects(fresh()(`Bearer ${token}`), invalid)
  pass(world, 1)
  await t.rejects(verify(world, token), invalid)
})

t.test('BS-33 another audience, issuer, kind, key or tenant is refused', async (t) => {
  const world = createWorld()
  const ours = world.ownKeys.signer('ES384')
  const pair = await ourPair()
  const now = world.seconds()
  const claims = {
    iss: baseUrl,
    aud: `${baseUrl}/fhir`,
    sub: 'lakeside',
    client_id: 'lakeside',
    organization: 'lakeside-family',
    role: 'referrer',
    scope: 'system/Task.rs',
    jti: 'x',
    iat: now,
    exp: now + 300,
  }
  const header = { alg: 'ES384', kid: pair.kid, typ: 'at+jwt' }
  const verifyToken = tokenVerifier(
    { issuer: baseUrl, audience: `${baseUrl}/fhir`, keys: pair.keySet, now: () => world.now },
    () => world.registry,
  )
  const make = (more: object, headerMore: object = {}) =>
    `Bearer ${signed({ ...header, ...headerMore }, { ...claims, ...more }, pair.privateKey)}`
  t.match(
    await verifyToken(make({})),
    { client: 'lakeside' },
    'the good one, from which the others differ',
  )
  for (const more of [
    { aud: 'https://other.example/fhir' },
    { aud: baseUrl },
    { aud: `${baseUrl}/fhir/` },
    { aud: [`${baseUrl}/fhir`, 'https://other.example'] },
    { aud: undefined },
    { iss: 'https://other.example' },
    { iss: undefined },
    { organization: 'hilltop-internal' },
    { organization: undefined },
    { role: 'clinic' },
    { role: 'operator' },
    { client_id: 'nobody' },
    { client_id: undefined },
    { client_id: 'hilltop' },
    { scope: undefined },
    { scope: 'openid' },
    { exp: undefined },
    { exp: now },
    { exp: String(now + 60) },
    { iat: undefined },
    { jti: undefined },
    { sub: undefined },
    { nbf: now + 60 },
  ])
    await t.rejects(verifyToken(make(more)), invalid, JSON.stringify(more))
  for (const more of [
    { typ: 'JWT' },
    { typ: undefined },
    { kid: ours.kid },
    { kid: undefined },
    { alg: 'none' },
    { alg: 'ES256' },
    { crit: ['exp'] },
    { b64: false, crit: ['b64'] },
  ])
    await t.rejects(verifyToken(make({}, more)), invalid, JSON.stringify(more))
  const byRsa = signed({ alg: 'RS384', kid: 'rs', typ: 'at+jwt' }, claims, keys.rs.privateKey)
  await t.rejects(
    verifyToken(`Bearer ${byRsa}`),
    invalid,
    'our RSA key signs client assertions only',
  )
})

t.test('BS-33 the operator learns what was wrong with a token, the caller does not', async (t) => {
  const world = createWorld()
  const pair = await ourPair()
  const now = world.seconds()
  const claims = {
    iss: baseUrl,
    aud: `${baseUrl}/fhir`,
    sub: 'lakeside',
    client_id: 'lakeside',
    organization: 'lakeside-family',
    role: 'referrer',
    scope: 'system/Task.rs',
    jti: 'x',
    iat: now,
    exp: now + 300,
  }
  const verifyToken = tokenVerifier(
    { issuer: baseUrl, audience: `${baseUrl}/fhir`, keys: pair.keySet, now: () => world.now },
    () => world.registry,
  )
  const causeOf = async (header: string) => {
    const error = await verifyToken(header).catch((thrown: unknown) => thrown)
    t.match(error, { ...invalid, message: 'Get a new access token from /oauth/token.' })
    return String((error as Error).cause)
  }
  const made = (more: object, kid = 'own') =>
    `Bearer ${signed({ alg: 'ES384', kid, typ: 'at+jwt' }, { ...claims, ...more }, pair.privateKey)}`
  const table: readonly (readonly [object, string])[] = [
    [{ client_id: 7 }, 'Error: no client'],
    [{ organization: undefined }, 'Error: no client'],
    [{ role: 'operator' }, 'Error: no role'],
    [{ scope: undefined }, 'Error: no scope'],
    [{ jti: 7 }, 'Error: no scope'],
  ]
  for (const [more, cause] of table) t.equal(await causeOf(made(more)), cause, cause)
  t.equal(await causeOf(made({}, 'other')), 'Error: no such key')
  // What has not the form of a token is not even tried.
  const token = made({}).slice('Bearer '.length)
  for (const header of [
    'Bearer ',
    `Bearer ${token},`,
    `Bearer ,${token}`,
    `Bearer ${token}=x`,
    `Bearer ${'x'.repeat(8193)}`,
  ])
    t.equal(await causeOf(header), 'undefined', header.slice(-20))
  t.match(await causeOf(`Bearer ${'x'.repeat(8192)}`), /Compact JWS/)
  await t.rejects(verifyToken(`x Bearer ${token}`), missing)
})

/** A key set of ours whose private key the test has in its hands. */
async function ourPair() {
  const jwk = { ...keys.river.privateKey.export({ format: 'jwk' }), kid: 'own', alg: 'ES384' }
  const rs = { ...keys.rs.privateKey.export({ format: 'jwk' }), kid: 'rs', alg: 'RS384' }
  const keySet = await loadKeys(JSON.stringify({ keys: [jwk, rs] }))
  return { kid: 'own', privateKey: keys.river.privateKey, keySet }
}

t.test('BS-33 our own client assertion does not pass for an access token', async (t) => {
  const world = createWorld()
  for (const alg of ['ES384', 'RS384'] as const) {
    const key = world.ownKeys.signer(alg)
    const token = await makeAssertion({
      clientId: 'lakeside',
      audience: `${baseUrl}/fhir`,
      key,
      jti: 'x',
      now: world.now,
    })
    await t.rejects(verify(world, token), invalid)
  }
})

t.test('BS-33 an access token does not pass for a client assertion', async (t) => {
  const world = createWorld()
  t.match((await post(world, formFor(await tokenOf(world)))).json(), { error: 'invalid_client' })
})

t.test('BS-33 previous keys verify until they are taken out', async (t) => {
  const world = createWorld()
  const [previous, current] = [JSON.parse(await generateKeys()), JSON.parse(await generateKeys())]
  const setting = { issuer: baseUrl, audience: `${baseUrl}/fhir`, now: () => world.now }
  const before = await loadKeys(JSON.stringify(previous))
  const both = await loadKeys(JSON.stringify({ keys: [...current.keys, ...previous.keys] }))
  const after = await loadKeys(JSON.stringify(current))
  const registered = world.registry.byClientId('lakeside')
  if (!registered) return t.fail('registered')
  const { accessToken } = await tokenIssuer({ ...setting, keys: before }, randomUUID)(registered, [
    'system/Task.rs',
  ])
  const read = (keys: typeof both) =>
    tokenVerifier({ ...setting, keys }, () => world.registry)(`Bearer ${accessToken}`)
  t.ok(await read(both))
  await t.rejects(read(after), invalid)
  t.equal(both.signer('ES384').kid, after.signer('ES384').kid, 'the first key signs')
})

t.test(
  'BS-34 disabling a client, or its organisation, ends its live tokens and its grants at once',
  async (t) => {
    const json = registryJson()
    Object.assign(json.referrers[0] ?? {}, { disabled: true })
    for (const registry of [withClient({ disabled: true }), parseRegistry(json)]) {
      const world = createWorld()
      const token = await tokenOf(world)
      t.ok(await verify(world, token))
      world.registry = registry
      await t.rejects(verify(world, token), invalid)
      await t.rejects(tokenOf(world), { code: 'invalid_client' })
      world.registry = withClient({})
      t.ok(await verify(world, token), 'and enabling it again takes it back')
    }
  },
)

t.test(
  'BS-34 scopes shrink with the registry at once, and never grow in a live token',
  async (t) => {
    const world = createWorld()
    const token = await tokenOf(world, 'system/Task.rs system/ServiceRequest.cr')
    await verify(world, token)
    world.registry = withClient({ scope: 'system/Task.r' })
    t.same((await verify(world, token)).scopes, ['system/Task.r'])
    world.registry = withClient({ scope: 'system/*.cruds' })
    t.same((await verify(world, token)).scopes, ['system/ServiceRequest.cr', 'system/Task.rs'])
    world.registry = withClient({ scope: 'system/Patient.r' })
    t.same((await verify(world, token)).scopes, [])
  },
)

t.test('BS-34 a client that moved to another organisation loses its tokens', async (t) => {
  const world = createWorld()
  const token = await tokenOf(world)
  const json = registryJson()
  const [lakeside, hilltop] = json.referrers
  if (!lakeside || !hilltop) return t.fail('registered')
  Object.assign(lakeside, { client: hilltop.client })
  Object.assign(hilltop, { client: { ...registryJson().referrers[0]?.client } })
  world.registry = parseRegistry(json)
  await t.rejects(verify(world, token), invalid)
})

t.test('BS-33 WWW-Authenticate as RFC 6750 has it', async (t) => {
  t.equal(challengeOf('missing-token'), 'Bearer realm="referloop"')
  t.match(challengeOf('invalid-token'), /^Bearer .*error="invalid_token"/)
  t.match(challengeOf('forbidden'), /^Bearer .*error="insufficient_scope"/)
  t.equal(challengeOf('not-found'), undefined)
})

t.test('the assertion we make for ourselves is one that we would take', async (t) => {
  const world = createWorld()
  for (const { pair, alg } of [
    { pair: keys.es, alg: 'ES384' },
    { pair: keys.rs, alg: 'RS384' },
  ]) {
    const key = await signingKey({
      ...pair.privateKey.export({ format: 'jwk' }),
      kid: pair.kid,
      alg,
    })
    const request = {
      clientId: 'lakeside',
      audience: tokenUrl,
      key,
      jti: randomUUID(),
      now: world.now,
    }
    const made = await makeAssertion(request)
    t.match(decodeProtectedHeader(made), { alg, kid: pair.kid, typ: 'JWT' })
    t.match(decodeJwt(made), {
      iss: 'lakeside',
      sub: 'lakeside',
      aud: tokenUrl,
      exp: world.seconds() + 240,
    })
    t.ok(await grantFor(world, formFor(made)))
  }
})
