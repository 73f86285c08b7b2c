/** One open referral of a patient for a service to a clinic, and a re-referral that says what it replaces. */

import { randomUUID } from 'node:crypto'
import type { Bundle, FhirResource, OperationOutcome, ServiceRequest, Task } from 'fhir/r4'
import t, { type Test } from 'tap'
import { resourceIdentifierSystem } from '../../src/domain/referral/task.ts'
import { aReferral, mrnSystem, requestOf } from '../helpers/a-referral.ts'
import { problemCodes } from '../helpers/fhir-client.ts'
import { atClinic, delivered, revoke, standing, taskAtClinic } from '../helpers/journey.ts'
import { type Referred, refer, standingOf, startWorld } from '../helpers/world.ts'

const world = await startWorld(t)
const lakeside = world.client('lakeside-family')
const hilltop = world.client('hilltop-internal')
const river = world.client('river-pain-clinic')

const replacing = (mrn: string, ...replaces: NonNullable<ServiceRequest['replaces']>) => {
  const bundle = aReferral({ mrn })
  requestOf(bundle).replaces = replaces
  return bundle
}
const moveTo = async (t: Test, { taskId }: Referred, change: Partial<Task>) => {
  const { etag, body } = await river.get<Task>(`Task/${taskId}`)
  const answer = await river.put(`Task/${taskId}`, { ...body, ...change }, { 'if-match': etag })
  t.equal(answer.status, 200, answer.text)
}
const found = async (mrn: string, by = lakeside) => {
  const patient = encodeURIComponent(`${mrnSystem}|${mrn}`)
  const { body } = await by.get<Bundle>(`ServiceRequest?patient.identifier=${patient}`)
  return (body.entry ?? []).map(({ resource }) => resource?.id)
}

t.test('a second referral of one patient is answered with the one that is open', async (t) => {
  const mrn = randomUUID()
  const first = await refer(lakeside, aReferral({ mrn }))
  const again = await lakeside.post<OperationOutcome>('', aReferral({ mrn }))
  t.equal(again.status, 409)
  t.same(problemCodes(again), ['referral-duplicate'])
  const [issue] = again.body.issue
  t.equal(issue?.code, 'duplicate')
  t.equal(issue?.expression?.[0], 'Bundle.entry[1].resource')
  t.match(issue?.diagnostics, `ServiceRequest/${first.id} is open`)
  t.match(
    again.headers.get('link'),
    `<${world.baseUrl}/fhir/ServiceRequest/${first.id}>; rel="related"`,
  )
  t.same(await found(mrn), [first.id], 'what was refused left nothing')

  const elsewhere = aReferral({ mrn, clinicNpi: '1100000003' })
  t.equal((await lakeside.post('', elsewhere)).status, 200, 'another clinic is another matter')
  await revoke(first)
  t.equal((await lakeside.post('', aReferral({ mrn }))).status, 200, 'and so is what is closed')
})

t.test('a hundred at once under a hundred identifiers are one', async (t) => {
  const mrn = randomUUID()
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => lakeside.post<OperationOutcome>('', aReferral({ mrn }))),
  )
  const count = (status: number) => answers.filter((each) => each.status === status).length
  t.same([count(200), count(409), answers.length], [1, 99, 100])
  const [only] = await found(mrn)
  for (const { status, body } of answers)
    if (status === 409) t.match(body.issue[0]?.diagnostics, `ServiceRequest/${only}`)
})

t.test('two are possible for one who says why', async (t) => {
  const mrn = randomUUID()
  await refer(lakeside, aReferral({ mrn }))
  const second = aReferral({ mrn })
  requestOf(second).extension = [
    {
      url: 'https://referloop.example/fhir/StructureDefinition/deliberate-duplicate',
      valueString: 'The left hand has a course of its own',
    },
  ]
  const referred = await delivered(world, second)
  const [there] = atClinic(world, 'ServiceRequest', referred.id) as readonly ServiceRequest[]
  t.match(there?.extension, [{ valueString: /left hand/ }], 'and the clinic reads it')
})

t.test('another practice’s referral is not told of; the clinic finds both', async (t) => {
  const mrn = randomUUID()
  const first = await delivered(world, aReferral({ mrn }))
  const second = await refer(hilltop, aReferral({ mrn }))
  await world.reaches(second, 'received/awaiting-triage')
  t.same((await found(mrn, river)).toSorted(), [first.id, second.id].sort())
  t.same(await found(mrn, hilltop), [second.id])
  const again = await hilltop.post('', aReferral({ mrn }))
  t.equal(again.status, 409)
  t.notMatch(again.text, first.id)
})

t.test('a re-referral takes back what it replaces, in the same breath', async (t) => {
  const mrn = randomUUID()
  const former = await refer(lakeside, aReferral({ mrn, unanswered: ['glaucoma'] }))
  const next = await refer(lakeside, replacing(mrn, { reference: `ServiceRequest/${former.id}` }))
  const closed = await world.task(former)
  t.equal(standingOf(closed), 'cancelled/cancelled')
  t.equal(closed.statusReason?.text, `Replaced by ServiceRequest/${next.id}.`)
  const request = await lakeside.get<ServiceRequest>(`ServiceRequest/${former.id}`)
  t.equal(request.body.status, 'revoked')
  const { body } = await lakeside.get<Bundle>(`ServiceRequest?replaces=ServiceRequest/${former.id}`)
  t.equal(body.entry?.[0]?.resource?.id, next.id)
})

t.test(
  'what the clinic has is cancelled there, and the clinic sees what took its place',
  async (t) => {
    const mrn = randomUUID()
    const former = await delivered(world, aReferral({ mrn }))
    const next = await delivered(
      world,
      replacing(mrn, { reference: `ServiceRequest/${former.id}` }),
    )
    await world.reaches(former, 'cancelled/cancelled')
    const there = taskAtClinic(world, former)
    t.equal(there.status, 'cancelled')
    t.equal(there.statusReason?.text, `Replaced by ServiceRequest/${next.id}.`)
    const [order] = (
      atClinic(world, 'ServiceRequest', next.id) as readonly ServiceRequest[]
    ).filter(({ replaces }) => replaces)
    t.match(order?.replaces, [
      { identifier: { system: resourceIdentifierSystem, value: former.id }, reference: undefined },
    ])
  },
)

t.test(
  'one that the clinic accepted is asked to be cancelled; a declined one is linked',
  async (t) => {
    const mrn = randomUUID()
    const accepted = await delivered(world, aReferral({ mrn }))
    await moveTo(t, accepted, { status: 'accepted' })
    const next = await delivered(
      world,
      replacing(mrn, { reference: `ServiceRequest/${accepted.id}` }),
    )
    t.equal(await standing(accepted), 'accepted/cancellation-requested')
    await moveTo(t, next, { status: 'rejected' })
    const identifier = requestOf(aReferral()).identifier?.[0]
    const third = replacing(
      mrn,
      { reference: `ServiceRequest/${next.id}` },
      { ...(identifier ? { identifier } : {}) },
    )
    await delivered(world, third)
    t.equal(await standing(next), 'rejected/declined', 'what is closed stays as it is')
  },
)

t.test('what is not one’s own cannot be replaced, and is not told of', async (t) => {
  const mrn = randomUUID()
  const foreign = await refer(lakeside, aReferral({ mrn }))
  const ask = async (id: string) => {
    const answer = await hilltop.post<OperationOutcome>(
      '',
      replacing(randomUUID(), { reference: `ServiceRequest/${id}` }),
    )
    return `${answer.status} ${JSON.stringify(answer.body.issue)}`
  }
  const nobodys = randomUUID()
  t.equal(await ask(foreign.id), await ask(nobodys))
  t.match(await ask(nobodys), /^422 .*Bundle\.entry\[1\]\.resource\.replaces\[0\]/)
  t.notMatch(await standing(foreign), 'cancel')
  const wrong = await lakeside.post('', replacing(mrn, { reference: `Patient/${nobodys}` }))
  t.equal(wrong.status, 400)
  const many = replacing(
    randomUUID(),
    ...Array.from({ length: 11 }, () => ({ reference: `ServiceRequest/${foreign.id}` })),
  )
  t.equal((await lakeside.post('', many)).status, 422)
})

t.test('what it replaces stays with a referral', async (t) => {
  const referred = await refer(lakeside, aReferral())
  const { body, etag } = await lakeside.get<ServiceRequest>(`ServiceRequest/${referred.id}`)
  const answer = await lakeside.put<FhirResource>(
    `ServiceRequest/${referred.id}`,
    { ...body, replaces: [{ reference: 'ServiceRequest/x' }] },
    { 'if-match': etag },
  )
  t.same(problemCodes(answer), ['not-yours-to-change'])
})
