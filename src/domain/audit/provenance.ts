/**
 * Where a thing comes from: https://hl7.org/fhir/R4/provenance.html, as US Core has it.
 *
 * Composed when it is read, out of what is stored anyway; what a reader may see of a target, it may
 * see of its Provenance.
 */

import type {
  GuidanceResponse,
  Provenance,
  ProvenanceAgent,
  Reference,
  ServiceRequest,
} from 'fhir/r4'
import { makeToken, tokensOf } from '../fhir/search-tokens.ts'
import type { StoredResource } from '../referral/ports.ts'
import { partyReference, type TaskParty } from '../referral/task.ts'

export interface ComposedProvenance extends StoredResource {
  readonly tokens: readonly string[]
}

const participantTypes = {
  author: ['http://terminology.hl7.org/CodeSystem/provenance-participant-type', 'author'],
  assembler: ['http://terminology.hl7.org/CodeSystem/provenance-participant-type', 'assembler'],
  transmitter: [
    'http://hl7.org/fhir/us/core/CodeSystem/us-core-provenance-participant-type',
    'transmitter',
  ],
} as const

const agent = (type: keyof typeof participantTypes, who: Reference): ProvenanceAgent => {
  const [system, code] = participantTypes[type]
  return { type: { coding: [{ system, code }] }, who }
}

const us: Reference = { display: 'Referloop' }

const activity = (code: string) => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code }],
})

/** A referrer's order came in. @param request its first version */
export function receivedProvenance(
  request: StoredResource,
  taskId: string,
  referrer: TaskParty,
): ComposedProvenance {
  const { requester, identifier } = JSON.parse(request.content) as ServiceRequest
  const sender = partyReference(referrer)
  const [source] = identifier ?? []
  return composed(`received-${request.id}`, request.lastUpdated, {
    target: [versioned(request), { reference: `Task/${taskId}/_history/1` }],
    activity: activity('CREATE'),
    agent: [agent('author', requester ?? sender), agent('transmitter', sender)],
    ...(source
      ? { entity: [{ role: 'source', what: { type: 'ServiceRequest', identifier: source } }] }
      : {}),
  })
}

/** A referral was checked by a policy. @param guidance the GuidanceResponse */
export function checkProvenance(guidance: StoredResource): ComposedProvenance {
  const { moduleCanonical, occurrenceDateTime, reasonReference } = JSON.parse(
    guidance.content,
  ) as GuidanceResponse
  return composed(`check-${guidance.id}`, guidance.lastUpdated, {
    target: [versioned(guidance)],
    ...(occurrenceDateTime ? { occurredDateTime: occurrenceDateTime } : {}),
    ...(moduleCanonical ? { policy: [moduleCanonical] } : {}),
    activity: activity('EXECUTE'),
    agent: [agent('assembler', us)],
    ...(reasonReference
      ? { entity: reasonReference.map((what) => ({ role: 'source' as const, what })) }
      : {}),
  })
}

/**
 * Something was fetched from a clinic's EHR.
 * @param url where it is there
 */
export function fetchedProvenance(
  resource: StoredResource,
  clinic: TaskParty,
  url: string,
): ComposedProvenance {
  return composed(`from-${resource.type}-${resource.id}`, resource.lastUpdated, {
    target: [versioned(resource)],
    activity: activity('APPEND'),
    agent: [agent('author', partyReference(clinic)), agent('assembler', us)],
    entity: [{ role: 'source', what: { reference: url } }],
  })
}

/**
 * The service fetched something from the referrer's EHR, on the referrer's behalf.
 * @param url where it is there
 */
export function gatheredProvenance(
  resource: StoredResource,
  referrer: TaskParty,
  url: string,
): ComposedProvenance {
  const owner = partyReference(referrer)
  return composed(`from-${resource.type}-${resource.id}`, resource.lastUpdated, {
    target: [versioned(resource)],
    activity: activity('APPEND'),
    agent: [agent('author', owner), { ...agent('assembler', us), onBehalfOf: owner }],
    entity: [{ role: 'source', what: { reference: url } }],
  })
}

const versioned = ({ type, id, version }: StoredResource): Reference => ({
  reference: `${type}/${id}/_history/${version}`,
})

function composed(
  id: string,
  recorded: string,
  rest: Omit<Provenance, 'resourceType' | 'recorded'>,
): ComposedProvenance {
  const resource: Provenance = {
    resourceType: 'Provenance',
    id,
    meta: { versionId: '1', lastUpdated: recorded },
    recorded,
    ...rest,
  }
  return {
    type: 'Provenance',
    id,
    version: 1,
    lastUpdated: recorded,
    content: JSON.stringify(resource),
    tokens: tokensOf(resource),
  }
}

/** What `Provenance?target=` asks for, as `Type/id`, out of the tokens of a search. */
export const targetsAsked = (tokens: readonly string[]): readonly string[] => {
  const start = makeToken('target', '')
  return tokens.flatMap((token) => (token.startsWith(start) ? token.slice(start.length) : []))
}
