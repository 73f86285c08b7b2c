/** What the sandbox EHR can do: https://hl7.org/fhir/R4/capabilitystatement.html */

import { searchParameters } from './search.ts'

const types = [
  'Task',
  'ServiceRequest',
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'Condition',
  'Observation',
  'MedicationRequest',
  'MedicationStatement',
  'AllergyIntolerance',
  'Procedure',
  'DiagnosticReport',
  'DocumentReference',
  'QuestionnaireResponse',
  'Appointment',
  'Encounter',
  'GuidanceResponse',
  'Coverage',
  'Consent',
  'Provenance',
]

const interactions = [
  'read',
  'vread',
  'create',
  'update',
  'delete',
  'history-instance',
  'search-type',
]

export const capabilityStatement = (name: string, started: string, baseUrl: string) => ({
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: started,
  kind: 'instance',
  implementation: { description: `Sandbox EHR of ${name}`, url: baseUrl },
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [
    {
      mode: 'server',
      documentation:
        'Any R4 type is taken; those listed are expected. GET / lists what the staff of the ' +
        'sandbox clinic can do with a referral: POST /sandbox/tasks/{id}/{action}.',
      resource: types.map((type) => ({
        type,
        interaction: interactions.map((code) => ({ code })),
        versioning: 'versioned-update',
        updateCreate: false,
        conditionalCreate: true,
        searchParam: searchParameters.map((parameter) => ({
          name: parameter,
          type: parameterType(parameter),
        })),
      })),
      interaction: [{ code: 'transaction' }],
    },
  ],
})

const referenceNames = [
  'subject',
  'patient',
  'focus',
  'based-on',
  'owner',
  'requester',
  'encounter',
]

const parameterType = (name: string): 'date' | 'reference' | 'token' => {
  if (name === '_lastUpdated') return 'date'
  return referenceNames.includes(name) ? 'reference' : 'token'
}
