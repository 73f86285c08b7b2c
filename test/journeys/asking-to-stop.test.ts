/** The referrer asks by a Task that a referral be stopped, and the clinic answers. */

import { randomUUID } from 'node:crypto'
import type { ServiceRequest, Task } from 'fhir/r4'
import t from 'tap'
import { resourceIdentifierSystem } from '../../src/domain/referral/task.ts'
import { aReferral } from '../helpers/a-referral.ts'
import { eventually } from '../helpers/eventually.ts'
import { problemCodes } from '../helpers/fhir-client.ts'
import { delivered, heldBy, revoke, standing, taskAtClinic } from '../helpers/journey.ts'
import { type Referred, startWorld } from '../helpers/world.ts'

const world = await startWorld(t)
const lakeside = world.client('lakeside-family')
const ehr = world.ehr('river-pain-clinic')

const abortOf = ({ taskId }: Pick<Referred, 'taskId'>, more: Partial<Task> = {}): Task => ({
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' }] },
  focus: { reference: `Task/${taskId}` },
  reasonCode: { text: 'The patient moved away' },
  ...more,
})
const ask = (referred: Pick<Referred, 'taskId'>, by = lakeside) =>
  by.post<Task>('Task', abortOf(referred))
const here = async (id: string | undefined) => (await lakeside.get<Task>(`Task/${id}`)).body
/** The request to stop as the clinic's EHR has it. */
const there = (id: string | undefined) =>
  (heldBy(ehr, 'Task') as readonly Task[]).find(({ identifier }) =>
    identifier?.some(({ system, value }) => system === resourceIdentifierSystem && value === id),
  )
const accepted = async () => {
  const referred = await delivered(world)
  ehr.act(referred.taskId, 'accept')
  await world.reaches(referred, 'accepted/awaiting-scheduling')
  return referred
}

t.test('before the clinic has it, that is the end of it', async (t) => {
  const referred = await world.refer(aReferral({ unanswered: ['glaucoma'] }))
  const answer = await ask(referred)
  t.equal(answer.status, 201, answer.text)
  t.equal(answer.body.status, 'completed')
  t.equal(answer.body.reasonCode?.text, 'The patient moved away')
  t.match(answer.headers.get('location'), `/Task/${answer.body.id}/_history/1`)
  t.equal(await standing(referred), 'cancelled/cancelled')
  const request = await lakeside.get<ServiceRequest>(`ServiceRequest/${referred.id}`)
  t.equal(request.body.status, 'revoked')
  t.same(problemCodes(await ask(referred)), ['referral-closed'])
})

t.test('before the clinic has accepted, its Task is cancelled and nobody is asked', async (t) => {
  const referred = await delivered(world)
  const answer = await ask(referred)
  t.equal(answer.body.status, 'requested')
  await world.reaches(referred, 'cancelled/cancelled')
  t.equal((await here(answer.body.id)).status, 'completed')
  t.equal(taskAtClinic(world, referred).status, 'cancelled')
  t.equal(there(answer.body.id), undefined)
})

t.test('after that the clinic is asked by a Task of its own, and cancels', async (t) => {
  const referred = await accepted()
  const answer = await ask(referred)
  t.equal(answer.body.status, 'requested')
  t.equal(await standing(referred), 'accepted/cancellation-requested')
  const asked = await eventually('the clinic is asked', () => there(answer.body.id))
  t.equal(asked.status, 'requested')
  t.equal(asked.code?.coding?.[0]?.code, 'abort')
  t.equal(asked.focus?.reference, `Task/${taskAtClinic(world, referred).id}`)
  t.equal(asked.businessStatus, undefined)
  t.equal((await ask(referred)).body.id, answer.body.id, 'asking again asks nothing new')
  ehr.act(referred.taskId, 'cancel')
  await world.reaches(referred, 'cancelled/cancelled')
  t.equal((await here(answer.body.id)).status, 'completed')
})

t.test('a clinic that does not stop says so on that Task, or by going on', async (t) => {
  const referred = await accepted()
  t.equal((await revoke(referred)).status, 200, 'who revokes the order asks the same')
  const asked = await eventually('the clinic is asked', () =>
    (heldBy(ehr, 'Task') as readonly Task[]).find(
      ({ focus }) => focus?.reference === `Task/${taskAtClinic(world, referred).id}`,
    ),
  )
  await eventually('the Task says so too', () =>
    taskAtClinic(world, referred).businessStatus?.coding?.[0]?.code === 'cancellation-requested'
      ? true
      : undefined,
  )
  const { id, meta: _meta, ...rest } = asked
  const statusReason = { text: 'The patient is on the table' }
  ehr.store.commit([
    { type: 'Task', id: id as string, resource: { ...rest, status: 'rejected', statusReason } },
  ])
  const task = await world.reaches(referred, 'accepted/awaiting-scheduling')
  t.equal(task.statusReason?.text, 'The patient is on the table')
  const mark = asked.identifier?.find(({ system }) => system === resourceIdentifierSystem)?.value
  t.match(await here(mark), { status: 'rejected', statusReason: { text: /goes on/ } })
  await eventually('the Task there goes on as well', () =>
    taskAtClinic(world, referred).businessStatus?.coding?.[0]?.code === 'awaiting-scheduling'
      ? true
      : undefined,
  )

  const again = await ask(await accepted())
  const other = (await here(again.body.id)).focus?.reference?.split('/')[1] as string
  await eventually('it is asked', () => there(again.body.id))
  ehr.act(other, 'schedule')
  await eventually('going on is an answer', async () =>
    (await here(again.body.id)).status === 'rejected' ? true : undefined,
  )
})

t.test('several at once ask once', async (t) => {
  const referred = await accepted()
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask(referred)))
  const ids = new Set(answers.flatMap(({ status, body }) => (status < 400 ? body.id : [])))
  t.equal(ids.size, 1)
  t.same(
    answers.filter(({ status }) => status !== 200 && status !== 201).map(({ status }) => status),
    [],
  )
})

t.test('what is no such Task, or about what is not one’s own, is refused', async (t) => {
  const referred = await delivered(world)
  const fulfill = {
    coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }],
  }
  for (const wrong of [
    abortOf(referred, { code: fulfill }),
    abortOf(referred, { status: 'completed' }),
    abortOf(referred, { focus: { reference: `ServiceRequest/${referred.id}` } }),
    abortOf(referred, { intent: 'wish' as never }),
    aReferral(),
  ])
    t.equal((await lakeside.post('Task', wrong)).status, 400)
  const foreign = await ask(referred, world.client('hilltop-internal'))
  const nobodys = await ask({ taskId: randomUUID() }, world.client('hilltop-internal'))
  t.same([foreign.status, foreign.text], [nobodys.status, nobodys.text])
  t.equal(foreign.status, 404)
  t.equal((await ask(referred, world.client('river-pain-clinic'))).status, 403, 'no such scope')
  t.equal(await standing(referred), 'received/awaiting-triage')
})
