/** Codings that audit events are made of. */

import type { CodeableConcept, Coding } from 'fhir/r4'

const coding = (system: string, code: string, display: string): Coding => ({
  system,
  code,
  display,
})
const dcm = (code: string, display: string) =>
  coding('http://dicom.nema.org/resources/ontology/DCM', code, display)
const hl7 = (name: string, code: string, display: string) =>
  coding(`http://terminology.hl7.org/CodeSystem/${name}`, code, display)

const balp = (name: string, code: string, display: string) =>
  coding(`https://profiles.ihe.net/ITI/BALP/CodeSystem/${name}`, code, display)

export const concept = (of: Coding): CodeableConcept => ({ coding: [of] })

export const interaction = (code: string) =>
  coding('http://hl7.org/fhir/restful-interaction', code, code)

export const eventTypes = {
  rest: hl7('audit-event-type', 'rest', 'Restful Operation'),
  export: dcm('110106', 'Export'),
  authentication: dcm('110114', 'User Authentication'),
  application: dcm('110100', 'Application Activity'),
  security: dcm('110113', 'Security Alert'),
} as const

export const eventSubtypes = {
  disclose: hl7('iso-21089-lifecycle', 'disclose', 'Disclose Record Lifecycle Event'),
  getToken: coding('urn:ihe:event-type-code', 'ITI-71', 'Get Access Token'),
  login: dcm('110122', 'Login'),
  logout: dcm('110123', 'Logout'),
  start: dcm('110120', 'Application Start'),
  stop: dcm('110121', 'Application Stop'),
  consent: balp('AuthZsubType', 'AuthZ-Consent', 'Authorization Decision using Roles and Consent'),
  configuration: dcm('110131', 'Security Configuration'),
} as const

export const agentTypes = {
  source: dcm('110153', 'Source Role ID'),
  destination: dcm('110152', 'Destination Role ID'),
  application: dcm('110150', 'Application'),
  oauthUser: balp('UserAgentTypes', 'UserOauthAgent', 'User OAuth Agent participant'),
  oauthService: balp('UserAgentTypes', 'AuthzOauthService', 'OAuth authorization service'),
  recipient: hl7('v3-ParticipationType', 'IRCP', 'information recipient'),
  provider: hl7('v3-RoleClass', 'PROV', 'healthcare provider'),
  informant: hl7('v3-ParticipationType', 'INF', 'informant'),
  custodian: coding('http://snomed.info/sct', '159541003', 'Record keeping/library clerk'),
  authorizer: coding('http://snomed.info/sct', '429577009', 'Patient Advocate'),
} as const

export const entityTypes = {
  person: hl7('audit-entity-type', '1', 'Person'),
  system: hl7('audit-entity-type', '2', 'System Object'),
  requestId: balp('BasicAuditEntityType', 'XrequestId', 'X-Request-Id'),
  /** Of what was touched beside the main thing. */
  resource: (type: string) => coding('http://hl7.org/fhir/resource-types', type, type),
} as const

export const entityRoles = {
  patient: hl7('object-role', '1', 'Patient'),
  resource: hl7('object-role', '4', 'Domain Resource'),
  query: hl7('object-role', '24', 'Query'),
  security: hl7('object-role', '13', 'Security Resource'),
} as const

export const applicationServer = hl7('security-source-type', '4', 'Application Server')

export const treatment = hl7('v3-ActReason', 'TREAT', 'treatment')
