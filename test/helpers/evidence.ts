/** What a referrer's record says of a patient in a referral: a condition, a failed trial, scores. */

import type { CodeableConcept, FhirResource, Reference } from 'fhir/r4'

/** The day so many days ago, in UTC. */
export const daysAgo = (days: number): string =>
  new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)

export const condition = (subject: Reference, code: CodeableConcept): FhirResource => ({
  resourceType: 'Condition',
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
  category: [
    {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/condition-category',
          code: 'problem-list-item',
        },
      ],
    },
  ],
  code,
  subject,
  onsetDateTime: daysAgo(800),
  recordedDate: daysAgo(800),
})

/** 60 MME a day for 90 days, from 8 to 7 out of 10. */
export const failedOxycodone = (subject: Reference, requester: Reference): FhirResource => ({
  resourceType: 'MedicationRequest',
  status: 'stopped',
  intent: 'order',
  statusReason: {
    coding: [
      {
        system: 'https://referloop.example/fhir/CodeSystem/treatment-outcome',
        code: 'ineffective',
      },
    ],
  },
  medicationCodeableConcept: {
    coding: [
      {
        system: 'http://www.nlm.nih.gov/research/umls/rxnorm',
        code: '1049683',
        display: 'oxycodone hydrochloride 10 MG Oral Tablet',
      },
    ],
  },
  subject,
  authoredOn: daysAgo(395),
  requester,
  dosageInstruction: [
    {
      timing: {
        repeat: {
          boundsPeriod: { start: daysAgo(395), end: daysAgo(305) },
          frequency: 4,
          period: 1,
          periodUnit: 'd',
        },
      },
      doseAndRate: [{ doseQuantity: { value: 1, unit: 'tablet' } }],
    },
  ],
})

export const bloodPressure = (subject: Reference): FhirResource => {
  const pressure = (code: string, value: number) => ({
    code: { coding: [{ system: 'http://loinc.org', code }] },
    valueQuantity: {
      value,
      unit: 'mm[Hg]',
      system: 'http://unitsofmeasure.org',
      code: 'mm[Hg]',
    },
  })
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
    subject,
    effectiveDateTime: daysAgo(17),
    component: [pressure('8480-6', 124), pressure('8462-4', 78)],
  }
}
