/** With every change of a referral goes who acts next and by when: in its row, and on its Task. */

import type { Appointment, FhirResource, Task } from 'fhir/r4'
import { type DueTerms, usualTerms } from '../access/due-terms.ts'
import type { Registry } from '../access/registry.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { taskWrite } from './change.ts'
import { nextStep } from './next-step.ts'
import type { ReferralChange, ResourceStore, ResourceWrite } from './ports.ts'
import { rewritten } from './resource-write.ts'
import { stepShown } from './task.ts'

export interface StepPorts {
  readonly resources: Pick<ResourceStore, 'readMany'>
  /** Without one, the usual terms hold. */
  registry?(): Registry
}

const termsOf = ({ registry }: Pick<StepPorts, 'registry'>, clinicId: string): DueTerms =>
  registry?.().clinicById(clinicId)?.due ?? usualTerms

/**
 * Completes a change. Every story commits through here (change.ts, submit.ts), so that none forgets.
 * @returns the change with the referral's step; its Task shows it, in a version of its own where the
 *   change writes none and the step is another
 */
export async function withStep(ports: StepPorts, change: ReferralChange): Promise<ReferralChange> {
  const { referral: before } = change
  const terms = termsOf(ports, before.clinicId)
  const step = nextStep(before, terms, appointmentIn(change.resources))
  const referral = { ...before, step }
  const shown = (task: Task): Task => stepShown(task, step)
  const isTask = ({ type, id }: ResourceWrite) => type === 'Task' && id === before.taskId
  const resources = change.resources.map((write) =>
    isTask(write) ? rewritten(write, (task) => shown(task as Task)) : write,
  )
  const isNews = step?.due !== before.step?.due || step?.actor !== before.step?.actor
  if (isNews && !change.resources.some(isTask))
    resources.push(await taskWrite(ports.resources, before, before.updatedAt, shown))
  return { ...change, referral, resources }
}

/** When the latest appointment ends that a clinic sent; what is called off is none. */
function appointmentIn(resources: readonly ResourceWrite[]): string | undefined {
  const ends = resources.flatMap(({ type, content }) => {
    if (type !== 'Appointment') return []
    const { status, start, end = start } = parseFhirJson(content) as FhirResource & Appointment
    const isHeld = status !== 'cancelled' && status !== 'noshow' && status !== 'entered-in-error'
    return isHeld && end ? new Date(end).toISOString() : []
  })
  return ends.sort().at(-1)
}
