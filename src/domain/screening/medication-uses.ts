/**
 * Requests, statements, dispenses and administrations as one kind of fact: which medicine, taken or
 * not, when, why, and what became of it.
 */

import type {
  CodeableConcept,
  FhirResource,
  Medication,
  MedicationRequest,
  Reference,
} from 'fhir/r4'
import { allText, type ConceptMeaning, meaningOf, nameOf } from './concepts.ts'
import { type MedicationPeriod, periodOf } from './medication-periods.ts'
import type { MedicationRecord } from './medication-record.ts'
import type { Medicine, NamedMedicine } from './medicines.ts'
import type { Known, Packet } from './packet.ts'
import type { Setting } from './setting.ts'

export interface MedicationUse extends MedicationPeriod {
  readonly reference: string
  readonly resource: MedicationRecord
  readonly name: string
  /** The medicine that a listed code means. */
  readonly medicine: Medicine | undefined
  /** What the text names when no code is listed. */
  readonly named: readonly NamedMedicine[]
  /** Everything there is to read in an uncoded medicine; of a coded one what was written beside the code. */
  readonly text: string
  readonly taken: 'taken' | 'not-taken' | 'neither'
  readonly outcome: 'failed' | 'intolerance' | 'effective' | undefined
  readonly reasons: readonly Reason[]
  /** Stopped or withheld for pregnancy. */
  readonly forPregnancy: boolean
  readonly inpatient: boolean
}

/** Why a medicine was given. A reason without codes has a meaning without lists. */
export interface Reason {
  readonly concept: CodeableConcept | undefined
  readonly coded: boolean
  readonly meaning: ConceptMeaning
  readonly name: string
  readonly text: string
  /** Written into the medicine record itself, not by reference to a Condition that is judged itself. */
  readonly own: boolean
}

const types = [
  'MedicationRequest',
  'MedicationStatement',
  'MedicationDispense',
  'MedicationAdministration',
] as const

/** All that were not entered in error and do not start after the check. Copies count once. */
export function medicationUsesOf(facts: Setting): readonly MedicationUse[] {
  const uses: MedicationUse[] = []
  for (const type of types)
    for (const known of facts.packet.ofType(type)) {
      if (known.resource.status === 'entered-in-error') continue
      const use = useOf(known, facts)
      if (facts.isFuture(use.start)) continue
      uses.push(use)
    }
  return withoutCopies(uses, facts.packet)
}

/**
 * The same record twice must not double a dose. Two orders that read alike are two only when the
 * referral itself names both in supportingInfo (docs/decisions/0013-copies-of-an-order.md); another
 * identifier makes another order anyway.
 */
function withoutCopies(uses: readonly MedicationUse[], packet: Packet): readonly MedicationUse[] {
  const alike = new Map<string, MedicationUse[]>()
  for (const use of uses) {
    const content = contentOf(use)
    const group = alike.get(content)
    if (group) group.push(use)
    else alike.set(content, [use])
  }
  if (alike.size === uses.length) return uses
  const named = new Set(
    (packet.referral.resource.supportingInfo ?? []).map(
      (each) => packet.resolve(each, packet.referral)?.reference,
    ),
  )
  return [...alike.values()].flatMap((group) => {
    const orders = group.filter(
      ({ resource, reference }) =>
        resource.resourceType === 'MedicationRequest' && named.has(reference),
    )
    return orders.length > 0 ? orders : group.slice(0, 1)
  })
}

const contentOf = ({ resource }: MedicationUse): string =>
  JSON.stringify({ ...resource, id: undefined, meta: undefined, text: undefined })

function useOf(known: Known<MedicationRecord>, facts: Setting): MedicationUse {
  const { resource, reference } = known
  const { codes, medicines } = facts.policy
  const prescription = prescriptionOf(known, facts)
  const concept = conceptOf(known, facts)
  const medicine = medicines.of(concept)
  const text = medicine ? (concept?.text ?? '') : allText(concept)
  return {
    ...periodOf(resource, facts.dates, facts.parameters.refillGapDays),
    reference,
    resource,
    name: medicine?.ingredients[0] ?? nameOf(concept),
    medicine,
    named: medicine ? [] : medicines.named(text),
    text,
    taken: takenOf(resource, facts),
    outcome: outcomeOf(statusReasonsOf(resource), facts),
    reasons: [...reasonsOf(known, facts), ...inherited(prescription, known, facts)],
    forPregnancy: statusReasonsOf(resource).some((each) => codes.has(each, 'reason-pregnancy')),
    inpatient: isInpatient(resource) || (prescription !== undefined && isInpatient(prescription)),
  }
}

/** `medication[x]`: by code, or by reference to a Medication, contained ones included. */
function conceptOf(known: Known<MedicationRecord>, facts: Setting): CodeableConcept | undefined {
  const { medicationCodeableConcept, medicationReference } = known.resource
  if (medicationCodeableConcept) return medicationCodeableConcept
  const medication = facts.packet.resolve(medicationReference, known)?.resource
  if (medication?.resourceType === 'Medication') return conceptOfMedication(medication)
  return medicationReference?.display ? { text: medicationReference.display } : undefined
}

function conceptOfMedication(medication: Medication): CodeableConcept | undefined {
  if (medication.code) return medication.code
  const coding = (medication.ingredient ?? []).flatMap(
    ({ itemCodeableConcept }) => itemCodeableConcept?.coding ?? [],
  )
  const text = medication.ingredient
    ?.map(({ itemCodeableConcept: item }) => item?.text ?? '')
    .join(' ')
  return { coding, ...(text?.trim() ? { text } : {}) }
}

/** A dispense says for itself neither why nor what became of it: its prescription does. */
function prescriptionOf(
  known: Known<MedicationRecord>,
  facts: Setting,
): MedicationRequest | undefined {
  const { resource } = known
  const reference =
    resource.resourceType === 'MedicationDispense'
      ? resource.authorizingPrescription?.[0]
      : resource.resourceType === 'MedicationAdministration'
        ? resource.request
        : undefined
  const found = facts.packet.resolve(reference, known)?.resource
  return found?.resourceType === 'MedicationRequest' ? found : undefined
}

function inherited(
  prescription: MedicationRequest | undefined,
  known: Known<MedicationRecord>,
  facts: Setting,
): readonly Reason[] {
  if (prescription === undefined) return []
  return reasonsOf({ reference: known.reference, resource: prescription }, facts)
}

const orderIntents: ReadonlySet<string> = new Set([
  'order',
  'original-order',
  'reflex-order',
  'filler-order',
  'instance-order',
])
const takenStatuses: ReadonlySet<string> = new Set(['active', 'completed', 'stopped'])

function takenOf(resource: MedicationRecord, facts: Setting): MedicationUse['taken'] {
  if (resource.resourceType === 'MedicationRequest') {
    if (!orderIntents.has(resource.intent) || resource.doNotPerform) return 'neither'
    if (resource.status === 'on-hold' || resource.status === 'cancelled') return 'not-taken'
  } else if (resource.resourceType === 'MedicationStatement') {
    if (resource.status === 'not-taken' || resource.status === 'on-hold') return 'not-taken'
  } else return resource.status === 'completed' ? 'taken' : 'neither'
  if (!takenStatuses.has(resource.status)) return 'neither'
  return isNotTaken(statusReasonsOf(resource), facts) ? 'not-taken' : 'taken'
}

function isNotTaken(reasons: readonly CodeableConcept[], facts: Setting): boolean {
  return reasons.some((reason) => facts.policy.codes.has(reason, 'outcome-not-taken'))
}

function statusReasonsOf(resource: MedicationRecord): readonly CodeableConcept[] {
  if (resource.resourceType === 'MedicationRequest')
    return resource.statusReason ? [resource.statusReason] : []
  return resource.resourceType === 'MedicationStatement' ? (resource.statusReason ?? []) : []
}

/** What became of a treatment, by the codes that say so. Not tolerated goes before did not help. */
export function outcomeOf(
  concepts: readonly CodeableConcept[],
  facts: Setting,
): 'failed' | 'intolerance' | 'effective' | undefined {
  const says = (list: string) => concepts.some((concept) => facts.policy.codes.has(concept, list))
  if (says('outcome-intolerance')) return 'intolerance'
  if (says('outcome-failed')) return 'failed'
  return says('outcome-effective') ? 'effective' : undefined
}

interface WithReasons {
  readonly reasonCode?: CodeableConcept[] | undefined
  readonly reasonReference?: Reference[] | undefined
}

/** The reasons of a treatment; a refuted Condition is none. */
export function reasonsOf(known: Known, facts: Setting): readonly Reason[] {
  const { reasonCode = [], reasonReference = [] } = known.resource as WithReasons
  return [
    ...reasonCode.map((concept) => reasonOf(concept, facts, true)),
    ...reasonReference.flatMap((reference) => {
      const condition = facts.packet.resolve(reference, known)?.resource
      if (condition?.resourceType !== 'Condition') return reasonOf(undefined, facts, false)
      return isWithdrawn(condition) ? [] : reasonOf(condition.code, facts, false)
    }),
  ]
}

function isWithdrawn(condition: FhirResource & { resourceType: 'Condition' }): boolean {
  return (condition.verificationStatus?.coding ?? []).some(
    ({ code }) => code === 'refuted' || code === 'entered-in-error',
  )
}

function reasonOf(concept: CodeableConcept | undefined, facts: Setting, own: boolean): Reason {
  const meaning = meaningOf(concept, facts.policy.codes)
  return {
    concept,
    coded: (concept?.coding?.length ?? 0) > 0,
    meaning,
    name: nameOf(concept, meaning.display),
    text: meaning.listed ? '' : allText(concept),
    own,
  }
}

function isInpatient(resource: MedicationRecord): boolean {
  const { category = [] } = resource
  const categories = Array.isArray(category) ? category : [category]
  return categories.some(({ coding = [] }) => coding.some(({ code }) => code === 'inpatient'))
}
