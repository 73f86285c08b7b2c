/** A good history, small and whole, and a way to make one thing in it bad. */

import { sealAfter } from '../../src/domain/audit/chain.ts'
import { resourceIdentifierSystem } from '../../src/domain/referral/task.ts'
import type { Call, EhrVersion, History } from './history.ts'

const label = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }

const request = (meta: object) => ({
  resourceType: 'ServiceRequest',
  id: 'r1',
  meta: { ...meta, security: [label] },
  status: 'active',
  intent: 'order',
  subject: { reference: 'Patient/p1' },
  quantityQuantity: { value: 1 },
})

const text = (resource: object, decimal = '1.10'): string =>
  JSON.stringify(resource).replace('"value":1}', `"value":${decimal}}`)

const mark = (id: string) => ({ identifier: [{ system: resourceIdentifierSystem, value: id }] })

const patient = { resourceType: 'Patient', name: [{ family: 'Canary-Lakeside' }] }

const task = (id: string, status: string, more: object = {}) =>
  JSON.stringify({ resourceType: 'Task', id, status, intent: 'order', focus: {}, ...more })

const atEhr = (type: string, id: string, version: number, content: string): EhrVersion => ({
  type,
  id,
  version,
  content,
})

const orderThere = { ...request({}), id: '10', subject: { reference: 'Patient/12' }, ...mark('r1') }

const taskThere = (version: number, status: string): EhrVersion =>
  atEhr('Task', '11', version, task('11', status, mark('t1')))

const event = { id: '1', columns: ['1', 'submit'], organization: 'lakeside' }

const call = (at: number, facts: Partial<Call>): Call => ({
  at,
  by: 'lakeside',
  act: 'read',
  about: 'Task/t1',
  answer: { at: at + 5, status: 200, body: '', requestId: `q${at}` },
  ...facts,
})

const answered = (at: number, facts: object) => ({
  answer: { at: at + 5, status: 200, body: '', requestId: `q${at}`, ...facts },
})

/** One referral from its submission to its end, and a subscriber that hears of both. */
export const goodHistory: History = {
  setting: {
    canaries: { lakeside: ['Canary-Lakeside'], hilltop: ['Canary-Hilltop'] },
    allowed: ['127.0.0.1:9001'],
    onTheWayMs: 50,
    mostAtOnce: 2,
    mostMemoryMb: 500,
    mostFiles: 100,
    mostRows: 1_000,
  },
  calls: [
    call(0, { act: 'token', about: 'lakeside j1' }),
    call(10, {
      act: 'submit',
      about: 'urn:lakeside|1',
      ...answered(10, { referralId: 'r1', locations: ['Patient/p1', 'ServiceRequest/r1'] }),
    }),
    call(20, {
      act: 'submit',
      about: 'urn:lakeside|1',
      ...answered(20, { referralId: 'r1', locations: ['Patient/p1', 'ServiceRequest/r1'] }),
    }),
    call(30, {
      act: 'supply',
      about: 'ServiceRequest/r1',
      ifMatch: 1,
      ...answered(30, { version: 2 }),
    }),
    call(40, { about: 'ServiceRequest/r1' }),
    call(90, { ...answered(90, { body: task('t1', 'completed') }) }),
  ],
  ehrs: [
    {
      clinicId: 'river',
      requests: [
        {
          at: 50,
          until: 55,
          life: '1',
          method: 'POST',
          path: '/',
          body: 'Canary-Lakeside',
          status: 429,
          retryAfterMs: 100,
        },
        {
          at: 165,
          until: 170,
          life: '1',
          method: 'POST',
          path: '/',
          body: 'Canary-Lakeside',
          status: 200,
        },
      ],
      versions: [
        atEhr('ServiceRequest', '10', 1, text(orderThere)),
        taskThere(1, 'requested'),
        atEhr('Patient', '12', 1, JSON.stringify({ ...patient, id: '12', ...mark('p1') })),
        taskThere(2, 'accepted'),
        taskThere(3, 'completed'),
      ],
      keepsHistory: true,
      lost: [],
    },
    { clinicId: 'summit', requests: [], versions: [], keepsHistory: true, lost: [] },
  ],
  subscribers: [
    {
      subscription: 's1',
      organization: 'lakeside',
      received: [
        { at: 60, eventNumber: 1, id: 'e1', event: 'one', body: 'Canary-Lakeside' },
        { at: 70, eventNumber: 2, id: 'e2', event: 'two', body: '' },
        { at: 71, eventNumber: 2, id: 'e2', event: 'two', body: '' },
      ],
      offAt: 100,
    },
  ],
  database: {
    referrals: [
      {
        id: 'r1',
        taskId: 't1',
        patientId: 'p1',
        referrerId: 'lakeside',
        clinicId: 'river',
        identifiers: ['urn:lakeside|1'],
        status: 'completed',
        businessStatus: 'completed',
        delivery: {
          state: 'delivered',
          ehrTask: 'Task/11',
          sent: {
            'ServiceRequest/r1': ['ServiceRequest/10', 1],
            'Task/t1': ['Task/11', 1],
            'Patient/p1': ['Patient/12', 1],
          },
        },
        withheld: ['Condition/c9'],
      },
    ],
    resources: [
      {
        type: 'ServiceRequest',
        id: 'r1',
        version: 1,
        referralId: 'r1',
        content: text(request({ versionId: '1' })),
      },
      { type: 'Task', id: 't1', version: 1, referralId: 'r1', content: task('t1', 'requested') },
      { type: 'Task', id: 't1', version: 2, referralId: 'r1', content: task('t1', 'completed') },
      { type: 'Patient', id: 'p1', version: 1, content: JSON.stringify({ ...patient, id: 'p1' }) },
    ],
    reports: [
      { referralId: 'r1', ehrVersion: '2', to: 'accepted', verdict: 'applied' },
      { referralId: 'r1', ehrVersion: '3', to: 'completed', verdict: 'applied' },
    ],
    audit: [
      ...[10, 20, 30, 40, 90].map((at) => ({
        action: at === 10 ? 'submit' : 'read',
        outcome: 'success',
        referralId: 'r1',
        requestId: `q${at}`,
        entities: ['ServiceRequest/r1'],
      })),
      {
        action: 'disclose',
        outcome: 'success',
        referralId: 'r1',
        entities: ['ServiceRequest/r1', 'Task/t1', 'Patient/p1'],
      },
    ],
    jobs: [{ queue: 'deliver', referralId: 'r1', state: 'done' }],
    trail: { events: [event], seals: [sealAfter(undefined, event)] },
    subscriptions: [
      {
        id: 's1',
        organization: 'lakeside',
        status: 'active',
        events: [
          { eventNumber: 1, referralId: 'r1' },
          { eventNumber: 2, referralId: 'r1' },
        ],
      },
    ],
  },
  service: {
    leases: [
      { key: 'r1', token: 'a', from: 50, until: 60 },
      { key: 'r1', token: 'b', from: 60, until: 80 },
    ],
    effects: [{ at: 70, key: 'r1', token: 'b' }],
    connections: [{ at: 50, to: '127.0.0.1:9001' }],
    samples: [{ at: 60, memoryMb: 200, files: 40, rows: 10, stalledMs: 20 }],
    output: ['{"level":30,"msg":"delivery"}'],
  },
}

/** A copy in which one thing is otherwise. @param path `database.referrals.0.status` */
export function changed(path: string, to: (before: never) => unknown): History {
  const copy = structuredClone(goodHistory) as unknown as Record<string, unknown>
  const steps = path.split('.')
  const last = steps.pop() as string
  const place = steps.reduce((at, step) => at[step] as Record<string, unknown>, copy)
  place[last] = to(place[last] as never)
  return copy as unknown as History
}
