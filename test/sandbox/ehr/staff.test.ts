import t from 'tap'
import { businessStatuses, mayMove } from '../../../src/domain/referral/life.ts'
import { startSandboxEhr } from '../../../src/sandbox/ehr/start.ts'
import { type Call, type Json, sandbox } from './world.ts'

const task = (rest: object = {}) => ({
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  identifier: [
    { system: 'https://referloop.example/fhir/sid/resource', value: 'a1b2' },
    { system: 'urn:other', value: 'Task-c3d4' },
  ],
  for: { reference: 'Patient/1' },
  focus: { reference: 'ServiceRequest/1' },
  ...rest,
})

async function arrived(call: Call, rest: object = {}): Promise<string> {
  return (await call('POST', '/fhir/Task', task(rest))).body.id ?? ''
}

const standing = ({ status, businessStatus }: Json): string =>
  `${status}/${businessStatus?.coding?.[0]?.code}`

const outputs = (task: Json): readonly string[] =>
  (task.output ?? []).map(({ valueReference }) => valueReference?.reference ?? '')

t.test('each action puts the Task where the life of a referral has it', async (t) => {
  const { call } = await sandbox(t)
  const walks: Readonly<Record<string, readonly (readonly [action: string, stands: string])[]>> = {
    'to the outcome': [
      ['receive', 'received/awaiting-triage'],
      ['ask', 'received/awaiting-information'],
      ['accept', 'accepted/awaiting-scheduling'],
      ['schedule', 'in-progress/scheduled'],
      ['no-show', 'in-progress/no-show'],
      ['schedule', 'in-progress/scheduled'],
      ['call-off', 'in-progress/appointment-cancelled'],
      ['schedule', 'in-progress/scheduled'],
      ['visit', 'in-progress/visit-completed'],
      ['complete', 'completed/completed'],
    ],
    'without appointment': [
      ['accept', 'accepted/awaiting-scheduling'],
      ['complete', 'completed/completed'],
    ],
    paused: [
      ['accept', 'accepted/awaiting-scheduling'],
      ['hold', 'on-hold/on-hold'],
      ['accept', 'accepted/awaiting-scheduling'],
      ['fail', 'failed/failed'],
    ],
    declined: [['decline', 'rejected/declined']],
    cancelled: [['cancel', 'cancelled/cancelled']],
    asked: [['ask', 'received/awaiting-information']],
  }
  for (const [name, steps] of Object.entries(walks)) {
    const id = await arrived(call)
    for (const [action, stands] of steps) {
      const answer = await call('POST', `/sandbox/tasks/${id}/${action}`)
      t.equal(answer.status, 200, `${name}: ${action}`)
      t.equal(standing(answer.body), stands, `${name}: ${action}`)
      t.ok((stands.split('/')[1] ?? '') in businessStatuses)
    }
  }
})

t.test('what the life of a referral does not allow is refused, unless forced', async (t) => {
  const { call, ehr } = await sandbox(t)
  t.notOk(mayMove('completed', 'accepted'))
  const id = await arrived(call, { status: 'completed' })
  const refused = await call('POST', `/sandbox/tasks/${id}/accept`)
  t.equal(refused.status, 422)
  t.equal(refused.body.resourceType, 'OperationOutcome')
  t.equal(ehr.store.versions('Task', id).length, 1)
  const forced = await call('POST', `/sandbox/tasks/${id}/accept`, { force: true })
  t.equal(standing(forced.body), 'accepted/awaiting-scheduling')
})

t.test('a Task is known by its id here and by the id it came with', async (t) => {
  const { call } = await sandbox(t)
  const id = await arrived(call)
  for (const name of [id, 'a1b2', 'Task-c3d4', 'c3d4'])
    t.equal((await call('POST', `/sandbox/tasks/${name}/ask`)).body.id, id, name)
  t.equal((await call('POST', '/sandbox/tasks/nobody/ask')).status, 404)
  t.equal((await call('POST', `/sandbox/tasks/${id}/juggle`)).status, 404)
})

t.test('a reason is shown, and goes with the next step', async (t) => {
  const { call } = await sandbox(t)
  const id = await arrived(call)
  const asked = await call('POST', `/sandbox/tasks/${id}/ask`, { reason: 'Send the ECG.' })
  t.equal(asked.body.statusReason?.text, 'Send the ECG.')
  const accepted = await call('POST', `/sandbox/tasks/${id}/accept`)
  t.equal(accepted.body.statusReason, undefined)
  t.equal((await call('POST', `/sandbox/tasks/${id}/hold`, '{"reason":')).status, 400)
})

t.test('an appointment comes with scheduling and follows what happens to it', async (t) => {
  const { call } = await sandbox(t)
  const id = await arrived(call)
  const step = async (action: string) => (await call('POST', `/sandbox/tasks/${id}/${action}`)).body
  await step('accept')
  const [first = ''] = outputs(await step('schedule'))
  t.match(first, /^Appointment\//)
  const appointment = async (reference: string) => (await call('GET', `/fhir/${reference}`)).body
  t.match(await appointment(first), {
    status: 'booked',
    basedOn: [{ reference: 'ServiceRequest/1' }],
    participant: [{ actor: { reference: 'Patient/1' } }],
  })
  await step('no-show')
  t.equal((await appointment(first)).status, 'noshow')
  const [, second = ''] = outputs(await step('schedule'))
  await step('call-off')
  t.equal((await appointment(second)).status, 'cancelled')
  t.equal((await appointment(first)).status, 'noshow')
  const [, , third = ''] = outputs(await step('schedule'))
  await step('visit')
  t.equal((await appointment(third)).status, 'fulfilled')
})

t.test('completing leaves a note and the procedure in Task.output', async (t) => {
  const { call } = await sandbox(t)
  const id = await arrived(call, { output: [{ type: { text: 'check' }, valueString: 'kept' }] })
  await call('POST', `/sandbox/tasks/${id}/accept`)
  const note = 'Seen, treated, pain 7 to 4. Größe: 1,80 m.'
  const { body } = await call('POST', `/sandbox/tasks/${id}/complete`, { note })
  const [check, document, procedure] = body.output ?? []
  t.match(check, { valueString: 'kept' })
  t.match(document?.type, { coding: [{ code: 'outcome' }] })
  const read = await call('GET', `/fhir/${document?.valueReference?.reference}`)
  t.match(read.body, {
    resourceType: 'DocumentReference',
    status: 'current',
    subject: { reference: 'Patient/1' },
    context: { related: [{ reference: 'ServiceRequest/1' }] },
  })
  const data = read.body.content?.[0]?.attachment?.data ?? ''
  t.equal(Buffer.from(data, 'base64').toString(), note)
  const infusion = await call('GET', `/fhir/${procedure?.valueReference?.reference}`)
  t.match(infusion.body, { resourceType: 'Procedure', status: 'completed' })
})

/** Waits until a Task stands somewhere. */
async function until(call: Call, id: string, stands: string): Promise<Json> {
  for (let tries = 0; tries < 200; tries++) {
    const { body } = await call('GET', `/fhir/Task/${id}`)
    if (standing(body) === stands) return body
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`it never stood at ${stands}`)
}

const statuses = async (call: Call, id: string): Promise<readonly string[]> => {
  const { body } = await call('GET', `/fhir/Task/${id}/_history`)
  return (body.entry ?? []).map(({ resource }) => standing(resource ?? {})).toReversed()
}

const wholeWay = [
  'requested/undefined',
  'accepted/awaiting-scheduling',
  'in-progress/scheduled',
  'in-progress/visit-completed',
  'completed/completed',
]

t.test('the autopilot takes a referral through to its outcome', async (t) => {
  const { call } = await sandbox(t, { autopilot: { stepMs: 5 } })
  const id = await arrived(call)
  const done = await until(call, id, 'completed/completed')
  t.strictSame(
    outputs(done).map((reference) => reference.split('/')[0]),
    ['Appointment', 'DocumentReference', 'Procedure'],
  )
  t.strictSame(await statuses(call, id), wholeWay)
})

t.test('the autopilot goes on after a restart, doing nothing twice', async (t) => {
  const directory = t.testdir()
  const start = (stepMs: number) =>
    startSandboxEhr({ port: 0, name: 'River', directory, autopilot: { stepMs } })
  const first = await start(1_000_000)
  const ids = ['requested', 'accepted', 'completed'].map((status, n) => {
    first.store.commit([
      { type: 'Task', id: `t${n}`, resource: { ...task(), status: 'requested' } },
    ])
    if (status !== 'requested') first.act(`t${n}`, 'accept')
    if (status === 'completed') first.act(`t${n}`, 'complete')
    return `t${n}`
  })
  await first.close()
  const { call } = await sandbox(t, { directory, autopilot: { stepMs: 5 } })
  for (const id of ids) await until(call, id, 'completed/completed')
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.strictSame(await statuses(call, 't0'), wholeWay)
  t.strictSame(await statuses(call, 't1'), wholeWay)
  t.strictSame((await statuses(call, 't2')).length, 3)
  t.equal((await call('GET', '/fhir/DocumentReference')).body.total, 3)
  t.equal((await call('GET', '/fhir/Appointment')).body.total, 2)
})

t.test(
  'the autopilot leaves to people what people have taken up, and cancels when asked',
  async (t) => {
    const { ehr, call } = await sandbox(t, { autopilot: { stepMs: 60 } })
    const held = await arrived(call)
    const asked = await arrived(call)
    const cancelled = await arrived(call)
    ehr.act(held, 'accept')
    ehr.act(held, 'hold')
    ehr.act(asked, 'ask')
    const { body } = await call('GET', `/fhir/Task/${cancelled}`)
    await call('PUT', `/fhir/Task/${cancelled}`, {
      ...body,
      status: 'received',
      businessStatus: { coding: [{ code: 'cancellation-requested' }] },
    })
    await until(call, cancelled, 'cancelled/cancelled')
    await new Promise((resolve) => setTimeout(resolve, 100))
    t.equal(standing((await call('GET', `/fhir/Task/${held}`)).body), 'on-hold/on-hold')
    t.equal(
      standing((await call('GET', `/fhir/Task/${asked}`)).body),
      'received/awaiting-information',
    )
  },
)

t.test('a Task that gets lost while the autopilot waits does no harm', async (t) => {
  const { ehr, call } = await sandbox(t, { autopilot: { stepMs: 20 } })
  ehr.store.lose('Task', await arrived(call))
  await new Promise((resolve) => setTimeout(resolve, 60))
  t.equal((await call('GET', '/fhir/Task')).body.total, 0)
})
