/** Is a referral at the clinic's EHR, although nothing here says so? */

import type { ServiceRequest, Task } from 'fhir/r4'
import { deliverySearch } from './delivery-bundle.ts'
import { type ClinicEhr, EhrFailure } from './ports.ts'
import type { Sent } from './record-delivery.ts'
import type { Referral } from './referral.ts'
import { resourceIdentifierSystem } from './task.ts'

type Finder = Pick<ClinicEhr, 'find'>

/** A search index may lag behind a create: look three times before believing that nothing is there. */
const settleTries = 3
const settlePauseMs = 1_000

/**
 * Settles an attempt whose answer was lost.
 * @returns what the EHR has, or undefined when the referral is not there as a whole
 * @throws EhrFailure, for good when there are several
 */
export async function findAfterAttempt(
  sleep: (ms: number) => Promise<void>,
  ehr: Finder,
  referral: Referral,
): Promise<Sent | undefined> {
  for (let tries = 1; ; tries++) {
    const sent = await findAtClinic(ehr, referral)
    if (sent || tries === settleTries) return sent
    await sleep(settlePauseMs)
  }
}

/** The same, asked once. */
export async function findAtClinic(ehr: Finder, referral: Referral): Promise<Sent | undefined> {
  const sent: Record<string, readonly [string, number]> = {}
  // These three are needed to go on; the transaction was atomic, so the rest came with them.
  for (const [type, id] of [
    ['ServiceRequest', referral.id],
    ['Task', referral.taskId],
    ['Patient', referral.patientId],
  ] as const) {
    const there = await ehr.find(type, deliverySearch(type, id))
    if (there.length > 1) throw copies(there.length, type)
    if (!there[0]) return undefined
    // Which version the EHR took is not known: an order that was changed since is owed once more.
    sent[`${type}/${id}`] = [there[0], 1]
  }
  return sent
}

/**
 * A referral that was accepted and delivered before the database was put back, and that the backup did
 * not have: its practice sends it again, it gets other ids, and only its own identifier is the same.
 * @returns as findAtClinic; the EHR keeps it under the ids that it had then
 * @throws EhrFailure, for good when there are several
 */
export async function findFromBefore(
  ehr: Pick<ClinicEhr, 'find' | 'read'>,
  referral: Referral,
): Promise<Sent | undefined> {
  for (const identifier of referral.identifiers) {
    const query = `identifier=${encodeURIComponent(identifier)}`
    const requests = await ehr.find('ServiceRequest', query)
    const ours = await filterAsync(requests, async (each) => isOurs(await ehr.read(each)))
    if (ours.length > 1) throw copies(ours.length, 'ServiceRequest')
    const [request] = ours
    if (!request) continue
    const [task, ...others] = await filterAsync(
      await ehr.find('Task', `focus=${encodeURIComponent(request)}`),
      async (each) => isOurs(await ehr.read(each), request),
    )
    if (others.length > 0) throw copies(1 + others.length, 'Task')
    const patient = ((await ehr.read(request)) as ServiceRequest).subject?.reference
    if (!task || !patient) continue
    return {
      [`ServiceRequest/${referral.id}`]: [request, 1],
      [`Task/${referral.taskId}`]: [task, 1],
      [`Patient/${referral.patientId}`]: [patient.split('/').slice(-2).join('/'), 1],
    }
  }
  return undefined
}

/** Put there by us, whatever its id here was; of a Task, for this request. */
function isOurs(answer: unknown, focus?: string): boolean {
  const { identifier, focus: about } = answer as Pick<Task, 'identifier' | 'focus'>
  const isMarked = identifier?.some(({ system }) => system === resourceIdentifierSystem) ?? false
  return isMarked && (!focus || about?.reference?.endsWith(focus) === true)
}

async function filterAsync<T>(
  list: readonly T[],
  keep: (one: T) => Promise<boolean>,
): Promise<readonly T[]> {
  const kept: T[] = []
  for (const one of list) if (await keep(one)) kept.push(one)
  return kept
}

const copies = (count: number, type: string): EhrFailure =>
  new EhrFailure(`the EHR holds ${count} copies of one ${type}`, {
    phase: 'refused',
    permanent: true,
  })
