/** The CDS services of the app that ships: log-in by JWT, the audit trail, and the submission that follows. */

import t from 'tap'
import { readSandboxClient } from '../../../src/sandbox/start.ts'
import type { Card } from '../../helpers/cds-world.ts'
import { aHookCall, clientJwt, serviceId } from '../../helpers/hook-calls.ts'
import { ownRegistry } from '../../helpers/own-registry.ts'
import { startWorld } from '../../helpers/world.ts'

const world = await startWorld(t, { background: false })
const at = `${world.baseUrl}/cds-services/${serviceId}`
const { key } = await readSandboxClient(world.folder, 'lakeside-family')

const post = (url: string, jwt: string, body: object) =>
  fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${jwt}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

t.test('a CDS client signs each call, for the address that it calls', async (t) => {
  const jwt = await clientJwt(key, 'lakeside-family', at)
  const answer = await post(at, jwt, aHookCall())
  t.equal(answer.status, 200)
  t.strictSame(await answer.json(), { cards: [] })
  t.equal((await post(at, jwt, aHookCall())).status, 401, 'once')
  const elsewhere = await clientJwt(key, 'lakeside-family', `${at}/feedback`)
  t.equal((await post(at, elsewhere, aHookCall())).status, 401)
  const feedback = {
    feedback: [{ card: 'x', outcome: 'overridden', outcomeTimestamp: '2026-03-02T10:05:31Z' }],
  }
  for (const audience of [at, `${at}/feedback`]) {
    const signed = await clientJwt(key, 'lakeside-family', audience)
    t.equal((await post(`${at}/feedback`, signed, feedback)).status, 200, audience)
  }
  const fhir = await fetch(`${world.baseUrl}/fhir/Task`, {
    headers: {
      authorization: `Bearer ${await clientJwt(key, 'lakeside-family', `${world.baseUrl}/fhir/Task`)}`,
    },
  })
  t.equal(fhir.status, 401, 'FHIR takes access tokens only')
})

t.test('a call keeps nothing but its line in the audit trail', async (t) => {
  const client = world.client('hilltop-internal')
  const before = await client.get<{ total: number }>('ServiceRequest?_summary=count')
  const answer = await client.post(at, aHookCall({ unanswered: ['glaucoma'] }))
  t.equal(answer.status, 200)
  const after = await client.get<{ total: number }>('ServiceRequest?_summary=count')
  t.equal(after.body.total, before.body.total)
  const trail = await world.app.storage.audit.search(
    { role: 'referrer', organization: 'hilltop-internal' },
    { count: 100 },
  )
  const lines = trail.filter(({ requestId }) => requestId === answer.headers.get('x-request-id'))
  t.match(lines, [{ action: 'check', detail: `order-sign ${serviceId}` }])
  t.equal(lines.length, 1)
})

t.test('a clinic’s own criterion is on the card, and its gap is a gap', async (t) => {
  const { config, clientKeys } = await ownRegistry()
  const registry = config.registry as { clinics: object[] }
  Object.assign(registry.clinics[0] as object, {
    policyOverrides: {
      criteria: [
        {
          id: 'no-recent-stay',
          title: 'No stay in hospital',
          kind: 'contraindication',
          class: 'relative',
          presentWhen: "entry.resource.ofType(Encounter).where(status = 'in-progress').exists()",
          absentWhen: "entry.resource.ofType(Encounter).where(status = 'in-progress').empty()",
          evidence: "entry.resource.ofType(Encounter).where(status = 'in-progress')",
          explanations: {
            met: 'The patient is at home.',
            'not-met': 'The patient is in hospital.',
            'not-documented': 'Nobody knows whether the patient is in hospital.',
            conflicting: 'The record clashes.',
          },
          needed: 'Send the stays in hospital.',
          inputs: [{ type: 'Encounter' }],
        },
      ],
    },
  })
  const own = await startWorld(t, { config, clientKeys, background: false })
  const client = own.client('lakeside-family')
  const ask = async (allEncounter: unknown) => {
    const call = aHookCall()
    call.prefetch = { ...call.prefetch, ...(allEncounter === undefined ? {} : { allEncounter }) }
    const answer = await client.post<{ cards: Card[] }>(
      `${own.baseUrl}/cds-services/${serviceId}`,
      call,
    )
    return answer.body.cards
  }
  t.strictSame(await ask(null), [], 'no stay')
  const [inside] = await ask({
    resourceType: 'Encounter',
    id: 'stay',
    status: 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    subject: { reference: 'Patient/patient-1' },
  })
  t.match(
    inside?.detail,
    /\*\*No stay in hospital\*\* \(not met\): The patient is in hospital\. \[`Encounter\/stay`\]/,
  )
  t.ok(inside?.overrideReasons)
  const [unknown, gap] = await ask(undefined)
  t.match(unknown?.detail, /\*\*No stay in hospital\*\* \(not documented\)/)
  t.match(gap?.detail, /`allEncounter` \(every Encounter\): not in the prefetch/)
})
