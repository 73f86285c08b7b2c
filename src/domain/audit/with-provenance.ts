/** The read side of the store, with the Provenance that is composed out of it. */

import type { Viewer } from '../access/caller.ts'
import type { Registry } from '../access/registry.ts'
import type { SearchQuery } from '../fhir/search-query.ts'
import type { ReferralStore, ResourceStore, StoredResource } from '../referral/ports.ts'
import type { Referral } from '../referral/referral.ts'
import type { AuditTrail } from './audit-row.ts'
import { patientOf } from './patients.ts'
import {
  type ComposedProvenance,
  checkProvenance,
  fetchedProvenance,
  gatheredProvenance,
  receivedProvenance,
  targetsAsked,
} from './provenance.ts'

export interface ProvenancePorts {
  readonly resources: ResourceStore
  readonly referrals: Pick<ReferralStore, 'find' | 'findByTask'>
  readonly auditTrail: AuditTrail
  registry(): Registry
}

/**
 * A Provenance of ours is found by its target and by its id, as long as the reader sees the target;
 * those that a referrer sent are stored, and found as before.
 */
export function withProvenance(ports: ProvenancePorts): ResourceStore {
  const { resources } = ports
  const byId = async (
    viewer: Viewer,
    type: string,
    id: string,
  ): Promise<StoredResource | undefined> => {
    const target = type === 'Provenance' ? targetOf(id) : undefined
    if (!target) return undefined
    return (await composeFor(ports, viewer, target)).find((each) => each.id === id)
  }
  return {
    async read(viewer, type, id) {
      return (await byId(viewer, type, id)) ?? resources.read(viewer, type, id)
    },
    async readVersion(viewer, type, id, version) {
      const found = await byId(viewer, type, id)
      if (found) return version === 1 ? found : undefined
      return resources.readVersion(viewer, type, id, version)
    },
    async history(viewer, type, id, count, before) {
      const found = await byId(viewer, type, id)
      if (found) return before === undefined || before > 1 ? [found] : []
      return resources.history(viewer, type, id, count, before)
    },
    async readMany(viewer, references) {
      const ours = await Promise.all(
        references.map((reference) => {
          const [type = '', id = ''] = reference.split('/')
          return byId(viewer, type, id)
        }),
      )
      const found = ours.filter((each) => each !== undefined)
      return [...(await resources.readMany(viewer, references)), ...found]
    },
    async search(viewer, type, query) {
      const stored = await resources.search(viewer, type, query)
      if (type !== 'Provenance') return stored
      const ours = await searchOurs(ports, viewer, query)
      const order = query.order === 'ascending' ? 1 : -1
      const rows = [...ours.filter((each) => isBeyond(each, query)), ...stored.rows].sort(
        (a, b) => comparePlaces(a, b) * order,
      )
      return { rows: rows.slice(0, query.count + 1), total: stored.total + ours.length }
    },
  }
}

type Place = Pick<StoredResource, 'lastUpdated' | 'id'>

const comparePlaces = (a: Place, b: Place): number => {
  const [one, other] = [a, b].map(({ lastUpdated, id }) => `${lastUpdated} ${id}`) as [
    string,
    string,
  ]
  return one < other ? -1 : one > other ? 1 : 0
}

/** On the page that is asked for, or on a later one. */
const isBeyond = (row: Place, { after, order }: SearchQuery): boolean =>
  !after || comparePlaces(row, after) * (order === 'ascending' ? 1 : -1) > 0

const comparisons = {
  ge: (a: string, b: string) => a >= b,
  gt: (a: string, b: string) => a > b,
  le: (a: string, b: string) => a <= b,
  lt: (a: string, b: string) => a < b,
} as const

async function searchOurs(
  ports: ProvenancePorts,
  viewer: Viewer,
  { tokens, ids, lastUpdated = [] }: SearchQuery,
): Promise<readonly ComposedProvenance[]> {
  const asked = [
    ...tokens.flatMap(targetsAsked),
    ...(ids ?? []).flatMap((id) => targetOf(id) ?? []),
  ]
  const found = await Promise.all(
    [...new Set(asked)].map((target) => composeFor(ports, viewer, target)),
  )
  const byId = new Map(found.flat().map((each) => [each.id, each]))
  return [...byId.values()].filter(
    (each) =>
      (!ids || ids.includes(each.id)) &&
      tokens.every((anyOf) => anyOf.some((token) => each.tokens.includes(token))) &&
      lastUpdated.every(({ op, instant }) => comparisons[op](each.lastUpdated, instant)),
  )
}

/** What a Provenance of ours is about, by its id; undefined for those that were sent. */
function targetOf(id: string): string | undefined {
  const [, received, check, type, fetched] =
    /^(?:received-(.+)|check-(.+)|from-([A-Za-z]+)-(.+))$/.exec(id) ?? []
  if (received) return `ServiceRequest/${received}`
  if (check) return `GuidanceResponse/${check}`
  return type && `${type}/${fetched}`
}

/** The Provenance of one target, for whoever may see the target. */
async function composeFor(
  ports: ProvenancePorts,
  viewer: Viewer,
  target: string,
): Promise<readonly ComposedProvenance[]> {
  const [type = '', id = ''] = target.split('/')
  if (type === 'ServiceRequest')
    return received(ports, viewer, await ports.referrals.find(id, viewer))
  if (type === 'Task') return received(ports, viewer, await ports.referrals.findByTask(id, viewer))
  const resource = await ports.resources.read(viewer, type, id)
  if (!resource) return []
  return type === 'GuidanceResponse'
    ? [checkProvenance(resource)]
    : fetched(ports, viewer, resource)
}

async function received(
  { resources, registry }: ProvenancePorts,
  viewer: Viewer,
  referral: Awaited<ReturnType<ReferralStore['find']>>,
): Promise<readonly ComposedProvenance[]> {
  const referrer = referral && registry().referrerById(referral.referrerId)
  if (!referrer) return []
  const first = await resources.readVersion(viewer, 'ServiceRequest', referral.id, 1)
  return first ? [receivedProvenance(first, referral.taskId, referrer)] : []
}

/** The trail knows which report of the clinic brought a resource. */
async function fetched(
  { auditTrail, referrals, registry }: ProvenancePorts,
  viewer: Viewer,
  resource: StoredResource,
): Promise<readonly ComposedProvenance[]> {
  const reference = `${resource.type}/${resource.id}`
  const patient = patientOf(resource)
  if (patient === undefined) return []
  const events = await auditTrail.search(viewer, {
    patients: [patient],
    entities: [reference],
    agents: ['referloop'],
    count: 10,
  })
  const report = events.find(({ action }) => action === 'status' || action === 'gather')
  const referral = report?.referralId && (await referrals.find(report.referralId, viewer))
  if (!referral) return []
  if (report.action === 'gather') return gathered(registry(), referral, resource, report.network)
  const there = Object.entries(referral.delivery.fetched ?? {}).find(
    ([, ours]) => ours === reference,
  )
  const clinic = registry().clinicById(referral.clinicId)
  return there && clinic && report.network
    ? [fetchedProvenance(resource, clinic, `${report.network}/${there[0]}`)]
    : []
}

/** The referral knows which resource of its referrer's EHR became which of ours. */
function gathered(
  registry: Registry,
  { referrerId, gathering }: Referral,
  resource: StoredResource,
  base: string | undefined,
): readonly ComposedProvenance[] {
  const referrer = registry.referrerById(referrerId)
  const reference = `${resource.type}/${resource.id}`
  const there = Object.entries(gathering?.taken ?? {}).find(([, [ours]]) => ours === reference)
  return there && referrer && base
    ? [gatheredProvenance(resource, referrer, `${base}/${there[0]}`)]
    : []
}
