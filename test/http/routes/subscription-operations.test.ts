import type { Bundle, FhirResource, Parameters, Task } from 'fhir/r4'
import t from 'tap'
import { writeOf } from '../../../src/domain/referral/resource-write.ts'
import { topics } from '../../../src/domain/subscription/topics.ts'
import { faultsOfNotification, faultsOfStatus } from '../../helpers/backport-rules.ts'
import { aNextState } from '../../helpers/referral-change.ts'
import {
  answered,
  arrived,
  notice,
  partsOf,
  subscriptionWorld,
  withTasks,
} from '../../helpers/subscription-world.ts'

const world = await subscriptionWorld(t)
const { ask, refer, subscribed, tell } = world

/** What $status says, by subscription. */
async function statuses(path: string, body?: object, by = 'lakeside') {
  const answer = await ask(body ? 'POST' : 'GET', path, body, by)
  if (answer.statusCode !== 200) throw new Error(answer.body)
  const bundle = answer.json() as Bundle<Parameters>
  const parts = (bundle.entry ?? []).map(({ resource }) => partsOf(resource as Parameters))
  const ids = parts.map(({ subscription }) => subscription?.split('/').at(-1))
  return { bundle, parts, ids }
}

const asked = (...pairs: readonly (readonly [string, object])[]) => ({
  resourceType: 'Parameters',
  parameter: pairs.map(([name, value]) => ({ name, ...value })),
})

const one = await subscribed()
world.pass(1)
world.onCall(() => answered(500))
const broken = await subscribed()
world.onCall(() => arrived)
world.pass(1)
const other = await subscribed()
const foreign = await subscribed({}, 'hilltop')

t.test('BP-121 BP-47 BP-112 $status is a searchset of valid statuses, one for each', async (t) => {
  for (const path of [`Subscription/${one}/$status`, 'Subscription/$status']) {
    const { bundle, ids } = await statuses(path)
    t.equal(bundle.type, 'searchset')
    t.equal(bundle.total, ids.length)
    for (const { resource } of bundle.entry ?? [])
      t.strictSame(faultsOfStatus(resource as Parameters), [])
  }
  const { parts } = await statuses(`Subscription/${one}/$status`)
  t.match(parts, [{ state: 'active', type: 'query-status', count: '0' }])
})

t.test('BP-108 BP-111 without parameters it is about all of the caller’s', async (t) => {
  t.strictSame((await statuses('Subscription/$status')).ids, [one, broken, other])
  t.strictSame((await statuses('Subscription/$status', undefined, 'hilltop')).ids, [foreign])
  t.strictSame((await statuses('Subscription/$status', asked())).ids, [one, broken, other])
})

t.test('BP-107 BP-110 ids, and statuses, are alternatives', async (t) => {
  const get = async (query: string) => (await statuses(`Subscription/$status?${query}`)).ids
  t.strictSame(await get(`id=${one}&id=${other}`), [one, other])
  t.strictSame(await get(`id=${one},${other},${foreign}`), [one, other])
  t.strictSame(await get('status=error'), [broken])
  t.strictSame(await get('status=error,active'), [one, broken, other])
  t.strictSame(await get('status=error&status=off'), [broken])
  t.strictSame(await get(`id=${one}&status=error`), [])
  const post = async (...pairs: readonly (readonly [string, object])[]) =>
    (await statuses('Subscription/$status', asked(...pairs))).ids
  t.strictSame(await post(['id', { valueId: one }], ['id', { valueId: broken }]), [one, broken])
  t.strictSame(await post(['status', { valueCode: 'error' }], ['status', { valueCode: 'off' }]), [
    broken,
  ])
  t.equal((await ask('GET', 'Subscription/$status?owner=x')).statusCode, 400)
})

t.test('BP-106 BP-109 of one subscription, id and status are not heeded', async (t) => {
  const { ids } = await statuses(`Subscription/${one}/$status?id=${other}&status=off`)
  t.strictSame(ids, [one])
  const body = asked(['id', { valueId: other }], ['status', { valueCode: 'off' }])
  t.strictSame((await statuses(`Subscription/${one}/$status`, body)).ids, [one])
})

/** What $events says. */
async function events(id: string, query: string, body?: object) {
  const path = `Subscription/${id}/$events${query}`
  const answer = await ask(body ? 'POST' : 'GET', path, body)
  if (answer.statusCode !== 200) throw new Error(answer.body)
  const said = notice(answer.body)
  return { ...said, text: answer.body, numbers: said.events.map(({ number }) => number) }
}

t.test(
  'BP-115 BP-118 BP-119 $events gives from one number to another, both included',
  async (t) => {
    const id = await subscribed()
    for (let i = 0; i < 5; i++) await refer()
    const all = await events(id, '')
    t.strictSame(all.numbers, [1, 2, 3, 4, 5])
    t.equal(all.type, 'query-event')
    t.equal(all.count, '5')
    t.strictSame(faultsOfNotification(all.bundle), [])
    t.strictSame((await events(id, '?eventsSinceNumber=3')).numbers, [3, 4, 5])
    t.strictSame((await events(id, '?eventsUntilNumber=3')).numbers, [1, 2, 3])
    t.strictSame((await events(id, '?eventsSinceNumber=2&eventsUntilNumber=4')).numbers, [2, 3, 4])
    t.strictSame((await events(id, '?eventsSinceNumber=3&eventsUntilNumber=3')).numbers, [3])
    t.strictSame((await events(id, '?eventsSinceNumber=6')).numbers, [])
    const body = asked(
      ['eventsSinceNumber', { valueString: '2' }],
      ['eventsUntilNumber', { valueString: '2' }],
      ['content', { valueCode: 'full-resource' }],
    )
    const posted = await events(id, '', body)
    t.strictSame(posted.numbers, [2])
    t.match(posted.entries, [{ resource: { resourceType: 'Task' } }])
    for (const query of ['eventsSinceNumber=x', 'eventsSinceNumber=-1', 'content=all', 'since=1'])
      t.equal((await ask('GET', `Subscription/${id}/$events?${query}`)).statusCode, 400, query)
    await tell()
  },
)

t.test('what was told is said again in the same words, for thirty days at least', async (t) => {
  const id = await subscribed({ content: 'full-resource', maxCount: 1 })
  await refer()
  world.calls.length = 0
  await tell()
  const first = world.calls
    .map(({ body }) => notice(body))
    .find(({ subscription }) => subscription?.endsWith(id))
  world.pass(31 * 86_400)
  await world.storage.turns.forget(35)
  const again = await events(id, '')
  t.strictSame(again.events, first?.events)
  t.strictSame(again.entries, first?.entries)
  world.pass(5 * 86_400)
  await world.storage.turns.forget(35)
  t.strictSame((await events(id, '')).numbers, [])
  await refer()
  t.strictSame((await events(id, '')).numbers, [2], 'and the count goes on')
  await tell()
})

t.test('reading events again is audited, with each Task that is shown', async (t) => {
  const id = await subscribed({ content: 'full-resource' })
  const { taskId, patientId } = await refer()
  world.audited.length = 0
  await events(id, '?content=id-only')
  t.strictSame(
    world.audited.map(({ entities }) => entities),
    [[`Subscription/${id}`]],
  )
  world.audited.length = 0
  await events(id, '')
  t.match(world.audited, [
    { action: 'events', kind: 'R', entities: [`Subscription/${id}`] },
    { action: 'events', kind: 'R', entities: [`Task/${taskId}`], patientId },
  ])
  await tell()
})

t.test('the Task that asks for information is an event of its own topic', async (t) => {
  const id = await subscribed({ topic: topics['information-wanted'].url, content: 'full-resource' })
  const status = await subscribed({ content: 'full-resource' })
  const referral = await refer()
  const change = withTasks(aNextState(referral, {}), world.ports.now)
  const task: Task = {
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    code: {
      coding: [
        { system: 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp', code: 'complete-questionnaire' },
      ],
    },
    basedOn: [{ reference: `ServiceRequest/${referral.id}` }],
    for: { reference: `Patient/${referral.patientId}` },
  }
  const place = { id: `wanted-${id}`, version: 1, lastUpdated: '2026-03-02T10:00:00.000Z' }
  await world.storage.referrals.commit({
    ...change,
    resources: [...change.resources, writeOf(task, place)],
  })
  const tasks = async (of: string) =>
    (await events(of, '')).entries.map(({ resource }) => (resource as FhirResource).id)
  t.strictSame(await tasks(id), [place.id])
  t.strictSame(await tasks(status), [referral.taskId, referral.taskId])
})
