/**
 * AU-01, AU-04, AU-08, AU-11, INV-11: recorders at the front door and at the way out, held against the
 * trail; then what each tenant reads of it.
 */

import { randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { AuditEvent, Bundle, FhirResource, Provenance, ServiceRequest } from 'fhir/r4'
import t, { type Test } from 'tap'
import type { AuditRow } from '../../src/domain/audit/audit-row.ts'
import { createReferralValidator } from '../../src/domain/fhir/validation/referral-validator.ts'
import { aForm, aReferral, asSingle, painScore } from '../helpers/a-referral.ts'
import type { Answer, FhirClient } from '../helpers/fhir-client.ts'
import { outputsOf, patientOf, revoke } from '../helpers/journey.ts'
import { type Organization, startWorld, type World } from '../helpers/world.ts'

const referrers: readonly string[] = ['lakeside-family', 'hilltop-internal']

const viewerOf = (organization: string) => ({
  role: referrers.includes(organization) ? ('referrer' as const) : ('clinic' as const),
  organization,
})

/** Everything the trail has that an organisation may read. */
const trailOf = (world: World, organization: string): Promise<readonly AuditRow[]> =>
  world.app.storage.audit.search(viewerOf(organization), { count: 10_000 })

interface Seen {
  readonly what: string
  readonly requestId: string
  readonly status: number
  readonly organization: Organization
  /** Whose data the answer bears. */
  readonly patients: ReadonlySet<string>
  /** What the trail had of this request when its answer had just arrived. */
  readonly rows: readonly AuditRow[]
}

/** Patients that an answer names, or is. */
function patientsIn(text: string): ReadonlySet<string> {
  const found = new Set<string>()
  for (const [, id] of text.matchAll(/"reference":"Patient\/([\w.-]+)/g)) if (id) found.add(id)
  for (const [, id] of text.matchAll(/"resourceType":"Patient","id":"([\w.-]+)"/g))
    if (id) found.add(id)
  return found
}

/** A client whose every answer is noted together with what the trail says at that moment. */
function recorded(world: World, organization: Organization, seen: Seen[]): FhirClient {
  const client = world.client(organization)
  const send: FhirClient['send'] = async (method, path, body, headers) => {
    const requestId = randomUUID()
    const answer = await client.send(method, path, body, { ...headers, 'x-request-id': requestId })
    const trail = await trailOf(world, organization)
    seen.push({
      what: `${method} ${path}`,
      requestId,
      status: answer.status,
      organization,
      patients: patientsIn(answer.text),
      rows: trail.filter((row) => row.requestId === requestId),
    })
    return answer as Answer<never>
  }
  return {
    ...client,
    send,
    get: (path, headers) => send('GET', path, undefined, headers),
    post: (path, body, headers) => send('POST', path, body, headers),
    put: (path, body, headers) => send('PUT', path, body, headers),
    patch: (path, body, headers) =>
      send('PATCH', path, body, { 'content-type': 'application/json-patch+json', ...headers }),
  }
}

interface Sent {
  readonly method: string
  readonly at: string
}

/** Every write that leaves this process for an address below the base, at the moment it leaves. */
function recordWrites(t: Test, base: string): readonly Sent[] {
  const sent: Sent[] = []
  const { origin, pathname } = new URL(base)
  const listen = (message: unknown) => {
    const { request } = message as { request: { origin: string; path: string; method: string } }
    if (String(request.origin) !== origin || request.method === 'GET') return
    if (request.path.startsWith(pathname))
      sent.push({ method: request.method, at: new Date().toISOString() })
  }
  subscribe('undici:request:create', listen)
  t.teardown(() => unsubscribe('undici:request:create', listen))
  return sent
}

const world = await startWorld(t)
const river = 'river-pain-clinic'

t.test(
  'AU-08 each answer has exactly one event for each patient it tells of, committed by then',
  async (t) => {
    const seen: Seen[] = []
    const lakeside = recorded(world, 'lakeside-family', seen)
    const hilltop = recorded(world, 'hilltop-internal', seen)
    const clinic = recorded(world, river, seen)

    const bundle = aReferral()
    const submitted = await lakeside.post<Bundle>('', bundle)
    const task = submitted.body.entry?.at(-2)?.resource as FhirResource & { id: string }
    const id = (task as { focus?: { reference?: string } }).focus?.reference?.split(
      '/',
    )[1] as string
    await lakeside.post('', bundle)
    const single = await lakeside.post<ServiceRequest>(
      'ServiceRequest',
      asSingle(aReferral({ unanswered: ['glaucoma'] })),
    )
    const other = single.body.id as string
    const unanswered = {
      ...aForm({ reference: single.body.subject.reference ?? '' }, { glaucoma: 'N' }),
      basedOn: [{ reference: `ServiceRequest/${other}` }],
    }
    await lakeside.post('QuestionnaireResponse', unanswered)
    await lakeside.post('QuestionnaireResponse', unanswered)
    await lakeside.post(
      `ServiceRequest/${other}/$add-information`,
      painScore(single.body.subject, '2026-01-05', 5),
    )
    await lakeside.post('ServiceRequest/$referral-check', aReferral())
    const referred = {
      by: world.client('lakeside-family'),
      id,
      taskId: task.id,
      sent: [],
      guidance: undefined as never,
    }
    await world.reaches(referred, 'received/awaiting-triage')
    for (const reader of [lakeside, clinic])
      for (const path of [
        `ServiceRequest/${id}`,
        `ServiceRequest/${id}/_history`,
        `Task/${task.id}/_history/1`,
        `Task/${task.id}/_history?_count=1`,
        'Task?_count=200&_include=Task:focus&_include=Task:patient',
        'ServiceRequest?_revinclude=Task:focus&_revinclude=Provenance:target',
        'Patient',
        'Practitioner',
        `Provenance?target=ServiceRequest/${id}`,
        'AuditEvent?_count=200',
      ])
        await reader.get(path)
    await hilltop.get(`ServiceRequest/${id}`)
    await hilltop.get('Task')
    await hilltop.get('Task?nonsense=1')
    await lakeside.post('ServiceRequest', { resourceType: 'ServiceRequest' })
    await lakeside.put(`ServiceRequest/${id}`, {}, {})
    const current = await clinic.get(`Task/${task.id}`)
    await clinic.patch(`Task/${task.id}`, [{ op: 'replace', path: '/status', value: 'accepted' }], {
      'if-match': current.etag,
    })

    t.ok(
      seen.some(({ patients }) => patients.size > 1),
      'some answers tell of several patients',
    )
    t.comment(`${seen.length} answers recorded at the front door`)
    for (const { what, status, patients, rows, organization } of seen) {
      const title = `${organization}: ${what} ${status}`
      t.ok(rows.length > 0, `${title} is in the trail`)
      t.ok(
        rows.every((row) => row.organization === organization),
        `${title}: whose request`,
      )
      const told = rows.filter((row) => row.action !== 'label' && row.action !== 'consent')
      if (status >= 400) {
        t.same(
          told.map(({ action, outcome }) => [action, outcome]),
          [['refuse', 'minor-failure']],
          title,
        )
        t.same([...patients], [], `${title}: a refusal tells of nobody`)
        continue
      }
      const of = told.map(({ patientId }) => patientId).filter((each) => each !== undefined)
      t.equal(new Set(of).size, of.length, `${title}: one event for each patient`)
      // The dry run stores nothing, so the patient that was sent has no id here.
      if (!what.includes('$referral-check'))
        for (const patient of patients) t.ok(of.includes(patient), `${title} tells of ${patient}`)
      if (patients.size === 0) t.equal(told.length, 1, `${title}: one event`)
    }
  },
)

t.test(
  'AU-04, AU-08 each write to an EHR is one disclosure, in the trail before it leaves',
  async (t) => {
    const ehr = world.ehr(river)
    const sent = recordWrites(t, ehr.baseUrl)
    const before = (await trailOf(world, 'lakeside-family')).length
    const mine = async () => {
      const rows = await trailOf(world, 'lakeside-family')
      return rows
        .slice(0, rows.length - before)
        .filter(({ action }) => action === 'disclose')
        .reverse()
    }
    ehr.misbehave({ on: 'write', times: 1, refuse: { status: 503, retryAfter: '1' } })
    const referred = await world.refer(aReferral())
    await world.reaches(referred, 'received/awaiting-triage')
    await revoke(referred)
    await world.reaches(referred, 'cancelled/cancelled')
    const disclosed = await mine()
    t.comment(`${sent.length} writes recorded on their way out`)
    const own = disclosed.filter(({ referralId }) => referralId === referred.id)
    t.ok(own.length >= 3, 'refused once, delivered, cancelled')
    t.ok(own.every(({ patientId }) => `Patient/${patientId}` === patientOf(referred)))
    t.equal(disclosed.length, sent.length)
    disclosed.forEach((row, i) => {
      t.match(row, {
        agent: 'referloop',
        outcome: 'success',
        clinicId: river,
        network: ehr.baseUrl,
      })
      t.ok(row.recorded <= (sent[i]?.at ?? ''), 'recorded before it left')
      t.ok(row.entities.length > 0)
    })
  },
)

t.test(
  'AU-10 AuditEvent is read by the tenants whom it concerns, page by page, and valid',
  async (t) => {
    const validator = createReferralValidator()
    const referred = await world.refer(aReferral())
    await world.reaches(referred, 'received/awaiting-triage')
    const patient = patientOf(referred)
    const search = async (organization: Organization, query: string) => {
      const { body, status, text } = await world
        .client(organization)
        .get<Bundle<AuditEvent>>(`AuditEvent?${query}`)
      t.equal(status, 200, text.slice(0, 200))
      return (body.entry ?? []).map(({ resource }) => resource as AuditEvent)
    }
    await world.client(river).get(`Task/${referred.taskId}`)
    const seen = await search('lakeside-family', `patient=${patient}`)
    const actions = seen.map(({ type, action }) => `${type.code} ${action}`)
    for (const wanted of ['rest C', '110106 R', 'rest R']) t.ok(actions.includes(wanted), wanted)
    for (const event of seen)
      t.same(
        validator.validate(event).filter(({ severity }) => severity === 'error'),
        [],
        `${event.type.code} ${event.subtype?.[0]?.code}`,
      )
    const own = await search(river, `patient=${patient}`)
    t.ok(own.length > 0, 'the clinic sees them as well')
    t.notMatch(
      JSON.stringify(own.filter(({ agent }) => agent[0]?.altId === 'lakeside-family')),
      'jti:',
    )
    t.same(await search('hilltop-internal', `patient=${patient}`), [], 'another referrer nothing')
    t.same(await search('summit-pain-center', `patient=${patient}`), [], 'another clinic nothing')

    const [event] = seen as [AuditEvent]
    t.equal((await world.client('lakeside-family').get(`AuditEvent/${event.id}`)).status, 200)
    t.equal((await world.client('hilltop-internal').get(`AuditEvent/${event.id}`)).status, 404)
    t.equal((await world.client('hilltop-internal').get('AuditEvent/nonsense')).status, 404)
    const refused = await world.client('hilltop-internal').get('AuditEvent?entity-name=x')
    t.equal(refused.status, 400)

    t.same(
      (
        await search(
          'lakeside-family',
          `entity=Task/${referred.taskId}&agent:identifier=https://referloop.example/fhir/NamingSystem/client|${river}`,
        )
      ).map(({ action }) => action),
      ['R'],
    )
    t.ok((await search('hilltop-internal', 'outcome=4')).every(({ outcome }) => outcome === '4'))
    t.same(await search('lakeside-family', 'date=lt2020'), [])
    t.same(await search('lakeside-family', 'date=ge2020&date=lt2021'), [])

    const paged: (string | undefined)[] = []
    let next: string | undefined = 'AuditEvent?_count=7'
    const all = (await trailOf(world, 'lakeside-family')).length
    while (next !== undefined && paged.length < all) {
      const page: Bundle = (await world.client('lakeside-family').get<Bundle>(next)).body
      paged.push(...(page.entry ?? []).map(({ resource }) => resource?.id))
      next = page.link?.find(({ relation }) => relation === 'next')?.url
    }
    t.equal(new Set(paged).size, paged.length, 'no event twice')
    t.ok(paged.length >= all, 'and none is missed')
  },
)

t.test('a referral that is not with the clinic yet is none of its business', async (t) => {
  const referred = await world.refer(aReferral({ unanswered: ['glaucoma'] }))
  const patient = patientOf(referred)
  const events = await world.client(river).get<Bundle>(`AuditEvent?patient=${patient}`)
  t.notOk(events.body.entry)
})

t.test('AU-11 every referral, check and fetched outcome has its Provenance', async (t) => {
  const validator = createReferralValidator()
  const referred = await world.refer(aReferral())
  await world.reaches(referred, 'received/awaiting-triage')
  for (const action of ['accept', 'schedule', 'visit', 'complete'] as const)
    world.ehr(river).act(referred.taskId, action, { note: 'Pain fell from 8 to 3.' })
  const done = await world.reaches(referred, 'completed/completed')
  const [note] = outputsOf(done, 'DocumentReference')
  const search = async (organization: Organization, path: string) => {
    const { body } = await world.client(organization).get<Bundle>(path)
    return (body.entry ?? []).flatMap(({ resource }) =>
      resource?.resourceType === 'Provenance' ? [resource as Provenance] : [],
    )
  }
  const [received] = await search(
    'lakeside-family',
    `Provenance?target=ServiceRequest/${referred.id}`,
  )
  t.match(received, {
    target: [
      { reference: `ServiceRequest/${referred.id}/_history/1` },
      { reference: `Task/${referred.taskId}/_history/1` },
    ],
    agent: [
      { type: { coding: [{ code: 'author' }] } },
      { type: { coding: [{ code: 'transmitter' }] }, who: { identifier: { value: '1245319599' } } },
    ],
    entity: [{ role: 'source' }],
  })
  const [check] = await search(
    'lakeside-family',
    `Provenance?target=GuidanceResponse/${referred.guidance.id}`,
  )
  t.match(check, {
    policy: [/^https:\/\/referloop\.example\/fhir\/PlanDefinition\/ketamine-infusion-referral\|\d/],
    occurredDateTime: referred.guidance.occurrenceDateTime,
    target: [{ reference: `GuidanceResponse/${referred.guidance.id}/_history/1` }],
  })
  const [fetched] = await search('lakeside-family', `Provenance?target=${note}`)
  t.match(fetched, {
    agent: [
      { type: { coding: [{ code: 'author' }] }, who: { identifier: { value: '1234567893' } } },
      {},
    ],
  })
  t.ok(
    fetched?.entity?.[0]?.what.reference?.startsWith(
      `${world.ehr(river).baseUrl}/DocumentReference/`,
    ),
  )
  for (const provenance of [received, check, fetched] as Provenance[]) {
    t.same(
      validator.validate(provenance).filter(({ severity }) => severity === 'error'),
      [],
    )
    const { id } = provenance
    const there = await world.client('lakeside-family').get<Provenance>(`Provenance/${id}`)
    t.same(there.body, provenance, 'is read by its id')
    t.equal((await world.client('lakeside-family').get(`Provenance/${id}/_history/1`)).status, 200)
    t.equal((await world.client('hilltop-internal').get(`Provenance/${id}`)).status, 404)
    t.equal((await world.client('summit-pain-center').get(`Provenance/${id}`)).status, 404)
  }
  for (const [type, id] of [
    ['ServiceRequest', referred.id],
    ['Task', referred.taskId],
    ['GuidanceResponse', referred.guidance.id],
  ])
    for (const organization of ['lakeside-family', river] as const)
      t.equal(
        (await search(organization, `${type}?_id=${id}&_revinclude=Provenance:target`)).length,
        1,
        `_revinclude on ${type} by ${organization}`,
      )
})
