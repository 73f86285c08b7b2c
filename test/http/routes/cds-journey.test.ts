/** The CDS services of the app that ships: log-in by JWT, the audit trail, and the submission that follows. */

import t from 'tap'
import { readSandboxClient } from '../../../src/sandbox/start.ts'
import { aHookCall, clientJwt, serviceId } from '../../helpers/hook-calls.ts'
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
