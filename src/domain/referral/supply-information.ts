/** The referrer supplies what was missing, changes the order, or takes it back. */

import type { FhirResource, ServiceRequest } from 'fhir/r4'
import type { Caller } from '../access/caller.ts'
import type { Clinic } from '../access/registry.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { Problem } from '../problem.ts'
import { keepLabels, markedHigh } from '../sensitivity/labels.ts'
import { isHeldAt } from '../sensitivity/release.ts'
import { arrange, isShared, openSubmission, outsideReferences, type Placed } from './arrange.ts'
import {
  type Agent,
  agentOf,
  auditOf,
  findOrThrow,
  nextVersion,
  type Origin,
  pick,
  repeatAudit,
  settle,
  taskWrite,
} from './change.ts'
import { businessStatusAfter, type CheckOutcome } from './check.ts'
import { digestOf } from './digest.ts'
import { type IntakePorts, isError, referralProfile } from './intake.ts'
import { labelIntake } from './label-intake.ts'
import { type BusinessStatus, businessStatusesOf, isClosed } from './life.ts'
import type { ReferralChange, ResourceWrite, StoredResource } from './ports.ts'
import type { Referral } from './referral.ts'
import { checkForBoth, releaseAudit, withCheck } from './release-to-clinic.ts'
import { laterThan, writeOf } from './resource-write.ts'
import type { SubmittedEntry } from './submission.ts'
import { type TaskState, withState } from './task.ts'

export type SupplyPorts = IntakePorts

/** What the referrer sends about a referral that is here. */
export interface Supply {
  /** The ServiceRequest in its new form, and the version it was read in. */
  readonly request?: { readonly entry: SubmittedEntry; readonly version: number }
  /** Resources to be added to supportingInfo. */
  readonly additions: readonly SubmittedEntry[]
}

/** Where something that was sent lies now. */
export interface Place {
  readonly entry: SubmittedEntry
  /** `Type/id` here. */
  readonly reference: string
  /** False for what was here before. */
  readonly created: boolean
}

export interface SupplyResult {
  /** As it is now. */
  readonly referral: Referral
  /** One for each addition, then one for the ServiceRequest when it was sent. */
  readonly places: readonly Place[]
}

/**
 * Takes in more about a referral, checks it again and lets it go on when nothing is missing any
 * more; a ServiceRequest that was revoked cancels it.
 * @param id of the ServiceRequest
 * @throws Problem not-found, version-conflict, referral-closed, referral-invalid, not-yours-to-change
 */
export async function supplyInformation(
  ports: SupplyPorts,
  id: string,
  supply: Supply,
  caller: Caller,
  origin: Origin = {},
): Promise<SupplyResult> {
  const agent = agentOf(caller, origin)
  const { change, referral, places } = await settle(ports.referrals, async () => {
    const current = await findOrThrow(ports.referrals, id, caller)
    refuseUnlessOwner(current, caller)
    const stored = await ports.referrals.resources(current)
    const { change, places } = await changeFor(ports, current, stored, supply, agent)
    return { change, places, referral: change?.referral ?? current }
  })
  // Nothing was new; the answer still shows what is here.
  if (!change) await ports.referrals.record([repeatAudit(referral, agent, ports.now())])
  return { referral, places }
}

interface Decision {
  readonly change: ReferralChange | undefined
  readonly places: readonly Place[]
}

function refuseUnlessOwner(referral: Referral, caller: Caller): void {
  if (caller.role !== 'referrer' || referral.referrerId !== caller.organization)
    throw new Problem('not-yours-to-change', 'The referrer owns the ServiceRequest.')
}

async function changeFor(
  ports: SupplyPorts,
  current: Referral,
  stored: readonly StoredResource[],
  supply: Supply,
  agent: Agent,
): Promise<Decision> {
  const request = pick(stored, 'ServiceRequest', current.id)
  if (supply.request && supply.request.version !== request.version)
    throw new Problem('version-conflict')
  if (isClosed(current.status)) throw new Problem('referral-closed')
  const status = (supply.request?.entry.resource as ServiceRequest | undefined)?.status
  if (status === 'revoked' || status === 'entered-in-error') {
    if (supply.additions.length > 0)
      throw new Problem('not-supported', 'Send a ServiceRequest that is taken back by itself.')
    return {
      change: await revoke(ports, current, stored, status, agent),
      places: supply.request ? [placeOfRequest(supply.request.entry, current)] : [],
    }
  }
  return extend(ports, current, stored, supply, agent)
}

/** The referral grows or changes, and is checked again. */
async function extend(
  ports: SupplyPorts,
  current: Referral,
  stored: readonly StoredResource[],
  supply: Supply,
  agent: Agent,
): Promise<Decision> {
  const now = laterThan(current.updatedAt, ports.now())
  const before = parseFhirJson(pick(stored, 'ServiceRequest', current.id).content) as ServiceRequest
  const { placed, sent, places, people } = await placeSupply(ports, current, stored, supply)
  if (placed.length === 0 && !sent) return { change: undefined, places }
  const support = grownSupport(current, [...stored, ...people], placed)
  const request = markedHigh(grownRequest(sent ?? before, before, placed), support)
  const clinic = refuseForeignChange(ports, request, before, current)
  const checked = checkForBoth(
    ports,
    {
      referrerId: current.referrerId,
      clinicId: current.clinicId,
      patientId: current.patientId,
      request,
      support,
      earlierChecks: checksOf(stored),
    },
    now,
  )
  const { check, release } = checked
  const state = stateAfter(current, check, clinic, isHeldAt(release, now))
  const queued = state.businessStatus === 'sending' || current.delivery.state === 'delivered'
  const change: ReferralChange = {
    referral: {
      ...current,
      release,
      version: current.version + 1,
      status: state.status,
      businessStatus: state.businessStatus,
      overall: check.overall,
      priority: request.priority ?? 'routine',
      participants: [
        ...new Set([
          ...current.participants,
          ...people.map(({ type, id }) => `${type}/${id}`),
          ...placed.flatMap((each) => (each.sharedIdentifiers ? [each.reference] : [])),
        ]),
      ],
      updatedAt: now,
      delivery: {
        ...current.delivery,
        ...(current.delivery.state === 'none' && state.businessStatus === 'sending'
          ? { state: 'queued' as const }
          : {}),
        ...(current.delivery.state === 'delivered' &&
        state.businessStatus !== current.businessStatus
          ? { taskChanged: true }
          : {}),
      },
    },
    expectedVersion: current.version,
    resources: [
      ...placed.flatMap((each) => additionWrite(each, now)),
      requestWrite(current, stored, request, now),
      ...checked.writes,
      await taskWrite(ports.resources, current, now, (task) =>
        withCheck(withState(task, state, now), checked, now),
      ),
    ],
    audit: [
      auditOf(
        agent,
        'supply-information',
        'U',
        current.id,
        [`ServiceRequest/${current.id}`, ...placed.map(({ reference }) => reference)],
        now,
        check.overall,
      ),
      ...releaseAudit(agent, { ...current, release }, now),
    ],
    jobs: queued ? [{ queue: 'deliver', referralId: current.id }] : [],
  }
  return { change, places }
}

const placeOfRequest = (entry: SubmittedEntry, { id }: Referral): Place => ({
  entry,
  reference: `ServiceRequest/${id}`,
  created: false,
})

/** Places what is new; what was sent before, word for word, is not added a second time. */
async function placeSupply(
  ports: SupplyPorts,
  current: Referral,
  stored: readonly StoredResource[],
  { request, additions }: Supply,
): Promise<{
  readonly placed: readonly Placed[]
  readonly sent: ServiceRequest | undefined
  readonly places: readonly Place[]
  /** People and organisations that were sent before and are referred to now. */
  readonly people: readonly StoredResource[]
}> {
  const opened = openSubmission([...additions, ...(request ? [request.entry] : [])])
  const { shared, visible } = await ports.referrals.lookUp(
    current.referrerId,
    [],
    opened.sharedKeys.flat(),
    outsideReferences(opened),
  )
  const own = new Set(stored.map(({ type, id }) => `${type}/${id}`))
  const here = visible.filter((each) => isShared(each) || own.has(`${each.type}/${each.id}`))
  const all = await labelIntake(ports, arrange(opened, shared, here, ports.newId), {
    known: stored.map(({ content }) => parseFhirJson(content) as FhirResource),
    referrerId: current.referrerId,
  })
  const before = new Map(
    stored.map(({ type, id, content }) => [contentDigest(parseFhirJson(content)), `${type}/${id}`]),
  )
  const added = all.filter(({ entry }) => entry !== request?.entry)
  const placed = added.filter(
    ({ resource, version }) => version !== undefined && !before.has(contentDigest(resource)),
  )
  const sent = all.find(({ entry }) => entry === request?.entry)?.resource
  return {
    placed,
    sent: sent as ServiceRequest | undefined,
    people: here.filter((each) => isShared(each) && !own.has(`${each.type}/${each.id}`)),
    places: [
      ...added.map((each) => ({
        entry: each.entry,
        reference: before.get(contentDigest(each.resource)) ?? each.reference,
        created: placed.includes(each) && each.version === 1,
      })),
      ...(request ? [placeOfRequest(request.entry, current)] : []),
    ],
  }
}

const contentDigest = (resource: unknown): string =>
  digestOf([resource as FhirResource], () => undefined)

/** supportingInfo names every addition that is not one of the people or organisations. */
function grownRequest(
  sent: ServiceRequest,
  before: ServiceRequest,
  placed: readonly Placed[],
): ServiceRequest & { readonly id: string } {
  const listed = sent.supportingInfo ?? []
  const known = new Set(listed.map(({ reference }) => reference))
  const added = placed
    .filter(({ sharedIdentifiers, reference }) => !sharedIdentifiers && !known.has(reference))
    .map(({ reference }) => ({ reference }))
  return {
    ...keepLabels(sent, before),
    id: before.id as string,
    ...(listed.length + added.length > 0 ? { supportingInfo: [...listed, ...added] } : {}),
  }
}

/** What identifies a referral stays: another patient, clinic or identifier is another referral. */
function refuseForeignChange(
  ports: SupplyPorts,
  request: ServiceRequest,
  before: ServiceRequest,
  current: Referral,
): Clinic {
  const errors = ports.validate(request, referralProfile).filter(isError)
  if (errors.length > 0) throw new Problem('referral-invalid', errors)
  const fixed = ['identifier', 'subject', 'performer', 'intent'] as const
  const changed = fixed.filter(
    (element) => digestOfElement(request, element) !== digestOfElement(before, element),
  )
  if (changed.length > 0)
    throw new Problem(
      'not-yours-to-change',
      'Identifier, subject, performer and intent of a referral stay; revoke it and submit a new one.',
      { expression: changed.map((element) => `ServiceRequest.${element}`) },
    )
  if (request.status !== 'active')
    throw new Problem('illegal-transition', 'A ServiceRequest here is active or revoked.', {
      expression: ['ServiceRequest.status'],
    })
  const clinic = ports.registry().clinicById(current.clinicId)
  if (!clinic) throw new Problem('unknown-clinic')
  return clinic
}

const digestOfElement = (request: ServiceRequest, element: keyof ServiceRequest): string =>
  digestOf([{ resourceType: 'Basic', element: request[element] ?? null } as never], () => undefined)

const bookkeeping = new Set(['Task', 'GuidanceResponse', 'ServiceRequest'])

/** The evidence that the referrer has sent so far: no bookkeeping, nothing from the clinic. */
function supportOf(referral: Referral, stored: readonly StoredResource[]): readonly FhirResource[] {
  const fetched = new Set(Object.values(referral.delivery.fetched ?? {}))
  return stored
    .filter(
      ({ type, id }) =>
        !fetched.has(`${type}/${id}`) &&
        (!bookkeeping.has(type) || (type === 'ServiceRequest' && id !== referral.id)),
    )
    .map(({ content }) => parseFhirJson(content) as FhirResource)
}

/** With what is added now; what is sent in a new version stands in the place of the old. */
function grownSupport(
  referral: Referral,
  stored: readonly StoredResource[],
  placed: readonly Placed[],
): readonly FhirResource[] {
  const replaced = new Set(placed.map(({ reference }) => reference))
  return [
    ...supportOf(referral, stored).filter(
      ({ resourceType, id }) => !replaced.has(`${resourceType}/${id}`),
    ),
    ...placed.map(({ resource, id }) => ({ ...resource, id })),
  ]
}

const checksOf = (stored: readonly StoredResource[]): readonly string[] =>
  stored.flatMap(({ type, id }) => (type === 'GuidanceResponse' ? [`${type}/${id}`] : []))

/** Where the referral stands after it was checked again. */
function stateAfter(
  current: Referral,
  check: CheckOutcome,
  clinic: Clinic,
  isHeld: boolean,
): TaskState {
  const { status, businessStatus } = current
  if (businessStatus === 'awaiting-information' && status !== 'requested')
    return { status, businessStatus: businessStatusesOf[status][0] as BusinessStatus }
  // Nothing of it may go any more, and it has not gone yet.
  if (businessStatus === 'sending' && isHeld)
    return { status, businessStatus: 'awaiting-information' }
  if (businessStatus !== 'awaiting-information' && businessStatus !== 'awaiting-acknowledgement')
    return { status, businessStatus }
  if (check.next === 'send' && !clinic.ehr)
    return { status: 'received', businessStatus: 'awaiting-triage' }
  return { status, businessStatus: businessStatusAfter[check.next] }
}

function additionWrite(placed: Placed, now: string): readonly ResourceWrite[] {
  const { resource, id, version, sharedIdentifiers, digest } = placed
  if (version === undefined) return []
  const write = writeOf(resource, { id, version, lastUpdated: now })
  return [sharedIdentifiers && digest ? { ...write, sharedIdentifiers, digest } : write]
}

function requestWrite(
  referral: Referral,
  stored: readonly StoredResource[],
  request: ServiceRequest,
  now: string,
): ResourceWrite {
  const patient = stored.find(({ type, id }) => type === 'Patient' && id === referral.patientId)
  return nextVersion(pick(stored, 'ServiceRequest', referral.id), request, patient, now)
}

/**
 * The referrer takes the referral back. Before it is with the clinic that is the end of it; later
 * it is asked for there, and the worker settles it with the clinic's EHR.
 */
async function revoke(
  ports: SupplyPorts,
  current: Referral,
  stored: readonly StoredResource[],
  status: 'revoked' | 'entered-in-error',
  agent: Agent,
): Promise<ReferralChange> {
  const now = laterThan(current.updatedAt, ports.now())
  const before = parseFhirJson(pick(stored, 'ServiceRequest', current.id).content) as ServiceRequest
  const delivered = current.delivery.state === 'delivered'
  const accepted = !['requested', 'received'].includes(current.status)
  const state: TaskState =
    delivered || accepted
      ? { status: current.status, businessStatus: 'cancellation-requested' }
      : { status: 'cancelled', businessStatus: 'cancelled' }
  return {
    referral: {
      ...current,
      version: current.version + 1,
      status: state.status,
      businessStatus: state.businessStatus,
      updatedAt: now,
      delivery: delivered ? { ...current.delivery, taskChanged: true } : current.delivery,
    },
    expectedVersion: current.version,
    resources: [
      requestWrite(current, stored, { ...before, status }, now),
      await taskWrite(ports.resources, current, now, (task) => withState(task, state, now)),
    ],
    audit: [auditOf(agent, 'revoke', 'U', current.id, [`ServiceRequest/${current.id}`], now)],
    // A delivery may be on its way right now; the job behind it finds out and cancels it there.
    jobs: current.delivery.state === 'none' ? [] : [{ queue: 'deliver', referralId: current.id }],
  }
}
