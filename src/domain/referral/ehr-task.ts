/** A Task out of a clinic's EHR, which may hold anything: only what is valid FHIR R4 goes further. */

import type { Meta, Task } from 'fhir/r4'
import { type Issue, isError } from '../problem.ts'
import { readTaskReport, type TaskReport } from './report-status.ts'

/** What is taken over from a clinic's Task. */
const takenOver = ['businessStatus', 'statusReason', 'note', 'output'] as const

export interface EhrTask {
  readonly report: TaskReport
  /** Its status, and those of the elements that are taken over which are valid. */
  readonly task: Task
  /** Elements that were left out because they are not valid. */
  readonly faulty: number
}

/** @returns undefined when it is no usable Task at all */
export function readEhrTask(
  validate: (resource: unknown) => readonly Issue[],
  answer: unknown,
): EhrTask | undefined {
  if (!readTaskReport(answer)) return undefined
  const sent = answer as Task
  const skeleton = { resourceType: 'Task', id: sent.id, status: sent.status, intent: 'order' }
  const present = takenOver.filter((element) => sent[element] !== undefined)
  const valid = present.filter((element) => {
    // The status is judged elsewhere; a word that FHIR does not have is no fault of this element.
    const alone = { ...skeleton, status: 'requested', [element]: sent[element] }
    return !validate(alone).some(isError)
  })
  const task = {
    ...skeleton,
    meta: validMeta(validate, sent.meta),
    ...Object.fromEntries(valid.map((element) => [element, sent[element]])),
  } as Task
  const report = readTaskReport(task)
  return report && { report, task, faulty: present.length - valid.length }
}

/** Without its version and time a Task could not be followed, so these are taken one by one. */
function validMeta(
  validate: (resource: unknown) => readonly Issue[],
  meta: Meta | undefined,
): Meta | undefined {
  if (
    meta === undefined ||
    !validate({ resourceType: 'Basic', code: { text: 'meta' }, meta }).some(isError)
  )
    return meta
  const { versionId, lastUpdated } = meta
  return {
    ...(typeof versionId === 'string' ? { versionId } : {}),
    ...(typeof lastUpdated === 'string' ? { lastUpdated } : {}),
  }
}
