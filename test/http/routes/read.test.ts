import t from 'tap'
import { bearer, httpWorld } from '../../helpers/http-world.ts'
import { observation } from '../../helpers/resources.ts'

const lakeside = bearer('lakeside')

t.test('a resource is answered as it was stored, decimals and all', async (t) => {
  const { app, store } = await httpWorld(t)
  store.put(observation('1'), ['lakeside-family'])
  const answer = await app.inject({ url: '/fhir/Observation/1', headers: lakeside })
  t.equal(answer.statusCode, 200)
  t.equal(answer.body, observation('1'))
  t.match(answer.headers, {
    etag: 'W/"1"',
    'last-modified': 'Sun, 01 Mar 2026 00:00:01 GMT',
    'content-type': 'application/fhir+json; charset=utf-8',
  })
})

t.test('_pretty lays it out and changes no number', async (t) => {
  const { app, store } = await httpWorld(t)
  store.put(observation('1'), ['lakeside-family'])
  const { body } = await app.inject({ url: '/fhir/Observation/1?_pretty=true', headers: lakeside })
  t.match(body, '\n    "value": 1.10\n')
  t.strictSame(JSON.parse(body), JSON.parse(observation('1')))
})

t.test('HEAD answers with the headers alone', async (t) => {
  const { app, store } = await httpWorld(t)
  store.put(observation('1'), ['lakeside-family'])
  const answer = await app.inject({ method: 'HEAD', url: '/fhir/Observation/1', headers: lakeside })
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers.etag, 'W/"1"')
  t.equal(answer.body, '')
})

t.test('what the caller has already is not sent again', async (t) => {
  const { app, store } = await httpWorld(t)
  store.put(observation('1', 1), ['lakeside-family'])
  store.put(observation('1', 2), ['lakeside-family'])
  const status = async (headers: Record<string, string>) =>
    (await app.inject({ url: '/fhir/Observation/1', headers: { ...lakeside, ...headers } }))
      .statusCode
  t.equal(await status({ 'if-none-match': 'W/"2"' }), 304)
  t.equal(await status({ 'if-none-match': '"x", "2"' }), 304)
  t.equal(await status({ 'if-none-match': '*' }), 304)
  t.equal(await status({ 'if-none-match': 'W/"1"' }), 200)
  t.equal(await status({ 'if-modified-since': 'Sun, 01 Mar 2026 00:00:02 GMT' }), 304)
  t.equal(await status({ 'if-modified-since': 'Sun, 01 Mar 2026 00:00:01 GMT' }), 200)
  t.equal(await status({ 'if-modified-since': 'nonsense' }), 200)
  t.equal(
    await status({
      'if-none-match': 'W/"1"',
      'if-modified-since': 'Mon, 02 Mar 2026 00:00:00 GMT',
    }),
    200,
    'an ETag counts before a date',
  )
})

t.test('what belongs to others is answered exactly as what is not there', async (t) => {
  const { app, store } = await httpWorld(t)
  store.put(observation('1'), ['lakeside-family', 'river-pain-clinic'])
  const asked = async (who: string, id: string) => {
    const { statusCode, body } = await app.inject({
      url: `/fhir/Observation/${id}`,
      headers: bearer(who),
    })
    return { statusCode, body }
  }
  const nothing = await asked('hilltop', 'none')
  t.equal(nothing.statusCode, 404)
  t.strictSame(await asked('hilltop', '1'), nothing)
  t.equal((await asked('river', '1')).statusCode, 200)
})

t.test('BS-32 the scope has to cover the type', async (t) => {
  const { app, store } = await httpWorld(t)
  store.put(observation('1'), ['lakeside-family'])
  const answer = await app.inject({ url: '/fhir/Observation/1', headers: bearer('narrow') })
  t.equal(answer.statusCode, 403)
  t.match(answer.json().issue[0], { code: 'forbidden', diagnostics: /read of Observation/ })
  t.match(answer.headers['www-authenticate'], /insufficient_scope/)
})

t.test('a read leaves one audit entry, and so does a refusal', async (t) => {
  const { app, store, audited } = await httpWorld(t)
  store.put(observation('1'), ['lakeside-family'])
  await app.inject({
    url: '/fhir/Observation/1',
    headers: { ...lakeside, 'x-request-id': 'theirs-1' },
  })
  await app.inject({ url: '/fhir/Observation/2', headers: lakeside })
  t.match(audited, [
    {
      action: 'read',
      kind: 'R',
      outcome: 'success',
      entities: ['Observation/1'],
      agent: 'lakeside-family',
      requestId: 'theirs-1',
      tokenId: 'token-of-lakeside-family',
      recorded: '2026-03-02T10:00:00.000Z',
    },
    {
      action: 'refuse',
      kind: 'R',
      outcome: 'minor-failure',
      detail: /^404 not-found: GET \/fhir\/:type\/:id$/,
    },
  ])
})

t.test('nothing is disclosed that could not be audited', async (t) => {
  const { app, store } = await httpWorld(t, {
    audit: async () => {
      throw new Error('disk full')
    },
  })
  store.put(observation('1'), ['lakeside-family'])
  const answer = await app.inject({ url: '/fhir/Observation/1', headers: lakeside })
  t.equal(answer.statusCode, 500)
  t.notMatch(answer.body, 'valueQuantity')
})

t.test('types and ids that cannot be are 404', async (t) => {
  const { app } = await httpWorld(t)
  for (const url of [
    '/fhir/Nonsense/1',
    '/fhir/observation/1',
    '/fhir/__proto__/1',
    '/fhir/Observation/a%00b',
    '/fhir/Observation/a_b',
    `/fhir/Observation/${'a'.repeat(65)}`,
    `/fhir/Observation/${'a'.repeat(300)}`,
  ]) {
    const { statusCode, body } = await app.inject({ url, headers: lakeside })
    t.equal(statusCode, 404, url)
    t.match(body, 'OperationOutcome')
  }
})
