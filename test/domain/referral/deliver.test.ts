/** What a delivery does when its outcome is not known, on an EHR that creates whatever it is given. */

import type { Practitioner, Task } from 'fhir/r4'
import t from 'tap'
import { AnswerLost } from '../../../src/delivery/exchange.ts'
import { Problem } from '../../../src/domain/problem.ts'
import { caller, failureOf, type SmallWorld, smallWorld } from '../../faults/small-world.ts'

/** The next transaction is done, and its answer lost. */
function loseAnswer(world: SmallWorld): void {
  let lost = false
  world.onTheWay(async ({ method }, forward) => {
    const answer = await forward()
    if (method !== 'POST' || lost) return answer
    lost = true
    throw new AnswerLost('reset', undefined)
  })
}

t.test('what cannot be found yet is not sent again before it had time to show', async (t) => {
  const world = smallWorld({ ignoresConditions: true, searchLagMs: 8_000 })
  const { id } = await world.submit()
  loseAnswer(world)
  t.match(await failureOf(world.attempt(id, 1)), { phase: 'unknown' })
  const early = await failureOf(world.attempt(id, 2))
  t.match(early, { phase: 'before', permanent: false })
  t.ok((early.retryAfter ?? 0) > 5 && (early.retryAfter ?? 99) <= 15, 'the rest of the wait')
  await world.pass((early.retryAfter ?? 0) * 1_000)
  await world.attempt(id, 3)
  t.equal(world.held('ServiceRequest').length, 1)
  t.equal((await world.store.referrals.find(id))?.delivery.state, 'delivered')
})

t.test('what never got there is sent again once that is certain', async (t) => {
  const world = smallWorld()
  const { id } = await world.submit()
  loseAnswer(world)
  await failureOf(world.attempt(id, 1))
  world.ehr.restore(0)
  t.match(await failureOf(world.attempt(id, 2)), { phase: 'before' })
  await world.pass(15_000)
  await world.attempt(id, 3)
  t.equal(world.held('ServiceRequest').length, 1)
})

t.test('an attempt that left no word of its end may still come to light', async (t) => {
  const world = smallWorld({ ignoresConditions: true, searchLagMs: 8_000 })
  const { id } = await world.submit()
  world.onCommit(async () => {
    throw new Problem('unavailable')
  })
  await t.rejects(world.attempt(id, 1), { code: 'unavailable' })
  world.onCommit()
  const early = await failureOf(world.attempt(id, 2))
  t.match(early, { phase: 'unknown', permanent: false, retryAfter: 15 })
  await world.pass(15_000)
  await world.attempt(id, 3)
  t.equal(world.held('ServiceRequest').length, 1)
})

t.test('a clock that was set back does not stretch the wait', async (t) => {
  const world = smallWorld()
  const { id } = await world.submit()
  loseAnswer(world)
  await failureOf(world.attempt(id, 1))
  world.ehr.restore(0)
  world.skew(-3_600_000)
  t.ok(((await failureOf(world.attempt(id, 2))).retryAfter ?? 99) <= 15)
})

t.test('an EHR that holds the doctor twice still gets the referral', async (t) => {
  const world = smallWorld()
  const first = await world.submit('one')
  await world.attempt(first.id, 1)
  const doctor = world.held('Practitioner')[0]
  const { id: _own, ...copy } = JSON.parse(doctor?.content ?? '{}') as Practitioner
  world.ehr.store.commit([{ type: 'Practitioner', id: 'zz', resource: { ...copy } as never }])
  const second = await world.submit('two')
  await world.attempt(second.id, 1)
  t.match(await world.store.referrals.find(second.id), { delivery: { state: 'delivered' } })
  t.equal(world.held('ServiceRequest').length, 2)
  t.equal(world.held('Practitioner').length, 2, 'and no third')
})

t.test('what was taken back too late ends as the clinic ended it', async (t) => {
  const world = smallWorld()
  const { id, taskId } = await world.submit()
  loseAnswer(world)
  await failureOf(world.attempt(id, 1))
  const current = await world.store.referrals.find(id)
  if (!current) throw new Error('it is gone')
  await world.store.referrals.commit({
    referral: {
      ...current,
      version: current.version + 1,
      status: 'cancelled',
      businessStatus: 'cancelled',
    },
    ...{ expectedVersion: current.version, resources: [], audit: [], jobs: [] },
  })
  for (const action of ['accept', 'complete'] as const) world.ehr.act(taskId, action, false)
  await world.attempt(id, 2)
  t.match(await world.store.referrals.find(id), {
    status: 'completed',
    businessStatus: 'completed',
  })
  const task = await world.store.resources.read(caller, 'Task', taskId)
  t.ok((JSON.parse(task?.content ?? '{}') as Task).output?.length, 'with its outcome')
})
