/** What people say at the worklist of a clinic that has an EHR reaches the EHR, and comes back once. */

import type { Appointment, Task } from 'fhir/r4'
import t from 'tap'
import type { Caller } from '../../../src/domain/access/caller.ts'
import { agentOf } from '../../../src/domain/referral/change.ts'
import { type ClinicWord, noteOf } from '../../../src/domain/referral/clinic-word.ts'
import { moveTask } from '../../../src/domain/referral/move-task.ts'
import type { Referral } from '../../../src/domain/referral/referral.ts'
import { type SmallWorld, smallWorld } from '../../faults/small-world.ts'

const person = { id: 'https://ehr.example|nora', name: 'Nora Lind, RN' }
const nora: Caller = {
  role: 'clinic',
  organization: 'river-pain-clinic',
  client: 'worklist',
  scopes: [],
  tokenId: 's',
  person,
}

/** As the worklist does it. */
async function move(
  world: SmallWorld,
  referral: Referral,
  change: (task: Task) => Task,
  word?: ClinicWord,
): Promise<Referral> {
  const stored = await world.store.resources.read(nora, 'Task', referral.taskId)
  const version = stored?.version ?? 0
  return moveTask(world.ports, referral.taskId, change, version, nora, agentOf(nora), word)
}

const to =
  (status: Task['status'], text?: string) =>
  ({ businessStatus: _own, ...task }: Task): Task => ({
    ...task,
    status,
    ...(text
      ? {
          statusReason: { text },
          note: [...(task.note ?? []), noteOf(person, text, '2026-03-02T10:00:00.000Z')],
        }
      : {}),
  })

const booked: Appointment = {
  resourceType: 'Appointment',
  status: 'booked',
  start: '2026-03-09T15:00:00.000Z',
  end: '2026-03-09T16:00:00.000Z',
  participant: [{ actor: { display: 'The patient' }, status: 'accepted' }],
}

const there = (world: SmallWorld, type: string) =>
  world.held(type).map((version) => JSON.parse(version?.content ?? '{}'))

t.test(
  'several moves before the job runs arrive as a whole, with reason, note and appointment',
  async (t) => {
    const world = smallWorld()
    const referral = await world.submit()
    await world.deliver(referral.id)
    await move(world, referral, to('accepted'))
    await move(world, referral, to('in-progress', 'Booked by phone'), { returned: [booked] })
    await world.deliver(referral.id)
    const [task] = there(world, 'Task') as Task[]
    t.match(task, { status: 'in-progress', statusReason: { text: 'Booked by phone' } })
    t.same(
      task?.note?.map(({ text, authorReference }) => [text, authorReference?.display]),
      [['Booked by phone', 'Nora Lind, RN']],
    )
    const [appointment] = there(world, 'Appointment') as Appointment[]
    t.match(appointment, { status: 'booked', start: booked.start })
    t.ok(
      task?.output?.some(
        ({ valueReference }) => valueReference?.reference === `Appointment/${appointment?.id}`,
      ),
    )
    t.equal((await world.find(referral.id)).delivery.taskChanged, undefined)
  },
)

t.test('what went to the EHR comes back as what it is here, and not a second time', async (t) => {
  const world = smallWorld()
  const referral = await world.submit()
  await world.deliver(referral.id)
  await move(world, referral, to('accepted'))
  await move(world, referral, to('in-progress', 'Booked'), { returned: [booked] })
  await world.deliver(referral.id)
  await world.poll()
  world.ehr.act(referral.taskId, 'no-show', false)
  await world.poll()
  const task = await world.task(referral)
  t.equal(task.businessStatus?.coding?.[0]?.code, 'no-show')
  const own = (task.output ?? []).flatMap(({ valueReference }) =>
    valueReference?.reference?.startsWith('Appointment/') ? valueReference.reference : [],
  )
  t.equal(own.length, 1)
  const stored = await world.store.resources.read(nora, 'Appointment', own[0]?.slice(12) ?? '')
  const appointment = JSON.parse(stored?.content ?? '{}') as Appointment
  t.equal(appointment.status, 'noshow', 'changed in the EHR, changed here')
  t.equal(appointment.identifier, undefined, 'without the mark that it bears there')
  t.same(
    task.note?.map(({ text }) => text),
    ['Booked'],
  )
})

t.test('a poll before the job has run drops nothing that was said here', async (t) => {
  const world = smallWorld()
  const referral = await world.submit()
  await world.deliver(referral.id)
  world.ehr.act(referral.taskId, 'accept', false)
  await world.poll()
  await move(world, referral, to('in-progress', 'Booked'), { returned: [booked] })
  world.ehr.act(referral.taskId, 'hold', false)
  await world.poll()
  const task = await world.task(referral)
  t.equal(task.status, 'on-hold')
  t.equal(task.note?.[0]?.text, 'Booked')
  t.ok(
    task.output?.some(({ valueReference }) =>
      valueReference?.reference?.startsWith('Appointment/'),
    ),
  )
})

t.test('what we wrote into the EHR takes back nothing that was done here after it', async (t) => {
  for (const isSeen of [false, true]) {
    const world = smallWorld()
    const referral = await world.submit()
    await world.deliver(referral.id)
    if (isSeen) await world.poll()
    await move(world, referral, to('accepted'))
    await world.deliver(referral.id)
    await move(world, referral, to('in-progress', 'Booked'), { returned: [booked] })
    await world.poll()
    t.equal((await world.task(referral)).status, 'in-progress')
    await world.deliver(referral.id)
    t.match(there(world, 'Task'), [{ status: 'in-progress' }])
    await world.poll()
    t.equal((await world.task(referral)).status, 'in-progress')
    world.ehr.act(referral.taskId, 'complete', false)
    await world.poll()
    t.equal((await world.task(referral)).status, 'completed', 'the EHR goes on leading')
  }
})

t.test('what the staff wrote before it is read all the same', async (t) => {
  const world = smallWorld()
  const referral = await world.submit()
  await world.deliver(referral.id)
  await world.poll()
  world.ehr.act(referral.taskId, 'accept', false)
  await move(world, referral, to('accepted'))
  await move(world, referral, to('in-progress', 'Booked'), { returned: [booked] })
  await world.deliver(referral.id)
  const { ehrTaskVersion: before } = (await world.find(referral.id)).delivery
  await world.poll()
  const { ehrTaskVersion: after } = (await world.find(referral.id)).delivery
  t.same([before, after], ['1', '3'])
  t.equal((await world.task(referral)).status, 'in-progress')
})

t.test('only what the clinic itself returned has a next version', async (t) => {
  const world = smallWorld()
  const referral = await world.submit()
  await world.deliver(referral.id)
  const foreign = { ...booked, id: '00000000-0000-4000-8000-999999999999' }
  await t.rejects(move(world, referral, to('accepted'), { returned: [foreign] }), {
    code: 'not-found',
  })
  t.equal((await world.find(referral.id)).status, 'received')
})
