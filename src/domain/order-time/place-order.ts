/** Whether a draft order is a referral for one of our clinics, and for which. */

import type { FhirResource, Reference, ServiceRequest } from 'fhir/r4'
import { isRecord } from '../access/reader.ts'
import type { Clinic, Registry } from '../access/registry.ts'
import { type Issue, isError, Problem } from '../problem.ts'
import { clinicOf } from '../referral/find-referral.ts'
import type { HookRequest, SentOrder } from './hook-request.ts'
import type { CdsService } from './services.ts'

/** What there is to say of an order that is ours. */
export type PlacedOrder = {
  /** As it was sent. */
  readonly sent: ServiceRequest
  /** With what a draft may still lack. */
  readonly request: ServiceRequest
} & (
  | { readonly kind: 'check'; readonly clinic: Clinic }
  /** It has no coded service. */
  | { readonly kind: 'name-service'; readonly clinic: Clinic }
  /** Several clinics offer what it asks for, and it names none that is known. */
  | { readonly kind: 'choose-clinic' }
)

export interface PlaceRules {
  readonly service: CdsService
  readonly registry: Registry
  readonly validate: (resource: unknown) => readonly Issue[]
  readonly lookUp: (reference: string) => FhirResource | undefined
}

/**
 * @returns undefined for an order of something else, or for somebody else
 * @throws Problem invalid-resource for an order of ours that is not FHIR, patient-differs for one
 *   about another patient than the context's
 */
export function placeOrder(
  { resource, expression }: SentOrder,
  { patientId }: HookRequest,
  rules: PlaceRules,
): PlacedOrder | undefined {
  if (isOver.has(String(resource.status))) return undefined
  const codes = codesOf(resource)
  const isCovered = codes.some((code) => rules.service.clinics.some((each) => offers(each, code)))
  const isUncoded = codes.length === 0
  if (!isCovered && !isUncoded) return undefined
  const request = completed(resource as unknown as ServiceRequest, patientId)
  const errors = rules.validate(request).filter(isError)
  // An order without a code may be of anything: what is wrong with it is not for us to say.
  if (errors.length > 0 && isUncoded) return undefined
  if (errors.length > 0) throw new Problem('invalid-resource', errors.map(at(expression)))
  const placed = forClinic(request, codes, rules)
  if (!placed) return undefined
  refuseOtherPatient(request, patientId, expression)
  return { sent: resource as unknown as ServiceRequest, request, ...placed }

  function offers(clinic: Clinic, code: string): boolean {
    return offersCode(rules.service, clinic, code)
  }
}

/** order-sign also comes for orders that are signed again; what is over is no referral any more. */
const isOver: ReadonlySet<string> = new Set(['revoked', 'completed', 'entered-in-error'])

type Placement =
  | { readonly kind: 'check' | 'name-service'; readonly clinic: Clinic }
  | { readonly kind: 'choose-clinic' }

function forClinic(
  request: ServiceRequest,
  codes: readonly string[],
  { service, registry, lookUp }: PlaceRules,
): Placement | undefined {
  const inOrder = (reference: string) =>
    reference.startsWith('#')
      ? (request.contained as FhirResource[] | undefined)?.find(({ id }) => `#${id}` === reference)
      : lookUp(reference)
  const named = clinicOf(request, inOrder, registry)
  if (named) {
    const clinic = service.clinics.find(({ id }) => id === named.id)
    if (!clinic) return undefined
    if (codes.length === 0) return { kind: 'name-service', clinic }
    const isOffered = codes.some((code) => offersCode(service, clinic, code))
    return isOffered ? { kind: 'check', clinic } : undefined
  }
  if (codes.length === 0) return undefined
  const { performer = [] } = request
  // Somebody who can be told, and is none of ours, takes the order elsewhere.
  if (performer.length > 0 && performer.every((each) => isKnown(each, inOrder))) return undefined
  const [only, ...others] = service.clinics
  if (only && others.length === 0 && performer.length === 0) return { kind: 'check', clinic: only }
  return { kind: 'choose-clinic' }
}

/** A clinic offers what its policy is for, and what its registry entry adds. */
function offersCode({ services }: CdsService, clinic: Clinic, code: string): boolean {
  return (
    clinic.services.includes(code) ||
    services.some((each) => `${each.system}|${each.code}` === code)
  )
}

const isKnown = (
  { identifier, reference }: Reference,
  lookUp: (reference: string) => FhirResource | undefined,
): boolean =>
  identifier?.value !== undefined || (reference !== undefined && lookUp(reference) !== undefined)

/** `system|code` of the codings; whatever else stands there is no coding. */
function codesOf({ code }: SentOrder['resource']): readonly string[] {
  const codings: unknown = isRecord(code) ? code.coding : undefined
  if (!Array.isArray(codings)) return []
  return codings.flatMap((coding: unknown) =>
    isRecord(coding) && typeof coding.system === 'string' && typeof coding.code === 'string'
      ? `${coding.system}|${coding.code}`
      : [],
  )
}

/** A draft need not have everything yet; what is known of it from the call is filled in. */
const completed = (order: ServiceRequest, patientId: string): ServiceRequest => ({
  ...order,
  id: order.id ?? 'draft',
  status: order.status ?? 'draft',
  intent: order.intent ?? 'order',
  subject: order.subject ?? { reference: `Patient/${patientId}` },
})

const at =
  (place: string) =>
  (issue: Issue): Issue => ({
    ...issue,
    expression: (issue.expression ?? [place]).map((path) => path.replace(/^ServiceRequest/, place)),
  })

/** The wrong chart is a danger: nothing is said of anybody then. */
function refuseOtherPatient(
  { subject: { reference } }: ServiceRequest,
  patientId: string,
  expression: string,
): void {
  if (reference === undefined) return
  const [, id] =
    /(?:^|\/)Patient\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/.exec(reference) ?? []
  if (id !== patientId)
    throw new Problem('patient-differs', undefined, { expression: [`${expression}.subject`] })
}
