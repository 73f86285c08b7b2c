/** Small packets: a referral that is ready, and what a test changes about it. */

import type {
  AllergyIntolerance,
  Bundle,
  CodeableConcept,
  Condition,
  FhirResource,
  MedicationRequest,
  Observation,
  Patient,
  Quantity,
  QuestionnaireResponse,
  ServiceRequest,
} from 'fhir/r4'
import type { Test } from 'tap'
import { loadPolicy } from '../../../src/domain/screening/load-policy.ts'
import { packetOfBundle } from '../../../src/domain/screening/packet.ts'
import type { CriterionId, Policy } from '../../../src/domain/screening/policy.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'
import type { CriterionResult, ScreeningResult } from '../../../src/domain/screening/result.ts'
import { screen } from '../../../src/domain/screening/screen.ts'

export const policy: Policy = loadPolicy(readPublished())

export const icd = 'http://hl7.org/fhir/sid/icd-10-cm'
export const sct = 'http://snomed.info/sct'
export const lnc = 'http://loinc.org'
export const rx = 'http://www.nlm.nih.gov/research/umls/rxnorm'
export const outcomes = 'https://referloop.example/fhir/CodeSystem/treatment-outcome'
const yesNo = 'http://terminology.hl7.org/CodeSystem/v2-0532'
const ucum = 'http://unitsofmeasure.org'

const referralDate = '2026-03-02'
const checkDate = '2026-03-09'
const patientReference = 'urn:uuid:patient'

/** A day some days from another, by default from the referral. */
export function daysFrom(days: number, date = referralDate): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

export function code(system: string, value: string, display?: string): CodeableConcept {
  return { coding: [{ system, code: value, ...(display ? { display } : {}) }] }
}

const subject = { reference: patientReference }

/** An active, confirmed Condition; undefined members of `more` take one away. */
export function condition(concept: CodeableConcept, more: Partial<Condition> = {}): Condition {
  return pruned({
    resourceType: 'Condition',
    clinicalStatus: status('condition-clinical', 'active'),
    verificationStatus: status('condition-ver-status', 'confirmed'),
    code: concept,
    subject,
    onsetDateTime: '2024-01-10',
    ...more,
  })
}

export function status(system: string, value: string): CodeableConcept {
  return code(`http://terminology.hl7.org/CodeSystem/${system}`, value)
}

export function clinical(value: string): Pick<Condition, 'clinicalStatus'> {
  return { clinicalStatus: status('condition-clinical', value) }
}

export function verification(value: string): Pick<Condition, 'verificationStatus'> {
  return { verificationStatus: status('condition-ver-status', value) }
}

export function observation(
  concept: CodeableConcept,
  date: string | undefined,
  more: Partial<Observation> = {},
): Observation {
  return pruned({
    resourceType: 'Observation',
    status: 'final',
    code: concept,
    subject,
    effectiveDateTime: date,
    ...more,
  })
}

/** A quantity in UCUM, or without any unit. */
export function quantity(value: number, unit?: string): Quantity {
  return unit === undefined ? { value } : { value, unit, system: ucum, code: unit }
}

export function measured(
  loinc: string,
  date: string | undefined,
  value: number,
  unit?: string,
): Observation {
  return observation(code(lnc, loinc), date, { valueQuantity: quantity(value, unit) })
}

export function pain(date: string, value: number, loinc = '72514-3'): Observation {
  return measured(loinc, date, value, '{score}')
}

export function bloodPressure(
  date: string,
  systolic: number,
  diastolic: number,
  unit = 'mm[Hg]',
): Observation {
  return observation(code(lnc, '85354-9'), date, {
    component: [
      { code: code(lnc, '8480-6'), valueQuantity: quantity(systolic, unit) },
      { code: code(lnc, '8462-4'), valueQuantity: quantity(diastolic, unit) },
    ],
  })
}

/** Oxycodone 10 mg four times a day, 60 MME, for 90 days, stopped as ineffective. */
export function opioid(more: Partial<MedicationRequest> = {}): MedicationRequest {
  return pruned({
    resourceType: 'MedicationRequest',
    status: 'stopped',
    intent: 'order',
    statusReason: code(outcomes, 'ineffective'),
    medicationCodeableConcept: code(rx, '1049683'),
    subject,
    authoredOn: '2025-01-26',
    reasonCode: [code(icd, 'G90.511')],
    dosageInstruction: [dosage('2025-01-26', '2025-04-26', 4, quantity(1))],
    ...more,
  })
}

export function dosage(
  start: string | undefined,
  end: string | undefined,
  perDay: number,
  dose: Quantity,
): NonNullable<MedicationRequest['dosageInstruction']>[number] {
  return {
    timing: {
      repeat: {
        boundsPeriod: pruned({ start, end }),
        frequency: perDay,
        period: 1,
        periodUnit: 'd',
      },
    },
    doseAndRate: [{ doseQuantity: dose }],
  }
}

/** A medicine taken over a period; its outcome by code of our own system, or as a concept. */
export function medicine(
  rxcui: string,
  start: string | undefined,
  end: string | undefined,
  outcome?: string | CodeableConcept,
  more: Partial<MedicationRequest> = {},
): MedicationRequest {
  return opioid({
    medicationCodeableConcept: code(rx, rxcui),
    authoredOn: start,
    dosageInstruction: [dosage(start, end, 4, quantity(1))],
    statusReason: typeof outcome === 'string' ? code(outcomes, outcome) : outcome,
    ...more,
  })
}

export function allergy(
  concept: CodeableConcept,
  more: Partial<AllergyIntolerance> = {},
): AllergyIntolerance {
  return pruned({
    resourceType: 'AllergyIntolerance',
    clinicalStatus: status('allergyintolerance-clinical', 'active'),
    verificationStatus: status('allergyintolerance-verification', 'confirmed'),
    code: concept,
    patient: subject,
    ...more,
  })
}

export const screened: Readonly<Record<string, string>> = {
  'cardiovascular-disease': 'N',
  'liver-disease': 'N',
  psychosis: 'N',
  'substance-use': 'N',
  'intracranial-pressure': 'N',
  glaucoma: 'N',
  pregnancy: 'N',
  'ketamine-hypersensitivity': 'N',
  'planned-surgery': 'N',
}

/** The form; an empty answer leaves its item out. */
export function form(
  answers: Readonly<Record<string, string>> = screened,
  more: Partial<QuestionnaireResponse> = {},
): QuestionnaireResponse {
  return pruned({
    resourceType: 'QuestionnaireResponse',
    questionnaire: 'https://referloop.example/fhir/Questionnaire/ketamine-infusion-screening',
    status: 'completed',
    subject,
    authored: '2026-02-27',
    item: Object.entries(answers)
      .filter(([, answer]) => answer !== '')
      .map(([linkId, answer]) => ({
        linkId,
        answer: [
          {
            valueCoding: {
              system: linkId === 'failed-opioid-therapy' ? outcomes : yesNo,
              code: answer,
            },
          },
        ],
      })),
    ...more,
  })
}

/** The parts of a referral that is ready; a test replaces some, takes some away and adds others. */
export interface Parts {
  readonly patient?: Partial<Patient> | undefined
  readonly referral?: Partial<ServiceRequest>
  readonly condition?: Condition | null
  readonly opioid?: FhirResource | null
  readonly pain?: FhirResource | null
  readonly bloodPressure?: FhirResource | null
  /** Answers over the screened ones, or the form itself. */
  readonly answers?: Readonly<Record<string, string>>
  readonly form?: QuestionnaireResponse | null
  readonly add?: readonly FhirResource[]
}

export function bundleOf(parts: Parts = {}): Bundle {
  const patient: Patient = pruned({
    resourceType: 'Patient',
    gender: 'female',
    birthDate: '1978-06-14',
    ...parts.patient,
  })
  const referral: ServiceRequest = pruned({
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    code: code(sct, '306265007'),
    subject,
    authoredOn: referralDate,
    performer: [{ display: 'clinic' }],
    ...parts.referral,
  })
  const or = (given: FhirResource | null | undefined, usual: FhirResource) =>
    given === null ? [] : [given ?? usual]
  const resources: FhirResource[] = [
    referral,
    ...or(parts.condition, condition(code(icd, 'G90.511'), { onsetDateTime: '2023-12-03' })),
    ...or(parts.opioid, opioid()),
    ...or(parts.pain, pain('2026-02-20', 8)),
    ...or(parts.bloodPressure, bloodPressure('2026-02-20', 124, 78)),
    ...or(parts.form, form({ ...screened, ...parts.answers })),
    ...(parts.add ?? []),
  ]
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      ...(parts.patient === undefined && 'patient' in parts
        ? []
        : [{ fullUrl: patientReference, resource: patient }]),
      ...resources.map((resource, index) => ({
        fullUrl: resource.id ? `urn:uuid:${resource.id}` : `urn:uuid:${index}`,
        resource,
      })),
    ],
  }
}

export function screenBundle(bundle: Bundle, asOf = checkDate, by = policy): ScreeningResult {
  return screen(
    packetOfBundle(bundle, ({ display }) => display === 'clinic'),
    by,
    { asOf },
  )
}

export function screenParts(parts: Parts = {}, asOf = checkDate): ScreeningResult {
  return screenBundle(bundleOf(parts), asOf)
}

export function criterion(result: ScreeningResult, id: CriterionId): CriterionResult {
  const found = result.criteria.find((each) => each.id === id)
  if (found === undefined) throw new Error(`no criterion ${id}`)
  return found
}

const alone = new Map<CriterionId, Policy>()

/** The policy with one criterion and its parts: no test of it need ask what the others come to. */
function only(id: CriterionId): Policy {
  const known = alone.get(id)
  if (known) return known
  const criteria = policy.criteria.filter((each) => each.id === id || each.partOf === id)
  const made = { ...policy, criteria }
  alone.set(id, made)
  return made
}

/** What one criterion comes to. */
export function found(parts: Parts, id: CriterionId, asOf = checkDate): CriterionResult {
  return criterion(screenBundle(bundleOf(parts), asOf, only(id)), id)
}

/** Without the members that are undefined. */
function pruned<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T
}

export type Row = readonly [title: string, expected: string, parts: Parts, asOf?: string]

/** One subtest for each row: what the criterion must come to. */
export function verdicts(t: Pick<Test, 'test'>, id: CriterionId, rows: readonly Row[]): void {
  for (const [title, expected, parts, asOf] of rows)
    t.test(`${title}: ${expected}`, async (t) => {
      const { verdict, explanation } = found(parts, id, asOf)
      t.equal(verdict, expected, explanation)
    })
}
