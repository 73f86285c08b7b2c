/** Telling subscribers when something goes wrong in the middle of it: step S9 of the fault matrix. */

import { cpSync } from 'node:fs'
import t, { type Test } from 'tap'
import { Problem } from '../../src/domain/problem.ts'
import { tellSubscriber } from '../../src/domain/subscription/tell-subscriber.ts'
import { openStorage } from '../../src/storage/open.ts'
import { databaseTemplate } from '../helpers/storage.ts'
import {
  answered,
  arrived,
  notice,
  type SubscriptionWorld,
  subscriptionWorld,
} from '../helpers/subscription-world.ts'

const world = await subscriptionWorld(t)
const { refer, move, subscribed, tell, calls, read, ask, storage, ports } = world
const leaseSeconds = 36

/** What arrived since it was asked last: message ids and numbers. */
const heard = (from: SubscriptionWorld = world): readonly (readonly [string, number[], string])[] =>
  from.calls
    .splice(0, Number.POSITIVE_INFINITY)
    .map(({ messageId, body }) => [
      messageId,
      notice(body).events.map(({ number }) => number),
      body,
    ])

/** Everything said twice is said in the same words. */
const [same, other] = ['in the same words', 'under the same id']

t.test(
  'F1 S9: killed before it was written down, it is said again, and known by its id',
  async (t) => {
    const id = await subscribed({ content: 'full-resource' })
    const referral = await refer()
    const [turn] = await storage.turns.take(1, [])
    if (!turn) return t.fail('there was a turn')
    // The process ends when the endpoint has it and before anything is recorded.
    const dying = { ...ports, turns: { end: () => new Promise<never>(() => {}) } }
    void tellSubscriber(dying, turn)
    for (let i = 0; i < 50 && calls.length === 0; i++) await new Promise(setImmediate)
    const first = heard()
    t.strictSame(await tell(), [], 'not while the lease may be held')
    await move(referral, { status: 'received' })
    world.pass(leaseSeconds)
    await tell()
    const again = heard()
    t.strictSame(again[0], first[0], same)
    t.strictSame(again[1]?.[1], [2])
    await ask('DELETE', `Subscription/${id}`)
  },
)

t.test('F2 S9: sent and not written down for want of a database, it is said again', async (t) => {
  const id = await subscribed()
  await refer()
  const [turn] = await storage.turns.take(1, [])
  if (!turn) return t.fail('there was a turn')
  const lost = { ...ports, turns: { end: () => Promise.reject(new Problem('unavailable')) } }
  await t.rejects(tellSubscriber(lost, turn), { code: 'unavailable' })
  world.pass(leaseSeconds)
  await tell()
  const [first, again] = heard()
  t.strictSame(again, first, same)
  t.strictSame(await tell(), [])
  await ask('DELETE', `Subscription/${id}`)
})

const dataDirectory = t.testdir()
const reopened = async (t: Test, spareBytes = 0) =>
  subscriptionWorld(t, async (dueClock) =>
    openStorage({
      now: dueClock,
      dueClock,
      dataDirectory,
      spareBytes,
      template: await databaseTemplate(),
    }),
  )

t.test('F3 S9: what was to be told before a restart is told after it', async (t) => {
  const before = await reopened(t)
  const id = await before.subscribed()
  await before.refer()
  await before.refer()
  await before.storage.close()
  const after = await reopened(t, Number.MAX_SAFE_INTEGER)
  await t.test(
    'F14 S9: on a full disk nothing new is promised, and what was is told',
    async (t) => {
      await t.rejects(after.subscribe(), /unavailable/)
      await t.rejects(after.refer(), { code: 'unavailable' })
      await after.tell()
      t.strictSame(heard(after)[0]?.[1], [1, 2])
    },
  )
  t.equal((await after.read(id)).status, 'active')
  await after.storage.close()
})

t.test(
  'a database that was put back doubts its subscriptions, whose numbers would lie',
  async (t) => {
    const copy = t.testdir()
    cpSync(dataDirectory, copy, { recursive: true })
    const world = await subscriptionWorld(t, async (dueClock) =>
      openStorage({ now: dueClock, dueClock, dataDirectory: copy }),
    )
    await world.refer()
    t.strictSame(await world.tell(), [])
    const [found] = (await world.ask('GET', 'Subscription')).json().entry
    t.match(found.resource, { status: 'error', error: /restored from a backup.* number 2 / })
  },
)

t.test('F4 S9: an endpoint that says nothing is tried again, later and later', async (t) => {
  const id = await subscribed({ timeout: 3 })
  world.onCall(() => ({ kind: 'lost', reason: 'timeout' }))
  await refer()
  for (const wait of [1, 2, 4, 8]) {
    t.match(await tell(), [{ outcome: 'retry' }])
    world.pass(wait - 0.1)
    t.strictSame(await tell(), [], `not before ${wait} s`)
    world.pass(0.1)
  }
  t.strictSame(calls.map(({ timeoutSeconds }) => timeoutSeconds)[0], 3)
  t.strictSame(new Set(calls.map(({ messageId }) => messageId)).size, 1, other)
  t.match(await read(id), { status: 'active', error: /no answer \(timeout\)/ })
  world.onCall(() => arrived)
  world.pass(100)
  t.match(await tell(), [{ outcome: 'arrived' }])
  t.equal((await read(id)).error, undefined)
  calls.length = 0
  await ask('DELETE', `Subscription/${id}`)
})

t.test('F5 S9: a reset after the endpoint took it makes a repeat that it knows', async (t) => {
  const id = await subscribed({ content: 'full-resource' })
  const referral = await refer()
  let times = 0
  world.onCall(() => (++times === 1 ? { kind: 'lost', reason: 'reset' } : arrived))
  await tell()
  await move(referral, { status: 'received' })
  world.pass(1)
  await tell()
  const [first, again, next] = heard()
  t.strictSame(again, first, same)
  t.strictSame(next?.[1], [2], 'what came meanwhile comes behind it')
  world.onCall(() => arrived)
  await ask('DELETE', `Subscription/${id}`)
})

t.test('F6 S9: nothing is sent before Retry-After, nor within a minute of 429', async (t) => {
  for (const [answer, seconds] of [
    [answered(503, 90), 90],
    [answered(429), 60],
  ] as const) {
    const id = await subscribed()
    world.onCall(() => answer)
    await refer()
    await tell()
    calls.length = 0
    await refer()
    world.pass(seconds - 1)
    t.strictSame(await tell(), [], 'another event is no reason to call')
    world.onCall(() => arrived)
    world.pass(1)
    await tell()
    t.strictSame(
      heard().flatMap(([, numbers]) => numbers),
      [1, 2],
    )
    await ask('DELETE', `Subscription/${id}`)
  }
})

t.test('F7 S9: 410 ends it for good, other refusals in an error that is told', async (t) => {
  const gone = await subscribed()
  const refusing = await subscribed()
  world.onCall(({ body }) => answered(body.includes(gone) ? 410 : 403))
  await refer()
  await tell()
  t.match(await read(gone), { status: 'off', error: 'The endpoint answered 410.' })
  for (let i = 0; i < 5; i++) {
    world.pass(3_600)
    await tell()
  }
  t.match(await read(refusing), { status: 'error', error: 'The endpoint answered 403.' })
  calls.length = 0
  world.onCall(() => arrived)
  await refer()
  world.pass(86_400)
  t.strictSame(await tell(), [])
  const rows = await storage.audit.search(
    { role: 'referrer', organization: 'lakeside-family' },
    { count: 500 },
  )
  t.strictSame(
    rows
      .filter(({ action }) => action === 'end-subscription')
      .map(({ detail, entities }) => [detail, entities[0]]),
    [
      ['error', `Subscription/${refusing}`],
      ['off', `Subscription/${gone}`],
    ],
  )
})

t.test('F11 S9: a referral that changes while it is told keeps each version apart', async (t) => {
  const id = await subscribed({ content: 'full-resource' })
  let referral = await refer()
  let changed = false
  world.onCall(async () => {
    if (!changed) {
      changed = true
      referral = await move(referral, { status: 'received', businessStatus: 'awaiting-triage' })
      referral = await move(referral, { status: 'accepted', businessStatus: 'awaiting-scheduling' })
    }
    return arrived
  })
  await tell()
  const told = calls.map(({ body }) =>
    notice(body).entries.map(({ resource }) => resource && 'status' in resource && resource.status),
  )
  t.strictSame(told, [['requested'], ['received', 'accepted']])
  world.onCall(() => arrived)
  calls.length = 0
  await ask('DELETE', `Subscription/${id}`)
})

t.test('F12 S9: numbers ascend, and what a subscriber missed it can ask for', async (t) => {
  const id = await subscribed({ maxCount: 1 })
  for (let i = 0; i < 4; i++) await refer()
  let times = 0
  world.onCall(() => (++times === 2 ? answered(500) : arrived))
  await tell()
  world.pass(1)
  await tell()
  t.strictSame(
    heard().flatMap(([, numbers]) => numbers),
    [1, 2, 2, 3, 4],
  )
  const missed = await ask(
    'GET',
    `Subscription/${id}/$events?eventsSinceNumber=2&eventsUntilNumber=3`,
  )
  t.strictSame(
    notice(missed.body).events.map(({ number }) => number),
    [2, 3],
  )
  world.onCall(() => arrived)
  await ask('DELETE', `Subscription/${id}`)
})

t.test('F13 S9: by the database’s clock, ours may jump as it likes', async (t) => {
  const storage = await openStorage({
    now: () => new Date(Date.now() + 3_600_000),
    template: await databaseTemplate(),
  })
  t.teardown(() => storage.close())
  const jumping = await subscriptionWorld(t, async () => storage)
  const id = await jumping.subscribe()
  jumping.pass(-7_200)
  t.match(await jumping.tell(), [{ kind: 'handshake' }])
  jumping.pass(14_400)
  await jumping.refer()
  t.match(await jumping.tell(), [{ outcome: 'arrived' }])
  jumping.pass(-86_400)
  t.strictSame(await jumping.tell(), [])
  await jumping.refer()
  t.match(await jumping.tell(), [{ outcome: 'arrived' }])
  t.equal((await jumping.read(id)).status, 'active')
})
