/** The referrer asks by a Task that its referral be stopped: the same as revoking the order. */

import type { Task } from 'fhir/r4'
import type { Caller } from '../access/caller.ts'
import { type Issue, isError, Problem } from '../problem.ts'
import { abortedBy } from './abort.ts'
import type { Agent } from './change.ts'
import type { IntakePorts } from './intake.ts'
import { isClosed } from './life.ts'
import { revoke } from './revoke.ts'
import { settle } from './settle.ts'

/** @throws Problem invalid-resource, bad-request for a Task that is none of the kind */
function readAbort(validate: (resource: unknown) => readonly Issue[], body: unknown) {
  const errors = validate(body).filter(isError)
  if (errors.length > 0) throw new Problem('invalid-resource', errors)
  const task = body as Task
  const taskId = task.resourceType === 'Task' ? abortedBy(task) : undefined
  if (!taskId || task.status !== 'requested')
    throw new Problem(
      'bad-request',
      'Send a Task of code abort and status requested whose focus is the Task of a referral here.',
      { expression: ['Task.focus'] },
    )
  return { task, taskId }
}

/**
 * Before the clinic has the referral that ends it; later the clinic is asked, in its EHR by a Task like
 * this one, and the Task here tells what it answers.
 * @returns the id of the Task that asks; one that asks already is not joined by another
 * @throws Problem not-found, not-yours-to-change for a clinic, referral-closed
 */
export async function askToStop(
  ports: IntakePorts,
  body: unknown,
  caller: Caller,
  agent: Agent,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const { task, taskId } = readAbort(ports.validate, body)
  return settle(ports, async () => {
    const current = await ports.referrals.findByTask(taskId, caller)
    if (!current) throw new Problem('not-found')
    if (caller.role !== 'referrer')
      throw new Problem(
        'not-yours-to-change',
        'A clinic cancels by moving the Task of the referral to cancelled.',
      )
    const { abort } = current.delivery
    if (abort) return { id: abort, isNew: false }
    if (isClosed(current.status)) throw new Problem('referral-closed')
    const stored = await ports.referrals.resources(current)
    const id = ports.newId()
    const asked = { id, task }
    const change = await revoke(ports, current, stored, 'revoked', agent, { asked })
    return { id, isNew: true, change }
  })
}
