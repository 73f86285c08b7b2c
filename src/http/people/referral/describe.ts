/** One record of a referral in a few words: what, how much, when, by whom. Nothing is judged here. */

import type { FhirResource, Observation } from 'fhir/r4'
import type { View } from '../view.ts'
import { answers } from './describe-answers.ts'
import { medication } from './describe-medication.ts'
import { type DescribeContext, type Described, namerOf, unknownCode } from './described.ts'
import {
  codedWords,
  conceptWords,
  conceptWordsBy,
  contactWords,
  joined,
  nameWords,
  noteWords,
  periodWords,
  referenceWords,
  sayCodeOf,
  valueWords,
} from './words.ts'

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
