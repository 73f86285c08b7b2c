/** Time passes while a referral waits: reminders, the deadline, and what a person does then. */

import type { Bundle, OperationOutcome, Task } from 'fhir/r4'
import type { Test } from 'tap'
import { parseRegistry } from '../../src/domain/access/registry.ts'
import { type NoticeEvent, remindOfAll } from '../../src/domain/referral/remind.ts'
import { aForm, aReferral, npis, painScore } from '../helpers/a-referral.ts'
import { askedOf, askingStatus, subjectsOf } from '../helpers/asked.ts'
import type { Engine } from '../helpers/engines.ts'
import { eventually } from '../helpers/eventually.ts'
import { daysAgo } from '../helpers/evidence.ts'
import { problemCodes } from '../helpers/fhir-client.ts'
import {
  acknowledgement,
  metricOf,
  patientOf,
  revoke,
  standing,
  taskAtClinic,
} from '../helpers/journey.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import { type Referred, standingOf, startWorld } from '../helpers/world.ts'

const dayMs = 86_400_000

export async function waiting(t: Test, engine: Engine): Promise<void> {
  await t.test('reminders, a deadline, a decision', (t) => deadlines(t, engine))
  await t.test('several processes remind once', (t) => remindersAtOnce(t, engine))
  await t.test('each clinic has its own terms', (t) => ownTerms(t, engine))
}

async function deadlines(t: Test, engine: Engine): Promise<void> {
  let ahead = 0
  const now = () => new Date(Date.now() + ahead * dayMs)
  const world = await startWorld(t, { engine, now, remindEvery: 0.05 })
  const lakeside = world.client('lakeside-family')
  const lacking = (priority: 'routine' | 'urgent' = 'routine') =>
    world.refer(aReferral({ unanswered: ['glaucoma', 'psychosis'], priority }))
  /** Moves the clock until something holds, and back, since nobody's token outlives a day. */
  const inDays = async (days: number, what: string, holds: () => Promise<boolean>) => {
    ahead = days
    await eventually(what, async () => ((await holds()) ? true : undefined))
    ahead = 0
  }
  const kept = async ({ id }: Referred) => (await world.app.storage.referrals.find(id))?.information
  const overdue = () => metricOf(world, 'referloop_overdue_referrals{clinic="river-pain-clinic"}')
  const notices = (notice: string) =>
    metricOf(
      world,
      `referloop_information_notices_total{clinic="river-pain-clinic",notice="${notice}"}`,
    )
  const becomesOverdue = (referred: Referred) =>
    inDays(14.01, 'it is overdue', async () => (await kept(referred))?.overdue === true)

  await t.test('the referrer is reminded twice, and then somebody has to decide', async (t) => {
    const referred = await lacking()
    await inDays(3.01, 'a reminder', async () => (await kept(referred))?.reminders.length === 1)
    const [after] = await askedOf(referred)
    t.equal(after && askingStatus(after), 'requested/reminded')
    t.equal(after?.task.note?.length, 1)
    await inDays(7.01, 'another', async () => (await kept(referred))?.reminders.length === 0)
    t.equal(await overdue(), 0)
    await becomesOverdue(referred)
    t.same([await notices('reminder'), await notices('overdue')], [2, 1])
    const [late] = await askedOf(referred)
    t.equal(late && askingStatus(late), 'failed/overdue')
    t.equal(late?.task.note?.length, 2)
    const task = await world.task(referred)
    t.equal(standingOf(task), 'requested/awaiting-information', 'nothing declines it')
    t.equal(task.statusReason?.coding?.[0]?.code, 'overdue')
    t.match(task.statusReason?.text, /somebody at Lakeside Family Medicine decides/)
    t.equal(await overdue(), 1)
    const found = await lakeside.get<Bundle<Task>>('Task?business-status=overdue')
    t.same(
      found.body.entry?.map(({ resource }) => resource?.partOf?.[0]?.reference),
      [`Task/${referred.taskId}`],
    )

    const subject = { reference: patientOf(referred) }
    const url = `ServiceRequest/${referred.id}/$add-information`
    await lakeside.post(url, painScore(subject, daysAgo(200), 5))
    t.equal((await world.task(referred)).statusReason?.coding?.[0]?.code, 'overdue')
    await lakeside.post(url, aForm(subject, { psychosis: 'N' }))
    const asked = await askedOf(referred)
    const again = asked.find(({ task }) => task.status === 'requested')
    const first = asked.find(({ task }) => task.status === 'failed')
    t.equal(again && askingStatus(again), 'requested/asked', 'the rest is asked for anew')
    t.same(again && subjectsOf(again.form), ['glaucoma'])
    t.equal(first && askingStatus(first), 'failed/supplied')
    t.equal((await world.task(referred)).statusReason, undefined)
    t.equal(await overdue(), 0)
    await lakeside.post(url, aForm(subject, { glaucoma: 'N' }))
    await world.reaches(referred, 'received/awaiting-triage')
  })

  await t.test('an urgent referral is overdue sooner', async (t) => {
    const urgent = await lacking('urgent')
    const routine = await lacking()
    await inDays(3.01, 'overdue', async () => (await kept(urgent))?.overdue === true)
    t.notOk((await kept(routine))?.overdue)
    t.equal((await revoke(urgent)).status, 200)
    const [asked] = await askedOf(urgent)
    t.equal(asked && askingStatus(asked), 'failed/not-needed')
    t.equal(await standing(urgent), 'cancelled/cancelled')
  })

  await t.test('what is overdue may go on with a reason, and not before', async (t) => {
    const referred = await lacking()
    const url = `ServiceRequest/${referred.id}/$acknowledge`
    t.equal((await lakeside.post(url, acknowledgement('Too early'))).status, 422)
    await becomesOverdue(referred)
    const answer = await lakeside.post<Task>(url, acknowledgement('The record is lost'))
    t.equal(answer.status, 200, answer.text)
    await world.reaches(referred, 'received/awaiting-triage')
    t.equal(taskAtClinic(world, referred).statusReason?.text, 'The record is lost')
    const [asked] = await askedOf(referred)
    t.equal(asked && askingStatus(asked), 'failed/not-needed')
  })
}

async function remindersAtOnce(t: Test, engine: Engine): Promise<void> {
  const world = await startWorld(t, { engine, background: false })
  const given: NoticeEvent[] = []
  const { referrals, resources, information } = world.app.storage
  const registry = parseRegistry(world.app.sandbox?.registry)
  const inDays = (days: number) =>
    remindOfAll({
      referrals,
      resources,
      information,
      registry: () => registry,
      now: () => new Date(Date.now() + days * dayMs),
      onNotice: (event) => void given.push(event),
      onFailure: (_id, error) => t.fail(String(error)),
    })
  const referred = await world.refer(aReferral({ unanswered: ['glaucoma'] }))
  t.equal(await inDays(2.9), 0)
  const counts = await Promise.all([inDays(8), inDays(8), inDays(8)])
  t.same(
    counts.reduce((sum, count) => sum + count, 0),
    1,
    'two reminders that were missed are one, whoever gives it',
  )
  const overdue = await Promise.all([inDays(15), inDays(15)])
  t.same([...overdue].sort(), [0, 1])
  t.same(
    given.map(({ notice }) => notice),
    ['reminder', 'overdue'],
  )
  t.equal(await inDays(400), 0, 'it stays open, and nothing follows by itself')
  t.equal(await standing(referred), 'requested/awaiting-information')
}

async function ownTerms(t: Test, engine: Engine): Promise<void> {
  const own = await ownRegistry()
  const registry = own.config.registry as { clinics: object[] }
  const [river, summit] = registry.clinics
  const information = { deadlineDays: 5, reminderDays: [1, 2, 4], urgent: { deadlineDays: 1 } }
  const config = {
    ...own.config,
    registry: { ...registry, clinics: [{ ...river, information }, summit] },
  }
  const world = await startWorld(t, { engine, ...own, config })
  const days = async (referral: Parameters<typeof aReferral>[0]) => {
    const referred = await world.refer(aReferral({ unanswered: ['glaucoma'], ...referral }))
    const kept = await world.app.storage.referrals.find(referred.id)
    const { due = '', reminders = [] } = kept?.information ?? {}
    const since = Date.parse(kept?.createdAt ?? '')
    return [...reminders, due].map((instant) => (Date.parse(instant) - since) / dayMs)
  }
  t.same(await days({}), [1, 2, 4, 5])
  t.same(await days({ priority: 'asap' }), [1])
  t.same(await days({ clinicNpi: npis['summit-pain-center'] }), [3, 7, 14])
  t.same(await days({ clinicNpi: npis['summit-pain-center'], priority: 'stat' }), [1, 3])

  const referred = await world.refer(aReferral({ unanswered: ['glaucoma'] }))
  const [asked] = await askedOf(referred)
  const put = await referred.by.put<OperationOutcome>(
    `Task/${asked?.task.id}`,
    { ...asked?.task, status: 'completed' },
    { 'if-match': 'W/"1"' },
  )
  t.equal(put.status, 422, 'nobody moves the Task that asks')
  t.same(problemCodes(put), ['not-yours-to-change'])
}
