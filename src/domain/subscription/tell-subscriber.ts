/** A subscription's turn: what is to be said is said once more, and what became of it is written down. */

import type { Registry } from '../access/registry.ts'
import { permits } from '../access/scopes.ts'
import { patientOf } from '../audit/patients.ts'
import type { AuditEntry, ResourceStore, StoredResource } from '../referral/ports.ts'
import { type Afterwards, afterTurn, type TurnKind } from './after-turn.ts'
import type { Header } from './headers.ts'
import { type Notice, noticeId, notification, versionKey } from './notification.ts'
import type {
  SecretBox,
  StoredSubscription,
  SubscriberAnswer,
  SubscriberCall,
  SubscriptionEvent,
  Turn,
  TurnEnd,
  TurnStore,
} from './ports.ts'

export interface TellPorts {
  readonly turns: Pick<TurnStore, 'end'>
  readonly resources: Pick<ResourceStore, 'readVersion'>
  readonly secrets: SecretBox
  registry(): Registry
  /** Committed before anything that it tells of is sent. */
  record(entries: readonly AuditEntry[]): Promise<void>
  call(call: SubscriberCall): Promise<SubscriberAnswer>
  now(): Date
  /** From 0 to 1. */
  random(): number
  /** Our FHIR base. */
  readonly fhirBase: string
}

/** What became of a turn; ids and codes only. */
export interface TurnEvent {
  readonly subscription: string
  readonly organization: string
  readonly kind: TurnKind
  readonly outcome: Afterwards['outcome'] | 'not-allowed' | 'nothing-left' | 'lease-lost'
  /** Of the events told. */
  readonly from?: number
  readonly through?: number
  readonly status?: number
}

/** @returns what became of it, for the log and the metrics */
export async function tellSubscriber(ports: TellPorts, turn: Turn): Promise<TurnEvent> {
  const kind = kindOf(turn)
  const { subscription, through } = turn
  const finish = async (outcome: TurnEvent['outcome'], end: Partial<TurnEnd>, status?: number) => {
    const whole = { ...unchanged(turn), ...end }
    const audit = [...whole.audit, ...auditOfEnd(ports, turn, whole)]
    const isOurs = await ports.turns.end(turn, { ...whole, audit })
    const [first] = turn.events
    return {
      subscription: subscription.id,
      organization: subscription.organization,
      kind,
      outcome: isOurs ? outcome : ('lease-lost' as const),
      ...(first && through ? { from: first.number, through } : {}),
      ...(status === undefined ? {} : { status }),
    }
  }
  if (!isAllowed(ports.registry(), subscription))
    return finish('not-allowed', {
      status: 'error',
      error: 'The client may not read Tasks, or is disabled.',
      waitSeconds: undefined,
    })
  if (kind === 'event-notification' && turn.events.length === 0)
    return finish('nothing-left', { delivered: through, waitSeconds: undefined })
  const headers = headersOf(ports.secrets, turn)
  if (!headers)
    return finish('gave-up', {
      status: 'error',
      error: 'The headers can no longer be read: send the Subscription again, with their values.',
      waitSeconds: undefined,
    })
  const answer = await say(ports, turn, kind, headers)
  const { outcome, ...after } = afterTurn(kind, answer, turn.failures, ports.random())
  const { secret } = turn
  const isStale = secret !== undefined && !ports.secrets.isCurrent(secret)
  return finish(
    outcome,
    {
      ...after,
      ...(outcome === 'arrived' && through !== undefined ? { delivered: through } : {}),
      ...(isStale ? { secret: ports.secrets.seal(JSON.stringify(headers), subscription.id) } : {}),
    },
    answer.kind === 'answered' ? answer.status : undefined,
  )
}

function kindOf({ subscription, through }: Turn): TurnKind {
  if (subscription.status === 'requested') return 'handshake'
  return through === undefined ? 'heartbeat' : 'event-notification'
}

const unchanged = ({ subscription, failures }: Turn): TurnEnd => ({
  status: subscription.status,
  error: undefined,
  failures,
  delivered: undefined,
  waitSeconds: undefined,
  audit: [],
})

/** Asked again before each notification: a client may be disabled, or lose its scope. */
function isAllowed(registry: Registry, subscription: StoredSubscription): boolean {
  const { client, organization, role } = subscription
  const known = registry.byClientId(client)
  return (
    known?.organization === organization &&
    known.role === role &&
    permits(known.client.scopes, 'Task', 'read')
  )
}

/** @returns undefined when there are some that cannot be opened */
function headersOf(
  secrets: SecretBox,
  { secret, subscription }: Turn,
): readonly Header[] | undefined {
  if (secret === undefined) return []
  const opened = secrets.open(secret, subscription.id)
  return opened === undefined ? undefined : (JSON.parse(opened) as Header[])
}

async function say(
  ports: TellPorts,
  turn: Turn,
  kind: TurnKind,
  headers: readonly Header[],
): Promise<SubscriberAnswer> {
  const { subscription, events } = turn
  const { terms } = subscription
  const versions = terms.content === 'full-resource' ? await versionsOf(ports, turn) : new Map()
  const notice: Notice = {
    subscription,
    type: kind,
    content: terms.content,
    events,
    resources: new Map([...versions].map(([key, { content }]) => [key, content])),
    at: ports.now().toISOString(),
  }
  if (versions.size > 0) await ports.record(disclosures(ports, turn, versions))
  return ports.call({
    endpoint: terms.endpoint,
    headers,
    contentType: terms.payload,
    body: notification(notice, ports.fhirBase),
    timeoutSeconds: terms.timeoutSeconds,
    messageId: noticeId(notice),
  })
}

/** As the subscriber would read them now: labels, consents and tenants are asked each time. */
async function versionsOf(
  { resources }: TellPorts,
  { subscription, events }: Turn,
): Promise<ReadonlyMap<string, StoredResource>> {
  const { role, organization } = subscription
  const found = new Map<string, StoredResource>()
  for (const event of events) {
    const { taskId, version } = event
    const stored = await resources.readVersion({ role, organization }, 'Task', taskId, version)
    if (stored) found.set(versionKey(event), stored)
  }
  return found
}

/** One line for each referral whose Task goes out. */
function disclosures(
  { now }: TellPorts,
  { subscription, events }: Turn,
  versions: ReadonlyMap<string, StoredResource>,
): readonly AuditEntry[] {
  const told = events.filter((event) => versions.has(versionKey(event)))
  const byReferral = Map.groupBy(told, ({ referralId }) => referralId)
  return [...byReferral].map(([referralId, of]) => ({
    action: subscription.role === 'referrer' ? 'notify-referrer' : 'notify-clinic',
    kind: 'R',
    outcome: 'success',
    agent: 'referloop',
    referralId,
    patientId: patientOf(versions.get(versionKey(of[0] as SubscriptionEvent)) as StoredResource),
    entities: [...new Set(of.map(({ taskId }) => `Task/${taskId}`))],
    detail: `Subscription/${subscription.id}`,
    network: new URL(subscription.terms.endpoint).origin,
    recorded: now().toISOString(),
  }))
}

/** That we ended it is written down with the end. */
function auditOfEnd(
  { now }: TellPorts,
  { subscription }: Turn,
  { status }: TurnEnd,
): readonly AuditEntry[] {
  if (status !== 'error' && status !== 'off') return []
  const { role, organization, id } = subscription
  return [
    {
      action: 'end-subscription',
      kind: 'U',
      outcome: 'success',
      agent: 'referloop',
      ...(role === 'referrer' ? { referrerId: organization } : { clinicId: organization }),
      entities: [`Subscription/${id}`],
      detail: status,
      recorded: now().toISOString(),
    },
  ]
}
