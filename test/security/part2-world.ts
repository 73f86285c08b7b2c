/** Referrals that hold records of a substance use disorder programme, and consents to them. All people are made up. */

import { randomUUID } from 'node:crypto'
import type { Bundle, Coding, Consent, FhirResource, Reference } from 'fhir/r4'
import { aReferral, npiSystem, npis, requestOf } from '../helpers/a-referral.ts'

const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
export const icd10cm = 'http://hl7.org/fhir/sid/icd-10-cm'
export const part2Label: Coding = { system: actCode, code: '42CFRPart2' }
const lakesideNpi = '1245319599'

/** A referral with more in it; each is listed as support of the request. */
export function aReferralWith(
  extra: (subject: Reference) => readonly FhirResource[],
  wishes: Parameters<typeof aReferral>[0] = {},
): Bundle<FhirResource> {
  const bundle = aReferral(wishes)
  const request = requestOf(bundle)
  const entries = extra(request.subject).map((resource) => ({
    // A reference between them is written as the id that the resource has here.
    fullUrl: `urn:uuid:${resource.id ?? randomUUID()}`,
    resource,
    request: { method: 'POST' as const, url: resource.resourceType },
  }))
  request.supportingInfo = [
    ...(request.supportingInfo ?? []),
    ...entries.flatMap(({ fullUrl, resource }) =>
      resource.resourceType === 'Consent' || resource.resourceType === 'Medication'
        ? []
        : [{ reference: fullUrl }],
    ),
  ]
  return { ...bundle, entry: [...(bundle.entry ?? []), ...entries] }
}

export const opioidDependence = (
  subject: Reference,
  security: readonly Coding[] = [part2Label],
): FhirResource => ({
  resourceType: 'Condition',
  ...(security.length > 0 ? { meta: { security: [...security] } } : {}),
  clinicalStatus: {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' },
    ],
  },
  verificationStatus: {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'confirmed' },
    ],
  },
  code: {
    coding: [{ system: icd10cm, code: 'F11.20', display: 'Opioid dependence, uncomplicated' }],
  },
  subject,
  recordedDate: '2026-01-10',
})

const participation = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType'

/** A consent with every element that §2.31 asks for. */
export const aConsent = (subject: Reference, wishes: Partial<Consent> = {}): Consent => ({
  resourceType: 'Consent',
  identifier: [{ system: 'https://lakeside-family.example/consent', value: randomUUID() }],
  status: 'active',
  scope: {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' },
    ],
  },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: subject,
  dateTime: '2026-11-01',
  performer: [subject],
  organization: [{ identifier: { system: npiSystem, value: lakesideNpi } }],
  policyRule: { coding: [part2Label] },
  provision: {
    type: 'permit',
    period: { start: '2026-11-01', end: '2099-12-31' },
    actor: [
      {
        role: { coding: [{ system: participation, code: 'IRCP' }] },
        reference: { identifier: { system: npiSystem, value: npis['river-pain-clinic'] } },
      },
    ],
    purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }],
    securityLabel: [part2Label],
  },
  ...wishes,
})

export const codesOf = (resource: FhirResource | undefined): readonly string[] =>
  (resource?.meta?.security ?? []).map(({ code }) => code as string)
