import type { Bundle, FhirResource, Parameters, Task } from 'fhir/r4'
import t from 'tap'
import { topics } from '../../../src/domain/subscription/topics.ts'
import { faultsOfNotification } from '../../helpers/backport-rules.ts'
import { aReferral } from '../../helpers/referral-change.ts'
import {
  answered,
  arrived,
  aSubscription,
  fhirBase,
  notice,
  subscriptionWorld,
} from '../../helpers/subscription-world.ts'

const world = await subscriptionWorld(t)
const { refer, move, subscribe, subscribed, tell, calls, read, ask } = world

/** What one subscription was sent since it was asked last. */
async function sentTo(id: string) {
  await tell()
  const mine = calls.filter(({ body }) => body.includes(`Subscription/${id}"`))
  calls.length = 0
  return mine.map((call) => ({ ...call, ...notice(call.body) }))
}

t.beforeEach(() => world.onCall(() => arrived))

t.test('BP-30 BP-20 BP-69 BP-102 a handshake that is taken makes it active', async (t) => {
  const id = await subscribe()
  await refer()
  const sent = await sentTo(id)
  t.match(sent[0], { type: 'handshake', state: 'requested', count: '1', events: [] })
  t.equal(sent[0]?.entries.length, 0)
  t.strictSame(faultsOfNotification(sent[0]?.bundle as Bundle<FhirResource>), [])
  t.match(sent[1], { type: 'event-notification', state: 'active', events: [{ number: 1 }] })
  t.equal((await read(id)).status, 'active')
})

t.test('BP-25 BP-26 BP-27 it is posted as the subscription has it', async (t) => {
  const id = await subscribed({
    endpoint: 'https://hooks.lakeside.test/here?x=1',
    payload: 'application/json;fhirVersion=4.0',
    header: ['Authorization: Bearer a', 'X-Two: b'],
    timeout: 7,
  })
  await refer()
  t.match(await sentTo(id), [
    {
      endpoint: 'https://hooks.lakeside.test/here?x=1',
      contentType: 'application/json;fhirVersion=4.0',
      headers: [
        ['Authorization', 'Bearer a'],
        ['X-Two', 'b'],
      ],
      timeoutSeconds: 7,
    },
  ])
})

t.test(
  'BP-14 BP-15 BP-28 BP-70 BP-138 BP-139 a notification is as the profile has it',
  async (t) => {
    for (const content of ['empty', 'id-only', 'full-resource']) {
      const id = await subscribed({ content })
      const referral = await refer()
      await move(referral, { status: 'received', businessStatus: 'awaiting-triage' })
      const [sent] = await sentTo(id)
      t.strictSame(faultsOfNotification(sent?.bundle as Bundle<FhirResource>), [], content)
      const [first] = sent?.bundle.entry ?? []
      t.equal(first?.request?.method, 'GET')
      t.equal(first?.request?.url, `${fhirBase}/Subscription/${id}/$status`)
      t.match(sent, { type: 'event-notification', state: 'active' })
      t.equal(sent?.subscription, `${fhirBase}/Subscription/${id}`)
    }
  },
)

t.test('BP-38 BP-39 BP-67 empty names nothing but the event', async (t) => {
  const id = await subscribed({ content: 'empty' })
  const { taskId } = await refer()
  const [sent] = await sentTo(id)
  t.equal(sent?.entries.length, 0)
  t.equal(sent?.topic, undefined)
  t.strictSame(
    sent?.events.map(({ parts }) => parts),
    [['event-number', 'timestamp']],
  )
  t.notMatch(sent?.body, taskId)
})

t.test('BP-40 BP-42 BP-35 id-only names the Task, and holds no resource', async (t) => {
  const id = await subscribed({ content: 'id-only' })
  const referral = await refer()
  await move(referral, { status: 'received' })
  const other = await refer()
  const [sent] = await sentTo(id)
  const urls = [referral, other].map(({ taskId }) => `${fhirBase}/Task/${taskId}`)
  t.strictSame(
    sent?.events.map(({ focus }) => focus),
    [urls[0], urls[0], urls[1]],
  )
  t.strictSame(
    sent?.entries.map(({ fullUrl }) => fullUrl),
    urls,
  )
  t.strictSame(
    sent?.entries.map(({ request }) => request?.url),
    [referral, other].map(({ taskId }) => `Task/${taskId}`),
  )
  t.ok(sent?.entries.every(({ resource }) => resource === undefined))
})

t.test('BP-43 BP-44 full-resource holds the Task as it was then', async (t) => {
  const id = await subscribed({ content: 'full-resource' })
  const referral = await refer()
  await move(referral, { status: 'received', businessStatus: 'awaiting-triage' })
  const [sent] = await sentTo(id)
  t.strictSame(
    sent?.entries.map(({ resource, request, response }) => [
      (resource as Task).status,
      request?.method,
      response?.status,
    ]),
    [
      ['requested', 'POST', '201'],
      ['received', 'PUT', '200'],
    ],
  )
  t.ok(sent?.events.every(({ focus }) => focus?.endsWith(`Task/${referral.taskId}`)))
})

t.test('BP-45 a version that may not be seen any more is named, and left out', async (t) => {
  const id = await subscribed({ content: 'full-resource' })
  const { taskId } = await refer()
  const { resources } = world.ports
  const blind = { ...resources, readVersion: async () => undefined }
  Object.assign(world.ports, { resources: blind })
  const [sent] = await sentTo(id)
  Object.assign(world.ports, { resources })
  t.match(sent?.entries, [
    {
      fullUrl: `${fhirBase}/Task/${taskId}`,
      request: { method: 'POST' },
      response: { status: '404' },
    },
  ])
  t.equal(sent?.entries[0]?.resource, undefined)
  t.strictSame(faultsOfNotification(sent?.bundle as Bundle<FhirResource>), [])
})

t.test('BP-136 BP-95 of several filters all have to match', async (t) => {
  const received = await subscribed({
    filters: ['Task?status=received,accepted', 'Task?business-status=awaiting-triage'],
  })
  const wanted = aReferral()
  const one = await subscribed({ filters: [`Task?focus=ServiceRequest/${wanted.id}`] })
  const other = await refer()
  await refer({ id: wanted.id })
  await move(other, { status: 'received', businessStatus: 'awaiting-information' })
  const last = await refer()
  await move(last, { status: 'received', businessStatus: 'awaiting-triage' })
  await tell()
  const told = (id: string) =>
    calls
      .map(({ body }) => notice(body))
      .filter(({ subscription }) => subscription?.endsWith(id))
      .flatMap(({ events }) => events.map(({ focus }) => focus?.split('/').at(-1)))
  t.strictSame(told(received), [last.taskId])
  t.strictSame(told(one), [wanted.taskId])
  calls.length = 0
})

t.test('a clinic is told of what is with it, and nobody of what is another’s', async (t) => {
  const clinic = await subscribed({}, 'triage')
  const hilltop = await subscribed({}, 'hilltop')
  const referral = await refer()
  t.strictSame(await sentTo(clinic), [], 'not while it is not with the clinic')
  await move(referral, { status: 'received', businessStatus: 'awaiting-triage' })
  const sent = await sentTo(clinic)
  t.strictSame(
    sent.flatMap(({ events }) => events.map(({ number }) => number)),
    [1],
  )
  const back = await refer({ referrerId: 'hilltop-internal', clinicId: 'summit-pain-center' })
  const heard = await sentTo(hilltop)
  t.equal(heard[0]?.events[0]?.focus, `${fhirBase}/Task/${back.taskId}`)
  t.equal(heard.length, 1)
})

t.test('BP-98 BP-103 so many events in one notification, numbered without a gap', async (t) => {
  const id = await subscribed({ maxCount: 2, content: 'empty' })
  for (let i = 0; i < 5; i++) await refer()
  const sent = await sentTo(id)
  t.strictSame(
    sent.map(({ events }) => events.map(({ number }) => number)),
    [[1, 2], [3, 4], [5]],
  )
  t.strictSame(
    sent.map(({ count }) => count),
    ['2', '4', '5'],
  )
})

t.test('BP-93 BP-94 BP-102 heartbeats come when they are wanted, and count nothing', async (t) => {
  const beating = await subscribed({ heartbeat: 60 })
  const silent = await subscribed()
  world.pass(59)
  t.strictSame(await sentTo(beating), [])
  world.pass(1)
  t.match(await sentTo(beating), [{ type: 'heartbeat', state: 'active', count: '0', events: [] }])
  world.pass(60)
  const [beat] = await sentTo(beating)
  t.strictSame(faultsOfNotification(beat?.bundle as Bundle<FhirResource>), [])
  world.pass(30)
  await refer()
  t.match(await sentTo(beating), [
    { type: 'event-notification', count: '1', events: [{ number: 1 }] },
  ])
  world.pass(59)
  t.strictSame(await sentTo(beating), [], 'an event is a sign of life as well')
  world.pass(1)
  t.match(await sentTo(beating), [{ type: 'heartbeat', count: '1' }])
  await ask('DELETE', `Subscription/${beating}`)
  world.pass(86_400)
  t.strictSame(await sentTo(silent), [])
})

t.test('BP-77 BP-78 BP-79 in error it goes on counting, and answers $status', async (t) => {
  const id = await subscribed({ content: 'empty' })
  world.onCall(() => answered(404))
  await refer()
  for (let i = 0; i < 5; i++) {
    await tell()
    world.pass(3_600)
  }
  t.match(await read(id), { status: 'error', error: 'The endpoint answered 404.' })
  await refer()
  calls.length = 0
  t.strictSame(await sentTo(id), [])
  const answer = (await ask('GET', `Subscription/${id}/$status`)).json() as Bundle<Parameters>
  t.match(answer.entry?.[0]?.resource?.parameter, [
    { name: 'subscription' },
    { name: 'topic' },
    { name: 'status', valueCode: 'error' },
    { name: 'type', valueCode: 'query-status' },
    { name: 'events-since-subscription-start', valueString: '2' },
    { name: 'error', valueCodeableConcept: { text: 'The endpoint answered 404.' } },
  ])
  world.onCall(() => arrived)
  const body = { ...aSubscription({ content: 'empty' }), id }
  const { etag } = (await ask('GET', `Subscription/${id}`)).headers
  await ask('PUT', `Subscription/${id}`, body, 'lakeside', { 'if-match': String(etag) })
  const sent = await sentTo(id)
  t.strictSame(
    sent.map(({ type }) => type),
    ['handshake', 'event-notification'],
  )
  t.strictSame(
    sent[1]?.events.map(({ number }) => number),
    [1, 2],
    'nothing was lost meanwhile',
  )
})

t.test('what the client may no longer see it is not told, from the next moment on', async (t) => {
  for (const change of [
    { disabled: true },
    { scope: 'system/ServiceRequest.rs system/Subscription.cruds' },
  ]) {
    const id = await subscribed({ content: 'full-resource' })
    await refer()
    world.reload(({ referrers: [lakeside] }) => Object.assign(lakeside?.client ?? {}, change))
    t.strictSame(await sentTo(id), [])
    world.reload(() => {})
    t.strictSame(await sentTo(id), [], 'and not by itself when it may again')
    t.match(await read(id), { status: 'error', error: /may not read Tasks/ })
  }
})

t.test('AU-04 a Task that goes out is disclosed, and on record before', async (t) => {
  const viewer = { role: 'referrer', organization: 'lakeside-family' } as const
  const disclosures = async (taskId: string) =>
    (await world.storage.audit.search(viewer, { count: 500 })).filter(
      ({ action, entities }) => action === 'notify-referrer' && entities.includes(`Task/${taskId}`),
    )
  for (const [content, lines] of [
    ['empty', 0],
    ['id-only', 0],
    ['full-resource', 1],
  ] as const) {
    const id = await subscribed({ content })
    const { taskId, patientId, id: referralId } = await refer()
    const { call } = world.ports
    let before = 0
    Object.assign(world.ports, {
      call: async (given: Parameters_<typeof call>[0]) => {
        before = Math.max(before, (await disclosures(taskId)).length)
        return call(given)
      },
    })
    await sentTo(id)
    Object.assign(world.ports, { call })
    const found = await disclosures(taskId)
    t.equal(found.length, lines, content)
    t.equal(before, lines)
    if (lines > 0)
      t.match(found[0], { referralId, patientId, network: 'https://hooks.lakeside.test' })
    await ask('DELETE', `Subscription/${id}`)
  }
})

// The FHIR type Parameters hides TypeScript's own.
type Parameters_<F extends (...args: never[]) => unknown> = F extends (
  ...args: infer Arguments
) => unknown
  ? Arguments
  : never

t.test('a Task goes out as its reader would read it, and no more of it', async (t) => {
  const clinic = await subscribed({ content: 'full-resource' }, 'triage')
  const referrer = await subscribed({ content: 'full-resource' })
  const { id } = aReferral()
  const patient = `Patient/patient-${id}`
  const release = {
    withheld: { [patient]: { reason: 'belongs-to-withheld' } },
    consents: [],
  } as const
  const referral = await refer({ id, release })
  await move(referral, { status: 'received', businessStatus: 'awaiting-triage' })
  await tell()
  const told = (subscription: string) =>
    calls
      .map(({ body }) => notice(body))
      .filter((one) => one.subscription?.endsWith(subscription))
      .flatMap(({ entries }) => entries.at(-1)?.resource ?? [])
  const read = async (by: string) =>
    (await ask('GET', `Task/${referral.taskId}/_history/2`, undefined, by)).json()
  const [toClinic, toReferrer] = [told(clinic), told(referrer)]
  calls.length = 0
  // The note that something is withheld bears the moment at which it is shown.
  const untimed = (shown: object) =>
    JSON.parse(JSON.stringify(shown).replace(/"time":"[^"]*",/g, ''))
  t.strictSame(toClinic.map(untimed), [untimed(await read('triage'))])
  t.strictSame(toReferrer, [await read('lakeside')])
  t.notMatch(JSON.stringify(toClinic), patient)
  t.match(JSON.stringify(toReferrer), patient)
})

t.test(
  'headers are sealed again when the keys change, and asked for when the key is gone',
  async (t) => {
    const id = await subscribed({ header: ['Authorization: Bearer k'] })
    const sealed = await world.storage.subscriptions.secretOf(id)
    await world.rotate(true)
    await refer()
    t.match(await sentTo(id), [{ headers: [['Authorization', 'Bearer k']] }])
    t.not(await world.storage.subscriptions.secretOf(id), sealed)
    await world.rotate(false)
    await refer()
    t.strictSame(await sentTo(id), [])
    t.match(await read(id), { status: 'error', error: /headers can no longer be read/ })
  },
)

t.test('the topic of what is wanted tells of its Task, and the other does not', async (t) => {
  t.not(topics['referral-status'].url, topics['information-wanted'].url)
  const id = await subscribed({ topic: topics['information-wanted'].url })
  await refer()
  t.strictSame(await sentTo(id), [])
})
