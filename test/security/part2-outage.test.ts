/** P2-04: a consent that is revoked while the clinic's EHR is down releases nothing once it is back. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Consent, FhirResource, Task } from 'fhir/r4'
import t, { type Test } from 'tap'
import { eventually } from '../helpers/eventually.ts'
import { atClinic, metricOf } from '../helpers/journey.ts'
import { type Referred, startWorld, type World } from '../helpers/world.ts'
import { aConsent, aReferralWith, codesOf, opioidDependence } from './part2-world.ts'

const clinic = 'river-pain-clinic'
const world = await startWorld(t)
const ehr = world.ehr(clinic)

const retries = () =>
  metricOf(world, `referloop_deliveries_total{clinic="${clinic}",outcome="retry"}`)

const lastOf = ({ sent }: Referred, type: string): string =>
  sent.findLast((reference) => reference.startsWith(`${type}/`)) as string

/** A referral whose record the patient has released; its first delivery fails. */
async function queued(): Promise<{ referred: Referred; consent: Consent }> {
  const before = await retries()
  const referred = await world.refer(
    aReferralWith((subject) => [opioidDependence(subject), aConsent(subject)]),
  )
  await referred.by.post(`ServiceRequest/${referred.id}/$acknowledge`, {
    resourceType: 'Parameters',
    parameter: [
      { name: 'reason', valueString: 'Stable on agonist therapy' },
      { name: 'practitioner', valueReference: { display: 'Dr Kim Example' } },
    ],
  })
  await eventually('an attempt fails', async () => ((await retries()) > before ? true : undefined))
  const { body: consent } = await referred.by.get<Consent>(lastOf(referred, 'Consent'))
  return { referred, consent }
}

async function revokeConsent(t: Test, { by, id }: Referred, consent: Consent): Promise<void> {
  const { id: _ours, meta: _versions, ...rest } = consent
  const answer = await by.post(`ServiceRequest/${id}/$add-information`, {
    ...rest,
    status: 'inactive',
    dateTime: '2026-11-10',
  })
  t.equal(answer.status, 200, 'the revocation is taken in')
}

/** Neither the record nor the consent, which tells of it, nor a word of either. */
async function nothingWent(t: Test, world: World, referred: Referred): Promise<void> {
  const task = await world.reaches(referred, 'received/awaiting-triage')
  for (const type of ['Condition', 'Consent'])
    for (const resource of atClinic(world, type, lastOf(referred, 'Patient')))
      t.notMatch(codesOf(resource), ['42CFRPart2'], `${type} at the clinic`)
  const patient = lastOf(referred, 'Patient')
  const there = ['Condition', 'Consent', 'ServiceRequest', 'Task', 'Provenance'].flatMap((type) =>
    atClinic(world, type, patient),
  )
  t.ok(there.length >= 3, 'the rest has arrived')
  t.notMatch(JSON.stringify(there), /F11\.20|42CFRPart2|NORDSCLCD/)
  const [order] = atClinic(world, 'ServiceRequest', referred.id)
  t.ok(order)
  const told = (task as Task).output?.filter(({ type }) =>
    type.coding?.some(({ code }) => code === 'withheld'),
  )
  t.ok(
    told?.some(({ valueReference }) => valueReference?.reference === lastOf(referred, 'Condition')),
    'the referrer is told what is withheld',
  )
  for (const reference of [lastOf(referred, 'Condition'), lastOf(referred, 'Consent')])
    t.equal((await world.client(clinic).get<FhirResource>(reference)).status, 404, reference)
}

t.test(
  'P2-04 a consent revoked while the EHR is down releases nothing when it is up',
  async (t) => {
    ehr.misbehave({ refuse: { status: 503 } })
    const { referred, consent } = await queued()
    await revokeConsent(t, referred, consent)
    ehr.misbehave({})
    await nothingWent(t, world, referred)
  },
)

t.test('P2-04 nor does one revoked while the EHR is asked what it has', async (t) => {
  ehr.misbehave({ on: 'write', refuse: { status: 503 }, times: 1 })
  const asked = new Promise<void>((resolve) => {
    const listen = (message: unknown) => {
      const { request } = message as { request: { method: string; path: string } }
      if (request.method === 'GET' && request.path.includes('/ServiceRequest?')) resolve()
    }
    subscribe('undici:request:create', listen)
    t.teardown(() => unsubscribe('undici:request:create', listen))
  })
  const { referred, consent } = await queued()
  await asked
  await revokeConsent(t, referred, consent)
  await nothingWent(t, world, referred)
})
