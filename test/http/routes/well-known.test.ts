import Fastify from 'fastify'
import t from 'tap'
import { wellKnownRoutes } from '../../../src/http/routes/well-known.ts'
import {
  assertion,
  baseUrl,
  createWorld,
  ecPair,
  formFor,
  keys,
  post,
  registryJson,
  rsaPair,
  tokenUrl,
} from '../../auth/world.ts'

const paths = ['/fhir/.well-known/smart-configuration', '/.well-known/smart-configuration']
const scopes = ['system/ServiceRequest.crus', 'system/Task.rs']

function discovery() {
  const world = createWorld()
  const app = Fastify()
  app.register(wellKnownRoutes, { baseUrl, scopes, publicJwks: world.ownKeys.publicJwks })
  return { world, app }
}

t.test(
  'WK-01 public JSON whatever Accept says, readable from any page, with absolute addresses',
  async (t) => {
    const { app } = discovery()
    for (const url of [...paths, '/.well-known/jwks.json']) {
      for (const accept of [
        undefined,
        '*/*',
        'application/fhir+json',
        'text/html',
        'application/fhir+xml',
        'image/png',
        'no such thing',
      ]) {
        const response = await app.inject({ url, headers: accept === undefined ? {} : { accept } })
        t.equal(response.statusCode, 200, `${url} ${accept}`)
        t.match(response.headers, {
          'content-type': /^application\/json/,
          'access-control-allow-origin': '*',
        })
      }
      t.equal((await app.inject({ method: 'HEAD', url })).statusCode, 200)
    }
    const configuration = (await app.inject(paths[0] ?? '')).json()
    for (const [name, value] of Object.entries(configuration))
      if (name.endsWith('_endpoint') || name.endsWith('_uri'))
        t.ok(URL.canParse(String(value)), name)
  },
)

t.test('WK-02 the members that SMART asks for, and none for what is not done', async (t) => {
  const { app } = discovery()
  for (const url of paths) {
    const configuration = (await app.inject(url)).json()
    t.same(configuration, {
      token_endpoint: tokenUrl,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
      grant_types_supported: ['client_credentials'],
      scopes_supported: scopes,
      code_challenge_methods_supported: ['S256'],
      capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
    })
    for (const name of [
      'issuer',
      'jwks_uri',
      'authorization_endpoint',
      'introspection_endpoint',
      'revocation_endpoint',
    ])
      t.notOk(name in configuration, name)
    t.notOk(configuration.code_challenge_methods_supported.includes('plain'))
  }
})

t.test('WK-02 our public keys are published, and nothing private', async (t) => {
  const { app, world } = discovery()
  const published = (await app.inject('/.well-known/jwks.json')).json()
  t.same(published, world.ownKeys.publicJwks)
  for (const key of published.keys) t.notOk('d' in key)
})

t.test('WK-03 every algorithm advertised works, and every other is refused', async (t) => {
  const { app, world } = discovery()
  const advertised = (await app.inject(paths[0] ?? '')).json()
    .token_endpoint_auth_signing_alg_values_supported
  const pairs = {
    ES384: keys.es,
    RS384: keys.rs,
    RS256: { ...keys.rs, alg: 'RS256' },
    RS512: { ...keys.rs, alg: 'RS512' },
    PS384: { ...keys.rs, alg: 'PS384' },
    ES256: { ...ecPair('lakeside-es', 'P-256'), alg: 'ES256' },
    ES512: { ...ecPair('lakeside-es', 'P-521'), alg: 'ES512' },
    none: { ...rsaPair('lakeside-rs'), alg: 'none' },
  }
  for (const [alg, pair] of Object.entries(pairs)) {
    const { statusCode } = await post(world, formFor(assertion(world, { pair })))
    t.equal(statusCode, advertised.includes(alg) ? 200 : 400, alg)
  }
  for (const alg of advertised) t.ok(alg in pairs, alg)
})

t.test(
  'WK-03 every grant and way to authenticate advertised works, and every other is refused',
  async (t) => {
    const { app, world } = discovery()
    const configuration = (await app.inject(paths[0] ?? '')).json()
    for (const grant_type of [
      'client_credentials',
      'authorization_code',
      'refresh_token',
      'password',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
    ]) {
      const { statusCode } = await post(world, formFor(assertion(world), { grant_type }))
      t.equal(
        statusCode,
        configuration.grant_types_supported.includes(grant_type) ? 200 : 400,
        grant_type,
      )
    }
    const { client_assertion, client_assertion_type, ...bare } = formFor(assertion(world))
    const ways = {
      private_key_jwt: { ...bare, client_assertion, client_assertion_type },
      client_secret_post: { ...bare, client_id: 'lakeside', client_secret: 'lakeside' },
      none: { ...bare, client_id: 'lakeside' },
    }
    for (const [way, form] of Object.entries(ways)) {
      const advertised = configuration.token_endpoint_auth_methods_supported.includes(way)
      t.equal((await post(world, form)).statusCode, advertised ? 200 : 400, way)
    }
    const basic = await world.app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: {
        authorization: `Basic ${btoa('lakeside:lakeside')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: new URLSearchParams(bare).toString(),
    })
    t.equal(basic.statusCode, 400, 'client_secret_basic')
  },
)

t.test(
  'WK-03 every scope advertised is granted to a client registered for it, in both versions',
  async (t) => {
    const { app, world } = discovery()
    const configuration = (await app.inject(paths[0] ?? '')).json()
    for (const scope of [...configuration.scopes_supported, 'system/Task.read']) {
      const response = await post(world, formFor(assertion(world), { scope }))
      t.equal(response.json().scope, scope === 'system/Task.read' ? 'system/Task.rs' : scope)
    }
    for (const scope of [
      'openid',
      'fhirUser',
      'launch',
      'launch/patient',
      'offline_access',
      'patient/Task.rs',
      'user/Task.rs',
    ]) {
      const response = await post(world, formFor(assertion(world), { scope }))
      t.match([response.statusCode, response.json()], [400, { error: 'invalid_scope' }], scope)
    }
  },
)

t.test('WK-04 nothing published tells which tenants there are', async (t) => {
  const { app } = discovery()
  const { referrers, clinics } = registryJson()
  for (const url of [...paths, '/.well-known/jwks.json']) {
    const { body } = await app.inject(url)
    for (const { id, name, npi } of [...referrers, ...clinics])
      for (const word of [id, name, npi]) t.notOk(body.includes(word), `${url}: ${word}`)
  }
})
