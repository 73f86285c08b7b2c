/** A client's subscriptions: https://hl7.org/fhir/R4/subscription.html */

import type { FastifyRequest } from 'fastify'
import type { Subscription } from 'fhir/r4'
import { bundleText } from '../../domain/fhir/bundle.ts'
import { Problem } from '../../domain/problem.ts'
import type { StoredResource } from '../../domain/referral/ports.ts'
import { resubscribe, subscribe, unsubscribe } from '../../domain/subscription/manage.ts'
import { showSubscription } from '../../domain/subscription/show-subscription.ts'
import type { SubscriptionRoute } from '../deps.ts'
import { sendFhir, sendResource, versionHeaders } from '../reply.ts'
import { agentOf, auditEntry, ifMatchVersion, queryPairs, requireScope } from '../request.ts'
import {
  createSubscriptionSchema,
  deleteSubscriptionSchema,
  readSubscriptionSchema,
  searchSubscriptionSchema,
  updateSubscriptionSchema,
} from '../subscription-schemas.ts'

const config = (interaction: string) => ({ fhir: { types: ['Subscription'], interaction } })

export const subscriptionRoutes: SubscriptionRoute = (app, deps) => {
  const fhirBase = `${deps.baseUrl}/fhir`
  const { subscribing: ports } = deps

  app.post(
    '/Subscription',
    { config: config('create'), schema: createSubscriptionSchema },
    async (request, reply) => {
      const caller = requireScope(request, 'Subscription', 'create')
      if (request.headers['if-none-exist'] !== undefined)
        throw new Problem('not-supported', 'A Subscription is created without If-None-Exist.')
      const made = await subscribe(ports, request.body, caller, agentOf(request))
      // Whoever has just sent the headers may see that they came through; nobody sees them again.
      const shown = showSubscription(made.subscription, deps.now(), made.headers)
      return sendResource(reply, shown, { status: 201, fhirBase })
    },
  )

  app.put<{ Params: { id: string } }>(
    '/Subscription/:id',
    { config: config('update'), schema: updateSubscriptionSchema },
    async (request, reply) => {
      const caller = requireScope(request, 'Subscription', 'update')
      const version = ifMatchVersion(request)
      const { id } = request.params
      const changed = await resubscribe(ports, id, version, request.body, caller, agentOf(request))
      return sendResource(reply, showSubscription(changed, deps.now()), { status: 200, fhirBase })
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/Subscription/:id',
    { config: { ...config('delete'), bodyless: true }, schema: deleteSubscriptionSchema },
    async (request, reply) => {
      const caller = requireScope(request, 'Subscription', 'delete')
      await unsubscribe(ports, request.params.id, caller, agentOf(request))
      return reply.code(204).send()
    },
  )

  app.get<{ Params: { id: string } }>(
    '/Subscription/:id',
    { config: config('read'), schema: readSubscriptionSchema },
    async (request, reply) => {
      const caller = requireScope(request, 'Subscription', 'read')
      const found = await ports.subscriptions.find(caller, request.params.id)
      if (!found) throw new Problem('not-found')
      const shown = showSubscription(found, deps.now())
      await noteRead(request, [shown])
      return sendFhir(versionHeaders(reply, shown), shown.content)
    },
  )

  app.get(
    '/Subscription',
    { config: config('search-type'), schema: searchSubscriptionSchema },
    async (request, reply) => {
      const caller = requireScope(request, 'Subscription', 'search-type')
      const pairs = queryPairs(request.query)
      const all = (await ports.subscriptions.list(caller)).map((one) =>
        showSubscription(one, deps.now()),
      )
      const found = all.filter((one) => pairs.every((pair) => matches(one, pair)))
      await noteRead(request, found)
      const self = new URLSearchParams(pairs)
      const url = `${fhirBase}/Subscription${self.size > 0 ? `?${self}` : ''}`
      return sendFhir(
        reply,
        bundleText(
          {
            type: 'searchset',
            timestamp: deps.now().toISOString(),
            total: found.length,
            link: [{ relation: 'self', url }],
          },
          found.map(({ id, content }) => ({
            fullUrl: `${fhirBase}/Subscription/${id}`,
            resource: content,
            search: { mode: 'match' },
          })),
        ),
      )
    },
  )

  /** They are about no patient. */
  const noteRead = (request: FastifyRequest, shown: readonly StoredResource[]) =>
    deps.audit([
      auditEntry(
        request,
        {
          action: 'read',
          kind: 'R',
          outcome: 'success',
          entities: shown.map(({ id }) => `Subscription/${id}`),
        },
        deps.now(),
      ),
    ])
}

/** The search parameters, each with what it is compared with. */
const parameters: Readonly<Record<string, (of: Subscription) => string | undefined>> = {
  _id: ({ id }) => id,
  status: ({ status }) => status,
  url: ({ channel }) => channel.endpoint,
  topic: ({ criteria }) => criteria,
}

/** A client has 50 at most, so all come on one page. */
function matches({ content }: StoredResource, [name, value]: readonly [string, string]): boolean {
  if (name === '_format' || name === '_pretty' || value === '') return true
  const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined
  if (!parameter)
    throw new Problem(
      'bad-parameter',
      `Subscriptions are searched by ${Object.keys(parameters).join(', ')}.`,
    )
  const found = parameter(JSON.parse(content) as Subscription)
  return value.split(',').some((one) => one === found)
}
