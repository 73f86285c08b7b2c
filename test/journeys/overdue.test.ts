/** Nothing is silent: whose turn it is and until when stands on the Task, and when that is past it is said. */

import type { Bundle, Task } from 'fhir/r4'
import t from 'tap'
import { parseFhirJson } from '../../src/domain/fhir/json.ts'
import { createReferralValidator } from '../../src/domain/fhir/validation/referral-validator.ts'
import { aReferral } from '../helpers/a-referral.ts'
import { eventually } from '../helpers/eventually.ts'
import { delivered, metricOf, taskAtClinic } from '../helpers/journey.ts'
import { type Referred, startWorld } from '../helpers/world.ts'

let ahead = 0
const lines: string[] = []
const world = await startWorld(t, {
  now: () => new Date(Date.now() + ahead),
  remindEvery: 0.05,
  log: { write: (line) => void lines.push(line) },
})
const lakeside = world.client('lakeside-family')
const river = world.client('river-pain-clinic')
const validator = createReferralValidator()

const nextOf = ({ performerType, restriction }: Task) => ({
  actor: performerType?.[0]?.coding?.[0]?.code,
  due: restriction?.period?.end,
})
const stepOf = async ({ id }: Referred) => (await world.app.storage.referrals.find(id))?.step
const found = async (query: string, by = lakeside) =>
  ((await by.get<Bundle<Task>>(`Task?${query}`)).body.entry ?? []).map(
    ({ resource }) => resource?.id,
  )
const metric = (name: string, actor: string) =>
  metricOf(world, `${name}{clinic="river-pain-clinic",actor="${actor}"}`)
/** Moves the clock until something holds, and back: nobody's token outlives a day. */
const inTime = async (instant: string, what: string, holds: () => Promise<boolean>) => {
  ahead = Date.parse(instant) - Date.now() + 60_000
  await eventually(what, async () => ((await holds()) ? true : undefined))
}
const patch = async (referred: Referred, change: Partial<Task>) => {
  const { etag, body } = await river.get<Task>(`Task/${referred.taskId}`)
  return river.put<Task>(`Task/${referred.taskId}`, { ...body, ...change }, { 'if-match': etag })
}

t.test('the Task shows who acts next and by when, and is found by it', async (t) => {
  const waiting = await world.refer(aReferral({ unanswered: ['glaucoma'] }))
  const task = await world.task(waiting)
  const step = await stepOf(waiting)
  t.same(nextOf(task), { actor: 'referrer', due: step?.due })
  const { body } = await lakeside.get<Bundle<Task>>(`Task?part-of=Task/${waiting.taskId}`)
  t.equal(body.entry?.[0]?.resource?.restriction?.period?.end, step?.due, 'one deadline, not two')

  const referred = await delivered(world)
  const received = await world.task(referred)
  t.equal(nextOf(received).actor, 'clinic')
  t.ok((nextOf(received).due ?? '') > new Date().toISOString())
  t.equal(nextOf(received).due, (await stepOf(referred))?.due)
  const profile = 'https://referloop.example/fhir/StructureDefinition/referral-task'
  const issues = validator.validate(parseFhirJson(JSON.stringify(received)), { profile })
  t.same(
    issues.filter(({ severity }) => severity === 'error'),
    [],
  )
  const there = taskAtClinic(world, referred)
  t.same(
    nextOf(there),
    { actor: undefined, due: undefined },
    'the clinic’s own Task is the clinic’s',
  )

  t.same(await found('performer=clinic'), [referred.taskId])
  t.same(await found('performer=clinic&due-date=gt2020-01-01', river), [referred.taskId])
  t.same(await found(`due-date=lt${new Date().toISOString()}`), [], 'nothing is overdue')
  t.equal(await metric('referloop_open_referrals', 'clinic'), 1)
  t.equal(await metric('referloop_open_referrals', 'referrer'), 1)
})

t.test(
  'what a clinic leaves lying is said on the Task, in the log and in the metrics',
  async (t) => {
    const referred = await delivered(world)
    const before = await world.task(referred)
    const due = (await stepOf(referred))?.due ?? ''
    await inTime(due, 'it is said', async () => (await stepOf(referred))?.notices.length === 2)
    t.equal(await metric('referloop_overdue_steps', 'clinic'), 2, 'with that of the test before')
    const oldest = await metric('referloop_oldest_overdue_seconds', 'clinic')
    t.ok(oldest >= 60 && oldest < 120, `${oldest} s`)
    const overdueNow = new Date(Date.now() + ahead).toISOString()
    ahead = 0
    const task = await world.task(referred)
    t.same(nextOf(task), nextOf(before), 'the turn is the clinic’s as before')
    t.equal(task.status, 'received')
    t.match(task.note?.at(-1)?.text, /^Overdue: triage by the clinic was due by /)
    t.equal(Number(task.meta?.versionId), Number(before.meta?.versionId) + 1, 'one version, once')
    t.ok((await found(`performer=clinic&due-date=lt${overdueNow}`)).includes(referred.taskId))
    const said = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg, referralId }) => msg === 'referral overdue' && referralId === referred.id)
    t.match(said, [
      { level: 40, clinicId: 'river-pain-clinic', actor: 'clinic', step: 'triage', due },
    ])

    const accepted = await patch(referred, { status: 'accepted' })
    t.equal(accepted.status, 200, accepted.text)
    const next = nextOf(accepted.body)
    t.equal(next.actor, 'clinic')
    t.ok((next.due ?? '') > due, 'the next step has a time of its own')
    const closed = await patch(referred, { status: 'completed' })
    t.equal(closed.status, 200, closed.text)
    t.same(nextOf(closed.body), { actor: undefined, due: undefined })
    t.equal(closed.body.restriction, undefined)
  },
)

t.test('three notices are all: then the metrics alone go on', async (t) => {
  const referred = await delivered(world)
  const notices = (await stepOf(referred))?.notices ?? []
  t.equal(notices.length, 3)
  for (const [i, notice] of notices.entries())
    await inTime(notice, `notice ${i + 1}`, async () => {
      const left = (await stepOf(referred))?.notices.length
      return left === 2 - i
    })
  ahead += 100 * 86_400_000
  await new Promise((resolve) => setTimeout(resolve, 200))
  ahead = 0
  const task = await world.task(referred)
  t.equal(task.note?.filter(({ text }) => text.startsWith('Overdue:')).length, 3)
})
