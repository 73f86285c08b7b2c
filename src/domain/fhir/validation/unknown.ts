/** Names that FHIR R4 does not have, and what to write instead when an older release had them. */
import type { TypeNode } from './model.ts'
import type { Trail } from './trail.ts'

/** Resource types of STU3 that R4 renamed or dissolved: https://hl7.org/fhir/R4/diff.html */
const typesOfStu3: Readonly<Record<string, string>> = {
  BodySite: 'BodyStructure',
  DeviceComponent: 'DeviceDefinition or DeviceMetric',
  EligibilityRequest: 'CoverageEligibilityRequest',
  EligibilityResponse: 'CoverageEligibilityResponse',
  ExpansionProfile: 'Parameters of ValueSet/$expand',
  ImagingManifest: 'ImagingStudy or DocumentReference',
  ProcedureRequest: 'ServiceRequest',
  ProcessRequest: 'Task',
  ProcessResponse: 'Task',
  DataElement: 'StructureDefinition',
  ReferralRequest: 'ServiceRequest',
  Sequence: 'MolecularSequence',
  ServiceDefinition: 'PlanDefinition',
}

/** Elements of STU3 that R4 renamed. */
const elementsOfStu3: Readonly<Record<string, string>> = {
  'AllergyIntolerance.assertedDate': 'recordedDate',
  'Condition.assertedDate': 'recordedDate',
  'Condition.context': 'encounter',
  'DiagnosticReport.context': 'encounter',
  'DiagnosticReport.codedDiagnosis': 'conclusionCode',
  'DiagnosticReport.image': 'media',
  'DocumentReference.class': 'category',
  'DocumentReference.indexed': 'date',
  'Encounter.reason': 'reasonCode',
  'MedicationRequest.context': 'encounter',
  'MedicationStatement.reasonNotTaken': 'statusReason',
  'Observation.comment': 'note',
  'Observation.context': 'encounter',
  'Observation.related': 'hasMember or derivedFrom',
  'Procedure.context': 'encounter',
  'Procedure.notDone': 'status not-done',
  'QuestionnaireResponse.context': 'encounter',
  'QuestionnaireResponse.parent': 'partOf',
  'ServiceRequest.context': 'encounter',
  'Task.context': 'encounter',
  'Task.reason': 'reasonCode or reasonReference',
}

const nameForm = /^_?[A-Za-z][A-Za-z0-9_]{0,63}$/

/** The name is shown in the path when it can be one; it is never quoted in the sentence. */
export function reportUnknownElement(trail: Trail, node: TypeNode, name: string): void {
  const key = `${node.name}.${name}`
  const successor = Object.hasOwn(elementsOfStu3, key) ? elementsOfStu3[key] : undefined
  const sentence = successor
    ? `This is an element of STU3; in FHIR R4 it is ${successor}.`
    : `${node.name} has no element of this name in FHIR R4.`
  if (nameForm.test(name)) trail.reportAt(name, 'structure', sentence)
  else trail.report('structure', sentence)
}

export function reportUnknownType(trail: Trail, resourceType: unknown): void {
  const successor =
    typeof resourceType === 'string' && Object.hasOwn(typesOfStu3, resourceType)
      ? typesOfStu3[resourceType]
      : undefined
  const sentence = successor
    ? `${resourceType} is a resource type of STU3; in FHIR R4 it is ${successor}.`
    : 'resourceType must name a resource type of FHIR R4.'
  trail.report('structure', sentence, [], { problem: 'not-fhir' })
}
