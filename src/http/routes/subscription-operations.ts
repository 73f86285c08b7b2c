/** $status and $events: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/operations.html */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../../domain/access/caller.ts'
import { byPatient } from '../../domain/audit/patients.ts'
import { Problem } from '../../domain/problem.ts'
import type { StoredResource } from '../../domain/referral/ports.ts'
import { eventsWanted, pairsOf, statusWanted } from '../../domain/subscription/ask.ts'
import { notification, statusBundle, versionKey } from '../../domain/subscription/notification.ts'
import type {
  ContentLevel,
  StoredSubscription,
  SubscriptionEvent,
} from '../../domain/subscription/ports.ts'
import { backportBase } from '../../domain/subscription/read-subscription.ts'
import type { SubscriptionRoute } from '../deps.ts'
import { sendFhir } from '../reply.ts'
import { auditEntry, queryPairs, requireScope } from '../request.ts'
import { eventsSchema, statusSchema } from '../subscription-schemas.ts'

/** Events in one answer of $events; the next are asked for by the number behind the last. */
const mostEvents = 100

const config = (name: string) => ({
  bodyless: true,
  fhir: {
    types: ['Subscription'],
    interaction: name,
    definition: `${backportBase}/OperationDefinition/backport-subscription-${name.slice(1)}`,
  },
})

type OfOne = FastifyRequest<{ Params: { id: string } }>

export const subscriptionOperationRoutes: SubscriptionRoute = (app, deps) => {
  const fhirBase = `${deps.baseUrl}/fhir`
  const ports = deps.subscribing

  const asked = (request: FastifyRequest) => [
    ...queryPairs(request.query),
    ...(request.method === 'POST' ? pairsOf(request.body) : []),
  ]

  const ofAll = async (request: FastifyRequest, reply: FastifyReply) => {
    const caller = requireScope(request, 'Subscription', '$status')
    const isWanted = statusWanted(asked(request))
    const all = await ports.subscriptions.list(caller)
    const found = all.filter((one) => isWanted(one, deps.now()))
    return sendStatus(request, reply, found, 'Subscription/$status')
  }

  const ofOne = async (request: OfOne, reply: FastifyReply) => {
    const caller = requireScope(request, 'Subscription', '$status')
    const { id } = request.params
    // What is asked besides is for all of them, and counts for nothing here.
    statusWanted(asked(request))
    const found = await findOwn(caller, id)
    return sendStatus(request, reply, [found], `Subscription/${id}/$status`)
  }

  const events = async (request: OfOne, reply: FastifyReply) => {
    const caller = requireScope(request, 'Subscription', '$events')
    requireScope(request, 'Task', 'read')
    const { from, to, content } = eventsWanted(asked(request))
    const subscription = await findOwn(caller, request.params.id)
    const found = await ports.subscriptions.events(caller, subscription.id, {
      from,
      to,
      limit: mostEvents,
    })
    const level = content ?? subscription.terms.content
    const versions = await versionsOf(caller, found, level)
    await deps.audit([
      entry(request, { patientId: undefined, entities: [`Subscription/${subscription.id}`] }),
      ...(versions.size > 0
        ? byPatient([...versions.values()]).map((about) => entry(request, about))
        : []),
    ])
    const notice = {
      subscription,
      type: 'query-event',
      content: level,
      events: found,
      resources: new Map([...versions].map(([key, stored]) => [key, stored.content])),
      at: deps.now().toISOString(),
    } as const
    return sendFhir(reply, notification(notice, fhirBase))
  }

  for (const method of ['GET', 'POST'] as const) {
    const status = (ofOne: boolean) => ({
      method,
      config: config('$status'),
      schema: statusSchema(ofOne, method),
    })
    app.route({ url: '/Subscription/$status', ...status(false), handler: ofAll })
    app.route({ url: '/Subscription/:id/$status', ...status(true), handler: ofOne })
    app.route({
      method,
      url: '/Subscription/:id/$events',
      config: config('$events'),
      schema: eventsSchema(method),
      handler: events,
    })
  }

  async function findOwn(caller: Caller, id: string): Promise<StoredSubscription> {
    const found = await ports.subscriptions.find(caller, id)
    if (!found) throw new Problem('not-found')
    return found
  }

  async function versionsOf(
    caller: Caller,
    found: readonly SubscriptionEvent[],
    level: ContentLevel,
  ): Promise<ReadonlyMap<string, StoredResource>> {
    const versions = new Map<string, StoredResource>()
    if (level !== 'full-resource') return versions
    for (const event of found) {
      const { taskId, version } = event
      const stored = await deps.resources.readVersion(caller, 'Task', taskId, version)
      if (stored) versions.set(versionKey(event), stored)
    }
    return versions
  }

  async function sendStatus(
    request: FastifyRequest,
    reply: FastifyReply,
    found: readonly StoredSubscription[],
    self: string,
  ) {
    const entities = found.map(({ id }) => `Subscription/${id}`)
    await deps.audit([entry(request, { patientId: undefined, entities }, 'read')])
    const at = deps.now().toISOString()
    return sendFhir(reply, statusBundle(found, fhirBase, `${fhirBase}/${self}`, at))
  }

  const entry = (
    request: FastifyRequest,
    about: { readonly patientId: string | undefined; readonly entities: readonly string[] },
    action = 'events',
  ) => auditEntry(request, { action, kind: 'R', outcome: 'success', ...about }, deps.now())
}
