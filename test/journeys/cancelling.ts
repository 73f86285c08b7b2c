/** The referrer takes a referral back, at every point of its life. */

import type { ServiceRequest } from 'fhir/r4'
import type { Test } from 'tap'
import { aForm, aReferral, unspecifiedPain } from '../helpers/a-referral.ts'
import { overallOf } from '../helpers/check-result.ts'
import { sideBySide } from '../helpers/engines.ts'
import { eventually } from '../helpers/eventually.ts'
import { problemCodes } from '../helpers/fhir-client.ts'
import {
  atClinic,
  delivered,
  patientOf,
  revoke,
  standing,
  taskAtClinic,
} from '../helpers/journey.ts'
import type { World } from '../helpers/world.ts'

export async function cancelling(t: Test, world: World): Promise<void> {
  const lakeside = world.client('lakeside-family')
  const river = world.ehr('river-pain-clinic')

  await sideBySide(t, {
    async 'what is not eligible waits for the referrer, who may withdraw it'(t) {
      const referred = await world.refer(aReferral({ condition: unspecifiedPain }))
      t.equal(overallOf(referred.guidance), 'not-eligible')
      t.equal(await standing(referred), 'requested/awaiting-acknowledgement')
      t.equal((await revoke(referred)).status, 200)
      t.equal(await standing(referred), 'cancelled/cancelled')
      const late = await lakeside.post(
        `ServiceRequest/${referred.id}/$add-information`,
        aForm({ reference: patientOf(referred) }, { glaucoma: 'N' }),
      )
      t.equal(late.status, 422)
      t.same(problemCodes(late), ['referral-closed'])
      t.same(atClinic(world, 'Patient', patientOf(referred)), [], 'the clinic never heard of it')
    },

    async 'what is revoked before the clinic accepted is cancelled there and here'(t) {
      const referred = await delivered(world)
      t.equal((await revoke(referred)).status, 200)
      await world.reaches(referred, 'cancelled/cancelled')
      t.equal(taskAtClinic(world, referred).status, 'cancelled')
      const [request] = atClinic(world, 'ServiceRequest', referred.id)
      t.equal((request as ServiceRequest).status, 'revoked')
    },

    async 'what is revoked after acceptance asks the clinic to cancel'(t) {
      const referred = await delivered(world)
      river.act(referred.taskId, 'accept')
      await world.reaches(referred, 'accepted/awaiting-scheduling')
      t.equal((await revoke(referred)).status, 200)
      t.equal(await standing(referred), 'accepted/cancellation-requested')
      await eventually('the clinic reads the request', () =>
        taskAtClinic(world, referred).businessStatus?.coding?.[0]?.code === 'cancellation-requested'
          ? true
          : undefined,
      )
      t.equal(taskAtClinic(world, referred).status, 'accepted')
      river.act(referred.taskId, 'cancel', { reason: 'As the referrer asked' })
      const task = await world.reaches(referred, 'cancelled/cancelled')
      t.equal(task.statusReason?.text, 'As the referrer asked')
    },
  })
}
