import t from 'tap'
import { observation, sandbox } from './world.ts'

const patient = (mark: string) => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:p', value: mark }],
})

const post = (fullUrl: string, resource: { resourceType: string }, ifNoneExist?: string) => ({
  fullUrl,
  resource,
  request: { method: 'POST', url: resource.resourceType, ...(ifNoneExist ? { ifNoneExist } : {}) },
})

const bundle = (...entry: unknown[]) => ({ resourceType: 'Bundle', type: 'transaction', entry })

const pair = (mark: string) =>
  bundle(
    post('urn:uuid:p', patient(mark), `identifier=urn:p%7C${mark}`),
    post(
      'urn:uuid:o',
      observation(mark, { subject: { reference: 'urn:uuid:p' }, valueQuantity: { value: 1.5 } }),
      `identifier=urn:o|${mark}`,
    ),
  )

t.test('entries are created in order and refer to each other by their new ids', async (t) => {
  const { call } = await sandbox(t)
  const { status, body } = await call('POST', '/fhir', pair('1'))
  t.equal(status, 200)
  t.equal(body.resourceType, 'Bundle')
  const [first, second] = body.entry ?? []
  t.match(first?.response, { status: '201 Created', etag: 'W/"1"' })
  t.match(first?.response?.location, /^Patient\/[^/]+\/_history\/1$/)
  const read = await call('GET', `/fhir/${second?.response?.location}`)
  t.equal(`${read.body.subject?.reference}/_history/1`, first?.response?.location)
})

t.test('a relative fullUrl and a link outside Reference are rewritten too', async (t) => {
  const { ehr, call } = await sandbox(t)
  const { body } = await call(
    'POST',
    '/fhir/',
    bundle(
      post(`${ehr.baseUrl}/Patient/theirs`, patient('1')),
      post(
        'urn:uuid:d',
        observation('1', {
          subject: { reference: `${ehr.baseUrl}/Patient/theirs` },
          extension: [{ url: 'urn:x', valueUri: 'urn:uuid:d' }],
        }),
      ),
    ),
  )
  const [first, second] = body.entry ?? []
  const { text } = await call('GET', `/fhir/${second?.response?.location}`)
  t.match(text, first?.response?.location?.replace('/_history/1', ''))
  t.match(text, `"valueUri":"${second?.response?.location?.replace('/_history/1', '')}"`)
})

t.test('repeated, it finds everything and writes nothing', async (t) => {
  const { call } = await sandbox(t)
  const first = await call('POST', '/fhir', pair('1'))
  const second = await call('POST', '/fhir', pair('1'))
  t.strictSame(
    second.body.entry?.map(({ response }) => response?.status),
    ['200 OK', '200 OK'],
  )
  t.strictSame(
    second.body.entry?.map(({ response }) => response?.location),
    first.body.entry?.map(({ response }) => response?.location),
  )
})

t.test('what is there already is referred to by what comes new', async (t) => {
  const { call } = await sandbox(t)
  const existing = await call('POST', '/fhir/Patient', patient('1'))
  const { body } = await call('POST', '/fhir', pair('1'))
  t.strictSame(
    body.entry?.map(({ response }) => response?.status),
    ['200 OK', '201 Created'],
  )
  const read = await call('GET', `/fhir/${body.entry?.[1]?.response?.location}`)
  t.equal(read.body.subject?.reference, `Patient/${existing.body.id}`)
})

t.test('one entry that cannot be done undoes all', async (t) => {
  const { call } = await sandbox(t)
  await call('POST', '/fhir/Patient', patient('twice'))
  await call('POST', '/fhir/Patient', patient('twice'))
  const good = post('urn:uuid:good', observation('good'))
  const bad: readonly (readonly [entry: unknown, status: number])[] = [
    [post('urn:uuid:x', patient('twice'), 'identifier=urn:p|twice'), 412],
    [post('urn:uuid:x', observation('x', { subject: { reference: 'urn:uuid:nobody' } })), 400],
    [
      post(
        'urn:uuid:x',
        observation('x', { subject: { reference: 'Patient?identifier=urn:p|no' } }),
      ),
      412,
    ],
    [{ ...post('urn:uuid:x', patient('x')), request: { method: 'POST', url: 'Task' } }, 400],
    [{ ...post('urn:uuid:x', patient('x')), request: { method: 'PATCH', url: 'Patient/1' } }, 400],
    [{ ...post('urn:uuid:x', patient('x')), request: { method: 'PUT', url: 'Patient/1' } }, 404],
    [post('urn:uuid:x', patient('x'), 'colour=red'), 400],
    [{ fullUrl: 'urn:uuid:x' }, 400],
  ]
  for (const [entry, status] of bad) {
    const answer = await call('POST', '/fhir', bundle(good, entry))
    t.equal(answer.status, status, JSON.stringify(answer.body.issue))
    t.equal(answer.body.resourceType, 'OperationOutcome')
  }
  const twins = bundle(
    post('urn:uuid:1', patient('x'), 'identifier=urn:p|x'),
    post('urn:uuid:2', patient('x'), 'identifier=urn:p|x'),
  )
  t.equal((await call('POST', '/fhir', twins)).status, 400)
  t.equal((await call('GET', '/fhir/Observation')).body.total, 0)
  t.equal((await call('GET', '/fhir/Patient')).body.total, 2)
})

t.test('a reference by search resolves to the one match', async (t) => {
  const { call } = await sandbox(t)
  const { body } = await call('POST', '/fhir/Patient', patient('1'))
  const subject = { reference: 'Patient?identifier=urn:p|1' }
  const answer = await call(
    'POST',
    '/fhir',
    bundle(post('urn:uuid:o', observation('1', { subject }))),
  )
  const read = await call('GET', `/fhir/${answer.body.entry?.[0]?.response?.location}`)
  t.equal(read.body.subject?.reference, `Patient/${body.id}`)
})

t.test('PUT entries replace, under ifMatch', async (t) => {
  const { call } = await sandbox(t)
  const { body } = await call('POST', '/fhir/Patient', patient('1'))
  const put = (ifMatch?: string) =>
    bundle({
      resource: { ...patient('1'), id: body.id, active: true },
      request: { method: 'PUT', url: `Patient/${body.id}`, ...(ifMatch ? { ifMatch } : {}) },
    })
  const answer = await call('POST', '/fhir', put('W/"1"'))
  t.match(answer.body.entry?.[0]?.response, { status: '200 OK', etag: 'W/"2"' })
  t.equal((await call('POST', '/fhir', put('W/"1"'))).status, 412)
  t.equal((await call('POST', '/fhir', put())).status, 200)
})

t.test('transactions that come at once are made once', async (t) => {
  const { call } = await sandbox(t)
  await Promise.all(Array.from({ length: 10 }, () => call('POST', '/fhir', pair('1'))))
  t.equal((await call('GET', '/fhir/Patient')).body.total, 1)
  t.equal((await call('GET', '/fhir/Observation')).body.total, 1)
})

t.test('Prefer: return=representation brings the content along', async (t) => {
  const { call } = await sandbox(t)
  const prefer = { prefer: 'return=representation' }
  const { body } = await call('POST', '/fhir', pair('1'), prefer)
  t.match(body.entry?.[1]?.resource, { resourceType: 'Observation', status: 'final' })
})
