import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Viewer } from '../../src/domain/access/caller.ts'
import type { SubscriptionWrite } from '../../src/domain/subscription/ports.ts'
import { topics } from '../../src/domain/subscription/topics.ts'
import type { Storage } from '../../src/storage/open.ts'
import { aNextState, aReferral, aSubmission } from '../helpers/referral-change.ts'
import { type Engine, hilltop, lakeside, river, until } from './contract.ts'

export const subscribing = {
  action: 'subscribe',
  kind: 'C',
  outcome: 'success',
  agent: 'lakeside-family',
  recorded: '2026-03-02T10:00:00.000Z',
} as const

/** A subscription for all that happens to referrals. */
export function aWrite(viewer: Viewer, facts: Partial<SubscriptionWrite> = {}): SubscriptionWrite {
  return {
    id: randomUUID(),
    ...viewer,
    client: viewer.organization,
    lastUpdated: '2026-03-02T10:00:00.000Z',
    status: 'requested',
    content: '{"resourceType":"Subscription"}',
    secret: 'sealed',
    terms: {
      topic: topics['referral-status'].url,
      filters: [],
      endpoint: 'https://hooks.lakeside.test/',
      payload: 'application/fhir+json',
      content: 'id-only',
      heartbeatSeconds: undefined,
      timeoutSeconds: 10,
      maxCount: 7,
      end: undefined,
    },
    ...facts,
  }
}

const arrived = { status: 'active', error: undefined, failures: 0, waitSeconds: undefined } as const

/** Ends every turn well until nobody waits. @returns the numbers told, by subscription */
async function tellAll({ turns }: Storage): Promise<Map<string, number[]>> {
  const told = new Map<string, number[]>()
  for (;;) {
    const taken = await turns.take(10, [])
    if (taken.length === 0) return told
    for (const turn of taken) {
      const { id } = turn.subscription
      told.set(id, [...(told.get(id) ?? []), ...turn.events.map(({ number }) => number)])
      await turns.end(turn, { ...arrived, delivered: turn.through, audit: [] })
    }
  }
}

export async function subscriptionContract(t: Test, { openFresh }: Engine): Promise<void> {
  const shared = await openFresh(t)
  let at = Date.parse('2026-03-02T10:00:00.000Z')
  const timed = await openFresh(t, { dueClock: () => new Date(at) })

  await t.test('a commit that nobody has subscribed to wakes nobody', async (t) => {
    let rung = 0
    shared.turns.onWork(() => void rung++)
    await shared.referrals.commit(aSubmission())
    t.equal(rung, 0)
  })

  await t.test(
    'BP-103 F11 S9: fifty writers, and every subscription has each event once',
    async (t) => {
      const storage = shared
      const { referrals, subscriptions } = storage
      const writes = [aWrite(lakeside), aWrite(lakeside), aWrite(river), aWrite(hilltop)]
      for (const write of writes) await subscriptions.create(write, 50, subscribing)
      const stale = aReferral()
      await referrals.commit(aSubmission(stale))
      const changes = Array.from({ length: 50 }, () => aReferral())
      await Promise.all([
        ...changes.map((referral) => referrals.commit(aSubmission(referral))),
        // Of these one is taken; the numbers of the others must not be missed.
        ...Array.from({ length: 10 }, () => referrals.commit(aNextState(stale, {}))),
      ])
      await Promise.all(
        changes.map((referral) => referrals.commit(aNextState(referral, { status: 'received' }))),
      )
      const told = await tellAll(storage)
      const expected = [102, 102, 50, 0]
      for (const [i, { id, role, organization }] of writes.entries()) {
        const viewer = { role, organization }
        const count = expected[i] as number
        const numbers = Array.from({ length: count }, (_, n) => n + 1)
        const found = await subscriptions.events(viewer, id, { from: 1, to: 1e6, limit: 1e6 })
        t.same(
          found.map(({ number }) => number),
          numbers,
        )
        t.equal(new Set(found.map(({ taskId, version }) => `${taskId} ${version}`)).size, count)
        t.same(told.get(id), numbers, 'and is told of them in their order')
        t.equal((await subscriptions.find(viewer, id))?.eventCount, count)
      }
    },
  )

  await t.test('a change that is taken back leaves no event', async (t) => {
    const { referrals, subscriptions } = shared
    const write = aWrite(lakeside)
    await subscriptions.create(write, 50, subscribing)
    const referral = aReferral()
    await referrals.commit(aSubmission(referral))
    t.equal(
      await referrals.commit(aSubmission(aReferral({ identifiers: referral.identifiers }))),
      'identifier-taken',
    )
    t.equal(await referrals.commit(aNextState({ ...referral, version: 7 }, {})), 'stale')
    t.equal((await subscriptions.find(lakeside, write.id))?.eventCount, 1)
  })

  await t.test(
    'a turn has one holder, and counts for nothing once its lease is lost',
    async (t) => {
      const { referrals, subscriptions, turns } = timed
      const write = aWrite(lakeside)
      await subscriptions.create(write, 50, subscribing)
      const [handshake] = await turns.take(10, [])
      t.match(handshake, { subscription: { id: write.id, status: 'requested' }, secret: 'sealed' })
      t.same(await turns.take(10, []), [])
      if (!handshake) return
      t.equal(await turns.end(handshake, { ...arrived, delivered: undefined, audit: [] }), true)
      t.equal(await turns.end(handshake, { ...arrived, delivered: undefined, audit: [] }), false)
      await referrals.commit(aSubmission())
      t.same(await turns.take(10, ['lakeside-family']), [], 'not of those who have enough')
      const [first] = await turns.take(10, [])
      at += 26_000
      await referrals.commit(aSubmission())
      const [second] = await turns.take(10, [])
      if (!first || !second) return t.fail('there was a turn')
      t.same(second.events, first.events, 'what is told stays until it has arrived')
      t.equal(await turns.end(first, { ...arrived, delivered: 1, audit: [] }), false)
      t.equal(await turns.end(second, { ...arrived, delivered: 1, audit: [] }), true)
      const [third] = await turns.take(10, [])
      t.same(
        third?.events.map(({ number }) => number),
        [2],
      )
      await subscriptions.remove(lakeside, write.id, subscribing)
    },
  )

  await t.test(
    'whoever waits to be tried again is not called before, whatever happens',
    async (t) => {
      const { referrals, subscriptions, turns } = timed
      await subscriptions.create(aWrite(lakeside), 50, subscribing)
      await tellAll(timed)
      await referrals.commit(aSubmission())
      const [turn] = await turns.take(10, [])
      if (!turn) return t.fail('there was a turn')
      const failed = { status: 'active', error: 'x', failures: 1, waitSeconds: 60 } as const
      await turns.end(turn, { ...failed, delivered: undefined, audit: [] })
      await referrals.commit(aSubmission())
      at += 59_000
      t.same(await turns.take(10, []), [])
      const { oldestUntold, byStatus } = await turns.measure()
      t.equal(byStatus.active, 1)
      t.ok((oldestUntold.get('lakeside-family') ?? 0) >= 59)
      at += 1_000
      t.equal((await turns.take(10, [])).length, 1)
    },
  )

  await t.test('OW1 the reader sees its own subscriptions and events, and no secret', async (t) => {
    const { referrals, subscriptions } = await openFresh(t, { firstWall: false })
    const write = aWrite(lakeside)
    await subscriptions.create(write, 50, subscribing)
    await referrals.commit(aSubmission())
    for (const [viewer, seen] of [
      [lakeside, 1],
      [hilltop, 0],
      [{ ...river, organization: 'lakeside-family' }, 0],
    ] as const) {
      const listed = await subscriptions.list(viewer)
      t.equal(listed.length, seen)
      t.notMatch(JSON.stringify(listed), 'sealed')
      const span = { from: 0, to: 9, limit: 9 }
      t.equal((await subscriptions.events(viewer, write.id, span)).length, seen)
    }
    t.equal(await subscriptions.remove(hilltop, write.id, subscribing), false)
  })

  await t.test('a commit wakes whoever tells, with what is due', async (t) => {
    const { referrals, subscriptions, turns } = shared
    await tellAll(shared)
    let rung = 0
    turns.onWork(() => void rung++)
    await subscriptions.create(aWrite(lakeside), 50, subscribing)
    await until(() => rung > 0)
    await tellAll(shared)
    rung = 0
    await referrals.commit(aSubmission())
    t.ok(rung > 0)
    t.ok((await turns.take(10, [])).length > 0)
  })
}
