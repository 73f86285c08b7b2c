/** The judge of histories: a good one passes, and every way to break a promise is seen. */

import t from 'tap'
import type { Call, History } from './history.ts'
import { invariants, judge } from './judge.ts'
import { changed, goodHistory } from './samples.ts'

const without = (list: readonly unknown[]): readonly unknown[] => list.slice(0, -1)
const more =
  (...extra: readonly unknown[]) =>
  (list: readonly unknown[]): readonly unknown[] => [...list, ...extra]
const withAlso = (facts: object) => (before: object) => ({ ...before, ...facts })

const taskOf = (version: number, status: string) => ({
  type: 'Task',
  id: '11',
  version,
  content: JSON.stringify({ resourceType: 'Task', id: '11', status }),
})
const order = 'ehrs.0.versions.0.content'
const row = 'database.referrals.0'
const aCall = (facts: Partial<Call>): Partial<Call> => ({
  at: 95,
  by: 'lakeside',
  act: 'read',
  ...facts,
})

/** For each invariant, the histories that break it. */
const bad: Readonly<Record<string, Readonly<Record<string, History>>>> = {
  'INV-1': {
    'an acknowledged referral is gone': changed('database.referrals', () => []),
    'one is stuck on its way': changed(
      row,
      withAlso({ status: 'requested', businessStatus: 'sending' }),
    ),
    'its owner cannot read it': changed(
      'calls',
      more(aCall({ about: 'ServiceRequest/r1', answer: { at: 96, status: 404, body: '' } })),
    ),
    'delivery gave up and nobody sees it': changed(
      row,
      withAlso({ status: 'requested', businessStatus: 'delivery-failed' }),
    ),
  },
  'INV-2': {
    'one identifier names two referrals': changed(
      'database.referrals',
      (rows: History['database']['referrals']) => [...rows, { ...rows[0], id: 'r2' }],
    ),
    'a repeat is answered with another place': changed('calls.2.answer.locations', () => [
      'Patient/p2',
    ]),
  },
  'INV-3': {
    'the Task is missing': changed('database.resources', (rows: History['database']['resources']) =>
      rows.filter(({ type }) => type !== 'Task'),
    ),
    'a resource is without its referral': changed('database.resources.0.referralId', () => 'r9'),
    'no audit line tells of it': changed('database.audit.0.action', () => 'read'),
    'it waits without a job': changed(
      row,
      withAlso({ status: 'requested', delivery: { state: 'queued' } }),
    ),
    'a job is without a referral': changed('database.jobs.0.referralId', () => 'r9'),
  },
  'INV-4': {
    'the clinic has two': changed('ehrs.0.versions', (versions: History['ehrs'][0]['versions']) => [
      ...versions,
      { ...versions[0], id: '99' },
    ]),
    'the clinic has none': changed('ehrs.0.versions', (versions: readonly unknown[]) =>
      versions.slice(1),
    ),
    'another clinic has one': changed('ehrs.1.versions', () =>
      goodHistory.ehrs[0]?.versions.slice(0, 1),
    ),
    'one that was cancelled before it went is there': changed(
      row,
      withAlso({ status: 'cancelled', delivery: { state: 'queued' } }),
    ),
    'a decimal was rounded': changed(order, (content: string) => content.replace('1.10', '1.1')),
    'an element was left out': changed(order, (content: string) =>
      content.replace('"intent":"order",', ''),
    ),
    'a changed order did not follow': changed(
      'database.resources',
      more({
        type: 'ServiceRequest',
        id: 'r1',
        version: 2,
        content: goodHistory.database.resources[0]?.content.replace('active', 'revoked'),
      }),
    ),
  },
  'INV-5': {
    'an older version came after a newer one': changed(
      'database.reports',
      (reports: readonly unknown[]) => reports.toReversed(),
    ),
    'the same version was applied twice': changed(
      'database.reports',
      (reports: readonly unknown[]) => [...reports, reports[1]],
    ),
    'the end is not the clinic’s': changed(`${row}.status`, () => 'accepted'),
    'a status was never read': changed('database.reports', (reports: readonly unknown[]) =>
      reports.slice(1),
    ),
    'the clinic moved on alone': changed('ehrs.0.versions.4', () => taskOf(3, 'on-hold')),
  },
  'INV-6': {
    'two owners at a time': changed('service.leases.0.until', () => 65),
    'a write after the lease ran out': changed('service.effects.0.at', () => 81),
    'a write with an old lease': changed('service.effects.0.token', () => 'a'),
  },
  'INV-7': {
    'a version is missing': changed('database.resources.2.version', () => 3),
    'two writes stand on one version': changed('calls', (calls: readonly unknown[]) => [
      ...calls,
      calls[3],
    ]),
    'a write went two versions on': changed('calls.3.answer.version', () => 3),
  },
  'INV-8': {
    'an event number is missing': changed('database.subscriptions.0.events.0.eventNumber', () => 3),
    'an event never came': changed('subscribers.0.received', (got: readonly unknown[]) =>
      got.slice(1),
    ),
    'a repeat says something else': changed('subscribers.0.received.2.event', () => 'other'),
    'one came after it was off': changed('subscribers.0.received.2.at', () => 101),
  },
  'INV-9': {
    'an assertion bought two tokens': changed('calls', (calls: readonly unknown[]) => [
      ...calls,
      calls[0],
    ]),
  },
  'INV-10': {
    'the referrer reads an older status': changed('calls.5.answer.body', (body: string) =>
      body.replace('completed', 'accepted'),
    ),
    'the referrer never reads it': changed('calls', without),
    'a subscriber was not told': changed('database.subscriptions.0.events', () => []),
  },
  'INV-11': {
    'a read left no line': changed('database.audit.3.requestId', () => 'other'),
    'a disclosure left no line': changed('database.audit', without),
    'a row was altered afterwards': changed('database.trail.events.0.columns', () => ['1', 'read']),
  },
  'INV-12': {
    'rejected, and no clinic said so': changed(`${row}.status`, () => 'rejected'),
  },
  'INV-13': {
    'asked again too soon': changed('ehrs.0.requests.1.at', () => 154),
    'asked by too many at once': changed('ehrs.0.requests', (asked: readonly unknown[]) => [
      ...asked,
      asked[1],
      asked[1],
    ]),
  },
  'INV-14': {
    'an answer to another practice': changed(
      'calls.4',
      withAlso({ by: 'hilltop', ...readAs('Canary-Lakeside') }),
    ),
    'a request to another clinic': changed('ehrs.1.requests', () => goodHistory.ehrs[0]?.requests),
    'a log line': changed('service.output', more('a patient called Canary-Lakeside')),
    'a notification to another practice': changed('subscribers.0.organization', () => 'hilltop'),
  },
  'INV-15': {
    'a label is gone': changed(order, (content: string) =>
      content.replace('"code":"R"', '"code":"N"'),
    ),
    'what is withheld left': changed(`${row}.withheld`, () => ['Patient/p1']),
  },
  'INV-16': {
    'memory grew': changed('service.samples.0.memoryMb', () => 501),
    'files stayed open': changed('service.samples.0.files', () => 101),
    'a table grew': changed('service.samples.0.rows', () => 1_001),
    'nothing moved': changed('service.samples.0.stalledMs', () => 10_001),
  },
  'INV-17': {
    'a connection elsewhere': changed('service.connections.0.to', () => '169.254.169.254:80'),
  },
}

function readAs(body: string): Partial<Call> {
  return { answer: { at: 45, status: 200, body, requestId: 'q40' } }
}

t.test('a run that kept every promise has no breach', async (t) => {
  t.same(judge(goodHistory), [])
})

for (const invariant of Object.keys(invariants))
  t.test(`${invariant} is judged`, async (t) => {
    const histories = Object.entries(bad[invariant] ?? {})
    t.ok(histories.length > 0, 'there is a history that breaks it')
    for (const [title, history] of histories) {
      const found = judge(history).filter((breach) => breach.invariant === invariant)
      t.ok(found.length > 0, title)
    }
  })

t.test('what the answer of was lost, may have been done or not', async (t) => {
  const { answer: _lost, ...unknown } = goodHistory.calls[1] as Call
  t.same(judge(changed('calls.1', () => unknown)), [])
})

t.test('what a restored backup took from the clinic is not ours to answer for', async (t) => {
  const lost = ['ServiceRequest/10', 'Task/11', 'Patient/12']
  t.same(judge(changed('ehrs.0.lost', () => lost)), [])
})

t.test('a subscription in error owes nothing', async (t) => {
  const history = changed('subscribers.0.received', () => [])
  const inError = { ...history.database.subscriptions[0], status: 'error' }
  const database = { ...history.database, subscriptions: [inError] } as History['database']
  t.same(judge({ ...history, database }), [])
})

t.test('a referral that waits for its referrer, or for a person, is not lost', async (t) => {
  for (const [businessStatus, state] of [
    ['awaiting-information', 'none'],
    ['delivery-failed', 'failed'],
  ] as const) {
    const facts = { status: 'requested', businessStatus, delivery: { state } }
    const history = changed('database.referrals.0', withAlso(facts))
    t.same(invariants['INV-1']?.(history), [], businessStatus)
  }
})
