/** What delivery gave up on: why, for whom to see, and how it goes on its way again. */

import t from 'tap'
import { AnswerLost, NotSent } from '../../../src/delivery/exchange.ts'
import type { CommitOutcome, ReferralChange } from '../../../src/domain/referral/ports.ts'
import {
  listGivenUp,
  type RedeliverPorts,
  redeliver,
} from '../../../src/domain/referral/redeliver.ts'
import { type SmallWorld, smallWorld } from '../../faults/small-world.ts'

/** The ports of the operator's command, on what the small world keeps. */
function operatorIn(world: SmallWorld, dead: ReadonlySet<string> = new Set()) {
  const changes: ReferralChange[] = []
  const ports: RedeliverPorts = {
    referrals: {
      async commit(change): Promise<CommitOutcome> {
        const outcome = await world.store.referrals.commit(change)
        if (outcome === 'committed') changes.push(change)
        return outcome
      },
    },
    resources: world.store.resources,
    undelivered: {
      async givenUp({ referralId = '' }) {
        const referral = await world.find(referralId)
        return referral ? [{ referral, jobFailed: dead.has(referralId) }] : []
      },
    },
    now: world.ports.now,
  }
  return { ports, changes }
}

/** Every request ends so, until it is said otherwise. */
const failing = (world: SmallWorld, error: Error) =>
  world.onTheWay(async () => {
    throw error
  })

const answering = (world: SmallWorld, status: number) =>
  failing(world, new AnswerLost('encoding', status))

t.test('the cause is kept, with status, phase and attempts, and told in the Task', async (t) => {
  const cases = {
    refused: (world: SmallWorld) => answering(world, 422),
    'no-answer': (world: SmallWorld) => answering(world, 500),
    unreachable: (world: SmallWorld) => failing(world, new NotSent(new Error('down'))),
    internal: (world: SmallWorld) => failing(world, new TypeError('a bug')),
  }
  const told = {
    refused: { phase: 'refused', status: 422 },
    'no-answer': { phase: 'unknown', status: 500 },
    unreachable: { phase: 'before' },
    internal: { phase: 'unknown' },
  }
  for (const [cause, prepare] of Object.entries(cases)) {
    const world = smallWorld()
    const { id } = await world.submit()
    prepare(world)
    await world.attempt(id, 7, true).catch((error) => t.match(error, { name: 'TypeError' }))
    const referral = await world.find(id)
    t.match(referral, { status: 'requested', businessStatus: 'delivery-failed' }, cause)
    const expected = { cause, ...told[cause as keyof typeof told], attempts: 7 }
    t.match(referral.delivery.deadLetter, expected)
    const { ports } = operatorIn(world)
    t.match(await listGivenUp(ports, { referralId: id }), [
      { referralId: id, clinicId: 'river-pain-clinic', ...expected },
    ])
    const { statusReason } = await world.task(referral)
    t.equal(statusReason?.coding?.[0]?.code, cause)
    if ('status' in expected) t.match(statusReason?.text, `HTTP ${expected.status}`)
  }
})

t.test('put back it is sent once, however often that is asked for', async (t) => {
  const world = smallWorld()
  const { id } = await world.submit()
  answering(world, 422)
  await world.attempt(id, 1)
  const { ports, changes } = operatorIn(world)
  const pressed = await Promise.all([redeliver(ports, id), redeliver(ports, id)])
  t.same(pressed.sort(), [false, true], 'two at once')
  t.equal(await redeliver(ports, id), false, 'and once more')
  t.equal(changes.length, 1)
  t.match(changes[0], {
    jobs: [{ queue: 'deliver', referralId: id }],
    audit: [{ action: 'redeliver', agent: 'operator', referralId: id, detail: 'refused' }],
  })
  const waiting = await world.find(id)
  t.match(waiting, { businessStatus: 'sending', delivery: { state: 'queued' } })
  t.notOk(waiting.delivery.deadLetter)
  t.notOk((await world.task(waiting)).statusReason, 'the reason goes with it')
  t.same(await listGivenUp(ports, { referralId: id }), [])
  world.onTheWay()
  await world.attempt(id, 1)
  t.match(await world.find(id), { status: 'received', delivery: { state: 'delivered' } })
  t.equal(world.held('ServiceRequest').length, 1)
})

t.test('what had arrived although nobody heard is found, not sent again', async (t) => {
  const world = smallWorld({ ignoresConditions: true })
  const { id } = await world.submit()
  world.onTheWay(async (_request, forward) => {
    await forward()
    throw new AnswerLost('reset', undefined)
  })
  await world.attempt(id, 1, true)
  t.match(await world.find(id), { delivery: { deadLetter: { cause: 'no-answer' } } })
  world.onTheWay()
  t.ok(await redeliver(operatorIn(world).ports, id))
  await world.attempt(id, 1)
  t.match(await world.find(id), { status: 'received', delivery: { state: 'delivered' } })
  t.equal(world.held('ServiceRequest').length, 1)
})

t.test('a change of what the clinic has is put back too, and its Task stays', async (t) => {
  const world = smallWorld()
  const { id } = await world.submit()
  await world.attempt(id, 1)
  const delivered = await world.find(id)
  await world.store.referrals.commit({
    referral: {
      ...delivered,
      version: delivered.version + 1,
      delivery: { ...delivered.delivery, taskChanged: true },
    },
    ...{ expectedVersion: delivered.version, resources: [], audit: [], jobs: [] },
  })
  answering(world, 403)
  await world.attempt(id, 1)
  const { ports } = operatorIn(world)
  t.match(await listGivenUp(ports, { referralId: id }), [{ cause: 'refused', status: 403 }])
  t.ok(await redeliver(ports, id))
  t.match(await world.find(id), { status: 'received', delivery: { state: 'delivered' } })
  world.onTheWay()
  await world.attempt(id, 1)
  const after = await world.find(id)
  t.notOk(after.delivery.taskChanged)
  t.same(await listGivenUp(ports, { referralId: id }), [])
})

t.test('a referral whose job died with its worker each time is put back', async (t) => {
  const world = smallWorld()
  const { id } = await world.submit()
  const dead = new Set([id])
  const { ports, changes } = operatorIn(world, dead)
  t.match(await listGivenUp(ports, { referralId: id }), [{ cause: 'internal' }])
  t.ok(await redeliver(ports, id))
  t.equal(changes[0]?.jobs.length, 1)
})

t.test('what is on its way, or not there, is left alone', async (t) => {
  const world = smallWorld()
  const { id } = await world.submit()
  const { ports, changes } = operatorIn(world)
  t.equal(await redeliver(ports, id), false)
  t.equal(await redeliver(ports, 'nobody'), false)
  await world.attempt(id, 1)
  t.equal(await redeliver(ports, id), false)
  t.same(changes, [])
})
