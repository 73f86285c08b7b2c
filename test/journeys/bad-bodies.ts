/** Bodies that cannot be taken in, and what has to be said of each. */

import { randomUUID } from 'node:crypto'
import type { Bundle, FhirResource, ServiceRequest } from 'fhir/r4'
import { aReferral, asSingle, npiSystem, requestOf } from '../helpers/a-referral.ts'
import type { Headed } from '../helpers/fhir-client.ts'

interface Bad {
  readonly what: string
  readonly body: () => object | string
  /** Below the FHIR base; by default the transaction. */
  readonly path?: string
  readonly headers?: Headed
  readonly status: number
  readonly codes: readonly string[]
  /** Every place that is named; none where the body as a whole is unreadable. */
  readonly at: readonly string[]
  /** What the message has to say. */
  readonly says: RegExp
}

/** A referral in which something was changed. */
const but = (change: (request: ServiceRequest, bundle: Bundle<FhirResource>) => void) => () => {
  const bundle = aReferral()
  change(requestOf(bundle), bundle)
  return bundle
}

const requestAt = 'Bundle.entry[1].resource'

export const badBodies: readonly Bad[] = [
  {
    what: 'JSON that ends in the middle',
    body: () => JSON.stringify(aReferral()).slice(0, 2000),
    status: 400,
    codes: ['not-json'],
    at: [],
    says: /line 1, column \d+/,
  },
  {
    what: 'an empty body',
    body: () => '',
    status: 400,
    codes: ['not-json'],
    at: [],
    says: /./,
  },
  {
    what: 'a name that stands twice',
    body: () => '{"resourceType":"Bundle","type":"transaction","type":"batch"}',
    status: 400,
    codes: ['not-json'],
    at: [],
    says: /twice/,
  },
  {
    what: 'JSON that is too deep',
    body: () => '['.repeat(200) + ']'.repeat(200),
    status: 400,
    codes: ['json-limit'],
    at: [],
    says: /64 levels/,
  },
  {
    what: 'JSON that is not FHIR',
    body: () => ({ hello: 'world' }),
    status: 400,
    codes: ['not-fhir'],
    at: [],
    says: /resourceType/,
  },
  {
    what: 'a list',
    body: () => [aReferral()],
    status: 400,
    codes: ['not-fhir'],
    at: [],
    says: /./,
  },
  {
    what: 'XML',
    body: () => '<Bundle xmlns="http://hl7.org/fhir"/>',
    headers: { 'content-type': 'application/fhir+xml' },
    status: 415,
    codes: ['unsupported-media-type'],
    at: [],
    says: /application\/fhir\+json/,
  },
  {
    what: 'another FHIR version, by its media type',
    body: () => aReferral(),
    headers: { 'content-type': 'application/fhir+json; fhirVersion=3.0' },
    status: 415,
    codes: ['unsupported-media-type'],
    at: [],
    says: /R4/,
  },
  {
    what: 'more than 10 MiB',
    body: () => ({ ...aReferral(), id: 'x'.repeat(10 * 1024 * 1024) }),
    status: 413,
    codes: ['too-large'],
    at: [],
    says: /10 MiB/,
  },
  {
    what: 'two referrals in one Bundle',
    body: but((request, bundle) => {
      const second = { ...request, identifier: [{ system: 'urn:x', value: randomUUID() }] }
      bundle.entry?.push({
        fullUrl: `urn:uuid:${randomUUID()}`,
        resource: second,
        request: { method: 'POST', url: 'ServiceRequest' },
      })
    }),
    status: 422,
    codes: ['many-referrals'],
    at: [requestAt, 'Bundle.entry[10].resource'],
    says: /one referral at a time/,
  },
  {
    what: 'no referral at all',
    body: but((request, bundle) => {
      bundle.entry = bundle.entry?.filter(({ resource }) => resource !== request) ?? []
    }),
    status: 422,
    codes: ['no-referral'],
    at: ['Bundle.entry'],
    says: /one active ServiceRequest/,
  },
  {
    what: 'a referral without a subject',
    body: but((request) => {
      Reflect.deleteProperty(request, 'subject')
    }),
    status: 400,
    codes: ['invalid-resource'],
    at: [`${requestAt}.subject`],
    says: /subject/,
  },
  {
    what: 'a referral whose patient is not there',
    body: but((_request, bundle) => bundle.entry?.shift()),
    status: 400,
    codes: ['invalid-resource'],
    at: ['Bundle.entry[0].resource.subject.reference'],
    says: /add the resource, or correct the reference/,
  },
  {
    what: 'a subject that is nobody in particular',
    body: but((request) => {
      request.subject = { display: 'A patient' }
    }),
    status: 422,
    codes: ['referral-invalid'],
    at: [`${requestAt}.subject`],
    says: /Patient/,
  },
  {
    what: 'references that lead nowhere, all at once',
    body: but((request) => {
      request.supportingInfo = [
        { reference: 'Observation/nowhere' },
        { reference: 'Condition/nowhere' },
      ]
    }),
    status: 422,
    codes: ['unresolved-reference'],
    at: [`${requestAt}.supportingInfo[0].reference`, `${requestAt}.supportingInfo[1].reference`],
    says: /leads to no entry/,
  },
  {
    what: 'a clinic that nobody knows',
    body: but((request) => {
      request.performer = [{ identifier: { system: npiSystem, value: '1679576722' } }]
    }),
    status: 422,
    codes: ['unknown-clinic'],
    at: [`${requestAt}.performer`],
    says: /NPI/,
  },
  {
    what: 'a request that is revoked',
    body: but((request) => {
      request.status = 'revoked'
    }),
    status: 422,
    codes: ['no-referral'],
    at: [`${requestAt}.status`],
    says: /active/,
  },
  {
    what: 'a referral without what our profile asks for',
    body: but((request) => {
      for (const element of ['identifier', 'authoredOn', 'requester', 'code'] as const)
        Reflect.deleteProperty(request, element)
    }),
    status: 422,
    codes: ['referral-invalid'],
    at: ['identifier', 'authoredOn', 'requester', 'code'].map((each) => `${requestAt}.${each}`),
    says: /./,
  },
  {
    what: 'an identifier without a system',
    body: but((request) => {
      request.identifier = [{ value: 'REF-1' }]
    }),
    status: 422,
    codes: ['referral-invalid'],
    at: [`${requestAt}.identifier`],
    says: /system/,
  },
  {
    what: 'a resource of STU3',
    body: () => ({
      resourceType: 'ReferralRequest',
      status: 'active',
      intent: 'order',
      subject: { reference: 'Patient/1' },
      recipient: [{ reference: 'Organization/1' }],
    }),
    path: 'ServiceRequest',
    status: 400,
    codes: ['not-fhir'],
    at: [],
    says: /R4/,
  },
  {
    what: 'elements of STU3 in a Bundle',
    body: but((_request, bundle) => {
      bundle.entry?.push({
        fullUrl: `urn:uuid:${randomUUID()}`,
        resource: {
          resourceType: 'ReferralRequest',
          status: 'active',
        } as unknown as FhirResource,
        request: { method: 'POST', url: 'ReferralRequest' },
      })
      const condition = bundle.entry?.find(({ resource }) => resource?.resourceType === 'Condition')
      Object.assign(condition?.resource ?? {}, { clinicalStatus: 'active', assertedDate: '2017' })
    }),
    status: 400,
    codes: ['invalid-resource', 'not-fhir'],
    at: [
      'Bundle.entry[3].resource.assertedDate',
      'Bundle.entry[3].resource.clinicalStatus',
      'Bundle.entry[10].resource',
    ],
    says: /./,
  },
  {
    what: 'wrong values, all at once',
    body: but((request, bundle) => {
      Object.assign(request, { intent: 'wish', authoredOn: '2026-02-30' })
      Object.assign(bundle.entry?.[0]?.resource ?? {}, { birthDate: '14.06.1978', colour: 'red' })
    }),
    status: 400,
    codes: ['invalid-resource'],
    at: [
      'Bundle.entry[0].resource.birthDate',
      'Bundle.entry[0].resource.colour',
      `${requestAt}.authoredOn`,
      `${requestAt}.intent`,
    ],
    says: /./,
  },
  {
    what: 'a batch',
    body: () => ({ ...aReferral(), type: 'batch' }),
    status: 422,
    codes: ['not-supported'],
    at: ['Bundle.type'],
    says: /transaction/,
  },
  {
    what: 'a transaction that deletes',
    body: but((_request, bundle) => {
      bundle.entry?.push({ request: { method: 'DELETE', url: 'Patient/1' } })
    }),
    status: 422,
    codes: ['not-supported'],
    at: ['Bundle.entry[10].request.method'],
    says: /POST/,
  },
  {
    what: 'a Patient where a ServiceRequest belongs',
    body: () => ({ resourceType: 'Patient' }),
    path: 'ServiceRequest',
    status: 400,
    codes: ['bad-request'],
    at: ['Patient'],
    says: /ServiceRequest/,
  },
  {
    what: 'a conditional create by something else than the identifier',
    body: () => asSingle(aReferral()),
    path: 'ServiceRequest',
    headers: { 'if-none-exist': 'patient.name=Example' },
    status: 422,
    codes: ['not-supported'],
    at: [],
    says: /identifier=system\|value/,
  },
  {
    what: 'a contained resource that is not there',
    body: () => ({ ...asSingle(aReferral()), contained: [] }),
    path: 'ServiceRequest',
    status: 400,
    codes: ['invalid-resource'],
    at: ['ServiceRequest.contained'],
    says: /./,
  },
]
