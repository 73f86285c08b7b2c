/**
 * The Task that asks the referrer for what is missing.
 *
 * https://hl7.org/fhir/uv/sdc/StructureDefinition-sdc-task.html: a Task of code
 * complete-questionnaire whose input names the form.
 */

import type { CodeableConcept, Task } from 'fhir/r4'
import type { Referral } from './referral.ts'
import { partyReference, type TaskParty } from './task.ts'

const sdcSystem = 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp'
const informationStatusSystem = 'https://referloop.example/fhir/CodeSystem/information-status'

/** Each business status with the Task.status that it goes with. */
const informationStatuses = {
  asked: ['requested', 'Asked'],
  reminded: ['requested', 'Reminded'],
  overdue: ['failed', 'Overdue'],
  supplied: ['completed', 'Supplied'],
  'not-needed': ['cancelled', 'Not needed any more'],
} as const satisfies Record<string, readonly [Task['status'], string]>

type InformationStatus = keyof typeof informationStatuses

const statusConcept = (code: InformationStatus): CodeableConcept => ({
  coding: [{ system: informationStatusSystem, code, display: informationStatuses[code][1] }],
})

/** What the Task is about. */
interface Asked {
  readonly referral: Pick<Referral, 'id' | 'taskId' | 'patientId' | 'priority'>
  readonly referrer: TaskParty
  readonly clinic: TaskParty
  /** Id and canonical with version of the Questionnaire. */
  readonly form: { readonly id: string; readonly canonical: string }
  /** Instant of the deadline. */
  readonly due: string
}

/** A new Task for the referrer. */
export const informationTask = (
  { referral, referrer, clinic, form, due }: Asked,
  now: string,
): Task =>
  asking(
    {
      resourceType: 'Task',
      basedOn: [{ reference: `ServiceRequest/${referral.id}`, type: 'ServiceRequest' }],
      partOf: [{ reference: `Task/${referral.taskId}`, type: 'Task' }],
      status: informationStatuses.asked[0],
      businessStatus: statusConcept('asked'),
      intent: 'order',
      priority: referral.priority,
      code: {
        coding: [
          { system: sdcSystem, code: 'complete-questionnaire', display: 'Complete Questionnaire' },
        ],
      },
      description: 'Supply what the referral lacks: answer the form, or send the resources.',
      focus: { reference: `Questionnaire/${form.id}`, type: 'Questionnaire' },
      for: { reference: `Patient/${referral.patientId}`, type: 'Patient' },
      authoredOn: now,
      requester: partyReference(clinic),
      owner: partyReference(referrer),
      restriction: { period: { end: due } },
    },
    form.canonical,
    now,
  )

/** The Task with the form in the version that asks for what is missing now. */
export const asking = (task: Task, canonical: string, now: string): Task => ({
  ...task,
  lastModified: now,
  input: [
    {
      type: { coding: [{ system: sdcSystem, code: 'questionnaire', display: 'Questionnaire' }] },
      valueCanonical: canonical,
    },
  ],
})

/** The Task with another reminder in its notes. */
export const reminded = (task: Task, text: string, now: string): Task => ({
  ...task,
  businessStatus: statusConcept('reminded'),
  lastModified: now,
  note: [...(task.note ?? []), { time: now, text }],
})

/**
 * The Task at its end. One that has failed stays failed, as FHIR's state machine has it; only that
 * it is overdue is no longer said of it.
 */
export const ended = (
  task: Task,
  code: 'overdue' | 'supplied' | 'not-needed',
  reason: string,
  now: string,
): Task => ({
  ...task,
  status: task.status === 'failed' ? 'failed' : informationStatuses[code][0],
  businessStatus: statusConcept(code),
  statusReason: code === 'overdue' ? overdueReason(reason) : { text: reason },
  lastModified: now,
})

/** Says of a Task, the referral's own too, that what it waits for is overdue. */
export const overdueReason = (text: string): CodeableConcept => ({
  ...statusConcept('overdue'),
  text,
})
