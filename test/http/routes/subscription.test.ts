import type { Bundle, CapabilityStatement, OperationOutcome, Subscription } from 'fhir/r4'
import t from 'tap'
import { topics } from '../../../src/domain/subscription/topics.ts'
import { faultsOfSubscription } from '../../helpers/backport-rules.ts'
import { arrived, aSubscription, subscriptionWorld } from '../../helpers/subscription-world.ts'

const world = await subscriptionWorld(t)
const { ask, subscribe, subscribed, read, tell } = world

const codeOf = (body: string) =>
  (JSON.parse(body) as OperationOutcome).issue[0]?.details?.coding?.[0]?.code

t.test('BP-29 BP-133 BP-7 a subscription begins as requested', async (t) => {
  const wish = { filters: ['Task?status=accepted'], header: ['Authorization: Bearer s3cret'] }
  const made = await ask('POST', 'Subscription', aSubscription(wish))
  t.equal(made.statusCode, 201)
  const subscription = made.json() as Subscription
  t.equal(subscription.status, 'requested')
  t.match(made.headers.location, `/Subscription/${subscription.id}/_history/1`)
  t.equal(made.headers.etag, 'W/"1"')
  t.strictSame(faultsOfSubscription(subscription), [])
  await tell()
})

t.test('BP-134 BP-124 BP-72 BP-137 it is read as the profile has it', async (t) => {
  const wish = { filters: ['Task?status=accepted'], heartbeat: 60, timeout: 5, maxCount: 2 }
  const id = await subscribe(wish)
  const answer = await ask('GET', `Subscription/${id}`)
  t.equal(answer.statusCode, 200)
  const subscription = answer.json() as Subscription
  t.strictSame(faultsOfSubscription(subscription), [])
  const { status: _status, ...sent } = aSubscription(wish)
  t.match(subscription, { id, status: 'requested', ...sent })
  await tell()
  t.equal((await read(id)).status, 'active')
})

t.test('the values of headers are sent, shown once, and never read', async (t) => {
  const header = ['Authorization: Bearer s3cret-1', 'X-Tenant: lakeside']
  const made = await ask('POST', 'Subscription', aSubscription({ header }))
  const { id } = made.json() as Subscription
  t.strictSame((made.json() as Subscription).channel.header, header)
  const shown = [
    await ask('GET', `Subscription/${id}`),
    await ask('GET', `Subscription?_id=${id}`),
    await ask('GET', `Subscription/${id}/$status`),
    await ask('GET', `Subscription/${id}/$events`),
  ].map(({ body }) => body)
  t.notMatch(shown.join(), /s3cret-1/)
  t.match(shown[0], /Authorization: \[redacted\]/)
  t.notMatch(await world.storage.subscriptions.secretOf(id as string), /s3cret|lakeside/)
  world.calls.length = 0
  await tell()
  t.strictSame(world.calls[0]?.headers, [
    ['Authorization', 'Bearer s3cret-1'],
    ['X-Tenant', 'lakeside'],
  ])
})

t.test('a header that comes back redacted stays as it is', async (t) => {
  const id = await subscribed({ header: ['Authorization: Bearer s3cret-2', 'X-Old: 1'] })
  const { etag } = (await ask('GET', `Subscription/${id}`)).headers
  const body = { ...aSubscription({ header: ['authorization: [redacted]', 'X-New: 2'] }), id }
  const answer = await ask('PUT', `Subscription/${id}`, body, 'lakeside', {
    'if-match': String(etag),
  })
  t.equal(answer.statusCode, 200)
  await tell()
  t.strictSame(world.calls.at(-1)?.headers, [
    ['Authorization', 'Bearer s3cret-2'],
    ['X-New', '2'],
  ])
})

t.test('BP-20 BP-30 only the client begins again, and by another handshake', async (t) => {
  world.onCall(() => ({ kind: 'answered', status: 500, retryAfter: undefined }))
  const id = await subscribed()
  t.match(await read(id), { status: 'error', error: 'The endpoint answered 500.' })
  world.onCall(() => arrived)
  world.pass(30 * 86_400)
  t.strictSame(await told(id), [], 'nobody tries again by themselves')
  const { etag } = (await ask('GET', `Subscription/${id}`)).headers
  for (const status of ['active', 'requested']) {
    const body = { ...aSubscription({ status }), id }
    const headers = { 'if-match': status === 'active' ? String(etag) : 'W/"4"' }
    const answer = await ask('PUT', `Subscription/${id}`, body, 'lakeside', headers)
    t.match(answer.json(), { status: 'requested' }, answer.body)
    t.match(await told(id), [{ kind: 'handshake', outcome: 'arrived' }])
  }
  const active = await read(id)
  t.equal(active.status, 'active')
  t.equal(active.error, undefined)
})

t.test('off is off, until the client wants it again', async (t) => {
  const id = await subscribed()
  const put = (status: string, version: number) =>
    ask('PUT', `Subscription/${id}`, { ...aSubscription({ status }), id }, 'lakeside', {
      'if-match': `W/"${version}"`,
    })
  t.match((await put('off', 2)).json(), { status: 'off' })
  await world.refer()
  t.strictSame(await told(id), [])
  t.equal(codeOf((await put('error', 3)).body), 'subscription-refused')
  t.match((await put('requested', 3)).json(), { status: 'requested' })
  await tell()
  t.equal((await read(id)).status, 'active')
})

const told = async (id: string) => (await tell()).filter(({ subscription }) => subscription === id)

t.test('one whose end has passed is off', async (t) => {
  const end = new Date(world.ports.now().getTime() + 60_000).toISOString()
  const id = await subscribed({ end })
  t.equal((await read(id)).status, 'active')
  world.pass(61)
  t.equal((await read(id)).status, 'off')
  await world.refer()
  t.strictSame(await told(id), [])
})

t.test('a deleted one is gone, with its events', async (t) => {
  const id = await subscribed()
  await world.refer()
  t.equal((await ask('DELETE', `Subscription/${id}`)).statusCode, 204)
  for (const path of ['', '/$status', '/$events'])
    t.equal((await ask('GET', `Subscription/${id}${path}`)).statusCode, 404, path)
  t.equal((await ask('DELETE', `Subscription/${id}`)).statusCode, 404)
  t.strictSame(await told(id), [])
})

t.test('a Content-Type without a body is no fault where none is needed', async (t) => {
  const id = await subscribed()
  const type = { 'content-type': 'application/fhir+json' }
  for (const [method, path, status] of [
    ['POST', 'Subscription/$status', 200],
    ['POST', `Subscription/${id}/$status`, 200],
    ['POST', `Subscription/${id}/$events`, 200],
    ['DELETE', `Subscription/${id}`, 204],
    ['POST', 'Subscription', 400],
  ] as const)
    t.equal((await ask(method, path, undefined, 'lakeside', type)).statusCode, status, path)
})

t.test('changes are based on the version that was read', async (t) => {
  const id = await subscribed()
  const put = (headers: Record<string, string>, body: object = { ...aSubscription(), id }) =>
    ask('PUT', `Subscription/${id}`, body, 'lakeside', headers)
  t.equal((await put({})).statusCode, 428)
  t.equal((await put({ 'if-match': 'W/"1"' })).statusCode, 412)
  t.equal((await put({ 'if-match': 'W/"2"' }, { ...aSubscription(), id: 'x' })).statusCode, 400)
  const elsewhere = { ...aSubscription({ topic: topics['information-wanted'].url }), id }
  t.equal(codeOf((await put({ 'if-match': 'W/"2"' }, elsewhere)).body), 'subscription-refused')
  const racing = await Promise.all([1, 2, 3].map(() => put({ 'if-match': 'W/"2"' })))
  t.strictSame(racing.map(({ statusCode }) => statusCode).sort(), [200, 412, 412])
})

t.test('what belongs to somebody else is not there', async (t) => {
  const id = await subscribed()
  const body = { ...aSubscription(), id }
  for (const [method, path, sent] of [
    ['GET', `Subscription/${id}`],
    ['PUT', `Subscription/${id}`, body],
    ['DELETE', `Subscription/${id}`],
    ['GET', `Subscription/${id}/$status`],
    ['GET', `Subscription/${id}/$events`],
  ] as const) {
    const answer = await ask(method, path, sent, 'hilltop', { 'if-match': 'W/"2"' })
    t.equal(answer.statusCode, 404, `${method} ${path}`)
  }
  const found = (await ask('GET', 'Subscription', undefined, 'hilltop')).json() as Bundle
  t.equal(found.total, 0)
  t.equal((await read(id)).status, 'active')
})

t.test('BP-129 they are searched by url, status, id and topic', async (t) => {
  const id = await subscribed({ endpoint: 'https://other.lakeside.test/hook' })
  const search = async (query: string) =>
    ((await ask('GET', `Subscription?${query}`)).json() as Bundle).entry?.map(
      ({ resource }) => resource?.id,
    )
  t.strictSame(await search('url=https://other.lakeside.test/hook'), [id])
  t.strictSame(await search(`url=https://other.lakeside.test/hook&status=active`), [id])
  t.strictSame(await search(`url=https://other.lakeside.test/hook&status=error,off`), undefined)
  t.strictSame(await search(`_id=${id},x&topic=${topics['referral-status'].url}`), [id])
  t.strictSame(await search(`_id=${id}&topic=${topics['information-wanted'].url}`), undefined)
  t.equal((await ask('GET', 'Subscription?criteria=x')).statusCode, 400)
})

t.test('an endpoint that may not be called is refused, and leaves nothing', async (t) => {
  const before = ((await ask('GET', 'Subscription')).json() as Bundle).total
  for (const endpoint of ['http://hooks.lakeside.test/', 'https://private.lakeside.test/']) {
    const answer = await ask('POST', 'Subscription', aSubscription({ endpoint }))
    t.equal(answer.statusCode, 422)
    t.equal(codeOf(answer.body), 'endpoint-refused')
    t.notMatch(answer.body, /private\.lakeside/)
  }
  t.equal(((await ask('GET', 'Subscription')).json() as Bundle).total, before)
})

t.test('who may not read Tasks may not be told of them', async (t) => {
  for (const by of ['narrow', 'river'])
    t.equal((await ask('POST', 'Subscription', aSubscription(), by)).statusCode, 403, by)
  const answer = await ask('POST', 'Subscription', aSubscription(), 'subscriber')
  t.equal(answer.statusCode, 403)
  t.match(answer.body, /system\/Task\.r/)
})

t.test('another resource, another version of R4 and a condition are refused', async (t) => {
  t.equal((await ask('POST', 'Subscription', { resourceType: 'Patient' })).statusCode, 400)
  const { reason: _reason, ...without } = aSubscription()
  t.equal(codeOf((await ask('POST', 'Subscription', without)).body), 'invalid-resource')
  const conditional = await ask('POST', 'Subscription', aSubscription(), 'lakeside', {
    'if-none-exist': 'url=x',
  })
  t.equal(codeOf(conditional.body), 'not-supported')
})

t.test('OW4 an organisation has fifty at most', async (t) => {
  const made = []
  for (let i = 0; i < 60; i++) {
    const answer = await ask('POST', 'Subscription', aSubscription(), 'hilltop')
    made.push(answer.statusCode)
    if (answer.statusCode !== 201) t.equal(codeOf(answer.body), 'subscription-refused')
  }
  t.equal(made.filter((status) => status === 201).length, 50)
})

t.test('each of it is in the audit trail', async (t) => {
  const id = await subscribed()
  await ask('PUT', `Subscription/${id}`, { ...aSubscription({ status: 'off' }), id }, 'lakeside', {
    'if-match': 'W/"2"',
  })
  await ask('DELETE', `Subscription/${id}`)
  const rows = await world.storage.audit.search(
    { role: 'referrer', organization: 'lakeside-family' },
    { count: 200 },
  )
  const actions = rows
    .filter(({ entities }) => entities.includes(`Subscription/${id}`))
    .map(({ action }) => action)
  t.strictSame(actions.reverse(), ['subscribe', 'resubscribe', 'unsubscribe'])
})

t.test('BP-52 BP-58 BP-114 BP-47 the CapabilityStatement says all of it', async (t) => {
  const statement = (await ask('GET', 'metadata')).json() as CapabilityStatement
  const guide = 'http://hl7.org/fhir/uv/subscriptions-backport'
  t.strictSame(statement.instantiates, [
    `${guide}/CapabilityStatement/backport-subscription-server-r4`,
  ])
  const resource = statement.rest?.[0]?.resource?.find(({ type }) => type === 'Subscription')
  t.strictSame(resource?.supportedProfile, [`${guide}/StructureDefinition/backport-subscription`])
  t.strictSame(resource?.interaction?.map(({ code }) => code).sort(), [
    'create',
    'delete',
    'read',
    'search-type',
    'update',
  ])
  t.strictSame(resource?.operation?.map(({ name, definition }) => [name, definition]).sort(), [
    ['events', `${guide}/OperationDefinition/backport-subscription-events`],
    ['status', `${guide}/OperationDefinition/backport-subscription-status`],
    ['validate', 'http://hl7.org/fhir/OperationDefinition/Resource-validate'],
  ])
  t.strictSame(
    resource?.extension?.map(({ url, valueCanonical }) => [url, valueCanonical]),
    Object.values(topics).map(({ url }) => [
      `${guide}/StructureDefinition/capabilitystatement-subscriptiontopic-canonical`,
      url,
    ]),
  )
  t.match(resource?.searchParam, [
    { name: '_id' },
    { name: 'status' },
    { name: 'url', type: 'uri' },
  ])
})
