/** A client begins, changes and ends a subscription. */

import type { Caller } from '../access/caller.ts'
import { permits } from '../access/scopes.ts'
import { Problem } from '../problem.ts'
import { type Agent, auditOf } from '../referral/change.ts'
import { type IntakePorts, readBody } from '../referral/intake.ts'
import type { AuditEntry } from '../referral/ports.ts'
import { laterThan } from '../referral/resource-write.ts'
import { type Header, keptValues } from './headers.ts'
import type {
  SecretBox,
  StoredSubscription,
  SubscriptionStore,
  SubscriptionWrite,
} from './ports.ts'
import { type ReadSubscription, readSubscription } from './read-subscription.ts'

export interface ManagePorts extends Pick<IntakePorts, 'validate' | 'now' | 'newId'> {
  readonly subscriptions: SubscriptionStore
  readonly secrets: SecretBox
  /** Says whether the address is one that may be called. */
  mayCall(endpoint: string): Promise<boolean>
  /** Our FHIR base. */
  readonly fhirBase: string
}

/** Per organisation. */
const mostSubscriptions = 50

export interface Subscribed {
  readonly subscription: StoredSubscription
  readonly headers: readonly Header[]
}

/**
 * Begins a subscription: its endpoint is asked, in the background, before anything else is sent.
 * @throws Problem what reading the body throws; forbidden, endpoint-refused, subscription-refused
 */
export async function subscribe(
  ports: ManagePorts,
  body: unknown,
  caller: Caller,
  agent: Agent,
): Promise<Subscribed> {
  const read = await readAllowed(ports, body, caller)
  if (read.wanted === 'off') throw refused('status', 'A new subscription begins as requested.')
  const id = ports.newId()
  const now = ports.now().toISOString()
  const write = writeOf(ports, read, caller, { id, lastUpdated: now, headers: read.headers })
  const audit = auditFor('subscribe', 'C', caller, agent, id, now)
  if (!(await ports.subscriptions.create(write, mostSubscriptions, audit)))
    throw refused('', `An organisation has at most ${mostSubscriptions} subscriptions; delete one.`)
  return { subscription: await found(ports, caller, id), headers: read.headers }
}

/**
 * Changes a subscription. Anything but `off` begins again with a handshake; the count goes on.
 * @param expected the version that the change is based on
 * @throws Problem what subscribe throws; not-found, version-conflict
 */
export async function resubscribe(
  ports: ManagePorts,
  id: string,
  expected: number,
  body: unknown,
  caller: Caller,
  agent: Agent,
): Promise<StoredSubscription> {
  const before = await found(ports, caller, id)
  const read = await readAllowed(ports, body, caller)
  if ((body as { id?: unknown }).id !== id)
    throw new Problem('bad-request', 'Send a Subscription whose id is that of the address.')
  if (read.terms.topic !== before.terms.topic)
    throw refused('criteria', 'Events are numbered within one topic: make another subscription.')
  if (before.version !== expected) throw new Problem('version-conflict')
  const lastUpdated = laterThan(before.lastUpdated, ports.now())
  const headers = await withKeptValues(ports, id, read.headers)
  const write = writeOf(ports, read, caller, { id, lastUpdated, headers })
  const audit = auditFor('resubscribe', 'U', caller, agent, id, lastUpdated)
  if (!(await ports.subscriptions.replace(write, expected, audit)))
    throw new Problem('version-conflict')
  return found(ports, caller, id)
}

/** Ends a subscription and forgets its events. @throws Problem not-found */
export async function unsubscribe(
  ports: ManagePorts,
  id: string,
  caller: Caller,
  agent: Agent,
): Promise<void> {
  const audit = auditFor('unsubscribe', 'D', caller, agent, id, ports.now().toISOString())
  if (!(await ports.subscriptions.remove(caller, id, audit))) throw new Problem('not-found')
}

/** @throws Problem not-found */
async function found(
  { subscriptions }: ManagePorts,
  caller: Caller,
  id: string,
): Promise<StoredSubscription> {
  const subscription = await subscriptions.find(caller, id)
  if (!subscription) throw new Problem('not-found')
  return subscription
}

async function readAllowed(
  ports: ManagePorts,
  body: unknown,
  caller: Caller,
): Promise<ReadSubscription> {
  const read = readSubscription(readBody(ports, body), ports.fhirBase)
  if (!permits(caller.scopes, 'Task', 'read'))
    throw new Problem('forbidden', 'The topics are about Tasks: the scope system/Task.r is needed.')
  if (!(await ports.mayCall(read.terms.endpoint)))
    throw new Problem('endpoint-refused', undefined, {
      expression: ['Subscription.channel.endpoint'],
    })
  return read
}

/** A value that comes back as it was shown stays what it is. */
async function withKeptValues(
  { subscriptions, secrets }: ManagePorts,
  id: string,
  asked: readonly Header[],
): Promise<readonly Header[]> {
  const sealed = await subscriptions.secretOf(id)
  const there = sealed === undefined ? undefined : secrets.open(sealed, id)
  return keptValues(asked, there === undefined ? [] : (JSON.parse(there) as Header[]))
}

function writeOf(
  { secrets }: ManagePorts,
  { wanted, terms, content }: ReadSubscription,
  { role, organization, client }: Caller,
  facts: { id: string; lastUpdated: string; headers: readonly Header[] },
): SubscriptionWrite {
  const { id, lastUpdated, headers } = facts
  return {
    id,
    role,
    organization,
    client,
    lastUpdated,
    status: wanted,
    terms,
    content: JSON.stringify(content),
    secret: headers.length > 0 ? secrets.seal(JSON.stringify(headers), id) : undefined,
  }
}

function auditFor(
  action: string,
  kind: AuditEntry['kind'],
  { role, organization }: Caller,
  agent: Agent,
  id: string,
  now: string,
): AuditEntry {
  const { referralId: _none, ...entry } = auditOf(
    agent,
    action,
    kind,
    '',
    [`Subscription/${id}`],
    now,
  )
  return {
    ...entry,
    ...(role === 'referrer' ? { referrerId: organization } : { clinicId: organization }),
  }
}

const refused = (expression: string, diagnostics: string): Problem =>
  new Problem('subscription-refused', diagnostics, {
    expression: [expression === '' ? 'Subscription' : `Subscription.${expression}`],
  })
