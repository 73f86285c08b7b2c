/** A medication of a record in words: what, how much, how often, since when. */

import type {
  Dosage,
  MedicationAdministration,
  MedicationDispense,
  MedicationRequest,
  MedicationStatement,
} from 'fhir/r4'
import type { View } from '../view.ts'
import { type DescribeContext, type Described, namerOf, unknownCode } from './described.ts'
import {
  conceptWords,
  conceptWordsBy,
  joined,
  noteWords,
  periodWords,
  quantityWords,
  referenceWords,
  sayCodeOf,
} from './words.ts'

type Medicine =
  | MedicationRequest
  | MedicationStatement
  | MedicationDispense
  | MedicationAdministration

export function medication(
  resource: Medicine,
  { view, known, displayOf = unknownCode }: DescribeContext,
): Described {
  const named = namerOf(known)
  const { medicationReference, medicationCodeableConcept, status, statusReason, reasonCode } =
    resource as {
      medicationReference?: { reference?: string; display?: string }
    } & MedicationRequest
  return {
    title:
      conceptWordsBy(medicationCodeableConcept, displayOf) ??
      referenceWords([medicationReference], named) ??
      resource.resourceType,
    date: medicationDate(resource),
    value: joined(
      [...dosagesOf(resource).map((each) => doseWords(view, each)), supply(resource)],
      '; ',
    ),
    author: referenceWords(prescribers(resource), named),
    state: sayCodeOf(view, 'referral.status', status),
    more: [
      ...[statusReason].flat().map(conceptWords),
      joined([reasonCode].flat().map(conceptWords)),
      medicationPeriod(resource, view),
      noteWords(resource.note),
    ],
  }
}

const medicationDate = (resource: Medicine): string | undefined => {
  switch (resource.resourceType) {
    case 'MedicationRequest':
      return resource.authoredOn
    case 'MedicationStatement':
      return resource.effectiveDateTime ?? resource.effectivePeriod?.start ?? resource.dateAsserted
    case 'MedicationDispense':
      return resource.whenHandedOver ?? resource.whenPrepared
    case 'MedicationAdministration':
      return resource.effectiveDateTime ?? resource.effectivePeriod?.start
  }
}

const medicationPeriod = (resource: Medicine, view: View): string | undefined =>
  'effectivePeriod' in resource
    ? periodWords(resource.effectivePeriod, view)
    : resource.resourceType === 'MedicationRequest'
      ? periodWords(resource.dispenseRequest?.validityPeriod, view)
      : undefined

const dosagesOf = (resource: Medicine): readonly Dosage[] => {
  switch (resource.resourceType) {
    case 'MedicationStatement':
      return resource.dosage ?? []
    case 'MedicationAdministration':
      return resource.dosage ? [resource.dosage as Dosage] : []
    default:
      return resource.dosageInstruction ?? []
  }
}

function doseWords(
  view: View,
  { text, doseAndRate, timing, route, asNeededBoolean }: Dosage,
): string | undefined {
  if (text) return text
  const { repeat } = timing ?? {}
  return joined(
    [
      quantityWords(doseAndRate?.[0]?.doseQuantity),
      conceptWords(timing?.code),
      repeat?.frequency !== undefined &&
        view.say(
          'dose.times',
          String(repeat.frequency),
          String(repeat.period ?? 1),
          sayCodeOf(view, 'dose.unit', repeat.periodUnit ?? ''),
        ),
      conceptWords(route),
      asNeededBoolean && view.say('dose.asNeeded'),
    ],
    ' ',
  )
}

const supply = (resource: Medicine): string | undefined =>
  resource.resourceType === 'MedicationDispense'
    ? joined([quantityWords(resource.quantity), quantityWords(resource.daysSupply)], ', ')
    : undefined

const prescribers = (resource: Medicine) => {
  switch (resource.resourceType) {
    case 'MedicationRequest':
      return [resource.requester ?? resource.recorder]
    case 'MedicationStatement':
      return [resource.informationSource]
    default:
      return (resource.performer ?? []).map(({ actor }) => actor)
  }
}
