import { randomUUID } from 'node:crypto'
import t from 'tap'
import { parseRegistry } from '../../src/domain/access/registry.ts'
import {
  baseUrl,
  createWorld,
  headerFor,
  jwkOf,
  jwksUri,
  keys,
  type Pair,
  pass,
  registryJson,
  signed,
  type World,
} from './world.ts'

const endpoint = `${baseUrl}/cds-services/ketamine-infusion-referral`
const audiences = [endpoint]

interface Wishes {
  readonly iss?: string
  readonly pair?: Pair
  readonly claims?: object
  readonly header?: object
}

/** As CDS Hooks has it: no sub, and iat. */
function jwt(world: World, { iss = 'lakeside', pair = keys.es, claims, header }: Wishes = {}) {
  const now = world.seconds()
  const all = { iss, aud: endpoint, iat: now, exp: now + 240, jti: randomUUID(), ...claims }
  return signed(headerFor(pair, header), JSON.parse(JSON.stringify(all)), pair.privateKey)
}

const verify = (world: World, token: string) =>
  world.service.verifyCdsClient(`Bearer ${token}`, audiences)

t.test('a JWT of a registered client is its client with its scopes', async (t) => {
  const world = createWorld()
  const jti = randomUUID()
  t.match(await verify(world, jwt(world, { claims: { jti } })), {
    client: 'lakeside',
    organization: 'lakeside-family',
    role: 'referrer',
    scopes: ['system/ServiceRequest.crus', 'system/Task.rs'],
    tokenId: jti,
  })
  t.match(await verify(world, jwt(world, { pair: keys.rs })), { client: 'lakeside' })
  t.match(await verify(world, jwt(world, { claims: { aud: [endpoint], tenant: 'north' } })), {
    client: 'lakeside',
  })
})

t.test('the issuer may be an address that one client is registered with', async (t) => {
  const world = createWorld()
  const iss = 'https://ehr.lakeside.example/'
  await t.rejects(verify(world, jwt(world, { iss })), { code: 'invalid-token' })
  const json = registryJson()
  Object.assign(json.referrers[0]?.client as object, { issuer: iss })
  world.registry = parseRegistry(json)
  t.match(await verify(world, jwt(world, { iss })), { client: 'lakeside' })
  Object.assign(json.referrers[1]?.client as object, { issuer: iss })
  world.registry = parseRegistry(json)
  await t.rejects(verify(world, jwt(world, { iss })), { code: 'invalid-token' }, 'two have it')
})

t.test('each JWT is good for one call', async (t) => {
  const world = createWorld()
  const token = jwt(world)
  await verify(world, token)
  await t.rejects(verify(world, token), { code: 'invalid-token', status: 401 })
})

t.test(
  'a jku is compared and never fetched from; keys come from the registered address',
  async (t) => {
    const world = createWorld()
    const own = { iss: 'hilltop', pair: keys.hilltop, header: { jku: jwksUri } }
    t.match(await verify(world, jwt(world, own)), { client: 'hilltop' })
    t.strictSame(world.fetched, [jwksUri])
    for (const jku of ['https://evil.example/jwks.json', `${jwksUri}#`, jwksUri.toUpperCase()])
      await t.rejects(verify(world, jwt(world, { ...own, header: { jku } })), {
        code: 'invalid-token',
      })
    await t.rejects(
      verify(world, jwt(world, { header: { jku: 'https://evil.example/jwks.json' } })),
      { code: 'invalid-token' },
      'a client whose keys are in the registry has no jku',
    )
    t.strictSame(world.fetched, [jwksUri])
  },
)

t.test('whatever else is wrong with a JWT, it is refused', async (t) => {
  const world = createWorld()
  const now = world.seconds()
  const wrong: Readonly<Record<string, Wishes>> = {
    'nobody’s key': { pair: keys.stranger },
    'unknown client': { iss: 'nobody' },
    'no issuer': { claims: { iss: undefined } },
    'empty issuer': { iss: '' },
    'another service': { claims: { aud: `${baseUrl}/cds-services/other` } },
    'the token endpoint': { claims: { aud: `${baseUrl}/oauth/token` } },
    'the base': { claims: { aud: baseUrl } },
    'a slash too many': { claims: { aud: `${endpoint}/` } },
    'this service and another': { claims: { aud: [endpoint, 'https://other.example'] } },
    'no audience': { claims: { aud: undefined } },
    'an empty list': { claims: { aud: [] } },
    expired: { claims: { exp: now - 1 } },
    'expires now': { claims: { exp: now } },
    'lives too long': { claims: { exp: now + 400 } },
    'no exp': { claims: { exp: undefined } },
    'no iat': { claims: { iat: undefined } },
    'iat ahead': { claims: { iat: now + 60 } },
    'nbf ahead': { claims: { nbf: now + 60 } },
    'no jti': { claims: { jti: undefined } },
    'jti no text': { claims: { jti: 7 } },
    'no typ': { header: { typ: undefined } },
    'another typ': { header: { typ: 'at+jwt' } },
    'no kid': { header: { kid: undefined } },
    'unknown kid': { header: { kid: 'other' } },
    'brings its key': { pair: keys.stranger, header: { jwk: jwkOf(keys.stranger) } },
    'critical header': { header: { crit: ['x'] } },
    'another algorithm': { header: { alg: 'ES256' } },
  }
  for (const [what, wishes] of Object.entries(wrong))
    await t.rejects(verify(world, jwt(world, wishes)), { code: 'invalid-token', status: 401 }, what)
  const none = `${Buffer.from('{"alg":"none","typ":"JWT","kid":"lakeside-es"}').toString('base64url')}.e30.`
  await t.rejects(verify(world, none), { code: 'invalid-token' }, 'unsigned')
  const shared = signed(
    { alg: 'HS384', typ: 'JWT', kid: 'lakeside-es' },
    { iss: 'lakeside', aud: endpoint, iat: now, exp: now + 60, jti: 'x' },
    'a shared secret',
  )
  await t.rejects(verify(world, shared), { code: 'invalid-token' }, 'symmetric')
  const [head, body, signature] = jwt(world).split('.') as [string, string, string]
  const changed = Buffer.from(body, 'base64url').toString().replace('"lakeside"', '"river"')
  const forged = [head, Buffer.from(changed).toString('base64url'), signature].join('.')
  await t.rejects(verify(world, forged), { code: 'invalid-token' }, 'changed on the way')
  await t.rejects(world.service.verifyCdsClient(undefined, audiences), { code: 'missing-token' })
  await t.rejects(world.service.verifyCdsClient('Basic x', audiences), { code: 'missing-token' })
  t.equal(world.spent.size, 0, 'nothing of them is kept')
})

t.test('a client that is disabled calls nobody', async (t) => {
  const world = createWorld()
  const json = registryJson()
  Object.assign(json.referrers[0]?.client as object, { disabled: true })
  world.registry = parseRegistry(json)
  await t.rejects(verify(world, jwt(world)), { code: 'invalid-token' })
})

t.test('an access token of ours does as well, as often as it lives', async (t) => {
  const world = createWorld()
  const assertion = jwt(world, {
    claims: { sub: 'lakeside', aud: `${baseUrl}/oauth/token` },
  })
  const { answer } = await world.service.grantToken(
    new Map([
      ['grant_type', 'client_credentials'],
      ['scope', 'system/ServiceRequest.c'],
      ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
      ['client_assertion', assertion],
    ]),
  )
  for (let n = 0; n < 2; n++)
    t.match(await verify(world, answer.access_token), {
      client: 'lakeside',
      scopes: ['system/ServiceRequest.c'],
    })
  pass(world, 301)
  await t.rejects(verify(world, answer.access_token), { code: 'invalid-token' })
})

t.test('a service with two addresses takes a JWT for either', async (t) => {
  const world = createWorld()
  for (const both of [
    [endpoint, baseUrl],
    [baseUrl, endpoint],
  ])
    t.match(await world.service.verifyCdsClient(`Bearer ${jwt(world)}`, both), {
      client: 'lakeside',
    })
})

t.test('the client is told what its JWT lacks', async (t) => {
  const world = createWorld()
  const table: readonly (readonly [object, string])[] = [
    [{ iss: undefined }, 'The claim iss must name the client.'],
    [{ iss: 'a\u0000b' }, 'The claim iss must name the client.'],
    [{ aud: [] }, `The claim aud must be ${endpoint} and nothing else.`],
    [{ aud: 7 }, `The claim aud must be ${endpoint} and nothing else.`],
    [{ jti: '' }, 'The claim jti must be a text of 1 to 256 characters.'],
    [{ iat: undefined }, 'The claim iat is required.'],
  ]
  for (const [claims, message] of table)
    await t.rejects(verify(world, jwt(world, { claims })), {
      code: 'invalid-token',
      message,
      cause: { name: 'OAuthError' },
    })
})

t.test('the scheme is read as for every other token', async (t) => {
  const world = createWorld()
  const call = (header: string) => world.service.verifyCdsClient(header, audiences)
  t.match(await call(`bearer  ${jwt(world)}`), { client: 'lakeside' })
  for (const header of [`x Bearer ${jwt(world)}`, `Bearer ${jwt(world)} x`, jwt(world)])
    await t.rejects(call(header), { code: 'missing-token' }, header.slice(0, 12))
  for (const header of [`Bearer   ${jwt(world)}`, 'Bearer x', 'Bearer bnVsbA.e30.eA'])
    await t.rejects(call(header), { name: 'Problem', status: 401 }, header.slice(0, 12))
})

t.test('when the store cannot say whether a JWT was used, the client is not blamed', async (t) => {
  const world = createWorld()
  world.spend = () => Promise.reject(new Error('database gone'))
  await t.rejects(verify(world, jwt(world)), { name: 'Error', message: 'database gone' })
})
