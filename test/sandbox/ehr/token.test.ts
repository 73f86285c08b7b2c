import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import t from 'tap'
import { httpServer } from '../../delivery/world.ts'
import { callTo, sandbox } from './world.ts'

type T = Parameters<typeof sandbox>[0]

const { privateKey, publicKey } = await generateKeyPair('ES384')
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES384' }] }
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

async function world(t: T, settings: { jwks?: string; lifetime?: number } = {}) {
  const clock = { now: Date.now() }
  const { ehr, call } = await sandbox(t, {
    now: () => new Date(clock.now),
    token: { clientId: 'referloop', jwks: () => jwks, ...settings },
  })
  const seconds = () => Math.floor(clock.now / 1000)
  const assertion = (claims: Record<string, unknown> = {}, key = privateKey) =>
    new SignJWT({
      iss: 'referloop',
      sub: 'referloop',
      aud: ehr.tokenUrl,
      jti: randomUUID(),
      exp: seconds() + 240,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES384', kid: 'k1' })
      .sign(key)
  const ask = (form: Record<string, string>) =>
    call('POST', '/auth/token', new URLSearchParams(form).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    })
  const good = async (claims?: Record<string, unknown>) => ({
    grant_type: 'client_credentials',
    scope: 'system/*.crus',
    client_assertion_type: assertionType,
    client_assertion: await assertion(claims),
  })
  return { ehr, call, clock, assertion, ask, good, seconds }
}

t.test('an assertion signed with a published key gets a token that opens the EHR', async (t) => {
  const { ehr, call, ask, good, clock } = await world(t, { lifetime: 60 })
  t.equal((await call('GET', '/fhir/Task')).status, 401)
  const { status, text } = await ask(await good())
  t.equal(status, 200)
  const token = JSON.parse(text) as { access_token: string; expires_in: number }
  t.equal(token.expires_in, 60)
  const headers = { authorization: `Bearer ${token.access_token}` }
  t.equal((await call('GET', '/fhir/Task', undefined, headers)).status, 200)
  clock.now += 61_000
  t.equal((await call('GET', '/fhir/Task', undefined, headers)).status, 401)
  t.ok(ehr.tokenUrl)
})

t.test('discovery and metadata are open and name the token endpoint', async (t) => {
  const { ehr, call } = await world(t)
  const { status, text } = await call('GET', '/fhir/.well-known/smart-configuration')
  t.equal(status, 200)
  t.match(JSON.parse(text), { token_endpoint: ehr.tokenUrl })
  t.equal((await call('GET', '/fhir/metadata')).status, 200)
})

t.test('anything wrong with the assertion gets no token', async (t) => {
  const { ask, good, assertion, seconds } = await world(t)
  const { privateKey: stranger } = await generateKeyPair('ES384')
  const wrong: Readonly<Record<string, Record<string, string>>> = {
    audience: await good({ aud: 'https://elsewhere.example/token' }),
    issuer: await good({ iss: 'somebody' }),
    subject: await good({ sub: 'somebody' }),
    expired: await good({ exp: seconds() - 60 }),
    'too long': await good({ exp: seconds() + 600 }),
    'without expiry': await good({ exp: undefined }),
    'without id': await good({ jti: undefined }),
    key: { ...(await good()), client_assertion: await assertion({}, stranger) },
    garbage: { ...(await good()), client_assertion: 'x.y.z' },
    type: { ...(await good()), client_assertion_type: 'urn:other' },
    grant: { ...(await good()), grant_type: 'password' },
    scope: { ...(await good()), scope: '' },
  }
  for (const [name, form] of Object.entries(wrong)) t.equal((await ask(form)).status, 400, name)
})

t.test('an assertion serves once', async (t) => {
  const { ask, good } = await world(t)
  const form = await good()
  t.equal((await ask(form)).status, 200)
  t.equal((await ask(form)).status, 400)
})

t.test('the keys may be published at an address', async (t) => {
  const origin = await httpServer(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks))
  })
  const { ask, good } = await world(t, { jwks: `${origin}/jwks.json` })
  t.equal((await ask(await good())).status, 200)
})

t.test('staff need no token in their own EHR', async (t) => {
  const { ehr } = await world(t)
  ehr.store.commit([
    { type: 'Task', id: '1', resource: { resourceType: 'Task', status: 'requested' } },
  ])
  const call = callTo(new URL(ehr.baseUrl).origin)
  t.equal((await call('POST', '/sandbox/tasks/1/accept')).status, 200)
})
