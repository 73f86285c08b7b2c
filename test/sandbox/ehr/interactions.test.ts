import t from 'tap'
import { observation, sandbox } from './world.ts'

t.test('create assigns an id and a version, and says where', async (t) => {
  const { ehr, call } = await sandbox(t)
  const created = await call('POST', '/fhir/Observation', observation('1', { id: 'mine' }))
  t.equal(created.status, 201)
  const { id = '' } = created.body
  t.not(id, 'mine')
  t.equal(created.headers.get('location'), `${ehr.baseUrl}/Observation/${id}/_history/1`)
  t.equal(created.headers.get('etag'), 'W/"1"')
  t.equal(created.body.meta?.versionId, '1')
  t.match(created.headers.get('content-type'), 'application/fhir+json')
  const read = await call('GET', `/fhir/Observation/${id}`)
  t.equal(read.status, 200)
  t.strictSame(read.body, created.body)
})

t.test('decimals are kept as they were written', async (t) => {
  const { call } = await sandbox(t)
  const text =
    '{"resourceType":"Observation","status":"final","component":[{"valueQuantity":{"value":1.10}},' +
    '{"valueQuantity":{"value":0.50}},{"valueQuantity":{"value":12345678901234567890.000}},' +
    '{"valueQuantity":{"value":1e3}}]}'
  const created = await call('POST', '/fhir/Observation', text)
  const { text: read } = await call('GET', `/fhir/Observation/${created.body.id}`)
  const { text: found } = await call('GET', '/fhir/Observation')
  const { text: history } = await call('GET', `/fhir/Observation/${created.body.id}/_history`)
  for (const each of [created.text, read, found, history])
    t.match(each, /"value":1\.10}.*"value":0\.50}.*:12345678901234567890\.000}.*"value":1e3}/)
})

t.test('Prefer: return=minimal leaves the body out', async (t) => {
  const { call } = await sandbox(t)
  const created = await call('POST', '/fhir/Observation', observation('1'), {
    prefer: 'return=minimal',
  })
  t.equal(created.status, 201)
  t.equal(created.text, '')
  t.ok(created.headers.get('location'))
})

t.test('a conditional create makes one, finds one, or refuses among many', async (t) => {
  const { call } = await sandbox(t)
  const condition = { 'if-none-exist': 'identifier=urn:o|1' }
  const first = await call('POST', '/fhir/Observation', observation('1'), condition)
  t.equal(first.status, 201)
  const second = await call('POST', '/fhir/Observation', observation('1'), condition)
  t.equal(second.status, 200)
  t.equal(second.headers.get('location'), first.headers.get('location'))
  t.equal((await call('GET', '/fhir/Observation')).body.total, 1)
  await call('POST', '/fhir/Observation', observation('1'))
  const third = await call('POST', '/fhir/Observation', observation('1'), condition)
  t.equal(third.status, 412)
  t.equal(third.body.issue?.[0]?.code, 'multiple-matches')
})

t.test('conditional creates that come at once still make one', async (t) => {
  const { call } = await sandbox(t)
  const condition = { 'if-none-exist': 'identifier=urn:o|1' }
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      call('POST', '/fhir/Observation', observation('1'), condition),
    ),
  )
  t.equal(answers.filter(({ status }) => status === 201).length, 1)
  t.equal((await call('GET', '/fhir/Observation')).body.total, 1)
})

t.test('with the race switched on they make several', async (t) => {
  const { ehr, call } = await sandbox(t)
  ehr.misbehave({ raceMs: 50 })
  const condition = { 'if-none-exist': 'identifier=urn:o|1' }
  const post = () => call('POST', '/fhir/Observation', observation('1'), condition)
  const answers = await Promise.all([post(), post()])
  t.strictSame(
    answers.map(({ status }) => status),
    [201, 201],
  )
  t.equal((await call('GET', '/fhir/Observation')).body.total, 2)
})

t.test('an update makes a new version and honours If-Match', async (t) => {
  const { call } = await sandbox(t)
  const { body } = await call('POST', '/fhir/Observation', observation('1'))
  const path = `/fhir/Observation/${body.id}`
  const change = { ...body, status: 'amended' }
  const updated = await call('PUT', path, change, { 'if-match': 'W/"1"' })
  t.equal(updated.status, 200)
  t.equal(updated.headers.get('etag'), 'W/"2"')
  t.equal(updated.body.meta?.versionId, '2')
  t.ok((updated.body.meta?.lastUpdated ?? '') >= (body.meta?.lastUpdated ?? ''))
  t.equal((await call('PUT', path, change, { 'if-match': 'W/"1"' })).status, 412)
  t.equal((await call('PUT', path, change)).status, 200)
  t.equal((await call('GET', `${path}/_history/1`)).body.status, 'final')
  t.equal((await call('GET', `${path}/_history/2`)).body.status, 'amended')
  t.equal((await call('GET', `${path}/_history/9`)).status, 404)
  const history = await call('GET', `${path}/_history`)
  t.strictSame(
    history.body.entry?.map(({ resource }) => resource?.meta?.versionId),
    ['3', '2', '1'],
  )
})

t.test('an update must fit its address and does not create', async (t) => {
  const { call } = await sandbox(t)
  const { body } = await call('POST', '/fhir/Observation', observation('1'))
  const path = `/fhir/Observation/${body.id}`
  t.equal((await call('PUT', path, { ...body, id: 'other' })).status, 400)
  t.equal((await call('PUT', path, { ...body, resourceType: 'Task' })).status, 400)
  const nobody = { ...body, id: 'nobody' }
  t.equal((await call('PUT', '/fhir/Observation/nobody', nobody)).status, 404)
})

t.test('what was deleted is gone, and leaves its history', async (t) => {
  const { call } = await sandbox(t)
  const { body } = await call('POST', '/fhir/Observation', observation('1'))
  const path = `/fhir/Observation/${body.id}`
  t.equal((await call('DELETE', path)).status, 204)
  t.equal((await call('GET', path)).status, 410)
  t.equal((await call('PUT', path, body)).status, 410)
  t.equal((await call('GET', '/fhir/Observation')).body.total, 0)
  t.equal((await call('GET', `${path}/_history`)).body.total, 2)
  const condition = { 'if-none-exist': 'identifier=urn:o|1' }
  t.equal((await call('POST', '/fhir/Observation', observation('1'), condition)).status, 201)
})

t.test('a lost resource is as if it had never been', async (t) => {
  const { ehr, call } = await sandbox(t)
  const { body } = await call('POST', '/fhir/Observation', observation('1'))
  ehr.store.lose('Observation', body.id ?? '')
  t.equal((await call('GET', `/fhir/Observation/${body.id}`)).status, 404)
  t.equal((await call('GET', '/fhir/Observation?identifier=urn:o|1')).body.total, 0)
})

t.test('bad requests are answered with an OperationOutcome', async (t) => {
  const { call } = await sandbox(t)
  const table: readonly (readonly [string, string, unknown, number])[] = [
    ['POST', '/fhir/Observation', '{"resourceType":', 400],
    ['POST', '/fhir/Observation', '[]', 400],
    ['POST', '/fhir/Observation', '', 400],
    ['POST', '/fhir/Observation', { resourceType: 'Task' }, 400],
    ['POST', '/fhir', { resourceType: 'Bundle', type: 'batch' }, 400],
    ['GET', '/fhir/Observation/none', undefined, 404],
    ['GET', '/fhir/Observation/none/_history', undefined, 404],
    ['GET', '/fhir/Observation?colour=red', undefined, 400],
    ['GET', '/fhir/Observation?_sort=code', undefined, 400],
    ['GET', '/fhir/Observation?_count=many', undefined, 400],
    ['GET', '/fhir/Observation?_lastUpdated=yesterday', undefined, 400],
    ['GET', '/nowhere', undefined, 404],
  ]
  for (const [method, path, body, status] of table) {
    const answer = await call(method, path, body)
    t.equal(answer.status, status, `${method} ${path}`)
    t.equal(answer.body.resourceType, 'OperationOutcome', `${method} ${path}`)
  }
})

t.test('metadata names the interactions, and the front page what staff can do', async (t) => {
  const { ehr, call } = await sandbox(t)
  const metadata = await call('GET', '/fhir/metadata')
  t.match(metadata.body, { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' })
  t.match(metadata.text, ehr.baseUrl)
  t.match((await call('GET', '/')).text, /"accept"/)
})

t.test('search sees a commit only after the lag, read sees it at once', async (t) => {
  let time = Date.parse('2026-03-02T10:00:00Z')
  const { ehr, call } = await sandbox(t, { now: () => new Date(time) })
  ehr.misbehave({ searchLagMs: 5_000 })
  const { body } = await call('POST', '/fhir/Observation', observation('1'))
  const search = async () => (await call('GET', '/fhir/Observation?identifier=urn:o|1')).body
  t.equal((await search()).total, 0)
  t.equal((await call('GET', `/fhir/Observation/${body.id}`)).status, 200)
  time += 5_000
  t.equal((await search()).total, 1)
  await call('PUT', `/fhir/Observation/${body.id}`, { ...body, status: 'amended' })
  t.equal((await search()).entry?.[0]?.resource?.status, 'final')
  time += 5_000
  t.equal((await search()).entry?.[0]?.resource?.status, 'amended')
})
