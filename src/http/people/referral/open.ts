/** A referral is opened by somebody of its clinic, and it is written down who that was. */

import type { FastifyRequest } from 'fastify'
import type { Caller } from '../../../domain/access/caller.ts'
import { Problem } from '../../../domain/problem.ts'
import { isId } from '../../addresses.ts'
import { auditEntry } from '../../request.ts'
import type { PageDeps } from '../deps.ts'
import { requirePerson, viewFor } from '../person.ts'
import type { View } from '../view.ts'
import { noteLooking } from './company.ts'
import { type ReferralModel, readReferral } from './model.ts'

interface Opened {
  readonly view: View
  readonly model: ReferralModel
  readonly caller: Caller
}

/**
 * Reads the referral of an address for who is signed in, and writes down that it was seen.
 * @param record what of it is shown besides
 * @throws Problem not-found
 */
export async function open(
  deps: PageDeps,
  request: FastifyRequest<{ Params: { readonly id: string } }>,
  record?: string,
): Promise<Opened> {
  const caller = requirePerson(request, 'clinic')
  const { id } = request.params
  if (!isId(id)) throw new Problem('not-found')
  const model = await readReferral(deps, caller, id)
  const { taskId, patientId } = model.referral
  const entities = [`ServiceRequest/${id}`, `Task/${taskId}`, ...(record ? [record] : [])]
  await deps.audit([
    auditEntry(
      request,
      { action: 'read', kind: 'R', outcome: 'success', entities, patientId },
      deps.now(),
    ),
  ])
  await noteLooking(deps, caller, id)
  return { view: viewFor(request, deps), model, caller }
}
