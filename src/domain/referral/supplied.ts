/** What is sent about a referral that is here: placed, compared, and held to what may change. */

import type { FhirResource, ServiceRequest } from 'fhir/r4'
import type { Clinic } from '../access/registry.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { isError, Problem } from '../problem.ts'
import { keepLabels } from '../sensitivity/labels.ts'
import { arrange, isShared, openSubmission, outsideReferences, type Placed } from './arrange.ts'
import { digestOf } from './digest.ts'
import { type IntakePorts, referralProfile } from './intake.ts'
import { labelIntake } from './label-intake.ts'
import type { StoredResource } from './ports.ts'
import type { Referral } from './referral.ts'
import type { SubmittedEntry } from './submission.ts'

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
export const placeOfRequest = (entry: SubmittedEntry, { id }: Referral): Place => ({
  entry,
  reference: `ServiceRequest/${id}`,
  created: false,
})

/** Places what is new; what was sent before, word for word, is not added a second time. */
export async function placeSupply(
  ports: IntakePorts,
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
export function grownRequest(
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
export function refuseForeignChange(
  ports: IntakePorts,
  request: ServiceRequest,
  before: ServiceRequest,
  current: Referral,
): Clinic {
  const errors = ports.validate(request, referralProfile).filter(isError)
  if (errors.length > 0) throw new Problem('referral-invalid', errors)
  const fixed = ['identifier', 'subject', 'performer', 'intent', 'replaces'] as const
  const changed = fixed.filter(
    (element) => digestOfElement(request, element) !== digestOfElement(before, element),
  )
  if (changed.length > 0)
    throw new Problem(
      'not-yours-to-change',
      'Identifier, subject, performer, intent and what it replaces stay with a referral; revoke it and submit a new one.',
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
export function grownSupport(
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

export const checksOf = (stored: readonly StoredResource[]): readonly string[] =>
  stored.flatMap(({ type, id }) => (type === 'GuidanceResponse' ? [`${type}/${id}`] : []))
