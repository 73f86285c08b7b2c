/** What the stories that change a referral share: its resources in their next version, its audit line. */

import type { FhirResource, ServiceRequest, Task } from 'fhir/r4'
import type { Caller, Person, Viewer } from '../access/caller.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { Problem } from '../problem.ts'
import { keepLabels } from '../sensitivity/labels.ts'
import { businessIdentifiers } from './arrange.ts'
import type {
  AuditEntry,
  ReferralStore,
  ResourceStore,
  ResourceWrite,
  StoredResource,
} from './ports.ts'
import type { Referral } from './referral.ts'
import { laterThan, writeOf } from './resource-write.ts'

/** The referral with this ServiceRequest id, as far as the viewer may know of it. @throws Problem not-found */
export async function findOrThrow(
  referrals: Pick<ReferralStore, 'find'>,
  id: string,
  viewer?: Viewer,
): Promise<Referral> {
  const referral = await referrals.find(id, viewer)
  if (!referral) throw new Problem('not-found')
  return referral
}

/** One resource of a referral out of all of them. */
export function pick(
  resources: readonly StoredResource[],
  type: string,
  id: string,
): StoredResource {
  const found = resources.find((resource) => resource.type === type && resource.id === id)
  if (!found) throw new Error(`${type}/${id} is missing from its referral`)
  return found
}

/** The service looks at a referral's resources as their owner, the referrer, does. */
export const ownerOf = ({ referrerId }: Referral): Viewer => ({
  role: 'referrer',
  organization: referrerId,
})

/** The next version of a resource of a referral; its labels and its patient's identifiers stay. */
export function nextVersion(
  stored: StoredResource,
  resource: FhirResource,
  patient: StoredResource | undefined,
  now: string,
): ResourceWrite {
  return writeOf(
    keepLabels(resource, parseFhirJson(stored.content) as FhirResource),
    {
      id: stored.id,
      version: stored.version + 1,
      lastUpdated: laterThan(stored.lastUpdated, new Date(now)),
    },
    patient ? businessIdentifiers(parseFhirJson(patient.content) as FhirResource) : [],
  )
}

/** The next version of a referral's Task. @param change what becomes of the Task that is there */
export async function taskWrite(
  resources: Pick<ResourceStore, 'readMany'>,
  referral: Referral,
  now: string,
  change: (task: Task) => Task,
): Promise<ResourceWrite> {
  const found = await resources.readMany(ownerOf(referral), [
    `Task/${referral.taskId}`,
    `Patient/${referral.patientId}`,
  ])
  const stored = pick(found, 'Task', referral.taskId)
  const patient = found.find(({ type }) => type === 'Patient')
  return nextVersion(stored, change(parseFhirJson(stored.content) as Task), patient, now)
}

/** Who did something, for the audit trail. */
export interface Agent {
  /** Client id, or `referloop`. */
  readonly client: string
  readonly organization?: string
  readonly tokenId?: string
  readonly requestId?: string
  /** Where the client was: an IP address. */
  readonly network?: string
  readonly person?: Person
}

/** Where a request came from, as far as the audit trail has it. */
export type Origin = Pick<Agent, 'requestId' | 'network'>

export const agentOf = (
  { client, organization, tokenId, person }: Caller,
  { requestId, network }: Origin = {},
): Agent => ({
  client,
  organization,
  tokenId,
  ...(person ? { person } : {}),
  ...(requestId ? { requestId } : {}),
  ...(network ? { network } : {}),
})

/** Whom an audit line concerns that is not part of a change. */
export const tenantsOf = ({ referrerId, clinicId, patientId }: Referral) => ({
  referrerId,
  clinicId,
  patientId,
})

/** The audit line of a successful change. */
export const auditOf = (
  agent: Agent,
  action: string,
  kind: AuditEntry['kind'],
  referralId: string,
  entities: readonly string[],
  recorded: string,
  detail?: string,
): AuditEntry => ({
  action,
  kind,
  outcome: 'success',
  agent: agent.client,
  organization: agent.organization,
  tokenId: agent.tokenId,
  requestId: agent.requestId,
  network: agent.network,
  ...personOf(agent),
  referralId,
  entities,
  detail,
  recorded,
})

/** The person behind a client, for an audit line. */
export const personOf = ({
  person,
}: Pick<Agent, 'person'>): Pick<AuditEntry, 'person' | 'personName'> =>
  person ? { person: person.id, personName: person.name } : {}

/** The answer to what was sent before shows what is here, so it is a read. */
export const repeatAudit = (referral: Referral, agent: Agent, now: Date): AuditEntry => ({
  ...auditOf(
    agent,
    'repeat',
    'R',
    referral.id,
    [`ServiceRequest/${referral.id}`],
    now.toISOString(),
  ),
  ...tenantsOf(referral),
})

/** The next version of a referral's ServiceRequest. */
export function requestWrite(
  referral: Referral,
  stored: readonly StoredResource[],
  request: ServiceRequest,
  now: string,
): ResourceWrite {
  const patient = stored.find(({ type, id }) => type === 'Patient' && id === referral.patientId)
  return nextVersion(pick(stored, 'ServiceRequest', referral.id), request, patient, now)
}
