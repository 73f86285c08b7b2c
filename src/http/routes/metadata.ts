/** https://hl7.org/fhir/R4/http.html#capabilities */

import type { FastifyInstance } from 'fastify'
import type { Extension, FhirResource } from 'fhir/r4'
import { auditSearches } from '../../domain/audit/audit-search.ts'
import {
  type CapabilityFacts,
  capabilityStatement,
} from '../../domain/fhir/capability-statement.ts'
import { Problem } from '../../domain/problem.ts'
import { backportBase } from '../../domain/subscription/read-subscription.ts'
import { type TopicName, topicNames, topics } from '../../domain/subscription/topics.ts'
import type { HttpDeps, RoutePlugin } from '../deps.ts'
import { documented, fhirAnswer, formatQuery } from '../documentation.ts'
import { capabilities } from '../examples.ts'
import { sendFhir } from '../reply.ts'
import { conformanceSearches, conformanceTypes } from './conformance.ts'

export const metadataRoute: RoutePlugin = (app, deps) => {
  const date = deps.now().toISOString()
  const config = {
    access: 'public' as const,
    cors: true,
    fhir: { types: 'system' as const, interaction: 'capabilities' },
  }
  // Routes may still be added after this one, so the statement is made when it is first asked for.
  const made = new Map<string, string>()
  app.get<{ Querystring: { mode?: string } }>(
    '/metadata',
    { schema, config },
    async (request, reply) => {
      const mode = request.query.mode ?? 'full'
      if (mode !== 'full' && mode !== 'normative')
        throw new Problem('bad-parameter', 'mode is full or normative; terminology is not served.')
      const text =
        made.get(mode) ?? JSON.stringify(capabilityStatement(factsOf(app, deps, date), mode))
      made.set(mode, text)
      return sendFhir(reply.header('cache-control', 'public, max-age=300'), text)
    },
  )
}

function factsOf(app: FastifyInstance, deps: HttpDeps, date: string): CapabilityFacts {
  return {
    // The statement itself is no interaction of restful-interaction's system level.
    offered: app.knownRoutes.flatMap(({ method, fhir }) =>
      fhir && method !== 'HEAD' && fhir.interaction !== 'capabilities' ? [fhir] : [],
    ),
    otherSearches: {
      ...Object.fromEntries(conformanceTypes.map((type) => [type, conformanceSearches])),
      AuditEvent: auditSearches,
      Subscription: subscriptionSearches,
    },
    profiles: profilesOf(deps.conformance).set('Subscription', [
      `${backportBase}/StructureDefinition/backport-subscription`,
    ]),
    instantiates: [`${backportBase}/CapabilityStatement/backport-subscription-server-r4`],
    extensions: new Map([['Subscription', topicNames.map(advertised)]]),
    baseUrl: deps.baseUrl,
    version: deps.version,
    date,
  }
}

const subscriptionSearches = [
  { name: '_id', type: 'token' },
  { name: 'status', type: 'token' },
  { name: 'url', type: 'uri' },
  { name: 'topic', type: 'string' },
] as const

/** A topic, as clients look for it. */
const advertised = (name: TopicName): Extension => ({
  url: `${backportBase}/StructureDefinition/capabilitystatement-subscriptiontopic-canonical`,
  valueCanonical: topics[name].url,
})

function profilesOf(conformance: readonly FhirResource[]): Map<string, readonly string[]> {
  const profiles = new Map<string, string[]>()
  for (const resource of conformance)
    if (resource.resourceType === 'StructureDefinition' && resource.derivation === 'constraint')
      profiles.set(resource.type, [...(profiles.get(resource.type) ?? []), resource.url])
  return profiles
}

const schema = documented({
  summary: 'CapabilityStatement',
  description: 'Types, interactions, search parameters and operations of this service.',
  tag: 'discovery',
  open: true,
  query: { mode: { type: 'string', enum: ['full', 'normative'], default: 'full' }, ...formatQuery },
  answers: { 200: fhirAnswer('The statement', 'CapabilityStatement', capabilities) },
  problems: ['bad-parameter'],
})
