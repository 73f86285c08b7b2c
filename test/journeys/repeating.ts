/** A referral that comes again, comes twenty times at once, or comes with people who are known. */

import { randomUUID } from 'node:crypto'
import type { Bundle, FhirResource, Patient, ServiceRequest } from 'fhir/r4'
import type { Test } from 'tap'
import { aReferral, asSingle, mrnSystem, referralSystem } from '../helpers/a-referral.ts'
import { sideBySide } from '../helpers/engines.ts'
import { problemCodes } from '../helpers/fhir-client.ts'
import { atClinic, delivered, patientOf } from '../helpers/journey.ts'
import { refer, referenceIn, type World } from '../helpers/world.ts'

export async function repeating(t: Test, world: World): Promise<void> {
  const lakeside = world.client('lakeside-family')
  const found = async (identifier: string) => {
    const { body } = await lakeside.get<Bundle>(
      `ServiceRequest?identifier=${encodeURIComponent(`${referralSystem}|${identifier}`)}`,
    )
    return body.total
  }

  await sideBySide(t, {
    async 'the same referral again is the one that is there'(t) {
      const identifier = randomUUID()
      const bundle = aReferral({ identifier })
      const first = await delivered(world, bundle)
      const again = await lakeside.post<Bundle<FhirResource>>('', withNewNames(bundle))
      t.equal(again.status, 200)
      const entries = again.body.entry ?? []
      t.same(
        entries.slice(0, -2).map(({ response }) => referenceIn(response?.location)),
        first.sent,
        'every entry has the place that it had',
      )
      t.ok(entries.every(({ response }) => response?.status.startsWith('200')))
      t.equal(entries.at(-2)?.resource?.id, first.taskId)
      t.equal(entries.at(-1)?.resource?.id, first.guidance.id)
      t.equal(await found(identifier), 1)
      t.equal(atClinic(world, 'ServiceRequest', first.id).length, 1)
    },

    async 'the same identifier with other content is a conflict that says how to go on'(t) {
      const bundle = aReferral()
      await refer(lakeside, bundle)
      const changed = structuredClone(bundle)
      for (const { resource } of changed.entry ?? [])
        if (resource?.resourceType === 'ServiceRequest') resource.priority = 'urgent'
      const answer = await lakeside.post('', changed)
      t.equal(answer.status, 409)
      t.same(problemCodes(answer), ['referral-differs'])
      t.match(answer.text, /send a new identifier, or PUT the change/)
    },

    async 'a conditional create finds what bears the identifier, whatever its content'(t) {
      const identifier = randomUUID()
      const first = await refer(lakeside, aReferral({ identifier }))
      const condition = `identifier=${referralSystem}|${identifier}`
      const single = asSingle(aReferral({ identifier, priority: 'urgent' }))
      const answer = await lakeside.post<ServiceRequest>('ServiceRequest', single, {
        'if-none-exist': condition,
      })
      t.equal(answer.status, 200, answer.text)
      t.equal(answer.body.id, first.id)
      t.equal(answer.body.priority, 'routine')
      const bundle = aReferral({ identifier, priority: 'urgent' })
      for (const { resource, request } of bundle.entry ?? [])
        if (resource?.resourceType === 'ServiceRequest' && request) request.ifNoneExist = condition
      t.equal((await refer(lakeside, bundle)).id, first.id)
      t.equal(await found(identifier), 1)
    },

    async 'a conditional create by the identifier of another referral finds that one'(t) {
      const other = randomUUID()
      const first = await refer(lakeside, aReferral({ identifier: other }))
      const answer = await lakeside.post<ServiceRequest>('ServiceRequest', asSingle(aReferral()), {
        'if-none-exist': `identifier=${referralSystem}|${other}`,
      })
      t.same([answer.status, answer.body.id], [200, first.id])
    },

    async 'of twenty identical submissions at once, one referral comes'(t) {
      const identifier = randomUUID()
      const bundle = aReferral({ identifier })
      const all = await Promise.all(Array.from({ length: 20 }, () => refer(lakeside, bundle)))
      t.equal(new Set(all.map(({ id }) => id)).size, 1)
      t.equal(new Set(all.map(({ taskId }) => taskId)).size, 1)
      t.equal(new Set(all.map(patientOf)).size, 1)
      t.equal(await found(identifier), 1)
      const [first] = all
      if (!first) throw new Error('none came back')
      await world.reaches(first, 'received/awaiting-triage')
      t.equal(atClinic(world, 'ServiceRequest', first.id).length, 1, 'one at the clinic')
      t.equal(
        atClinic(world, 'Task', first.id).length + atClinic(world, 'Task', first.taskId).length,
        1,
      )
    },

    async 'of twenty that differ under one identifier, one is taken'(t) {
      const identifier = randomUUID()
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => lakeside.post('', aReferral({ identifier }))),
      )
      t.same(answers.map(({ status }) => status).sort(), [
        200,
        ...Array.from({ length: 19 }, () => 409),
      ])
      t.equal(await found(identifier), 1)
    },

    async 'a patient is known again by the same referrer, and by nobody else'(t) {
      const mrn = randomUUID()
      const first = await refer(lakeside, aReferral({ mrn }))
      const second = await refer(lakeside, aReferral({ mrn, beside: true }))
      const foreign = await refer(world.client('hilltop-internal'), aReferral({ mrn }))
      t.equal(patientOf(second), patientOf(first))
      t.not(patientOf(foreign), patientOf(first))
      const patients = await lakeside.get<Bundle>(`Patient?identifier=${mrnSystem}|${mrn}`)
      t.equal(patients.body.total, 1)
      t.equal((await lakeside.get(patientOf(first))).etag, 'W/"1"', 'unchanged, so no new version')
      t.equal((await lakeside.get(patientOf(foreign))).status, 404)
    },

    async 'a patient who moved has a new version, and keeps the old one'(t) {
      const mrn = randomUUID()
      const first = await refer(lakeside, aReferral({ mrn }))
      const bundle = aReferral({ mrn, beside: true })
      for (const { resource } of bundle.entry ?? [])
        if (resource?.resourceType === 'Patient') resource.address = [{ city: 'Springfield' }]
      const second = await refer(lakeside, bundle)
      t.equal(patientOf(second), patientOf(first))
      const now = await lakeside.get<Patient>(patientOf(first))
      t.equal(now.etag, 'W/"2"')
      t.equal(now.body.address?.[0]?.city, 'Springfield')
      const before = await lakeside.get<Patient>(`${patientOf(first)}/_history/1`)
      t.equal(before.body.address, undefined)
    },

    async 'ten first referrals of one patient at once make one patient'(t) {
      const mrn = randomUUID()
      const all = await Promise.all(
        Array.from({ length: 10 }, () => refer(lakeside, aReferral({ mrn, beside: true }))),
      )
      t.equal(new Set(all.map(patientOf)).size, 1)
      t.equal(new Set(all.map(({ id }) => id)).size, 10)
    },
  })
}

/** As an EHR repeats it: the same content under new urn:uuid names. */
function withNewNames(bundle: Bundle<FhirResource>): Bundle<FhirResource> {
  const names = (bundle.entry ?? []).map(({ fullUrl }) => fullUrl as string)
  return JSON.parse(
    names.reduce(
      (text, name) => text.replaceAll(name, `urn:uuid:${randomUUID()}`),
      JSON.stringify(bundle),
    ),
  ) as Bundle<FhirResource>
}
