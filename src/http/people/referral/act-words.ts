/** From the form of an action to what the story is called with. */

import type { Appointment, CodeableConcept, DocumentReference, FhirResource, Task } from 'fhir/r4'
import type { Person } from '../../../domain/access/caller.ts'
import { atWallClock } from '../../../domain/access/working-hours.ts'
import { type ClinicWord, noteOf } from '../../../domain/referral/clinic-word.ts'
import { businessStatusConcept } from '../../../domain/referral/task.ts'
import type { Form } from '../form.ts'
import { sayIn } from '../messages/messages.ts'
import type { View } from '../view.ts'
import { type FieldErrors, isLength } from './act-forms.ts'
import { type ActName, actOf, declineReasons, findingReasons, targetOf } from './acts.ts'
import { titleOf } from './criteria.ts'
import type { ReferralModel } from './model.ts'
import { declineSystem, sayCodeOf } from './words.ts'

export interface Said {
  readonly compose: (before: Task) => Task
  readonly word: ClinicWord
}

const longest = 5_000
const mostQuestions = 40

/** What is written into the record is read by others: it is English, whoever writes it in whatever language. */
const recorded = { say: sayIn('en') }

/** @returns what to call the story with, or what has to be mended first */
export function readAct(
  view: View,
  model: ReferralModel,
  name: ActName,
  form: Form,
  person: Person,
): Said | { readonly errors: FieldErrors } {
  const errors = faultsOf(view, model, name, form)
  if (Object.keys(errors).length > 0) return { errors }
  const text = form.text('text')
  const now = view.now.toISOString()
  const reason = reasonOf(name, form, text)
  const note = noteText(model, name, form, text)
  const criterion = name === 'finding' ? form.text('criterion') : undefined
  const to = targetOf(name, model.referral)
  return {
    compose: (before) => {
      const { statusReason, ...rest } = before
      const [status, business] = to ?? [before.status]
      const kept = to ? reason : statusReason
      return {
        ...rest,
        status,
        ...(business ? { businessStatus: businessStatusConcept(business) } : {}),
        ...(kept ? { statusReason: kept } : {}),
        ...(note ? { note: [...(before.note ?? []), noteOf(person, note, now, criterion)] } : {}),
      }
    },
    word: {
      returned: returnedBy(view, model, name, form, text, person),
      ...(name === 'ask' ? { questions: questionsOf(form) } : {}),
      ...(name === 'note' ? { detail: 'note' } : {}),
      ...(criterion ? { detail: `finding ${criterion}` } : {}),
    },
  }
}

const questionsOf = (form: Form): readonly string[] =>
  form
    .text('questions')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

/** What an action cannot do without. */
const needsText = new Set<ActName>(['complete', 'note', 'cancel', 'fail', 'hold', 'call-off'])

function faultsOf({ say, timeZone, now }: View, model: ReferralModel, name: ActName, form: Form) {
  const errors: Record<string, string> = {}
  const text = form.text('text')
  if (text.length > longest) errors.text = say('form.tooLong', longest)
  else if (text === '' && needsText.has(name)) errors.text = say('form.required')
  const reasons =
    name === 'decline' ? declineReasons : name === 'finding' ? findingReasons : undefined
  if (reasons && !reasons.some((code) => code === form.text('reason')))
    errors.reason = say('referral.chooseReason')
  if (name === 'decline' && form.text('reason') === 'other' && text === '')
    errors.text = say('form.required')
  if (name === 'finding' && !model.check?.criteria.some(({ id }) => id === form.text('criterion')))
    errors.reason = say('referral.findingGone')
  if (name === 'ask') {
    const questions = form.text('questions')
    const lines = questionsOf(form)
    if (questions.length > longest) errors.questions = say('form.tooLong', longest)
    else if (lines.length > mostQuestions)
      errors.questions = say('referral.tooManyQuestions', mostQuestions)
    else if (lines.length === 0 && text === '') errors.questions = say('referral.askSomething')
  }
  if (name === 'schedule') {
    const start = atWallClock(form.text('start'), timeZone)
    if (!start) errors.start = say('referral.field.startWrong')
    else if (Math.abs(Date.parse(start) - now.getTime()) > farthestMs)
      errors.start = say('referral.field.startFar')
    if (!isLength(form.text('minutes'))) errors.minutes = say('form.required')
  }
  return errors
}

/** Farther off, the year was mistyped. */
const farthestMs = 2 * 365 * 86_400_000

/** Why, as the referrer reads it in the Task; a code where there is a list of them. */
function reasonOf(name: ActName, form: Form, text: string): CodeableConcept | undefined {
  if (name === 'decline') {
    const code = form.text('reason')
    const display = sayCodeOf(recorded, 'referral.reason', code)
    return {
      coding: [{ system: declineSystem, code, display }],
      text: text ? `${display}. ${text}` : display,
    }
  }
  if (name === 'ask') {
    const lines = questionsOf(form).map((line) => `- ${line}`)
    return { text: [text, ...lines].filter(Boolean).join('\n') }
  }
  return name === 'hold' || name === 'cancel' || name === 'fail' || name === 'call-off'
    ? { text }
    : undefined
}

/** Who did it stands in the note; where a reason says it all, with the reason. */
function noteText(
  model: ReferralModel,
  name: ActName,
  form: Form,
  text: string,
): string | undefined {
  if (name === 'finding') {
    const reason = sayCodeOf(recorded, 'referral.findingReason', form.text('reason'))
    return `${titleOf(model, form.text('criterion'))}: ${text ? `${reason}. ${text}` : reason}`
  }
  // The outcome is a document of its own, the appointment as well, and a question is in its form.
  if (name === 'complete' || name === 'schedule' || name === 'ask') return undefined
  return text || undefined
}

function returnedBy(
  view: View,
  model: ReferralModel,
  name: ActName,
  form: Form,
  text: string,
  person: Person,
): readonly FhirResource[] {
  if (name === 'schedule')
    return [...appointmentsBecoming(model, 'cancelled'), appointment(view, model, form, text)]
  const { appointment: status } = actOf(name)
  const changed = status ? appointmentsBecoming(model, status) : []
  return name === 'complete' ? [...changed, outcomeNote(view, model, text, person)] : changed
}

/** Those that were made here and are still booked; what an EHR holds changes there. */
function appointmentsBecoming(
  { task, known, referral }: ReferralModel,
  status: Appointment['status'],
): readonly Appointment[] {
  const fetched = new Set(Object.values(referral.delivery.fetched ?? {}))
  return (task.output ?? []).flatMap(({ valueReference }) => {
    const reference = valueReference?.reference ?? ''
    const resource = known.get(reference)
    const isOurs = resource?.resourceType === 'Appointment' && !fetched.has(reference)
    return isOurs && resource.status === 'booked' ? [{ ...resource, status }] : []
  })
}

function appointment(
  { timeZone }: View,
  { request, task, clinic }: ReferralModel,
  form: Form,
  text: string,
): Appointment {
  const start = atWallClock(form.text('start'), timeZone) as string
  const minutes = Number(form.text('minutes'))
  return {
    resourceType: 'Appointment',
    status: 'booked',
    description: clinic ? `Visit at ${clinic.name}` : 'Visit',
    start,
    end: new Date(Date.parse(start) + minutes * 60_000).toISOString(),
    minutesDuration: minutes,
    ...(text ? { comment: text } : {}),
    ...(task.focus ? { basedOn: [task.focus] } : {}),
    participant: [{ actor: request?.subject ?? { display: 'The patient' }, status: 'accepted' }],
  }
}

/** https://loinc.org/11488-4: what the referrer waits for when a loop is to close. */
function outcomeNote(
  { now }: View,
  { request, task, clinic }: ReferralModel,
  text: string,
  person: Person,
): DocumentReference {
  return {
    resourceType: 'DocumentReference',
    status: 'current',
    docStatus: 'final',
    type: { coding: [{ system: 'http://loinc.org', code: '11488-4', display: 'Consult note' }] },
    ...(request ? { subject: request.subject } : {}),
    date: now.toISOString(),
    author: [{ display: clinic ? `${person.name}, ${clinic.name}` : person.name }],
    ...(task.focus ? { context: { related: [task.focus] } } : {}),
    content: [
      {
        attachment: {
          contentType: 'text/plain; charset=utf-8',
          data: Buffer.from(text).toString('base64'),
          title: 'Outcome of the referral',
        },
      },
    ],
  }
}
