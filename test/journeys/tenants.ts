/** Nobody sees, finds or moves what belongs to others: every route that takes an id, one by one. */

import { randomUUID } from 'node:crypto'
import type { Bundle, FhirResource, Task } from 'fhir/r4'
import type { Test } from 'tap'
import { aForm, aReferral, painScore, requestOf } from '../helpers/a-referral.ts'
import { sideBySide } from '../helpers/engines.ts'

import { type Answer, type FhirClient, problemCodes } from '../helpers/fhir-client.ts'
import { delivered, patientOf, standing } from '../helpers/journey.ts'
import { type Referred, refer, type World } from '../helpers/world.ts'

/** What is asked of one resource; `*` stands for every type that a referral has. */
interface Attempt {
  readonly route: string
  readonly type: '*' | 'ServiceRequest' | 'Task'
  ask(by: FhirClient, type: string, id: string): Promise<Answer<FhirResource>>
}

const parameters = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'reason', valueString: 'Because' },
    { name: 'practitioner', valueReference: { display: 'Dr Kim Example' } },
  ],
}

const attempts: readonly Attempt[] = [
  { route: 'GET /:type/:id', type: '*', ask: (by, type, id) => by.get(`${type}/${id}`) },
  {
    route: 'GET /:type/:id/_history',
    type: '*',
    ask: (by, type, id) => by.get(`${type}/${id}/_history`),
  },
  {
    route: 'GET /:type/:id/_history/:version',
    type: '*',
    ask: (by, type, id) => by.get(`${type}/${id}/_history/1`),
  },
  {
    route: 'PUT /ServiceRequest/:id',
    type: 'ServiceRequest',
    ask: (by, _type, id) =>
      by.put(
        `ServiceRequest/${id}`,
        { ...requestOf(aReferral()), id, status: 'revoked' },
        { 'if-match': 'W/"1"' },
      ),
  },
  {
    route: 'POST /ServiceRequest/:id/$add-information',
    type: 'ServiceRequest',
    ask: (by, _type, id) =>
      by.post(
        `ServiceRequest/${id}/$add-information`,
        painScore({ display: 'Somebody' }, '2026-01-05', 5),
      ),
  },
  {
    route: 'POST /ServiceRequest/:id/$acknowledge',
    type: 'ServiceRequest',
    ask: (by, _type, id) => by.post(`ServiceRequest/${id}/$acknowledge`, parameters),
  },
  {
    route: 'POST /ServiceRequest/:id/$answer-link',
    type: 'ServiceRequest',
    ask: (by, _type, id) =>
      by.post(`ServiceRequest/${id}/$answer-link`, {
        resourceType: 'Parameters',
        parameter: [{ name: 'end', valueBoolean: true }],
      }),
  },
  {
    route: 'PUT /Task/:id',
    type: 'Task',
    ask: (by, _type, id) =>
      by.put(
        `Task/${id}`,
        { resourceType: 'Task', id, status: 'cancelled', intent: 'order' },
        { 'if-match': 'W/"2"' },
      ),
  },
  {
    route: 'PATCH /Task/:id',
    type: 'Task',
    ask: (by, _type, id) =>
      by.patch(`Task/${id}`, [{ op: 'replace', path: '/status', value: 'cancelled' }], {
        'if-match': 'W/"2"',
      }),
  },
]

/**
 * Conformance resources are everybody's; the audit trail has tests of its own in test/security, and so
 * have subscriptions and the Measure, which are of no referral, beside their routes.
 */
const notHere =
  /^(GET \/(AuditEvent|CodeSystem|Measure|OperationDefinition|PlanDefinition|Questionnaire|SearchParameter|StructureDefinition|ValueSet)\/:id$|\w+ \/Measure\/:id\/\$|\w+ \/Subscription\/:id)/

export async function tenants(t: Test, world: World): Promise<void> {
  const lakeside = world.client('lakeside-family')
  const hilltop = world.client('hilltop-internal')
  const summit = world.client('summit-pain-center')
  const river = world.client('river-pain-clinic')
  const waiting = await refer(lakeside, aReferral({ unanswered: ['glaucoma'], doctor: 'new' }))
  const received = await delivered(world, aReferral({ doctor: 'known to one clinic' }))

  await sideBySide(t, {
    async 'the table below has every route that takes an id'(t) {
      const routes = world.app.http.knownRoutes
        .filter(({ url, method }) => /^\/fhir\/.*:id/.test(url) && method !== 'HEAD')
        .map(({ method, url }) => `${method} ${url.slice('/fhir'.length)}`)
        .filter((route) => !notHere.test(route))
      t.same([...new Set(routes)].sort(), attempts.map(({ route }) => route).sort())
    },

    async 'another referrer and another clinic meet nothing, like anybody with a made-up id'(t) {
      for (const by of [hilltop, summit])
        for (const referred of [waiting, received]) await meetsNothing(t, by, referred)
    },

    async 'the clinic meets nothing while the referral is not with it'(t) {
      await meetsNothing(t, river, waiting)
      t.equal(await standing(waiting), 'requested/awaiting-information')
    },

    async 'the clinic reads what is with it, all of it'(t) {
      const task = (await river.get<Task>(`Task/${received.taskId}`)).body
      const check = task.output?.[0]?.valueReference?.reference as string
      for (const reference of [...received.sent, `Task/${received.taskId}`, check]) {
        t.equal((await river.get(reference)).status, 200, reference)
        t.equal((await river.get(`${reference}/_history`)).status, 200)
      }
    },

    async 'a search shows others nothing'(t) {
      for (const reference of everything(received)) {
        const [type, id] = reference.split('/') as [string, string]
        for (const by of [hilltop, summit])
          t.equal((await by.get<Bundle>(`${type}?_id=${id}`)).body.total, 0, reference)
      }
      const task = await hilltop.get<Bundle>(`Task?focus=ServiceRequest/${received.id}`)
      t.equal(task.body.total, 0)
    },

    async 'a reference to what others own leads nowhere'(t) {
      const bundle = aReferral()
      for (const { resource } of bundle.entry ?? [])
        if (resource?.resourceType === 'ServiceRequest')
          resource.supportingInfo?.push({ reference: patientOf(received) })
      const answer = await hilltop.post('', bundle)
      t.equal(answer.status, 422)
      t.same(problemCodes(answer), ['unresolved-reference'])
      const form = await hilltop.post('QuestionnaireResponse', {
        ...aForm({ display: 'Somebody' }, { glaucoma: 'N' }),
        basedOn: [{ reference: `ServiceRequest/${waiting.id}` }],
      })
      t.equal(form.status, 404)
      const nobody = { display: 'Somebody' }
      const elsewhere = { subject: nobody, requester: nobody, supportingInfo: [nobody] }
      const put = await hilltop.post('', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          {
            resource: { ...requestOf(aReferral()), ...elsewhere, id: waiting.id },
            request: { method: 'PUT', url: `ServiceRequest/${waiting.id}`, ifMatch: 'W/"1"' },
          },
        ],
      })
      t.equal(put.status, 404)
    },

    async 'without a token there is nothing at all'(t) {
      const answer = await fetch(`${world.baseUrl}/fhir/Task/${received.taskId}`)
      t.equal(answer.status, 401)
      t.match(answer.headers.get('www-authenticate'), /^Bearer/)
      await answer.body?.cancel()
    },
  })

  await t.test('nothing of all that has moved anything', async (t) => {
    t.equal(await standing(waiting), 'requested/awaiting-information')
    t.equal(await standing(received), 'received/awaiting-triage')
    t.equal((await lakeside.get(`ServiceRequest/${received.id}`)).etag, 'W/"1"')
  })
}

const everything = ({ sent, taskId, guidance }: Referred): readonly string[] => [
  ...sent,
  `Task/${taskId}`,
  `GuidanceResponse/${guidance.id}`,
]

/** Every attempt is answered as for an id that nobody has. */
async function meetsNothing(t: Test, by: FhirClient, referred: Referred): Promise<void> {
  for (const { route, type, ask } of attempts)
    for (const reference of everything(referred)) {
      const [sentType, id] = reference.split('/') as [string, string]
      if (type !== '*' && type !== sentType) continue
      const answer = await ask(by, sentType, id)
      const control = await ask(by, sentType, randomUUID())
      t.ok([403, 404].includes(answer.status), `${by.id} ${route} ${sentType}: ${answer.status}`)
      t.equal(answer.text, control.text, `${by.id} ${route} ${sentType}: no difference shows`)
      if (answer.status === 403) t.match(answer.text, 'scopes do not cover')
    }
}
