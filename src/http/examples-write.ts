/** What is sent and answered when a referral is handed in, as the documentation shows it. */

import { serviceRequest, task } from './examples.ts'

const base = 'https://referloop.example/fhir'
const { id: requestId, meta: _meta, ...unsent } = serviceRequest
const requestReference = `ServiceRequest/${requestId}`
const patientUrn = 'urn:uuid:3f1d2c4b-5a69-4e78-8b90-1a2b3c4d5e6f'
const practitionerUrn = 'urn:uuid:8c7b6a59-4d3e-4f21-9a0b-c1d2e3f40516'

const patient = {
  resourceType: 'Patient',
  identifier: [{ system: 'https://lakeside-family.example/mrn', value: 'LF-1001' }],
  name: [{ family: 'Example', given: ['Avery'] }],
  birthDate: '1978-06-14',
}
const practitioner = {
  resourceType: 'Practitioner',
  identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1003000126' }],
}

export const transaction = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    { fullUrl: patientUrn, resource: patient, request: { method: 'POST', url: 'Patient' } },
    {
      fullUrl: practitionerUrn,
      resource: practitioner,
      request: { method: 'POST', url: 'Practitioner' },
    },
    {
      fullUrl: 'urn:uuid:5e6f7081-92a3-4b4c-8d5e-6f708192a3b4',
      resource: {
        ...unsent,
        subject: { reference: patientUrn },
        requester: { reference: practitionerUrn },
      },
      request: { method: 'POST', url: 'ServiceRequest' },
    },
  ],
}

export const singleRequest = {
  ...unsent,
  contained: [
    { ...patient, id: 'patient' },
    { ...practitioner, id: 'requester' },
  ],
  subject: { reference: '#patient' },
  requester: { reference: '#requester' },
}

export const guidanceResponse = {
  resourceType: 'GuidanceResponse',
  id: 'f0e1d2c3-b4a5-4697-8879-6a5b4c3d2e1f',
  meta: { versionId: '1', lastUpdated: '2026-03-02T09:30:00.000Z' },
  contained: [
    {
      resourceType: 'Parameters',
      id: 'result',
      parameter: [
        { name: 'overall', valueCode: 'incomplete' },
        {
          name: 'criterion',
          part: [
            { name: 'id', valueCode: 'glaucoma' },
            { name: 'verdict', valueCode: 'not-documented' },
            {
              name: 'explanation',
              valueString: 'Nobody has answered whether the patient has glaucoma.',
            },
            {
              name: 'needed',
              valueString:
                "Answer item 'glaucoma' of the screening form, authored no earlier than 90 days before the referral.",
            },
          ],
        },
      ],
    },
  ],
  moduleCanonical: `${base}/PlanDefinition/ketamine-infusion-referral|1.0.0`,
  status: 'data-required',
  subject: serviceRequest.subject,
  occurrenceDateTime: '2026-03-02',
  outputParameters: { reference: '#result' },
  dataRequirement: [{ type: 'QuestionnaireResponse' }],
}

const created = (reference: string) => ({
  response: {
    status: '201 Created',
    location: `${base}/${reference}/_history/1`,
    etag: 'W/"1"',
    lastModified: '2026-03-02T09:30:00.000Z',
  },
})

export const transactionResponse = {
  resourceType: 'Bundle',
  type: 'transaction-response',
  entry: [
    created(serviceRequest.subject.reference),
    created(serviceRequest.requester.reference),
    created(requestReference),
    {
      fullUrl: `${base}/Task/${task.id}`,
      resource: task,
      ...created(`Task/${task.id}`),
    },
    {
      fullUrl: `${base}/GuidanceResponse/${guidanceResponse.id}`,
      resource: guidanceResponse,
      ...created(`GuidanceResponse/${guidanceResponse.id}`),
    },
  ],
}

export const questionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  basedOn: [{ reference: requestReference }],
  questionnaire: `${base}/Questionnaire/ketamine-infusion-screening|1.0.0`,
  status: 'completed',
  subject: serviceRequest.subject,
  authored: '2026-03-02',
  item: [
    {
      linkId: 'contraindications',
      item: [
        {
          linkId: 'glaucoma',
          answer: [
            { valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v2-0532', code: 'N' } },
          ],
        },
      ],
    },
  ],
}

export const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
  subject: serviceRequest.subject,
  effectiveDateTime: '2026-03-01',
  valueQuantity: { value: 128, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
}

export const acknowledgement = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'reason', valueString: 'Cardiology has cleared the patient for infusion.' },
    { name: 'practitioner', valueReference: serviceRequest.requester },
  ],
}

export const answerLinkWanted = {
  resourceType: 'Parameters',
  parameter: [{ name: 'end', valueBoolean: true }],
}

export const answerLinkMade = {
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'link',
      valueUrl: 'https://referloop.example/answer/example-0000000000000000000000000000000000',
    },
    { name: 'address', valueUrl: 'https://referloop.example/answer' },
    { name: 'code', valueString: '7K3M-0000-0000-0000' },
    { name: 'expires', valueInstant: '2026-03-16T10:00:00.000Z' },
  ],
}

export const outcome = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'information', code: 'informational', diagnostics: 'No issues were found.' }],
}

export const jsonPatch = [
  { op: 'test', path: '/status', value: 'received' },
  { op: 'replace', path: '/status', value: 'accepted' },
]

const lakesideReferral = 'https://lakeside-family.example/referral'

/** A referrer's list for $reconcile. */
export const reconciling = {
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'referral',
      part: [
        { name: 'identifier', valueIdentifier: { system: lakesideReferral, value: 'REF-1001' } },
        { name: 'status', valueCode: 'received' },
      ],
    },
    { name: 'period', valuePeriod: { start: '2026-03-01', end: '2026-04-01' } },
  ],
}

export const reconciled = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'equal', valueInteger: 0 },
    {
      name: 'difference',
      part: [
        { name: 'kind', valueCode: 'behind' },
        { name: 'index', valueInteger: 0 },
        { name: 'request', valueReference: { reference: 'ServiceRequest/sr-1' } },
        { name: 'task', valueReference: { reference: 'Task/task-1' } },
        { name: 'identifier', valueIdentifier: { system: lakesideReferral, value: 'REF-1001' } },
        { name: 'status', valueCode: 'accepted' },
        { name: 'business-status', valueCode: 'awaiting-scheduling' },
        { name: 'since', valueInstant: '2026-03-04T09:12:00.000Z' },
        { name: 'action', valueString: 'Read Task/task-1 and take over what it says.' },
      ],
    },
  ],
}

/** By which a referrer asks that a referral be stopped. */
export const abortTask = {
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' }] },
  focus: { reference: 'Task/task-1' },
  reasonCode: { text: 'The patient moved away' },
}
