/** A partner's list of referrals against ours, through the front door. */

import { randomUUID } from 'node:crypto'
import type { AuditEvent, Bundle, OperationOutcome, Parameters, ParametersParameter } from 'fhir/r4'
import t from 'tap'
import { resourceIdentifierSystem } from '../../src/domain/referral/task.ts'
import { aReferral, referralSystem } from '../helpers/a-referral.ts'
import { delivered, revoke } from '../helpers/journey.ts'
import { type Referred, refer, startWorld } from '../helpers/world.ts'

const world = await startWorld(t)
const lakeside = world.client('lakeside-family')
const hilltop = world.client('hilltop-internal')
const river = world.client('river-pain-clinic')

const line = (named: string | Referred, status: string): ParametersParameter => ({
  name: 'referral',
  part: [
    typeof named === 'string'
      ? { name: 'identifier', valueIdentifier: { system: referralSystem, value: named } }
      : { name: 'reference', valueReference: { reference: `ServiceRequest/${named.id}` } },
    { name: 'status', valueCode: status },
  ],
})
const ask = async (parameter: ParametersParameter[], by = lakeside) => {
  const answer = await by.post<Parameters>('ServiceRequest/$reconcile', {
    resourceType: 'Parameters',
    ...(parameter.length > 0 ? { parameter } : {}),
  })
  t.equal(answer.status, 200, answer.text)
  const all = answer.body.parameter ?? []
  const partOf = ({ part = [] }: ParametersParameter, name: string) =>
    part.find((each) => each.name === name)
  return {
    text: answer.text,
    equal: all.find(({ name }) => name === 'equal')?.valueInteger,
    next: all.find(({ name }) => name === 'next')?.valueString,
    differences: all
      .filter(({ name }) => name === 'difference')
      .map((each) => ({
        kind: partOf(each, 'kind')?.valueCode,
        index: partOf(each, 'index')?.valueInteger,
        task: partOf(each, 'task')?.valueReference?.reference,
        status: partOf(each, 'status')?.valueCode,
        action: partOf(each, 'action')?.valueString,
      })),
  }
}

t.test('a referrer learns what differs, and what to do about it', async (t) => {
  const names = Array.from({ length: 4 }, () => randomUUID()) as [string, string, string, string]
  const same = await delivered(world, aReferral({ identifier: names[0] }))
  const gone = await refer(lakeside, aReferral({ identifier: names[1], unanswered: ['glaucoma'] }))
  await revoke(gone)
  const later = await delivered(world, aReferral({ identifier: names[2] }))
  const silent = await delivered(world)
  const foreign = await refer(hilltop, aReferral({ identifier: names[3] }))
  const found = await ask([
    line(names[0], 'received'),
    line(names[1], 'requested'),
    line(later, 'requested'),
    line('never-sent', 'requested'),
    line(names[3], 'requested'),
    line(foreign, 'requested'),
  ])
  t.equal(found.equal, 1)
  t.match(found.differences, [
    { kind: 'closed-here', index: 1, task: `Task/${gone.taskId}`, status: 'cancelled' },
    { kind: 'behind', index: 2, task: `Task/${later.taskId}`, status: 'received' },
    { kind: 'unknown', index: 3, task: undefined, action: /send it/ },
    { kind: 'unknown', index: 4, task: undefined },
    { kind: 'unknown', index: 5, task: undefined },
    { kind: 'not-listed', index: undefined, task: `Task/${silent.taskId}` },
  ])
  t.notMatch(found.text, foreign.taskId, 'nothing of another practice’s')
  t.notMatch(found.text, same.taskId, 'what is equal is counted')
  const { body } = await lakeside.get<Bundle<AuditEvent>>('AuditEvent?_count=20')
  const events = (body.entry ?? []).filter(({ resource }) =>
    JSON.stringify(resource).includes('reconcile'),
  )
  t.ok(events.length >= 4, 'each patient’s record tells of it')
})

t.test(
  'a clinic names what it has by our mark, and sees nothing that is not with it',
  async (t) => {
    const here = await delivered(world)
    const waiting = await refer(lakeside, aReferral({ unanswered: ['glaucoma'] }))
    const mark = (id: string, status: string): ParametersParameter => ({
      name: 'referral',
      part: [
        { name: 'identifier', valueIdentifier: { system: resourceIdentifierSystem, value: id } },
        { name: 'status', valueCode: status },
      ],
    })
    const found = await ask([mark(here.taskId, 'accepted'), mark(waiting.id, 'received')], river)
    t.match(found.differences.slice(0, 2), [
      { kind: 'ahead', index: 0, task: `Task/${here.taskId}`, action: /move Task/ },
      { kind: 'unknown', index: 1 },
    ])
    t.notMatch(found.text, waiting.taskId)
  },
)

t.test('what is not listed comes for a period, and page by page', async (t) => {
  const none = await ask([
    { name: 'period', valuePeriod: { start: '2020-01-01', end: '2020-02-01' } },
  ])
  t.same([none.equal, none.differences, none.next], [0, [], undefined])
  const all = await ask([])
  t.ok(all.differences.length >= 3)
  const rows = all.differences.map(({ task }) => task)
  const first = await world.app.storage.referrals.unlisted(
    { role: 'referrer', organization: 'lakeside-family' },
    { except: [], limit: 1 },
  )
  t.equal(first.length, 2, 'one more than the page tells that there is more')
  const [one] = first
  const rest = await ask([{ name: 'after', valueString: `${one?.createdAt}_${one?.id}` }])
  t.same(
    rest.differences.map(({ task }) => task),
    rows.slice(1),
  )
})

t.test('what is no list is refused with its place', async (t) => {
  const post = (body: object) => lakeside.post<OperationOutcome>('ServiceRequest/$reconcile', body)
  const wrong = await post({
    resourceType: 'Parameters',
    parameter: [line('a', 'received'), line('b', 'no-such-status')],
  })
  t.equal(wrong.status, 400)
  t.same(wrong.body.issue[0]?.expression, ['Parameters.parameter[1]'])
  t.equal((await post({ resourceType: 'Bundle', type: 'collection' })).status, 400)
  t.equal((await post({ resourceType: 'Parameters', parameter: [{ name: '' }] })).status, 400)
})
