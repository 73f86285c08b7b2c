import t from 'tap'
import { bearer, httpWorld } from '../helpers/http-world.ts'
import { observation } from '../helpers/resources.ts'

const lakeside = bearer('lakeside')

t.test('OW2 every route but the open ones demands a token', async (t) => {
  const { app } = await httpWorld(t)
  const open =
    /^\/($|cds-services$|docs|errors|health|metrics|openapi\.json|oauth|\.well-known)|^\/fhir\/(metadata|\.well-known|CodeSystem|Measure(?!.*\$)|OperationDefinition|PlanDefinition|Questionnaire|SearchParameter|StructureDefinition|ValueSet)(\/|$)/
  let closed = 0
  for (const { method, url } of app.knownRoutes) {
    if (open.test(url) || method === 'OPTIONS') continue
    closed++
    const path = url.replace(':type', 'Observation').replace(/:\w+/g, '1')
    for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
      const answer = await app.inject({ method: method as 'GET', url: path, headers })
      t.equal(answer.statusCode, 401, `${method} ${path}`)
      t.match(answer.headers['www-authenticate'], 'Bearer')
    }
  }
  t.ok(closed > 15)
})

t.test('OW2 no spelling of an address leads around the token', async (t) => {
  const { app, store } = await httpWorld(t)
  store.put(observation('1'), ['lakeside-family'])
  for (const url of [
    '/%66hir/Observation/1',
    '/fhir/%4Fbservation/1',
    '//fhir/Observation/1',
    '/fhir//Observation/1',
    '/FHIR/Observation/1',
    '/fhir/metadata/../Observation/1',
    '/fhir/metadata%2f..%2fObservation/1',
    '/fhir/Observation/1/',
    '/fhir/Observation/1;x=1',
    '/fhir/Observation/1?access_token=lakeside',
    '/docs/../fhir/Observation/1',
    '/docs/try/static/..%2f..%2f..%2fpackage.json',
  ]) {
    const answer = await app.inject({ url })
    t.ok([401, 403, 404].includes(answer.statusCode), `${url} ${answer.statusCode}`)
    t.notMatch(answer.body, 'valueQuantity')
  }
})

t.test('an address is not told apart from another without a token', async (t) => {
  const { app } = await httpWorld(t)
  for (const [method, url] of [
    ['GET', '/fhir/nothing/at/all'],
    ['DELETE', '/fhir/Observation/1'],
    ['GET', '/fhir/Nonsense/1'],
  ] as const)
    t.equal((await app.inject({ method, url })).statusCode, 401, url)
})

t.test('OW5 a method that an address does not have is 405, with those that it has', async (t) => {
  const { app } = await httpWorld(t)
  const asked = async (method: string, url: string, headers: Record<string, string> = lakeside) => {
    const answer = await app.inject({ method: method as 'GET', url, headers })
    return { status: answer.statusCode, allow: answer.headers.allow, body: answer.body }
  }
  t.match(await asked('DELETE', '/fhir/Observation/1'), { status: 405, allow: 'GET, HEAD' })
  t.match(await asked('DELETE', '/fhir/Task/1'), { status: 405, allow: 'GET, HEAD, PATCH, PUT' })
  t.match(await asked('GET', '/fhir/ServiceRequest/$referral-check'), {
    status: 405,
    allow: 'POST',
  })
  t.match(await asked('GET', '/fhir/Task/_search'), { status: 405, allow: 'POST' })
  t.match(await asked('TRACE', '/fhir/Task/1'), { status: 405 })
  t.match(await asked('PROPFIND', '/fhir/Task/1'), { status: 405, body: /OperationOutcome/ })
  t.match(await asked('POST', '/health/live', {}), { status: 405, allow: 'GET, HEAD' })
  t.match(await asked('OPTIONS', '/fhir/Task/1', {}), {
    status: 204,
    allow: 'GET, HEAD, PATCH, PUT, OPTIONS',
  })
  t.match(await asked('OPTIONS', '/nothing', {}), { status: 404 })
  t.match(await asked('GET', '/nothing', {}), { status: 404, allow: undefined })
  t.match(await asked('PUT', '/fhir/Nonsense/1'), { status: 404 })
})

t.test('OW5 the method is the one on the request line', async (t) => {
  const { app, store } = await httpWorld(t)
  store.put(observation('1'), ['lakeside-family'])
  for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
    const read = await app.inject({
      url: '/fhir/Observation/1',
      headers: { ...lakeside, [name]: 'DELETE' },
    })
    t.equal(read.statusCode, 200)
    const post = await app.inject({
      method: 'POST',
      url: '/fhir/Observation/1',
      headers: { ...lakeside, [name]: 'GET' },
    })
    t.equal(post.statusCode, 405)
  }
})

t.test('OW8 every answer bears the security headers, errors and pages included', async (t) => {
  const { app } = await httpWorld(t)
  for (const url of [
    '/',
    '/docs',
    '/docs/try/',
    '/fhir/metadata',
    '/fhir/Task',
    '/nothing',
    '/fhir/%zz',
    '/metrics',
    '/.well-known/jwks.json',
  ]) {
    const { headers } = await app.inject({ url })
    t.match(
      headers,
      {
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'content-security-policy': /default-src 'none'/,
        'strict-transport-security': /max-age=\d{8}/,
        'x-request-id': /^made-/,
      },
      url,
    )
    t.notOk(headers['x-powered-by'] ?? headers.server, url)
  }
  const { headers } = await app.inject({ url: '/fhir/Task', headers: lakeside })
  t.equal(headers['cache-control'], 'no-store')
  t.notOk(headers['access-control-allow-origin'], 'CORS is for discovery alone')
})

t.test('without https there is no promise of https', async (t) => {
  const { app } = await httpWorld(t, { baseUrl: 'http://127.0.0.1:8080' })
  t.notOk((await app.inject({ url: '/health/live' })).headers['strict-transport-security'])
})

t.test('a request keeps its id when it is one that may stand in a log', async (t) => {
  const { app } = await httpWorld(t)
  const idOf = async (id: string) =>
    (await app.inject({ url: '/health/live', headers: { 'x-request-id': id } })).headers[
      'x-request-id'
    ]
  t.equal(await idOf('abc-1.2_3'), 'abc-1.2_3')
  for (const bad of ['a b', 'x'.repeat(65), '"}', '', '\u001b[31m'])
    t.match(await idOf(bad), /^made-/, bad)
})

t.test('the log has one line for each request, and nothing of what was in it', async (t) => {
  const { app, store, logged } = await httpWorld(t)
  store.put(observation('1'), ['lakeside-family'])
  await app.inject({
    url: '/fhir/Observation/1?_format=json&canary=CANARY-query',
    headers: {
      ...lakeside,
      'user-agent': 'CANARY-header',
      cookie: 'CANARY-cookie',
      'x-request-id': 'theirs',
    },
  })
  await app.inject({
    method: 'POST',
    url: '/fhir/ServiceRequest',
    headers: { ...lakeside, 'content-type': 'application/fhir+json' },
    payload: '{"resourceType":"ServiceRequest","note":"CANARY-body"}',
  })
  await app.inject({ url: '/CANARY-path' })
  t.equal(logged.length, 3)
  t.match(JSON.parse(logged[0] ?? ''), {
    requestId: 'theirs',
    method: 'GET',
    route: '/fhir/:type/:id',
    status: 200,
    ms: Number,
    client: 'lakeside-family',
    organization: 'lakeside-family',
  })
  t.match(JSON.parse(logged[2] ?? ''), { route: 'unmatched', status: 404 })
  t.notMatch(logged.join(''), /CANARY|Bearer/)
})
