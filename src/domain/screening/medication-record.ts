/** The four resources that tell of a medicine: https://hl7.org/fhir/R4/medications-module.html */

import type {
  MedicationAdministration,
  MedicationDispense,
  MedicationRequest,
  MedicationStatement,
} from 'fhir/r4'

export type MedicationRecord =
  | MedicationRequest
  | MedicationStatement
  | MedicationDispense
  | MedicationAdministration
