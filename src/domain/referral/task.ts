/**
 * The Task that tracks a referral's fulfilment.
 *
 * https://hl7.org/fhir/R4/task.html, code `fulfill`; businessStatus is our code system.
 */

import type {
  CodeableConcept,
  Coding,
  GuidanceResponse,
  Reference,
  ServiceRequest,
  Task,
  TaskOutput,
} from 'fhir/r4'
import { parseFhirJson } from '../fhir/json.ts'
import { taskOutputSystem, withheldOutputs } from '../sensitivity/released-view.ts'
import {
  type BusinessStatus,
  businessStatuses,
  businessStatusSystem,
  type TaskStatus,
} from './life.ts'
import type { NextStep } from './next-step.ts'
import type { StoredResource } from './ports.ts'
import type { Referral } from './referral.ts'

/** Marks the check of what the clinic gets, when that is not all. */
export const releasedCopyTag: Coding = {
  system: taskOutputSystem,
  code: 'released-copy',
  display: 'Check of what the clinic gets',
}

/** Identifier system under which our Tasks and resources are known at a clinic's EHR. */
export const resourceIdentifierSystem = 'https://referloop.example/fhir/sid/resource'

const npiSystem = 'http://hl7.org/fhir/sid/us-npi'

/** An organisation of the registry, as a Task names it. */
export interface TaskParty {
  readonly name: string
  readonly npi: string
}

export const partyReference = (party: TaskParty): Reference => ({
  type: 'Organization',
  identifier: { system: npiSystem, value: party.npi },
  display: party.name,
})

export const businessStatusConcept = (code: BusinessStatus): CodeableConcept => ({
  coding: [{ system: businessStatusSystem, code, display: businessStatuses[code] }],
})

/** How a Task stands after a story. */
export interface TaskState {
  readonly status: TaskStatus
  readonly businessStatus: BusinessStatus
  /** Why, in the clinic's or the referrer's words. */
  readonly reason?: CodeableConcept | undefined
}

/**
 * Composes the Task of a new referral, on top of the one the referrer sent if there is one: its
 * notes and inputs stay, what fulfilment owns is ours.
 * @param request the stored ServiceRequest, references rewritten
 */
export function composeTask(
  request: ServiceRequest & { readonly id: string },
  parties: { readonly referrer: TaskParty; readonly clinic: TaskParty },
  state: TaskState,
  now: string,
  sent?: Task,
): Task {
  return withState(
    {
      ...sent,
      resourceType: 'Task',
      status: state.status,
      intent: 'order',
      priority: request.priority ?? 'routine',
      code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
      focus: { reference: `ServiceRequest/${request.id}`, type: 'ServiceRequest' },
      for: { reference: request.subject.reference as string, type: 'Patient' },
      authoredOn: now,
      requester: partyReference(parties.referrer),
      owner: partyReference(parties.clinic),
    },
    state,
    now,
  )
}

/** The same Task in another state. */
export function withState(task: Task, state: TaskState, now: string): Task {
  const { statusReason: _old, ...rest } = task
  return {
    ...rest,
    status: state.status,
    businessStatus: businessStatusConcept(state.businessStatus),
    ...(state.reason ? { statusReason: state.reason } : {}),
    lastModified: now,
  }
}

const nextActorSystem = 'https://referloop.example/fhir/CodeSystem/next-actor'

const nextActors = {
  referrer: 'Referrer',
  clinic: 'Clinic',
  referloop: 'Referloop',
  operator: 'Operator of Referloop',
} as const satisfies Record<NextStep['actor'], string>

/**
 * The Task with who acts next, as `performerType`, and by when, as the end of `restriction.period`; a
 * closed one, and the copy that a clinic gets, without (docs/decisions/0023-next-actor-and-due-time.md).
 */
export function stepShown(task: Task, step: NextStep | undefined): Task {
  const { performerType: _actor, restriction, ...rest } = task
  const { period: _due, ...limits } = restriction ?? {}
  const shown = step ? { ...limits, period: { end: step.due } } : limits
  return {
    ...rest,
    ...(step
      ? {
          performerType: [
            {
              coding: [
                { system: nextActorSystem, code: step.actor, display: nextActors[step.actor] },
              ],
            },
          ],
        }
      : {}),
    ...(Object.keys(shown).length > 0 ? { restriction: shown } : {}),
  }
}

export const outputType = (code: 'check-result' | 'outcome', display: string): CodeableConcept => ({
  coding: [{ system: taskOutputSystem, code, display }],
})

/** Puts the latest check in the place of the one before. */
export function withCheckResult(task: Task, guidanceReference: string): Task {
  const others = (task.output ?? []).filter((output) => !isCheckResult(output))
  return {
    ...task,
    output: [
      {
        type: outputType('check-result', 'Check result'),
        valueReference: { reference: guidanceReference, type: 'GuidanceResponse' },
      },
      ...others,
    ],
  }
}

/** What this service writes: the latest check, and what is withheld from the clinic. */
export const ownOutputs = (task: Task): readonly TaskOutput[] => [
  ...(task.output ?? []).filter(isCheckResult),
  ...withheldOutputs(task),
]

/** The latest check of a referral, among what is stored of it. */
export function latestCheck(
  { taskId }: Pick<Referral, 'taskId'>,
  stored: readonly StoredResource[],
): GuidanceResponse | undefined {
  const at = (reference: string | undefined) =>
    stored.find(({ type, id }) => `${type}/${id}` === reference)
  const task = at(`Task/${taskId}`)
  const outputs = task ? ((parseFhirJson(task.content) as Task).output ?? []) : []
  const check = at(outputs.find(isCheckResult)?.valueReference?.reference)
  return check && (parseFhirJson(check.content) as GuidanceResponse)
}

export const isCheckResult = (output: TaskOutput): boolean =>
  output.type.coding?.some(
    ({ system, code }) => system === taskOutputSystem && code === 'check-result',
  ) ?? false
