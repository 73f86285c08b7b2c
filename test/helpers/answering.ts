/** A clinic asks a practice for something, and the practice has a link by which it answers. */

import type { Task } from 'fhir/r4'
import { businessStatusSystem } from '../../src/domain/referral/life.ts'
import { aReferral } from './a-referral.ts'
import type { Referred, World } from './world.ts'

/** A referral with a clinic that works from the worklist, and asks. */
export async function askedByClinic(world: World, words: string): Promise<Referred> {
  const referred = await world.refer(aReferral())
  const clinic = world.client('river-pain-clinic')
  const { body, etag } = await clinic.get<Task>(`Task/${referred.taskId}`)
  const asking = {
    status: 'received',
    businessStatus: { coding: [{ system: businessStatusSystem, code: 'awaiting-information' }] },
    statusReason: { text: words },
  }
  const path = `Task/${referred.taskId}`
  const moved = await clinic.put(path, { ...body, ...asking }, { 'if-match': etag })
  if (moved.status !== 200) throw new Error(moved.text)
  return referred
}

/** The secret of a link that the system of the practice makes. */
export async function linkFor({ by, id }: Pick<Referred, 'by' | 'id'>): Promise<string> {
  const answer = await by.send('POST', `ServiceRequest/${id}/$answer-link`)
  const secret = /\/answer\/([\w-]{43})"/.exec(answer.text)?.[1]
  if (!secret) throw new Error(answer.text)
  return secret
}
