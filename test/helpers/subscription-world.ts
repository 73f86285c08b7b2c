/**
 * Subscriptions with everything that belongs to them: the store, the routes, the turns, and an
 * endpoint that answers as a test says. Time is the test's own, and nothing listens anywhere.
 */

import { randomUUID } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import type {
  Bundle,
  FhirResource,
  Parameters,
  ParametersParameter,
  Subscription,
  Task,
} from 'fhir/r4'
import type { Test } from 'tap'
import { generateKeys } from '../../src/auth/keys.ts'
import { secretBox } from '../../src/auth/secret-box.ts'
import { parseRegistry, type Registry } from '../../src/domain/access/registry.ts'
import { createReferralValidator } from '../../src/domain/fhir/validation/referral-validator.ts'
import type { ReferralChange } from '../../src/domain/referral/ports.ts'
import type { Referral } from '../../src/domain/referral/referral.ts'
import { writeOf } from '../../src/domain/referral/resource-write.ts'
import type { SubscriberAnswer, SubscriberCall } from '../../src/domain/subscription/ports.ts'
import { type TurnEvent, tellSubscriber } from '../../src/domain/subscription/tell-subscriber.ts'
import { openStorage, type Storage } from '../../src/storage/open.ts'
import { arrived, aSubscription, type Wish } from './a-subscription.ts'
import { baseUrl, bearer, httpWorld } from './http-world.ts'
import { ownRegistry } from './own-registry.ts'
import { aNextState, aReferral, aSubmission } from './referral-change.ts'
import { databaseTemplate } from './storage.ts'

export const fhirBase = `${baseUrl}/fhir`
export { answered, arrived, aSubscription, backport, type Wish } from './a-subscription.ts'

export type SubscriptionWorld = Awaited<ReturnType<typeof subscriptionWorld>>

const start = Date.parse('2026-03-02T10:00:00.000Z')

/** @param given a storage of another engine, whose clock is `now` */
export async function subscriptionWorld(
  t: Test,
  given?: (dueClock: () => Date) => Promise<Storage>,
) {
  let time = start
  const now = () => new Date(time)
  const storage = given
    ? await given(now)
    : await openStorage({ now, dueClock: now, template: await databaseTemplate() })
  t.teardown(() => storage.close())
  const { config } = await ownRegistry()
  let registry: Registry = parseRegistry(config.registry)
  let keys = await generateKeys()
  let secrets = secretBox(keys)
  const calls: SubscriberCall[] = []
  let answer: (call: SubscriberCall) => SubscriberAnswer | Promise<SubscriberAnswer> = () => arrived
  const refusedEndpoints = /private/
  const validator = createReferralValidator()
  const { app, audited } = await httpWorld(t, {
    now,
    resources: storage.resources,
    subscribing: {
      validate: (resource) => validator.validate(resource),
      now,
      newId: randomUUID,
      subscriptions: storage.subscriptions,
      get secrets() {
        return secrets
      },
      mayCall: async (endpoint) =>
        endpoint.startsWith('https:') && !refusedEndpoints.test(endpoint),
      fhirBase,
    },
  })
  const ports = {
    turns: storage.turns,
    resources: storage.resources,
    registry: () => registry,
    record: storage.referrals.record,
    get secrets() {
      return secrets
    },
    call: async (call: SubscriberCall) => {
      calls.push(call)
      return answer(call)
    },
    now,
    random: () => 0,
    fhirBase,
  }
  const ask = (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    by = 'lakeside',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<LightMyRequestResponse> =>
    app.inject({
      method,
      url: `/fhir/${path}`,
      headers: {
        ...bearer(by),
        ...(body ? { 'content-type': 'application/fhir+json' } : {}),
        ...headers,
      },
      ...(body ? { payload: JSON.stringify(body) } : {}),
    })

  /** Everything whose turn it is, until nothing is. */
  async function tell(): Promise<readonly TurnEvent[]> {
    const told: TurnEvent[] = []
    for (;;) {
      const turns = await storage.turns.take(10, [])
      if (turns.length === 0) return told
      for (const turn of turns) told.push(await tellSubscriber(ports, turn))
    }
  }

  async function subscribe(wish: Wish = {}, by = 'lakeside'): Promise<string> {
    const made = await ask('POST', 'Subscription', aSubscription(wish), by)
    if (made.statusCode !== 201) throw new Error(`refused: ${made.body}`)
    return (made.json() as Subscription).id as string
  }

  return {
    storage,
    app,
    audited,
    calls,
    ports,
    ask,
    tell,
    subscribe,
    /** Subscribed, with the handshake behind it. */
    async subscribed(wish: Wish = {}, by = 'lakeside'): Promise<string> {
      const id = await subscribe(wish, by)
      await tell()
      calls.length = 0
      return id
    },
    read: async (id: string, by = 'lakeside') =>
      (await ask('GET', `Subscription/${id}`, undefined, by)).json() as Subscription,
    pass(seconds: number): void {
      time += seconds * 1_000
    },
    onCall(next: typeof answer): void {
      answer = next
    },
    /** Without the client, or with other scopes. */
    reload(
      change: (json: { referrers: { client: { disabled?: boolean; scope: string } }[] }) => void,
    ) {
      const json = structuredClone(config.registry) as Parameters_<typeof change>[0]
      change(json)
      registry = parseRegistry(json)
    },
    /** A new first key; the former stays behind it, or does not. */
    async rotate(keep: boolean): Promise<void> {
      const former = JSON.parse(keys) as { keys: object[] }
      const next = JSON.parse(await generateKeys()) as { keys: object[] }
      keys = JSON.stringify({ keys: keep ? [...next.keys, ...former.keys] : next.keys })
      secrets = secretBox(keys)
    },
    /** A referral with a Task that can be searched, committed. */
    async refer(facts: Partial<Referral> = {}): Promise<Referral> {
      const referral = aReferral(facts)
      await storage.referrals.commit(withTasks(aSubmission(referral), now))
      return referral
    },
    /** Its Task in the next version. */
    async move(referral: Referral, facts: Partial<Referral> = {}): Promise<Referral> {
      const change = withTasks(aNextState(referral, facts), now)
      const outcome = await storage.referrals.commit(change)
      if (outcome !== 'committed') throw new Error(outcome)
      return change.referral
    },
  }
}

// The FHIR type Parameters hides TypeScript's own.
type Parameters_<F extends (...args: never[]) => unknown> = F extends (
  ...args: infer Arguments
) => unknown
  ? Arguments
  : never

/** The Tasks of a change as the service would write them. */
export const withTasks = (change: ReferralChange, now: () => Date): ReferralChange => ({
  ...change,
  resources: change.resources.map((write) =>
    write.type === 'Task'
      ? writeOf(taskOf(change.referral), { ...write, lastUpdated: now().toISOString() })
      : write,
  ),
})

const taskOf = ({ id, status, businessStatus, patientId, priority }: Referral): Task => ({
  resourceType: 'Task',
  status,
  intent: 'order',
  priority,
  code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
  businessStatus: {
    coding: [
      {
        system: 'https://referloop.example/fhir/CodeSystem/referral-business-status',
        code: businessStatus,
      },
    ],
  },
  focus: { reference: `ServiceRequest/${id}`, type: 'ServiceRequest' },
  for: { reference: `Patient/${patientId}`, type: 'Patient' },
  owner: {
    type: 'Organization',
    identifier: { system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' },
  },
})

/** A notification taken apart. */
export function notice(body: string) {
  const bundle = JSON.parse(body) as Bundle<FhirResource>
  const [first, ...entries] = bundle.entry ?? []
  const status = first?.resource as Parameters
  return { bundle, status, entries, ...partsOf(status), events: eventsOf(status) }
}

export function partsOf({ parameter = [] }: Parameters) {
  const value = (name: string) => parameter.find((one) => one.name === name)
  return {
    subscription: value('subscription')?.valueReference?.reference,
    topic: value('topic')?.valueCanonical,
    state: value('status')?.valueCode,
    type: value('type')?.valueCode,
    count: value('events-since-subscription-start')?.valueString,
    error: value('error')?.valueCodeableConcept?.text,
  }
}

const eventsOf = ({ parameter = [] }: Parameters) =>
  parameter
    .filter(({ name }) => name === 'notification-event')
    .map(({ part = [] }) => {
      const value = (name: string): ParametersParameter | undefined =>
        part.find((one) => one.name === name)
      return {
        number: Number(value('event-number')?.valueString),
        at: value('timestamp')?.valueInstant,
        focus: value('focus')?.valueReference?.reference,
        parts: part.map(({ name }) => name),
      }
    })
