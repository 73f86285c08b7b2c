/**
 * The search parameters of each resource type: what is indexed, what a query may name and what the
 * CapabilityStatement says.
 *
 * https://hl7.org/fhir/R4/searchparameter-registry.html; a test holds names and types against it.
 * Every parameter costs its tokens in each row that is written, so the table has the ones that a
 * referral is looked for by, not all of R4's.
 */

export interface SearchParameter {
  readonly type: 'token' | 'reference' | 'date'
  /** The element, dotted below the resource. */
  readonly path: string
  /** For an element of datatype `code`: the system that it implies. */
  readonly system?: string
  /** For references: the types that a bare id may mean; `any` for all that are kept here. */
  readonly targets?: readonly string[] | 'any'
  /** True when the element holds a canonical URL instead of a Reference. */
  readonly canonical?: boolean
  /** Another parameter of the row whose tokens answer this one too: patient is subject, narrowed. */
  readonly storedAs?: string
  /** True where the patient's own identifiers are stored, so that `.identifier` can follow. */
  readonly chained?: boolean
  /** Canonical of a parameter that R4 does not have. */
  readonly definition?: string
}

const token = (path: string): SearchParameter => ({ type: 'token', path })
const code = (path: string, system: string): SearchParameter => ({
  type: 'token',
  path,
  system: system.startsWith('http') ? system : `http://hl7.org/fhir/${system}`,
})
const own = (id: string): string => `https://referloop.example/fhir/SearchParameter/${id}`
const date = (path: string): SearchParameter => ({ type: 'date', path })
const reference = (path: string, ...targets: string[]): SearchParameter => ({
  type: 'reference',
  path,
  targets: targets.length > 0 ? targets : 'any',
})
const canonical = (path: string, target: string): SearchParameter => ({
  type: 'reference',
  path,
  targets: [target],
  canonical: true,
})

const identifier = token('identifier')
const category = token('category')
const coded = token('code')
const type = token('type')
const encounter = reference('encounter', 'Encounter')

/** `patient` and `subject` over one element. */
const about = (path = 'subject', ...others: string[]) => ({
  patient: { ...reference(path, 'Patient'), storedAs: 'subject' },
  subject: reference(path, 'Patient', ...others),
})
/** The same where the patient's identifiers lead to the resource. */
const chainedAbout = (path: string, ...others: string[]) => ({
  patient: { ...reference(path, 'Patient'), storedAs: 'subject', chained: true },
  subject: { ...reference(path, 'Patient', ...others), chained: true },
})
const patientOnly = (path = 'patient') => ({ patient: reference(path, 'Patient') })

const people = ['Practitioner', 'PractitionerRole', 'Organization', 'Patient', 'RelatedPerson']
const performers = [...people, 'CareTeam', 'Device', 'HealthcareService']
const requesters = [...people, 'Device']
const requestIntent = code('intent', 'request-intent')
const priority = code('priority', 'request-priority')

/** Of every type besides those in its row: `_id`, `_lastUpdated`. */
export const searchParameters = {
  ServiceRequest: {
    identifier,
    status: code('status', 'request-status'),
    intent: requestIntent,
    priority,
    category,
    code: coded,
    ...chainedAbout('subject', 'Group', 'Device', 'Location'),
    authored: date('authoredOn'),
    requester: reference('requester', ...requesters),
    performer: reference('performer', ...performers),
    encounter,
    'based-on': reference('basedOn', 'ServiceRequest', 'CarePlan', 'MedicationRequest'),
    replaces: reference('replaces', 'ServiceRequest'),
    requisition: token('requisition'),
  },
  Task: {
    identifier,
    status: code('status', 'task-status'),
    'business-status': token('businessStatus'),
    intent: code('intent', 'request-intent'),
    priority,
    code: coded,
    ...chainedAbout('for', 'Group', 'RelatedPerson'),
    'authored-on': date('authoredOn'),
    requester: reference('requester', ...requesters),
    owner: reference('owner', ...performers),
    // Who acts next, and by when: docs/decisions/0023-next-actor-and-due-time.md.
    performer: token('performerType'),
    'due-date': { ...date('restriction.period.end'), definition: own('Task-due-date') },
    focus: reference('focus'),
    'based-on': reference('basedOn'),
    'part-of': reference('partOf', 'Task'),
    encounter,
    'group-identifier': token('groupIdentifier'),
  },
  GuidanceResponse: {
    identifier,
    request: token('requestIdentifier'),
    ...about('subject', 'Group'),
  },
  Patient: {
    identifier,
    gender: code('gender', 'administrative-gender'),
    organization: reference('managingOrganization', 'Organization'),
    'general-practitioner': reference(
      'generalPractitioner',
      'Practitioner',
      'PractitionerRole',
      'Organization',
    ),
  },
  Practitioner: { identifier },
  PractitionerRole: {
    identifier,
    practitioner: reference('practitioner', 'Practitioner'),
    organization: reference('organization', 'Organization'),
    role: coded,
    specialty: token('specialty'),
  },
  Organization: { identifier, type, partof: reference('partOf', 'Organization') },
  Location: { identifier, organization: reference('managingOrganization', 'Organization') },
  HealthcareService: {
    identifier,
    organization: reference('providedBy', 'Organization'),
    'service-type': type,
  },
  RelatedPerson: { identifier, ...patientOnly() },
  CareTeam: { identifier, status: code('status', 'care-team-status'), category, ...about() },
  Device: { identifier, type, ...patientOnly() },
  Endpoint: { identifier, organization: reference('managingOrganization', 'Organization') },
  Group: { identifier, code: coded },
  Condition: {
    identifier,
    'clinical-status': token('clinicalStatus'),
    'verification-status': token('verificationStatus'),
    category,
    code: coded,
    ...about('subject', 'Group'),
    encounter,
  },
  Observation: {
    identifier,
    status: code('status', 'observation-status'),
    category,
    code: coded,
    ...about('subject', 'Group', 'Device', 'Location'),
    encounter,
    'based-on': reference('basedOn', 'ServiceRequest', 'CarePlan', 'MedicationRequest'),
  },
  MedicationRequest: {
    identifier,
    status: code('status', 'CodeSystem/medicationrequest-status'),
    intent: code('intent', 'CodeSystem/medicationrequest-intent'),
    code: token('medicationCodeableConcept'),
    medication: reference('medicationReference', 'Medication'),
    ...about('subject', 'Group'),
    requester: reference('requester', ...requesters),
    encounter,
  },
  MedicationStatement: {
    identifier,
    status: code('status', 'CodeSystem/medication-statement-status'),
    code: token('medicationCodeableConcept'),
    medication: reference('medicationReference', 'Medication'),
    ...about('subject', 'Group'),
  },
  MedicationAdministration: {
    identifier,
    status: code('status', 'http://terminology.hl7.org/CodeSystem/medication-admin-status'),
    code: token('medicationCodeableConcept'),
    medication: reference('medicationReference', 'Medication'),
    request: reference('request', 'MedicationRequest'),
    ...about('subject', 'Group'),
  },
  MedicationDispense: {
    identifier,
    status: code('status', 'http://terminology.hl7.org/CodeSystem/medicationdispense-status'),
    code: token('medicationCodeableConcept'),
    prescription: reference('authorizingPrescription', 'MedicationRequest'),
    ...about('subject', 'Group'),
  },
  Medication: { identifier, code: coded },
  AllergyIntolerance: {
    identifier,
    'clinical-status': token('clinicalStatus'),
    code: coded,
    ...patientOnly(),
  },
  Procedure: {
    identifier,
    status: code('status', 'event-status'),
    category,
    code: coded,
    ...about('subject', 'Group'),
    encounter,
    'based-on': reference('basedOn', 'ServiceRequest', 'CarePlan'),
  },
  DiagnosticReport: {
    identifier,
    status: code('status', 'diagnostic-report-status'),
    category,
    code: coded,
    ...about('subject', 'Group', 'Device', 'Location'),
    encounter,
    'based-on': reference('basedOn', 'ServiceRequest', 'CarePlan', 'MedicationRequest'),
    result: reference('result', 'Observation'),
  },
  DocumentReference: {
    identifier,
    status: code('status', 'document-reference-status'),
    category,
    type,
    ...about('subject', 'Practitioner', 'Group', 'Device'),
    related: reference('context.related'),
  },
  QuestionnaireResponse: {
    identifier,
    status: code('status', 'questionnaire-answers-status'),
    questionnaire: canonical('questionnaire', 'Questionnaire'),
    'based-on': reference('basedOn', 'ServiceRequest', 'CarePlan'),
    patient: { ...reference('subject', 'Patient'), storedAs: 'subject' },
    subject: reference('subject'),
  },
  Appointment: {
    identifier,
    status: code('status', 'appointmentstatus'),
    'service-type': token('serviceType'),
    actor: reference(
      'participant.actor',
      'Patient',
      'Practitioner',
      'PractitionerRole',
      'RelatedPerson',
      'Location',
      'HealthcareService',
      'Device',
    ),
    patient: { ...reference('participant.actor', 'Patient'), storedAs: 'actor' },
    'based-on': reference('basedOn', 'ServiceRequest'),
  },
  Encounter: {
    identifier,
    status: code('status', 'encounter-status'),
    class: token('class'),
    type,
    ...about('subject', 'Group'),
    'based-on': reference('basedOn', 'ServiceRequest'),
  },
  EpisodeOfCare: {
    identifier,
    status: code('status', 'episode-of-care-status'),
    ...patientOnly(),
  },
  Coverage: { identifier, status: code('status', 'fm-status'), ...patientOnly('beneficiary') },
  CarePlan: { identifier, status: code('status', 'request-status'), category, ...about() },
  Goal: { identifier, 'lifecycle-status': code('lifecycleStatus', 'goal-status'), ...about() },
  Immunization: { identifier, 'vaccine-code': token('vaccineCode'), ...patientOnly() },
  Claim: { identifier, status: code('status', 'fm-status'), ...patientOnly() },
  ExplanationOfBenefit: {
    identifier,
    status: code('status', 'explanationofbenefit-status'),
    ...patientOnly(),
  },
  Communication: {
    identifier,
    status: code('status', 'event-status'),
    category,
    ...about('subject', 'Group'),
    'based-on': reference('basedOn'),
  },
  CommunicationRequest: {
    identifier,
    status: code('status', 'request-status'),
    category,
    ...about('subject', 'Group'),
    'based-on': reference('basedOn'),
  },
  Provenance: {
    target: reference('target'),
    agent: reference('agent.who', ...requesters),
    entity: reference('entity.what'),
  },
  Consent: {
    identifier,
    status: code('status', 'consent-state-codes'),
    category,
    ...patientOnly(),
  },
  FamilyMemberHistory: { identifier, status: code('status', 'history-status'), ...patientOnly() },
  ImagingStudy: { identifier, basedon: reference('basedOn', 'ServiceRequest'), ...about() },
  Media: { identifier, 'based-on': reference('basedOn', 'ServiceRequest', 'CarePlan'), ...about() },
  Specimen: { identifier, type, ...about() },
  Flag: { identifier, ...about() },
  RiskAssessment: { identifier, ...about() },
  ClinicalImpression: { identifier, ...about() },
  Composition: { identifier, type, ...about() },
  List: { identifier, code: coded, ...about() },
  DeviceRequest: { identifier, 'based-on': reference('basedOn'), ...about() },
  DeviceUseStatement: { identifier, ...about() },
  NutritionOrder: { identifier, ...patientOnly() },
  DetectedIssue: { identifier, implicated: reference('implicated'), ...patientOnly() },
  RequestGroup: { identifier, ...about() },
  Substance: { identifier, code: coded },
  Binary: {},
} as const satisfies Record<string, Record<string, SearchParameter>>

/** The types that can be searched; others are read by id alone. */
export const searchableTypes = Object.keys(searchParameters) as readonly string[]

/** What is read with a token; a form made for one referral is found through the Task that asks for it. */
export const readableTypes: readonly string[] = [...searchableTypes, 'Questionnaire']

const none: Readonly<Record<string, SearchParameter>> = {}

/** The row of a type; empty for a type that has none. */
export const parametersOf = (type: string): Readonly<Record<string, SearchParameter>> =>
  Object.hasOwn(searchParameters, type)
    ? searchParameters[type as keyof typeof searchParameters]
    : none
