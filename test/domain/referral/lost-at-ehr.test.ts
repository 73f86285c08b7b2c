/** A clinic's EHR that no longer has what it had: asked three times, then a person is told. */

import type { Task } from 'fhir/r4'
import t from 'tap'
import { tellOfOverdue } from '../../../src/domain/referral/overdue.ts'
import { redeliver } from '../../../src/domain/referral/redeliver.ts'
import { failureOf, type SmallWorld, smallWorld } from '../../faults/small-world.ts'

const standing = async (world: SmallWorld, id: string) => {
  const { status, businessStatus } = await world.find(id)
  return `${status}/${businessStatus}`
}
const idAtClinic = async (world: SmallWorld, id: string) =>
  (await world.find(id)).delivery.ehrTask?.split('/')[1] as string

/** Time passes until the clinic is overdue. @returns what it was told */
async function becomeOverdue(world: SmallWorld, id: string): Promise<number> {
  await world.pass(5 * 86_400_000)
  let told = 0
  await tellOfOverdue({
    ...world.ports,
    steps: { due: async () => [id] },
    onOverdue: () => told++,
    onFailure: (_id, error) => {
      throw error
    },
  })
  return told
}

async function lost(): Promise<{ world: SmallWorld; id: string; task: string }> {
  const world = smallWorld()
  const { id } = await world.submit()
  await world.attempt(id, 1)
  const task = await idAtClinic(world, id)
  world.ehr.store.commit([{ type: 'Task', id: task, resource: undefined }])
  await becomeOverdue(world, id)
  for (const attempt of [1, 2]) await failureOf(world.attempt(id, attempt))
  await world.attempt(id, 3)
  return { world, id, task }
}

t.test('a clinic that is overdue is looked at, and what it said meanwhile is heard', async (t) => {
  const world = smallWorld()
  const { id } = await world.submit()
  await world.attempt(id, 1)
  const task = await idAtClinic(world, id)
  const there = JSON.parse(world.held('Task')[0]?.content ?? '{}') as Task
  const { id: _id, meta: _meta, ...rest } = there
  world.ehr.store.commit([{ type: 'Task', id: task, resource: { ...rest, status: 'accepted' } }])
  const before = world.jobs.length
  t.equal(await becomeOverdue(world, id), 1)
  t.same(world.jobs.slice(before), [{ queue: 'deliver', referralId: id }])
  t.equal((await world.find(id)).delivery.lookAgain, true)
  await world.attempt(id, 1)
  t.equal(await standing(world, id), 'accepted/awaiting-scheduling')
  t.equal((await world.find(id)).delivery.lookAgain, undefined)
})

t.test('F7 S8: one answer that it is gone is not believed, three are', async (t) => {
  const world = smallWorld()
  const { id } = await world.submit()
  await world.attempt(id, 1)
  const task = await idAtClinic(world, id)
  world.ehr.store.commit([{ type: 'Task', id: task, resource: undefined }])
  await becomeOverdue(world, id)
  for (const attempt of [1, 2]) {
    t.match(await failureOf(world.attempt(id, attempt)), {
      status: 410,
      permanent: false,
      retryAfter: 60,
    })
    t.equal(await standing(world, id), 'received/awaiting-triage')
  }
  await world.attempt(id, 3)
  const referral = await world.find(id)
  t.equal(await standing(world, id), 'received/lost-at-ehr')
  t.match(referral.delivery.deadLetter, { cause: 'lost', status: 410 })
  t.match(referral.step, { actor: 'operator', name: 'repair' })
  const ours = await world.task(referral)
  t.equal(ours.statusReason?.coding?.[0]?.code, 'lost')
  t.equal(ours.performerType?.[0]?.coding?.[0]?.code, 'operator')
})

t.test('an EHR that finds it again in between is believed', async (t) => {
  const world = smallWorld()
  const { id } = await world.submit()
  await world.attempt(id, 1)
  await becomeOverdue(world, id)
  let gone = true
  world.onTheWay(async (request, forward) =>
    gone && request.method === 'GET'
      ? { ...(await forward()), status: 404, body: Buffer.from('{}') }
      : forward(),
  )
  await failureOf(world.attempt(id, 1))
  t.equal((await world.find(id)).delivery.missing, 1)
  gone = false
  await world.attempt(id, 2)
  t.equal((await world.find(id)).delivery.missing, undefined)
  t.equal(await standing(world, id), 'received/awaiting-triage')
})

t.test('what the clinic restores goes on', async (t) => {
  const { world, id, task } = await lost()
  const [history] = [...world.ehr.store.histories('Task')]
  const { id: _id, meta: _meta, ...rest } = JSON.parse(history?.[0]?.content ?? '{}') as Task
  world.ehr.store.commit([{ type: 'Task', id: task, resource: rest }])
  await world.poll()
  t.equal(await standing(world, id), 'received/awaiting-triage')
  t.equal((await world.find(id)).delivery.deadLetter, undefined)
})

t.test('what the operator sends again is another Task there, and leads from then on', async (t) => {
  const { world, id, task } = await lost()
  const undelivered = {
    givenUp: async () => [{ referral: await world.find(id), jobFailed: false }],
  }
  t.equal(await redeliver({ ...world.ports, undelivered }, id), true)
  t.equal(await standing(world, id), 'requested/sending')
  await world.pass(60_000)
  await world.deliver(id)
  t.equal(await standing(world, id), 'received/awaiting-triage')
  t.not(await idAtClinic(world, id), task)
  t.equal(world.held('ServiceRequest').length, 1, 'the order was still there')
})
