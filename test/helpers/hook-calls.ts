/** What a CDS client sends: the same made-up patient as the referrals, as prefetch. All people are made up. */

import { randomUUID } from 'node:crypto'
import type { Bundle, FhirResource, ServiceRequest } from 'fhir/r4'
import { importJWK, type JWK, SignJWT } from 'jose'
import { aReferral, type ReferralWishes, requestOf } from './a-referral.ts'

export const serviceId = 'ketamine-infusion-referral'
export const patientId = 'patient-1'

export interface HookCall {
  hook: string
  hookInstance: string
  fhirServer?: string
  fhirAuthorization?: object
  context: {
    userId: string
    patientId: string
    selections?: string[]
    draftOrders: Bundle<FhirResource>
  }
  prefetch?: Record<string, unknown>
}

/** By prefetch key; types of which the referral has none are null: searched, and nothing there. */
const keysOf: Readonly<Record<string, readonly string[]>> = {
  Condition: ['condition'],
  MedicationRequest: ['medicationRequest'],
  QuestionnaireResponse: ['questionnaireResponse'],
  Observation: ['observationLookBackYears', 'observationPainWindow', 'observationBpWindow'],
}
const others = [
  'medicationStatement',
  'medicationDispense',
  'allergyIntolerance',
  'serviceRequest',
  'appointment',
  'procedurePlanned',
  'procedureTherapy',
  'observationLftWindow',
  'observationScoreWindow',
  'observationUdsWindow',
  'observationIopWindow',
  'observationPregnancyDays',
]

/** A call of order-sign about a draft of the referral that a-referral.ts builds. */
export function aHookCall(wishes: ReferralWishes = {}): HookCall {
  const bundle = aReferral(wishes)
  const named = new Map<string, string>()
  for (const [i, { fullUrl, resource }] of (bundle.entry ?? []).entries())
    if (fullUrl && resource)
      named.set(
        fullUrl,
        resource.resourceType === 'Patient'
          ? `Patient/${patientId}`
          : `${resource.resourceType}/${resource.resourceType.toLowerCase()}-${i}`,
      )
  const text = JSON.stringify(bundle, (key, value: unknown) =>
    key === 'reference' ? (named.get(value as string) ?? value) : value,
  )
  const resources = ((JSON.parse(text) as typeof bundle).entry ?? []).flatMap(
    ({ fullUrl, resource }) =>
      resource ? [{ ...resource, id: named.get(fullUrl ?? '')?.split('/')[1] as string }] : [],
  ) as FhirResource[]
  const {
    supportingInfo: _later,
    identifier: _none,
    ...rest
  } = requestOf({
    resourceType: 'Bundle',
    type: 'collection',
    entry: resources.map((resource) => ({ resource })),
  })
  const order: ServiceRequest = { ...rest, id: 'order-1', status: 'draft' }
  const searchset = (type: string) => ({
    resourceType: 'Bundle',
    type: 'searchset',
    entry: resources
      .filter((resource) => resource.resourceType === type)
      .map((resource) => ({
        fullUrl: `https://ehr.lakeside.example/fhir/${type}/${resource.id}`,
        resource,
      })),
  })
  return {
    hook: 'order-sign',
    hookInstance: randomUUID(),
    context: {
      userId: 'Practitioner/17',
      patientId,
      draftOrders: { resourceType: 'Bundle', type: 'collection', entry: [{ resource: order }] },
    },
    prefetch: {
      patient: resources.find(({ resourceType }) => resourceType === 'Patient'),
      ...Object.fromEntries(
        Object.entries(keysOf).flatMap(([type, keys]) => keys.map((key) => [key, searchset(type)])),
      ),
      ...Object.fromEntries(others.map((key) => [key, null])),
    },
  }
}

/** The draft order of a call, to be changed in place. */
export const orderOf = ({ context }: HookCall): ServiceRequest =>
  context.draftOrders.entry?.[0]?.resource as ServiceRequest

/** The resources of one prefetched searchset, to be changed in place. */
export const prefetchedOf = (call: HookCall, key: string): { resource: FhirResource }[] =>
  (call.prefetch as Record<string, { entry: { resource: FhirResource }[] }>)[key]?.entry ?? []

/** The JWT of a CDS client for one call. */
export async function clientJwt(key: JWK, iss: string, audience: string): Promise<string> {
  return await new SignJWT()
    .setProtectedHeader({ alg: key.alg as string, kid: key.kid as string, typ: 'JWT' })
    .setIssuer(iss)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('4 minutes')
    .sign(await importJWK(key, key.alg as string))
}
