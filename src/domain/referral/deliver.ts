/** The referral goes to the clinic's EHR, and what changes here afterwards follows it. */

import type { Task } from 'fhir/r4'
import type { Clinic } from '../access/registry.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { isHeldAt } from '../sensitivity/release.ts'
import { releasedView } from '../sensitivity/released-view.ts'
import { ownerOf } from './change.ts'
import { deliveryBundle, deliverySearch } from './delivery-bundle.ts'
import { disclosing, disclosureAudit } from './disclosure.ts'
import { findAfterAttempt, findFromBefore } from './find-at-clinic.ts'
import { isClosed } from './life.ts'
import { type ClinicEhr, EhrFailure, type TakenJob } from './ports.ts'
import {
  brokeHere,
  changeOf,
  patientWith,
  type RecordPorts,
  read,
  recordDelivered,
  recordFailure,
  type Sent,
  withoutError,
} from './record-delivery.ts'
import type { Delivery, Referral } from './referral.ts'
import type { RestoredStore } from './restored-store.ts'
import { settle } from './settle.ts'
import { killsToGiveUp } from './taken-job.ts'
import { type Updated, updateTaskAtClinic } from './update-task-at-clinic.ts'

export interface DeliverPorts extends RecordPorts {
  ehrOf(clinic: Clinic): ClinicEhr
  /** Reads what has become of the referral in the clinic's EHR so far, and applies it. */
  follow(clinic: Clinic, referral: Referral): Promise<void>
  /** Asked whether the clinic may have what this database does not know of. */
  readonly restored?: Pick<RestoredStore, 'wasRestored'>
  /** Waits; handed in so that tests need not. */
  sleep(ms: number): Promise<void>
  /** Told of each attempt, for logs and metrics. Ids only. */
  onAttempt(event: DeliveryEvent): void
}

export interface DeliveryEvent {
  readonly referralId: string
  readonly clinicId: string
  readonly attempt: number
  readonly outcome: 'delivered' | 'found' | 'updated' | 'unchanged' | 'retry' | 'gave-up'
  readonly error?: string
}

/**
 * An EHR may still be at work on a request whose answer was lost, and its index behind: what cannot
 * be found is not believed absent, and nothing is sent again, before this much time has passed.
 */
const settledAfterMs = 15_000

const endedProcesses = 'Each attempt ended with its process.'

/**
 * Brings the clinic's EHR in line with a referral; safe to run any number of times.
 * @throws EhrFailure when a later attempt may succeed
 */
export async function deliver(ports: DeliverPorts, job: TakenJob): Promise<void> {
  const referral = await ports.referrals.find(job.referralId)
  if (!referral) return
  const report = (outcome: DeliveryEvent['outcome'], error?: string) =>
    ports.onAttempt({
      referralId: referral.id,
      clinicId: referral.clinicId,
      attempt: job.attempt,
      outcome,
      ...(error ? { error } : {}),
    })
  if ((job.killed ?? 0) >= killsToGiveUp) {
    await recordFailure(ports, referral.id, undefined, job.attempt, true)
    return report('gave-up', endedProcesses)
  }
  try {
    const mayBeThere = job.attempt > 1 || referral.delivery.attempted === true
    // A kill, or a database that was away: the attempt before this one left no word of its end.
    const isUnheard = job.attempt > 1 && referral.delivery.lastAttempt !== job.attempt - 1
    report(await bringInLine(ports, referral, mayBeThere, isUnheard))
  } catch (error) {
    const failure = patientWith(referral, error instanceof EhrFailure ? error : undefined)
    const givesUp = failure?.permanent || job.last
    // What broke here leaves its trace in the log, and in the referral when nobody tries again.
    if (!failure && !givesUp) throw error
    await recordFailure(ports, referral.id, failure, job.attempt, givesUp)
    report(givesUp ? 'gave-up' : 'retry', failure?.message ?? brokeHere)
    if (!failure || !givesUp) throw failure ?? error
  }
}

async function bringInLine(
  ports: DeliverPorts,
  referral: Referral,
  mayBeThere: boolean,
  isUnheard: boolean,
): Promise<DeliveryEvent['outcome']> {
  const clinic = clinicFor(ports, referral)
  const ehr = ports.ehrOf(clinic)
  if (referral.delivery.state === 'delivered') {
    const outcome = await update(ports, ehr, referral)
    // Recorded by a run that ended before it could follow.
    if (mayBeThere) await followUnseen(ports, clinic, referral.id)
    if (!referral.delivery.lookAgain) return outcome
    await ports.follow(clinic, await read(ports, referral.id))
    return seenAgain(ports, referral.id)
  }
  if (isClosed(referral.status) && !mayBeThere) return 'unchanged'
  const found = await find(ports, ehr, referral, mayBeThere)
  // A search takes seconds, in which it may be held or taken back: what goes is decided after it.
  const current = found || !mayBeThere ? referral : await read(ports, referral.id)
  if (!found) refuseUnsettled(current, ports.now(), isUnheard)
  if (!found && !mayGo(current, ports.now().toISOString())) return 'unchanged'
  const sent = found ?? (await send(ports, ehr, current))
  const delivered = await recordDelivered(ports, referral.id, sent)
  // Something may have changed while the request was on its way, or before what had arrived was found:
  // a cancellation, more information, a contraindication.
  if (delivered.version !== current.version + 1 || delivered.delivery.taskChanged)
    await update(ports, ehr, delivered)
  if (found) await followUnseen(ports, clinic, referral.id)
  return found ? 'found' : 'delivered'
}

/** What an attempt left there whose answer was lost, or one that a restored database does not know of. */
async function find(
  ports: DeliverPorts,
  ehr: ClinicEhr,
  referral: Referral,
  mayBeThere: boolean,
): Promise<Sent | undefined> {
  const found = mayBeThere ? await findAfterAttempt(ports.sleep, ehr, referral) : undefined
  if (found || !(await ports.restored?.wasRestored())) return found
  return findFromBefore(ehr, referral)
}

/** It is there, and what it says is known. */
async function seenAgain(ports: DeliverPorts, id: string): Promise<DeliveryEvent['outcome']> {
  await settle(ports, async () => {
    const current = await read(ports, id)
    const { lookAgain: _seen, ...delivery } = withoutError(current.delivery)
    return { change: await changeOf(ports, current, delivery, undefined, 'update-at-clinic') }
  })
  return 'unchanged'
}

/** @throws EhrFailure with the wait, while the last attempt may still come to light */
function refuseUnsettled({ delivery }: Referral, now: Date, isUnheard: boolean): void {
  if (isUnheard)
    throw new EhrFailure('Nobody knows how the last attempt ended.', {
      phase: 'unknown',
      retryAfter: settledAfterMs / 1_000,
    })
  const left = Date.parse(delivery.attemptedAt ?? '') + settledAfterMs - now.getTime()
  if (!(left > 0)) return
  throw new EhrFailure('The last attempt may still come to light.', {
    phase: 'before',
    // A clock that was set back must not stretch the wait.
    retryAfter: Math.ceil(Math.min(left, settledAfterMs) / 1_000),
  })
}

/**
 * A referral that waits for information, an acknowledgement or a consent is not sent, nor one that was
 * taken back; what ends the waiting brings a job of its own.
 */
const mayGo = ({ businessStatus, release }: Referral, now: string): boolean =>
  (businessStatus === 'sending' || businessStatus === 'delivery-failed') && !isHeldAt(release, now)

/**
 * What was found has been with the clinic for a while, since who knows when: the clinic may have
 * moved it at a time that the polls, not knowing it, are past.
 */
async function followUnseen(
  ports: DeliverPorts,
  clinic: Clinic,
  referralId: string,
): Promise<void> {
  const referral = await read(ports, referralId)
  if (referral.delivery.ehrTaskVersion === undefined) await ports.follow(clinic, referral)
}

function clinicFor(ports: DeliverPorts, referral: Referral): Clinic {
  const clinic = ports.registry().clinicById(referral.clinicId)
  if (!clinic?.ehr)
    throw new EhrFailure('the clinic has no EHR in the registry', {
      phase: 'before',
      permanent: true,
    })
  return clinic
}

/**
 * Sends all that the EHR does not have. One that raced two creates holds a patient or doctor twice,
 * and refuses for good whatever names them by a condition: then what it has is taken as it is.
 */
async function send(ports: DeliverPorts, ehr: ClinicEhr, referral: Referral): Promise<Sent> {
  try {
    return await sendOnce(ports, ehr, referral)
  } catch (error) {
    if (!(error instanceof EhrFailure) || error.status !== 412) throw error
    const sent = await supportThere(ports, ehr, referral)
    if (!sent) throw error
    return sendOnce(ports, ehr, { ...referral, delivery: { ...referral.delivery, sent } })
  }
}

/** What an EHR has of the support of a referral, the first of several; undefined when that is no news. */
async function supportThere(
  ports: DeliverPorts,
  ehr: ClinicEhr,
  referral: Referral,
): Promise<Sent | undefined> {
  const now = ports.now().toISOString()
  const bundle = deliveryBundle(referral, await ports.referrals.resources(referral), now)
  const before = referral.delivery.sent ?? {}
  const found: Record<string, readonly [string, number]> = {}
  for (const { reference, version } of bundle?.entries ?? []) {
    const [type, id] = reference.split('/') as [string, string]
    if (before[reference] || id === referral.id || id === referral.taskId) continue
    const [first] = [...(await ehr.find(type, deliverySearch(type, id)))].sort()
    if (first) found[reference] = [first, version]
  }
  return Object.keys(found).length > 0 ? { ...before, ...found } : undefined
}

async function sendOnce(ports: DeliverPorts, ehr: ClinicEhr, referral: Referral): Promise<Sent> {
  const now = ports.now().toISOString()
  const bundle = deliveryBundle(referral, await ports.referrals.resources(referral), now)
  if (!bundle) return referral.delivery.sent ?? {}
  ehr.holdBack()
  // First of all the trail: a crash between the two may leave a disclosure that did not come to pass
  // in it, and never one that is not there.
  await ports.referrals.record([
    disclosureAudit(
      ports,
      referral,
      bundle.entries.map(({ reference }) => reference),
    ),
  ])
  const references = await ehr.transact(bundle.text)
  const sent: Record<string, readonly [string, number]> = { ...referral.delivery.sent }
  bundle.entries.forEach(({ reference, version }, i) => {
    const there = references[i]
    if (there) sent[reference] = [there, version]
  })
  return sent
}

/** Our Task as the clinic may see it. */
async function taskOfClinic(
  { resources, now }: RecordPorts,
  referral: Referral,
): Promise<Task | undefined> {
  const [stored] = await resources.readMany(ownerOf(referral), [`Task/${referral.taskId}`])
  return (
    stored &&
    releasedView(parseFhirJson(stored.content) as Task, referral.release, now().toISOString())
  )
}

/**
 * The version that we made is no news from the clinic: taken for one, it would take back what was done
 * here after it and is not told yet. Not so where staff there wrote one before it that was not read.
 */
function withOwnVersion(delivery: Delivery, updated: Updated | undefined): Delivery {
  const isNextToSeen =
    updated?.read !== undefined && updated.read === (delivery.ehrTaskVersion ?? '1')
  if (!isNextToSeen || !updated.made) return delivery
  // Cancelled there as well now: an end that its staff write after it is none.
  const { cancelledHere: _told, ...rest } = delivery
  return { ...rest, ehrTaskVersion: updated.made }
}

/** Later information, a changed order, a status changed here. */
async function update(
  ports: DeliverPorts,
  ehr: ClinicEhr,
  referral: Referral,
): Promise<DeliveryEvent['outcome']> {
  const sent = await send(ports, ehr, referral)
  const news = Object.entries(sent).some(([key, there]) => {
    const before = referral.delivery.sent?.[key]
    return before?.[0] !== there[0] || before[1] !== there[1]
  })
  if (!news && !referral.delivery.taskChanged) return 'unchanged'
  const updated = referral.delivery.taskChanged
    ? await updateTaskAtClinic(
        disclosing(ports, ehr, referral),
        { ...referral, delivery: { ...referral.delivery, sent } },
        await taskOfClinic(ports, referral),
      )
    : undefined
  await settle(ports, async () => {
    const current = await read(ports, referral.id)
    const { taskChanged: _done, taskReason: _said, ...rest } = withoutError(current.delivery)
    // What changed while this ran has a job of its own behind this one.
    const again = current.version !== referral.version && current.delivery.taskChanged
    const { taskReason } = current.delivery
    const owed = again ? { taskChanged: true, ...(taskReason ? { taskReason } : {}) } : {}
    const delivery: Delivery = { ...withOwnVersion(rest, updated), sent, ...owed }
    const { state } = updated ?? {}
    const apply = state && !isClosed(current.status) ? state : undefined
    return { change: await changeOf(ports, current, delivery, apply, 'update-at-clinic') }
  })
  return 'updated'
}
