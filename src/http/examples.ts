/** Resources shown in the documentation; a test validates each against R4. Nobody in them is real. */

const base = 'https://referloop.example/fhir'
const meta = (versionId: string, time: string) => ({
  versionId,
  lastUpdated: `2026-03-02T${time}.000Z`,
})
const clinic = {
  type: 'Organization',
  identifier: { system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' },
  display: 'River Pain Clinic',
}

export const serviceRequest = {
  resourceType: 'ServiceRequest',
  id: '7d1f0c8e-1a52-4a3e-9b55-0c2a6f1d9e11',
  meta: meta('1', '09:30:00'),
  identifier: [{ system: 'https://lakeside-family.example/referral', value: 'REF-1001' }],
  status: 'active',
  intent: 'order',
  priority: 'routine',
  code: {
    coding: [
      {
        system: 'http://snomed.info/sct',
        code: '306265007',
        display: 'Referral to pain management specialist',
      },
    ],
  },
  subject: { reference: 'Patient/2b6c1f3a-4d7e-4f0a-8c11-5e9d3a7b2c44' },
  authoredOn: '2026-03-02',
  requester: { reference: 'Practitioner/9e0b7d52-6c3f-4b1d-a7e8-1f2c3d4e5f66' },
  performer: [clinic],
}

export const task = {
  resourceType: 'Task',
  id: 'c3a9e5b1-7f24-4d68-b0c2-8a1e6d5f4b77',
  meta: meta('2', '09:30:04'),
  basedOn: [{ reference: `ServiceRequest/${serviceRequest.id}` }],
  status: 'received',
  businessStatus: {
    coding: [
      {
        system: `${base}/CodeSystem/referral-business-status`,
        code: 'awaiting-triage',
        display: 'Awaiting triage',
      },
    ],
  },
  intent: 'order',
  code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
  focus: { reference: `ServiceRequest/${serviceRequest.id}` },
  for: serviceRequest.subject,
  authoredOn: '2026-03-02T09:30:00.000Z',
  lastModified: '2026-03-02T09:30:04.000Z',
  owner: clinic,
}

export const searchset = {
  resourceType: 'Bundle',
  type: 'searchset',
  timestamp: '2026-03-02T10:00:00.000Z',
  total: 1,
  link: [{ relation: 'self', url: `${base}/Task?status=received` }],
  entry: [{ fullUrl: `${base}/Task/${task.id}`, resource: task, search: { mode: 'match' } }],
}

export const auditEventRead = {
  resourceType: 'AuditEvent',
  id: '1207',
  meta: {
    versionId: '1',
    lastUpdated: '2026-03-02T10:00:00.000Z',
    profile: ['https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead'],
  },
  type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' },
  subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: 'read' }],
  action: 'R',
  recorded: '2026-03-02T10:00:00.000Z',
  outcome: '0',
  agent: [{ who: { identifier: { value: 'river-pain-clinic' } }, requestor: true }],
  source: { observer: { display: 'Referloop' } },
  entity: [{ what: { reference: `Task/${task.id}` } }],
}

export const auditEvents = {
  resourceType: 'Bundle',
  type: 'searchset',
  timestamp: '2026-03-02T10:00:00.000Z',
  link: [{ relation: 'self', url: `${base}/AuditEvent?patient=Patient/123` }],
  entry: [
    {
      fullUrl: `${base}/AuditEvent/1207`,
      resource: auditEventRead,
      search: { mode: 'match' },
    },
  ],
}

export const history = {
  resourceType: 'Bundle',
  type: 'history',
  timestamp: '2026-03-02T10:00:00.000Z',
  total: 1,
  link: [{ relation: 'self', url: `${base}/ServiceRequest/${serviceRequest.id}/_history` }],
  entry: [
    {
      fullUrl: `${base}/ServiceRequest/${serviceRequest.id}`,
      resource: serviceRequest,
      request: { method: 'POST', url: 'ServiceRequest' },
      response: {
        status: '201 Created',
        location: `ServiceRequest/${serviceRequest.id}/_history/1`,
        etag: 'W/"1"',
        lastModified: '2026-03-02T09:30:00.000Z',
      },
    },
  ],
}

export const capabilities = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-03-02T08:00:00.000Z',
  kind: 'instance',
  software: { name: 'Referloop', version: '0.1.0' },
  implementation: { description: 'Referloop', url: base },
  fhirVersion: '4.0.1',
  format: ['application/fhir+json', 'application/json', 'json'],
  rest: [
    {
      mode: 'server',
      resource: [
        {
          type: 'Task',
          interaction: [{ code: 'read' }, { code: 'search-type' }],
          searchParam: [{ name: 'status', type: 'token' }],
        },
      ],
    },
  ],
}

export const valueSetSearchset = {
  resourceType: 'Bundle',
  type: 'searchset',
  timestamp: '2026-03-02T10:00:00.000Z',
  total: 0,
  link: [{ relation: 'self', url: `${base}/ValueSet?name=Nothing` }],
}

export const codeSystem = {
  resourceType: 'CodeSystem',
  id: 'referral-business-status',
  url: `${base}/CodeSystem/referral-business-status`,
  status: 'active',
  content: 'complete',
  concept: [{ code: 'awaiting-triage', display: 'Awaiting triage' }],
}
