/** Invariants of requests, tasks, appointments, consents and forms. */
import { isLater } from './dates.ts'
import {
  areDistinct,
  type Focus,
  has,
  hasCode,
  isObject,
  needs,
  notBoth,
  objects,
  oneOf,
} from './focus.ts'
import type { NativeInvariant } from './invariant.ts'
import { type Scope, typeOfContained, typeOfEntry } from './scope.ts'

const isOneOf = (value: unknown, list: string) => list.split(' ').includes(String(value))
const isDisplay = (item: Focus) => item.type === 'display'
// As published, the system is this very word.
const patientUnless = (code: string) => (consent: Focus) =>
  has(consent, 'patient') || !hasCode(consent.scope, 'something', code)

export const workflowInvariants = {
  'prr-1': needs('orderDetail', 'code'),
  'Task/inv-1': (task) => !isLater(task.authoredOn, task.lastModified),
  'app-1': oneOf('type', 'actor'),
  'app-2': (appointment) => has(appointment, 'start') === has(appointment, 'end'),
  'app-3': (appointment) =>
    (has(appointment, 'start') && has(appointment, 'end')) ||
    isOneOf(appointment.status, 'proposed cancelled waitlist'),
  'app-4': (appointment) =>
    !has(appointment, 'cancelationReason') || isOneOf(appointment.status, 'noshow cancelled'),
  'apr-1': oneOf('participantType', 'actor'),
  'cpl-3': notBoth('detail', 'reference'),
  'ctm-1': (participant, scope) =>
    !has(participant, 'onBehalfOf') || isPractitionerIfKnown(participant.member, scope),
  'mdd-1': (dispense) => !isLater(dispense.whenPrepared, dispense.whenHandedOver),
  'ppc-1': oneOf('policy', 'policyRule'),
  'ppc-2': patientUnless('patient-privacy'),
  'ppc-3': patientUnless('research'),
  'ppc-4': patientUnless('adr'),
  'ppc-5': patientUnless('treatment'),
  'rqg-1': (group) => has(group, 'resource') !== has(group, 'action'),
  'qrs-1': notBoth('answer', 'item'),
  'que-1': (item) =>
    (item.type !== 'group' || has(item, 'item')) && (!isDisplay(item) || !has(item, 'item')),
  'que-2': (questionnaire) => areDistinct(linkIds(questionnaire)),
  'que-3': (item) => !isDisplay(item) || !has(item, 'code'),
  'que-4': notBoth('answerOption', 'answerValueSet'),
  'que-5': (item) =>
    item.type === undefined ||
    isOneOf(item.type, 'choice open-choice decimal integer date dateTime time string quantity') ||
    (!has(item, 'answerValueSet') && !has(item, 'answerOption')),
  'que-6': (item) => !isDisplay(item) || (!has(item, 'required') && !has(item, 'repeats')),
  // As published it asks for a value of type System.Boolean, which no FHIR value has.
  'que-7': (when) => when.operator !== 'exists' || has(when, 'answerBoolean'),
  'que-8': (item) => !isOneOf(item.type, 'group display') || !has(item, 'initial'),
  'que-9': (item) => !isDisplay(item) || !has(item, 'readOnly'),
  'que-10': (item) =>
    item.type === undefined ||
    isOneOf(item.type, 'boolean decimal integer string text url open-choice') ||
    !has(item, 'maxLength'),
  'que-11': notBoth('answerOption', 'initial'),
  // As published it says > 2; its text and HL7's validator say "more than one".
  'que-12': (item) => objects(item.enableWhen).length <= 1 || has(item, 'enableBehavior'),
  'que-13': (item) => item.repeats === true || objects(item.initial).length <= 1,
} satisfies Record<string, NativeInvariant>

function linkIds(questionnaire: Focus): unknown[] {
  return objects(questionnaire.item).flatMap((item) => [
    ...(item.linkId === undefined ? [] : [item.linkId]),
    ...linkIds(item),
  ])
}

/** Published with resolve(): what cannot be resolved here passes, as it does there. */
function isPractitionerIfKnown(member: unknown, scope: Scope): boolean {
  const reference = isObject(member) ? member.reference : undefined
  if (typeof reference !== 'string') return true
  const type = reference.startsWith('#')
    ? typeOfContained(reference.slice(1), scope)
    : scope.bundle && typeOfEntry(reference, scope.bundle)
  return type === undefined || type === 'Practitioner'
}
