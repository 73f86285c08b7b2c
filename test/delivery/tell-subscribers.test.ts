/** The loop that tells: nobody waits for anybody else. */

import { pino } from 'pino'
import { Registry } from 'prom-client'
import t from 'tap'
import { tellSubscribers } from '../../src/delivery/tell-subscribers.ts'
import type { StoredSubscription, Turn, TurnStore } from '../../src/domain/subscription/ports.ts'
import type { TellPorts } from '../../src/domain/subscription/tell-subscriber.ts'

const day = '2026-03-02T10:00:00.000Z'

const aSubscription = (id: string, organization: string): StoredSubscription => ({
  id,
  role: 'referrer',
  organization,
  client: organization,
  version: 2,
  lastUpdated: day,
  status: 'active',
  error: undefined,
  content: '{}',
  eventCount: 1,
  terms: {
    topic: 't',
    filters: [],
    endpoint: `https://${organization}.test/`,
    payload: 'application/fhir+json',
    content: 'empty',
    heartbeatSeconds: undefined,
    timeoutSeconds: 10,
    maxCount: 1,
    end: undefined,
  },
})

const aTurn = (id: string, organization: string): Turn => ({
  subscription: aSubscription(id, organization),
  secret: undefined,
  lease: id,
  events: [{ number: 1, at: day, taskId: 't', version: 1, referralId: 'r' }],
  through: 1,
  failures: 0,
})

/** Turns in a row, given out as the store would. */
function turnsOf(waiting: Turn[]) {
  let ring = () => {}
  const ended: string[] = []
  const turns: TurnStore = {
    async take(limit, busy) {
      const taken = waiting
        .filter(({ subscription }) => !busy.includes(subscription.organization))
        .slice(0, limit)
      for (const turn of taken) waiting.splice(waiting.indexOf(turn), 1)
      return taken
    },
    async end({ subscription }) {
      ended.push(subscription.id)
      return true
    },
    forget: async () => {},
    measure: async () => ({
      byStatus: { requested: 0, active: 3, error: 1, off: 0 },
      oldestUntold: new Map([['good', 7]]),
    }),
    onWork: (listener) => {
      ring = listener
    },
  }
  const add = (...more: Turn[]) => {
    waiting.push(...more)
    ring()
  }
  return { turns, ended, add }
}

const ports = (call: TellPorts['call']): Omit<TellPorts, 'turns'> => ({
  resources: { readVersion: async () => undefined },
  secrets: { seal: (text) => text, open: (text) => text, isCurrent: () => true },
  registry: () =>
    ({
      byClientId: (id: string) => ({
        client: { scopes: ['system/*.rs'] },
        role: 'referrer',
        organization: id,
      }),
    }) as unknown as ReturnType<TellPorts['registry']>,
  record: async () => {},
  call,
  now: () => new Date(day),
  random: () => 0,
  fhirBase: 'https://referloop.test/fhir',
})

/** Rounds of the event loop, with no clock in between. */
const rounds = async (count = 200) => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate)
}

t.test('F9 S9: a hundred that never answer do not keep one waiting that does', async (t) => {
  const metrics = new Registry()
  const hanging: (() => void)[] = []
  const bad = Array.from({ length: 100 }, (_, i) => aTurn(`bad-${i}`, 'bad'))
  const { turns, ended, add } = turnsOf(bad)
  const stop = new AbortController()
  const call: TellPorts['call'] = ({ endpoint }) =>
    endpoint.includes('bad')
      ? new Promise((resolve) => hanging.push(() => resolve({ kind: 'lost', reason: 'timeout' })))
      : Promise.resolve({ kind: 'answered', status: 200, retryAfter: undefined })
  const log = pino({ level: 'silent' })
  const telling = tellSubscribers({ turns, ports: ports(call), log, metrics }, stop.signal)
  await rounds()
  t.ok(hanging.length >= 4 && hanging.length < 8, `${hanging.length} of 32 places are taken`)
  for (let i = 0; i < 20; i++) {
    add(aTurn(`good-${i}`, 'good'))
    await rounds(20)
    t.equal(ended.at(-1), `good-${i}`, 'told while the others hang')
  }
  const text = await metrics.metrics()
  t.match(
    text,
    /referloop_notifications_total\{organization="good",kind="event-notification",outcome="arrived"\} 20/,
  )
  t.match(text, /referloop_subscriptions\{status="error"\} 1/)
  t.match(text, /referloop_oldest_untold_seconds\{organization="good"\} 7/)
  stop.abort()
  while (hanging.length > 0) {
    hanging.shift()?.()
    await rounds(5)
  }
  await telling
  t.ok(ended.filter((id) => id.startsWith('bad')).length >= 4, 'what was in hand came to its end')
})

t.test('a database that is away, and a turn that breaks, end nothing', async (t) => {
  const { turns, ended, add } = turnsOf([])
  let broken = 2
  const take: TurnStore['take'] = (...given) =>
    broken-- > 0 ? Promise.reject(new Error('gone')) : turns.take(...given)
  const stop = new AbortController()
  let calls = 0
  const call: TellPorts['call'] = async () => {
    if (++calls === 1) throw new Error('a bug')
    return { kind: 'answered', status: 200, retryAfter: undefined }
  }
  const deps = { turns: { ...turns, take }, ports: ports(call), metrics: new Registry() }
  const telling = tellSubscribers({ ...deps, log: pino({ level: 'silent' }) }, stop.signal)
  await rounds(20)
  add(aTurn('one', 'good'))
  await rounds(20)
  add(aTurn('two', 'good'))
  await rounds(20)
  add(aTurn('three', 'good'))
  await rounds(20)
  t.ok(ended.includes('three'))
  stop.abort()
  await telling
})
