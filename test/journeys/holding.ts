/** A contraindication is found while the referral is on its way, and not yet with the clinic. */

import type { Task } from 'fhir/r4'
import type { Test } from 'tap'
import { aForm, aReferral, npis, painScore } from '../helpers/a-referral.ts'
import type { Engine } from '../helpers/engines.ts'
import { eventually } from '../helpers/eventually.ts'
import { daysAgo } from '../helpers/evidence.ts'
import { acknowledgement, metricOf, patientOf, standing, taskAtClinic } from '../helpers/journey.ts'
import { type Referred, standingOf, startWorld, type World } from '../helpers/world.ts'

export async function holding(t: Test, engine: Engine): Promise<void> {
  const clinic = 'summit-pain-center'
  const toSummit = () => aReferral({ clinicNpi: npis[clinic] })
  const contraindicate = (referred: Referred) =>
    referred.by.post<Task>(
      `ServiceRequest/${referred.id}/$add-information`,
      aForm({ reference: patientOf(referred) }, { psychosis: 'Y' }, daysAgo(1)),
    )
  const acknowledge = (referred: Referred) =>
    referred.by.post<Task>(
      `ServiceRequest/${referred.id}/$acknowledge`,
      acknowledgement('The psychiatrist agrees'),
    )
  const deliveries = (world: World, outcome: string) =>
    metricOf(world, `referloop_deliveries_total{clinic="${clinic}",outcome="${outcome}"}`)
  const next = async (world: World, outcome: string, than: number) =>
    eventually(`a delivery is ${outcome}`, async () =>
      (await deliveries(world, outcome)) > than ? true : undefined,
    )

  await t.test('it holds a referral that was not sent yet', async (t) => {
    const world = await startWorld(t, { engine, background: false })
    const referred = await world.refer(toSummit())
    t.equal(await standing(referred), 'requested/sending')
    const held = await contraindicate(referred)
    t.equal(standingOf(held.body), 'requested/awaiting-acknowledgement')
    t.equal(standingOf((await acknowledge(referred)).body), 'requested/sending')
    const more = await referred.by.post<Task>(
      `ServiceRequest/${referred.id}/$add-information`,
      painScore({ reference: patientOf(referred) }, daysAgo(2), 6),
    )
    t.equal(standingOf(more.body), 'requested/sending', 'what was acknowledged is not asked again')
    t.equal(more.body.statusReason?.text, 'The psychiatrist agrees')
  })

  const world = await startWorld(t, { engine })
  const ehr = world.ehr(clinic)

  await t.test('nothing goes when the attempt before had not arrived', async (t) => {
    const [retries, unchanged] = [
      await deliveries(world, 'retry'),
      await deliveries(world, 'unchanged'),
    ]
    ehr.misbehave({ on: 'write', refuse: { status: 503 } })
    const referred = await world.refer(toSummit())
    await next(world, 'retry', retries)
    t.equal(standingOf((await contraindicate(referred)).body), 'requested/awaiting-acknowledgement')
    ehr.misbehave({})
    await next(world, 'unchanged', unchanged)
    t.throws(() => taskAtClinic(world, referred, clinic), 'the clinic has nothing of it')
    await acknowledge(referred)
    await world.reaches(referred, 'received/awaiting-triage')
    t.equal(taskAtClinic(world, referred, clinic).statusReason?.text, 'The psychiatrist agrees')
  })

  await t.test('what had arrived cannot be taken back, and is flagged', async (t) => {
    const retries = await deliveries(world, 'retry')
    ehr.misbehave({ on: 'write', afterwards: 'reset', times: 1 })
    const referred = await world.refer(toSummit())
    await next(world, 'retry', retries)
    ehr.misbehave({ on: 'read', refuse: { status: 503 } })
    t.equal(standingOf((await contraindicate(referred)).body), 'requested/awaiting-acknowledgement')
    ehr.misbehave({})
    const task = await world.reaches(referred, 'received/awaiting-triage')
    t.match(task.statusReason?.text, /nobody has acknowledged it/)
    const there = await eventually('the clinic reads it too', async () => {
      const task = taskAtClinic(world, referred, clinic)
      return task.statusReason ? task : undefined
    })
    t.match(there.statusReason?.text, /nobody has acknowledged it/)
  })
}
