/** The clinic moves the referral through its life, in its own EHR: docs/referral-life.md, row by row. */

import type { Appointment, Task } from 'fhir/r4'
import type { Test } from 'tap'
import type { StaffAction, StaffRemark } from '../../src/sandbox/ehr/staff.ts'
import { aReferral } from '../helpers/a-referral.ts'
import { overallOf } from '../helpers/check-result.ts'
import { sideBySide } from '../helpers/engines.ts'
import { eventually } from '../helpers/eventually.ts'
import {
  delivered,
  metricOf,
  outcomeNote,
  outputsOf,
  revoke,
  standing,
  statusesOf,
  taskAtClinic,
} from '../helpers/journey.ts'
import { type Referred, standingOf, type World } from '../helpers/world.ts'

export async function clinicMoves(t: Test, world: World): Promise<void> {
  const lakeside = world.client('lakeside-family')
  const river = world.client('river-pain-clinic')
  const staff = (referred: Referred, action: StaffAction, remark?: StaffRemark) =>
    world.ehr('river-pain-clinic').act(referred.taskId, action, remark)
  const accepted = async () => {
    const referred = await delivered(world)
    staff(referred, 'accept')
    await world.reaches(referred, 'accepted/awaiting-scheduling')
    return referred
  }

  await sideBySide(t, {
    async 'what is ready goes to the clinic, and its outcome comes back'(t) {
      const referred = await world.refer(aReferral())
      t.equal(overallOf(referred.guidance), 'ready')
      t.equal(referred.guidance.status, 'success')
      await world.reaches(referred, 'received/awaiting-triage')
      staff(referred, 'accept')
      await world.reaches(referred, 'accepted/awaiting-scheduling')
      staff(referred, 'schedule')
      const scheduled = await world.reaches(referred, 'in-progress/scheduled')
      const [appointment] = outputsOf(scheduled, 'Appointment')
      const booked = await lakeside.get<Appointment>(appointment as string)
      t.match(booked.body, { status: 'booked' })
      t.equal(booked.body.basedOn?.[0]?.reference, `ServiceRequest/${referred.id}`, 'in our words')
      staff(referred, 'no-show')
      await world.reaches(referred, 'in-progress/no-show')
      t.equal((await lakeside.get<Appointment>(appointment as string)).body.status, 'noshow')
      staff(referred, 'call-off')
      await world.reaches(referred, 'in-progress/appointment-cancelled')
      staff(referred, 'visit')
      await world.reaches(referred, 'in-progress/visit-completed')
      staff(referred, 'complete', { note: 'Pain fell from 8 to 3. Review in May.' })
      const done = await world.reaches(referred, 'completed/completed')
      t.equal(await outcomeNote(referred, done), 'Pain fell from 8 to 3. Review in May.')
      const history = await statusesOf(referred)
      t.same(history, [
        'requested/sending',
        'received/awaiting-triage',
        'accepted/awaiting-scheduling',
        'in-progress/scheduled',
        'in-progress/no-show',
        'in-progress/appointment-cancelled',
        'in-progress/visit-completed',
        'completed/completed',
      ])
    },

    async 'staff who do three things in one moment are followed step by step'(t) {
      const referred = await delivered(world)
      staff(referred, 'accept')
      staff(referred, 'schedule')
      staff(referred, 'visit')
      await world.reaches(referred, 'in-progress/visit-completed')
      staff(referred, 'hold')
      await world.reaches(referred, 'on-hold/on-hold')
      t.same((await statusesOf(referred)).slice(1), [
        'received/awaiting-triage',
        'accepted/awaiting-scheduling',
        'in-progress/scheduled',
        'in-progress/visit-completed',
        'on-hold/on-hold',
      ])
    },

    async 'what the clinic declines is with the referrer, with the reason'(t) {
      const referred = await delivered(world)
      staff(referred, 'decline', { reason: 'No capacity before autumn' })
      const task = await world.reaches(referred, 'rejected/declined')
      t.equal(task.statusReason?.text, 'No capacity before autumn')
      t.equal((await revoke(referred)).status, 422, 'it is closed')
    },

    async 'what the clinic pauses goes on later'(t) {
      const referred = await accepted()
      staff(referred, 'hold', { reason: 'Patient is travelling' })
      const task = await world.reaches(referred, 'on-hold/on-hold')
      t.equal(task.statusReason?.text, 'Patient is travelling')
      staff(referred, 'accept')
      const back = await world.reaches(referred, 'accepted/awaiting-scheduling')
      t.equal(back.statusReason, undefined, 'the reason went with the pause')
    },

    async 'what the clinic could not fulfil has failed, with the reason'(t) {
      const referred = await accepted()
      staff(referred, 'fail', { reason: 'Moved away' })
      const task = await world.reaches(referred, 'failed/failed')
      t.equal(task.statusReason?.text, 'Moved away')
    },

    async 'a move that the life does not allow is recorded and not applied'(t) {
      const referred = await delivered(world)
      staff(referred, 'decline')
      await world.reaches(referred, 'rejected/declined')
      staff(referred, 'schedule', { force: true })
      const line = 'referloop_status_reports_total{clinic="river-pain-clinic",verdict="illegal"}'
      await eventually('it is counted', async () =>
        (await metricOf(world, line)) > 0 ? true : undefined,
      )
      t.equal(await standing(referred), 'rejected/declined')
    },

    async 'a clinic moves the Task here as well, and finds it moved in its EHR'(t) {
      const referred = await delivered(world)
      const task = await river.get<Task>(`Task/${referred.taskId}`)
      const moved = await river.put<Task>(
        `Task/${referred.taskId}`,
        { ...task.body, status: 'accepted' },
        { 'if-match': task.etag },
      )
      t.equal(moved.status, 200, moved.text)
      t.equal(standingOf(moved.body), 'accepted/awaiting-scheduling')
      await eventually('its EHR has it too', () =>
        taskAtClinic(world, referred).status === 'accepted' ? true : undefined,
      )
      staff(referred, 'schedule')
      await world.reaches(referred, 'in-progress/scheduled')
    },
  })
}
