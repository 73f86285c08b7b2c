/** One record of a referral in a few words: what, how much, when, by whom. Nothing is judged here. */

import type {
  Dosage,
  FhirResource,
  MedicationAdministration,
  MedicationDispense,
  MedicationRequest,
  MedicationStatement,
  Observation,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4'
import type { View } from '../view.ts'
import {
  codedWords,
  conceptWords,
  conceptWordsBy,
  contactWords,
  type DisplayOf,
  joined,
  nameWords,
  noteWords,
  periodWords,
  quantityWords,
  referenceWords,
  sayCodeOf,
  valueWords,
} from './words.ts'

export interface Described {
  readonly title: string
  /** Where it stands, in our words for FHIR's codes. */
  readonly state?: string | undefined
  /** Readings, doses, answers. */
  readonly value?: string | undefined
  /** FHIR date or dateTime that it speaks of. */
  readonly date?: string | undefined
  /** Who wrote it, as the record says. */
  readonly author?: string | undefined
  /** Reason, notes: said when they are there. */
  readonly more?: readonly (string | undefined)[]
}

export interface DescribeContext {
  readonly view: View
  readonly known: ReadonlyMap<string, FhirResource>
  /** For codes that came without words. */
  readonly displayOf?: DisplayOf
  /** The questions of the screening form, by linkId. */
  readonly questions?: ReadonlyMap<string, string>
  /** Only the answers to this criterion's questions; all of them where there are none. */
  readonly criterion?: string | undefined
}

const unknownCode: DisplayOf = () => undefined

/** What somebody, or something, that is referred to is called. */
export const namerOf =
  (known: ReadonlyMap<string, FhirResource>) =>
  (reference: string): string | undefined => {
    const resource = known.get(reference)
    if (!resource) return reference || undefined
    switch (resource.resourceType) {
      case 'Patient':
      case 'Practitioner':
      case 'RelatedPerson':
        return nameWords(resource.name)
      case 'Organization':
      case 'Location':
      case 'HealthcareService':
        return resource.name
      case 'Medication':
      case 'Condition':
      case 'Procedure':
        return conceptWords(resource.code)
      default:
        return resource.resourceType
    }
  }

export function describe(resource: FhirResource, context: DescribeContext): Described {
  const { view, known, displayOf = unknownCode } = context
  const named = namerOf(known)
  const status = (code: string | undefined) =>
    code === undefined ? undefined : sayCodeOf(view, 'referral.status', code)
  switch (resource.resourceType) {
    case 'Observation':
      return observation(resource, context)
    case 'Condition':
      return {
        title: conceptWordsBy(resource.code, displayOf) ?? resource.resourceType,
        date: resource.onsetDateTime ?? resource.onsetPeriod?.start ?? resource.recordedDate,
        state: joined([
          codedWords(view, 'clinical', resource.clinicalStatus),
          codedWords(view, 'verification', resource.verificationStatus),
        ]),
        value: joined([conceptWords(resource.severity), resource.onsetString]),
        author: referenceWords([resource.asserter ?? resource.recorder], named),
        more: [resource.abatementDateTime && periodOf(resource, view), noteWords(resource.note)],
      }
    case 'MedicationRequest':
    case 'MedicationStatement':
    case 'MedicationDispense':
    case 'MedicationAdministration':
      return medication(resource, context)
    case 'AllergyIntolerance':
      return {
        title: conceptWordsBy(resource.code, displayOf) ?? resource.resourceType,
        date: resource.onsetDateTime ?? resource.recordedDate,
        state: joined([
          codedWords(view, 'clinical', resource.clinicalStatus),
          codedWords(view, 'verification', resource.verificationStatus),
          resource.criticality && sayCodeOf(view, 'criticality', resource.criticality),
        ]),
        value: joined(
          (resource.reaction ?? []).flatMap(({ manifestation = [] }) =>
            manifestation.map(conceptWords),
          ),
        ),
        author: referenceWords([resource.asserter ?? resource.recorder], named),
        more: [noteWords(resource.note)],
      }
    case 'Procedure':
      return {
        title: conceptWordsBy(resource.code, displayOf) ?? resource.resourceType,
        date: resource.performedDateTime ?? resource.performedPeriod?.start,
        state: status(resource.status),
        value: conceptWords(resource.outcome),
        author: referenceWords(
          (resource.performer ?? []).map(({ actor }) => actor),
          named,
        ),
        more: [
          joined((resource.reasonCode ?? []).map(conceptWords)),
          conceptWords(resource.statusReason),
          noteWords(resource.note),
        ],
      }
    case 'ServiceRequest':
      return {
        title: conceptWordsBy(resource.code, displayOf) ?? resource.resourceType,
        date:
          resource.occurrenceDateTime ?? resource.occurrencePeriod?.start ?? resource.authoredOn,
        state: joined([status(resource.status), sayCodeOf(view, 'intent', resource.intent)]),
        author: referenceWords([resource.requester], named),
        more: [joined((resource.reasonCode ?? []).map(conceptWords)), noteWords(resource.note)],
      }
    case 'Appointment':
      return {
        title:
          resource.description ??
          conceptWords(resource.appointmentType) ??
          view.say('referral.appointment'),
        date: resource.start,
        state: status(resource.status),
        author: referenceWords(
          (resource.participant ?? []).map(({ actor }) => actor),
          named,
        ),
        more: [resource.comment, resource.patientInstruction],
      }
    case 'QuestionnaireResponse':
      return answers(resource, context)
    case 'DocumentReference':
      return {
        title: resource.description ?? conceptWords(resource.type) ?? view.say('referral.document'),
        date: resource.date,
        value: joined(resource.content.map(({ attachment }) => attachment?.title)),
        author: referenceWords(resource.author, named),
      }
    case 'DiagnosticReport':
      return {
        title: conceptWordsBy(resource.code, displayOf) ?? resource.resourceType,
        date: resource.effectiveDateTime ?? resource.effectivePeriod?.start ?? resource.issued,
        value: resource.conclusion,
        author: referenceWords(resource.performer, named),
        state: status(resource.status),
        more: [joined((resource.conclusionCode ?? []).map(conceptWords))],
      }
    case 'Consent':
      return {
        title: conceptWords(resource.scope) ?? resource.resourceType,
        date: resource.dateTime,
        state: status(resource.status),
        value: joined([
          joined((resource.category ?? []).map(conceptWords)),
          periodWords(resource.provision?.period, view),
        ]),
        author: referenceWords(resource.performer ?? [resource.patient], named),
        more: [
          joined((resource.provision?.purpose ?? []).map(({ display, code }) => display ?? code)),
        ],
      }
    case 'Communication':
      return {
        title: conceptWords(resource.category?.[0]) ?? resource.resourceType,
        date: resource.sent,
        value: joined(
          (resource.payload ?? []).map(({ contentString }) => contentString),
          '\n',
        ),
        author: referenceWords([resource.sender], named),
      }
    case 'Patient':
    case 'Practitioner':
    case 'RelatedPerson':
      return {
        title: nameWords(resource.name) ?? view.say('patient.unnamed'),
        value: contactWords(resource.telecom),
      }
    default:
      return other(resource, view)
  }
}

const periodOf = (
  { onsetDateTime, abatementDateTime }: { onsetDateTime?: string; abatementDateTime?: string },
  view: View,
): string | undefined =>
  periodWords(
    {
      ...(onsetDateTime ? { start: onsetDateTime } : {}),
      ...(abatementDateTime ? { end: abatementDateTime } : {}),
    },
    view,
  )

function observation(resource: Observation, context: DescribeContext): Described {
  const { view, known, displayOf = unknownCode } = context
  const { component = [], dataAbsentReason, interpretation, status } = resource
  const value = valueWords(resource, view) ?? conceptWords(dataAbsentReason)
  return {
    title: conceptWordsBy(resource.code, displayOf) ?? resource.resourceType,
    date: resource.effectiveDateTime ?? resource.effectivePeriod?.start ?? resource.issued,
    value: joined(
      [
        value,
        ...component.map((each) =>
          joined(
            [conceptWordsBy(each.code, displayOf), valueWords(each, view) ?? view.say('notKnown')],
            ': ',
          ),
        ),
      ],
      '; ',
    ),
    author: referenceWords(resource.performer, namerOf(known)),
    state: status === 'final' ? undefined : sayCodeOf(view, 'referral.status', status),
    more: [joined((interpretation ?? []).map(conceptWords)), noteWords(resource.note)],
  }
}

type Medicine =
  | MedicationRequest
  | MedicationStatement
  | MedicationDispense
  | MedicationAdministration

function medication(
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

function answers(resource: QuestionnaireResponse, context: DescribeContext): Described {
  const { view, criterion, known, questions } = context
  const all = leavesOf(resource.item)
  const wanted = all.filter(({ linkId }) => linkId === criterion)
  const shown = wanted.length > 0 ? wanted : all
  return {
    title: view.say('referral.form'),
    date: resource.authored,
    value: joined(
      shown.map(({ linkId, text, answer = [] }) => {
        const question = text ?? questions?.get(linkId) ?? linkId
        const said = joined(answer.map((each) => valueWords(each, view)))
        return `${question}${question.endsWith('?') ? '' : ':'} ${said ?? view.say('referral.unanswered')}`
      }),
      '\n',
    ),
    author: referenceWords([resource.author ?? resource.source], namerOf(known)),
    state: sayCodeOf(view, 'referral.status', resource.status),
  }
}

const leavesOf = (
  items: readonly QuestionnaireResponseItem[] = [],
): readonly QuestionnaireResponseItem[] =>
  items.flatMap((item) => [
    ...(item.answer || !item.item ? [item] : []),
    ...leavesOf(item.item),
    ...(item.answer ?? []).flatMap((each) => leavesOf(each.item)),
  ])

/** A type that has no words here: its code or text, and its own page with all of it. */
function other(resource: FhirResource, { say }: View): Described {
  const { code, type, status, description, name } = resource as unknown as Record<string, unknown>
  const concept = [code, type].find((each) => typeof each === 'object' && !Array.isArray(each))
  return {
    title: joined([resource.resourceType, conceptWords(concept as never)], ': ') ?? say('notKnown'),
    value: joined(
      [name, description, status].map((each) => (typeof each === 'string' ? each : '')),
    ),
  }
}
