import { decodeJwt, decodeProtectedHeader } from 'jose'
import t from 'tap'
import type { TokenDeps } from '../../src/delivery/backend-token.ts'
import { createClinicEhr } from '../../src/delivery/ehr-client.ts'
import { EhrFailure } from '../../src/domain/referral/ports.ts'
import { startSandboxEhr } from '../../src/sandbox/ehr/start.ts'
import { delivery, failureOf } from './ehr-world.ts'
import { clocks, httpServer, loopbackEgress, newKey } from './world.ts'

type T = Parameters<typeof httpServer>[0]

/** An EHR that asks for tokens, and a client of it whose monotonic clock we turn. */
async function world(
  t: T,
  options: {
    readonly alg?: 'ES384' | 'RS384'
    readonly lifetime?: number
    readonly deps?: Partial<TokenDeps>
    readonly tokenEndpoint?: string
  } = {},
) {
  const { key, jwks } = await newKey(options.alg)
  const ehr = await startSandboxEhr({
    port: 0,
    name: 'River Pain Clinic',
    record: true,
    token: { clientId: 'referloop', jwks: () => jwks, lifetime: options.lifetime ?? 300 },
  })
  t.after(() => ehr.close())
  const clock = { ms: 0 }
  const clinic = createClinicEhr(
    {
      fhirBaseUrl: ehr.baseUrl,
      auth: {
        type: 'smart-backend-services',
        clientId: 'referloop',
        ...(options.tokenEndpoint ? { tokenEndpoint: options.tokenEndpoint } : {}),
      },
    },
    { ...clocks, monotonic: () => clock.ms, egress: loopbackEgress(t), key, ...options.deps },
  )
  const tokenRequests = () => ehr.requests.filter(({ path }) => path === '/auth/token')
  return { ehr, clinic, clock, tokenRequests, key }
}

for (const alg of ['ES384', 'RS384'] as const)
  t.test(`a token is got by an assertion signed with ${alg}`, async (t) => {
    const { clinic, tokenRequests, key, ehr } = await world(t, { alg })
    await clinic.transact(delivery())
    const [request] = tokenRequests()
    const form = new URLSearchParams(request?.body)
    t.equal(form.get('grant_type'), 'client_credentials')
    t.equal(
      form.get('client_assertion_type'),
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    )
    t.ok(form.get('scope'))
    const assertion = form.get('client_assertion') ?? ''
    t.match(decodeProtectedHeader(assertion), { alg, kid: key.kid, typ: 'JWT' })
    const claims = decodeJwt(assertion)
    t.match(claims, { iss: 'referloop', sub: 'referloop', aud: ehr.tokenUrl })
    t.ok((claims.exp ?? 0) - Date.now() / 1000 <= 300)
    t.ok(claims.jti)
    t.match(ehr.requests.at(-1)?.headers.authorization, /^Bearer \S+$/)
  })

t.test('a token serves until shortly before it expires, by a clock that cannot jump', async (t) => {
  let wall = Date.now()
  const { clinic, clock, tokenRequests } = await world(t, {
    deps: { now: () => new Date(wall) },
  })
  await clinic.find('Task', 'identifier=a|b')
  wall += 5_000
  clock.ms += 269_000
  await clinic.find('Task', 'identifier=a|b')
  t.equal(tokenRequests().length, 1)
  clock.ms += 2_000
  await clinic.find('Task', 'identifier=a|b')
  t.equal(tokenRequests().length, 2)
  const ids = tokenRequests().map(
    ({ body }) => decodeJwt(new URLSearchParams(body).get('client_assertion') ?? '').jti,
  )
  t.not(ids[0], ids[1], 'each assertion has an id of its own')
})

t.test('callers who come at once share one token request', async (t) => {
  const { clinic, tokenRequests } = await world(t)
  await Promise.all(Array.from({ length: 10 }, () => clinic.find('Task', 'identifier=a|b')))
  t.equal(tokenRequests().length, 1)
})

t.test('a 401 is answered once with a new token, and then believed', async (t) => {
  const { ehr, clinic, tokenRequests } = await world(t)
  await clinic.find('Task', 'identifier=a|b')
  ehr.revokeTokens()
  await clinic.transact(delivery())
  t.equal(tokenRequests().length, 2)
  ehr.misbehave({ refuse: { status: 401 }, on: 'write' })
  const before = ehr.requests.length
  t.match(await failureOf(clinic.transact(delivery())), {
    phase: 'refused',
    permanent: false,
    status: 401,
  })
  const after = ehr.requests.slice(before).filter(({ path }) => path === '/fhir')
  t.equal(after.length, 2)
})

t.test('without a token nothing is sent, and it can be tried again', async (t) => {
  const { ehr, clinic } = await world(t)
  for (const misbehaviour of [
    { refuse: { status: 500 } },
    { refuse: { status: 400, body: '{"error":"invalid_client"}' } },
    { refuse: { status: 200, body: '' } },
    { refuse: { status: 200, body: '<html>' } },
    { refuse: { status: 200, body: '{"token_type":"bearer"}' } },
    { refuse: { status: 200, body: '{"access_token":"x","token_type":"mac"}' } },
    { refuse: { status: 200, body: '{"access_token":"x\\r\\ny","token_type":"bearer"}' } },
    { refuse: { status: 200, body: '{"access_token":7,"token_type":"bearer"}' } },
    { redirectTo: 'http://127.0.0.1:1/' },
    { afterwards: 'reset' },
  ] as const) {
    ehr.misbehave({ on: 'token', ...misbehaviour })
    t.match(
      await failureOf(clinic.transact(delivery())),
      { phase: 'before', permanent: false },
      JSON.stringify(misbehaviour),
    )
  }
  t.notOk(ehr.requests.some(({ method, path }) => method === 'POST' && path === '/fhir'))
  ehr.misbehave({})
  t.equal((await clinic.transact(delivery())).length, 3)
})

t.test('what the token endpoint answered is not repeated in the failure', async (t) => {
  const { ehr, clinic } = await world(t)
  ehr.misbehave({ on: 'token', refuse: { status: 400, body: 'Jane Doe, born 1970' } })
  const error = await clinic.transact(delivery()).catch((thrown: unknown) => thrown)
  t.ok(error instanceof EhrFailure)
  t.notMatch(`${error} ${(error as EhrFailure).cause}`, /Jane/)
})

t.test('a key that the EHR does not know gets no token', async (t) => {
  const { key } = await newKey()
  const { clinic } = await world(t, { deps: { key } })
  t.match(await failureOf(clinic.transact(delivery())), { phase: 'before', permanent: false })
})

t.test('a discovered token endpoint must lie on the origin of the EHR', async (t) => {
  const assertions: string[] = []
  const thief = await httpServer(t, (request, response) => {
    assertions.push(request.url ?? '')
    response.end('{"access_token":"x","token_type":"bearer"}')
  })
  let endpoint: unknown = `${thief}/token`
  const origin = await httpServer(t, (_request, response) =>
    response.end(JSON.stringify({ token_endpoint: endpoint })),
  )
  const { key } = await newKey()
  const clinic = createClinicEhr(
    { fhirBaseUrl: `${origin}/fhir`, auth: { type: 'smart-backend-services', clientId: 'c' } },
    { ...clocks, egress: loopbackEgress(t), key },
  )
  for (const each of [endpoint, '/token', '', 7, null, 'file:///token']) {
    endpoint = each
    t.match(await failureOf(clinic.read('Task/1')), { phase: 'before' }, String(each))
  }
  t.strictSame(assertions, [])
})

t.test('a pinned token endpoint may lie elsewhere, and nothing is discovered', async (t) => {
  let audience: unknown
  const elsewhere = await httpServer(t, (request, response) => {
    let body = ''
    request.on('data', (data) => {
      body += data
    })
    request.on('end', () => {
      audience = decodeJwt(new URLSearchParams(body).get('client_assertion') ?? '').aud
      response.end('{"access_token":"pinned","token_type":"Bearer","expires_in":60}')
    })
  })
  const { ehr, clinic } = await world(t, { tokenEndpoint: `${elsewhere}/token` })
  t.match(await failureOf(clinic.read('Task/1')), { phase: 'refused', status: 401 })
  t.equal(audience, `${elsewhere}/token`)
  t.equal(ehr.requests[0]?.headers.authorization, 'Bearer pinned')
  t.notOk(ehr.requests.some(({ path }) => path.includes('.well-known')))
})

t.test('an EHR without authentication is sent no token', async (t) => {
  const { key } = await newKey()
  const ehr = await startSandboxEhr({ port: 0, name: 'River', record: true })
  t.after(() => ehr.close())
  const clinic = createClinicEhr(
    { fhirBaseUrl: ehr.baseUrl, auth: { type: 'none' } },
    { ...clocks, egress: loopbackEgress(t), key },
  )
  await clinic.transact(delivery())
  t.equal(ehr.requests.length, 1)
  t.equal(ehr.requests[0]?.headers.authorization, undefined)
})
