/** The referral goes to the clinic's EHR, and what changes here afterwards follows it. */

import type { Clinic, Registry } from '../access/registry.ts'
import { isHeldAt } from '../sensitivity/release.ts'
import { type Agent, auditOf, settle, taskWrite, tenantsOf } from './change.ts'
import { deadLetter, deadLetterReason, withoutDeadLetter } from './dead-letter.ts'
import { deliveryBundle, deliverySearch } from './delivery-bundle.ts'
import { type BusinessStatus, isClosed } from './life.ts'
import {
  type AuditEntry,
  type ClinicEhr,
  EhrFailure,
  type Job,
  type ReferralChange,
  type ReferralStore,
  type ResourceStore,
} from './ports.ts'
import type { Delivery, Referral } from './referral.ts'
import { laterThan } from './resource-write.ts'
import { type TaskState, withState } from './task.ts'
import { updateTaskAtClinic } from './update-task-at-clinic.ts'
import { endAsking } from './wanted-information.ts'

export interface DeliverPorts {
  readonly referrals: ReferralStore
  readonly resources: ResourceStore
  registry(): Registry
  ehrOf(clinic: Clinic): ClinicEhr
  /** Reads what has become of the referral in the clinic's EHR so far, and applies it. */
  follow(clinic: Clinic, referral: Referral): Promise<void>
  now(): Date
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

const service: Agent = { client: 'referloop' }

/** A search index may lag behind a create: look three times before believing that nothing is there. */
const settleTries = 3
const settlePauseMs = 1_000

/**
 * An EHR may still be at work on a request whose answer was lost, and its index behind: what cannot
 * be found is not believed absent, and nothing is sent again, before this much time has passed.
 */
const settledAfterMs = 15_000

/**
 * Brings the clinic's EHR in line with a referral; safe to run any number of times.
 * @throws EhrFailure when a later attempt may succeed
 */
export async function deliver(
  ports: DeliverPorts,
  job: Job & { readonly attempt: number; readonly last: boolean },
): Promise<void> {
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
  try {
    const mayBeThere = job.attempt > 1 || referral.delivery.attempted === true
    // A kill, or a database that was away: the attempt before this one left no word of its end.
    const isUnheard = job.attempt > 1 && referral.delivery.lastAttempt !== job.attempt - 1
    report(await bringInLine(ports, referral, mayBeThere, isUnheard))
  } catch (error) {
    const failure = error instanceof EhrFailure ? error : undefined
    const givesUp = failure?.permanent || job.last
    // What broke here leaves its trace in the log, and in the referral when nobody tries again.
    if (!failure && !givesUp) throw error
    await recordFailure(ports, referral.id, failure, job.attempt, givesUp)
    report(givesUp ? 'gave-up' : 'retry', failure?.message ?? brokeHere)
    if (!failure || !givesUp) throw error
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
    return outcome
  }
  if (isClosed(referral.status) && !mayBeThere) return 'unchanged'
  const found = mayBeThere ? await search(ports, ehr, referral) : undefined
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

/** Found while the request was on its way to the clinic, and so not to be held back any more. */
const foundTooLate =
  'While this referral was being sent, the check found something that holds a referral back, and nobody has acknowledged it: see the latest check.'

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

type Sent = NonNullable<Delivery['sent']>

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

/**
 * Settles an attempt whose answer was lost.
 * @returns what the EHR has, or undefined when the referral is not there as a whole
 */
async function search(
  ports: DeliverPorts,
  ehr: ClinicEhr,
  referral: Referral,
): Promise<Sent | undefined> {
  for (let tries = 1; ; tries++) {
    const sent = await searchOnce(ehr, referral)
    if (sent || tries === settleTries) return sent
    await ports.sleep(settlePauseMs)
  }
}

async function searchOnce(ehr: ClinicEhr, referral: Referral): Promise<Sent | undefined> {
  const sent: Record<string, readonly [string, number]> = {}
  // These three are needed to go on; the transaction was atomic, so the rest came with them.
  for (const [type, id] of [
    ['ServiceRequest', referral.id],
    ['Task', referral.taskId],
    ['Patient', referral.patientId],
  ] as const) {
    const there = await ehr.find(type, deliverySearch(type, id))
    if (there.length > 1)
      throw new EhrFailure(`the EHR holds ${there.length} copies of one ${type}`, {
        phase: 'refused',
        permanent: true,
      })
    if (!there[0]) return undefined
    // Which version the EHR took is not known: an order that was changed since is owed once more.
    sent[`${type}/${id}`] = [there[0], 1]
  }
  return sent
}

/** The referral is at the clinic: from now on the clinic's Task leads. */
async function recordDelivered(
  ports: DeliverPorts,
  referralId: string,
  sent: Sent,
): Promise<Referral> {
  const { referral } = await settle(ports.referrals, async () => {
    const current = await read(ports, referralId)
    const isTooLate = !isClosed(current.status) && isWaiting(current)
    const delivery: Delivery = {
      ...withoutError(current.delivery),
      ...(isTooLate ? { taskChanged: true, taskReason: foundTooLate } : {}),
      state: 'delivered',
      sent,
      ehrTask: sent[`Task/${current.taskId}`]?.[0] as string,
      // A referral that was cancelled meanwhile has to be cancelled there as well.
      ...(isClosed(current.status) ? { taskChanged: true, cancelledHere: true } : {}),
    }
    const state: TaskState | undefined = isClosed(current.status)
      ? undefined
      : {
          status: 'received',
          businessStatus: 'awaiting-triage',
          ...(isTooLate ? { reason: { text: foundTooLate } } : {}),
        }
    const change = await changeOf(ports, current, delivery, state, 'deliver')
    return { change, referral: change.referral }
  })
  return referral
}

const isWaiting = ({ businessStatus }: Referral): boolean =>
  businessStatus === 'awaiting-acknowledgement' || businessStatus === 'awaiting-information'

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
  const state = referral.delivery.taskChanged
    ? await updateTaskAtClinic(disclosing(ports, ehr, referral), referral)
    : undefined
  await settle(ports.referrals, async () => {
    const current = await read(ports, referral.id)
    const { taskChanged: _done, taskReason: _told, ...rest } = withoutError(current.delivery)
    // What changed while this ran has a job of its own behind this one.
    const again = current.version !== referral.version && current.delivery.taskChanged
    const delivery: Delivery = { ...rest, sent, ...(again ? { taskChanged: true } : {}) }
    const apply = state && !isClosed(current.status) ? state : undefined
    return { change: await changeOf(ports, current, delivery, apply, 'update-at-clinic') }
  })
  return 'updated'
}

const brokeHere = 'The service itself failed.'

/**
 * @param failure undefined when the service itself broke: then nobody knows what was sent
 * @param givesUp when this attempt was the last
 */
async function recordFailure(
  ports: DeliverPorts,
  referralId: string,
  failure: EhrFailure | undefined,
  attempt: number,
  givesUp: boolean,
): Promise<void> {
  await settle(ports.referrals, async () => {
    const current = await read(ports, referralId)
    const now = ports.now().toISOString()
    const letter = givesUp ? deadLetter(failure, attempt, now) : undefined
    const lastError = failure?.message ?? brokeHere
    const delivery: Delivery = {
      ...current.delivery,
      lastError,
      lastAttempt: attempt,
      ...(failure === undefined || failure.phase === 'unknown'
        ? { attempted: true, attemptedAt: now }
        : {}),
      ...(letter ? { deadLetter: letter } : {}),
      ...(letter && current.delivery.state === 'queued' ? { state: 'failed' } : {}),
    }
    const hasFailed = ['sending', 'delivery-failed'].includes(current.businessStatus)
    const state: TaskState | undefined =
      letter && hasFailed
        ? {
            status: 'requested',
            businessStatus: 'delivery-failed',
            reason: deadLetterReason(letter),
          }
        : undefined
    const change = await changeOf(ports, current, delivery, state, 'deliver', lastError)
    return { change }
  })
}

/** An EHR whose Task is not updated before the trail has it. */
const disclosing = (
  ports: DeliverPorts,
  ehr: ClinicEhr,
  referral: Referral,
): Pick<ClinicEhr, 'read' | 'update'> => ({
  read: (reference) => ehr.read(reference),
  async update(type, id, body, ifMatch) {
    await ports.referrals.record([disclosureAudit(ports, referral, [`Task/${referral.taskId}`])])
    return ehr.update(type, id, body, ifMatch)
  },
})

/** Who got what of which patient, by whose order: the privacy disclosure at its source. */
const disclosureAudit = (
  ports: DeliverPorts,
  referral: Referral,
  entities: readonly string[],
): AuditEntry => ({
  ...auditOf(
    agentAt(clinicOf(ports, referral)),
    'disclose',
    'R',
    referral.id,
    entities,
    instantOf(ports),
  ),
  ...tenantsOf(referral),
})

const instantOf = (ports: DeliverPorts): string => ports.now().toISOString()

/** We are the client, the clinic's EHR is the other side. */
export function agentAt(clinic: Clinic | undefined): Agent {
  const base = clinic?.ehr?.fhirBaseUrl
  return base === undefined ? service : { ...service, network: base }
}

const clinicOf = (ports: DeliverPorts, { clinicId }: Referral): Clinic | undefined =>
  ports.registry().clinicById(clinicId)

async function read(ports: DeliverPorts, referralId: string): Promise<Referral> {
  const referral = await ports.referrals.find(referralId)
  if (!referral) throw new Error(`referral ${referralId} vanished`)
  return referral
}

const withoutError = ({ lastError: _error, lastAttempt: _last, ...delivery }: Delivery): Delivery =>
  withoutDeadLetter(delivery)

/** The referral with a new delivery and, when it moves, its Task in another state. */
async function changeOf(
  ports: DeliverPorts,
  current: Referral,
  delivery: Delivery,
  state: TaskState | undefined,
  action: 'deliver' | 'update-at-clinic',
  failed?: string,
): Promise<ReferralChange> {
  const now = laterThan(current.updatedAt, ports.now())
  const businessStatus: BusinessStatus = state?.businessStatus ?? current.businessStatus
  const audit: AuditEntry = auditOf(
    agentAt(clinicOf(ports, current)),
    action,
    action === 'deliver' ? 'C' : 'U',
    current.id,
    [`ServiceRequest/${current.id}`, `Task/${current.taskId}`],
    now,
    failed,
  )
  const after: Referral = {
    ...current,
    version: current.version + 1,
    status: state?.status ?? current.status,
    businessStatus,
    updatedAt: now,
    delivery,
  }
  const asking = await endAsking(ports, current, after, now)
  return {
    referral: { ...after, information: asking.information },
    expectedVersion: current.version,
    resources: state
      ? [
          await taskWrite(ports.resources, current, now, (task) => withState(task, state, now)),
          ...asking.writes,
        ]
      : [],
    audit: [failed ? { ...audit, outcome: 'serious-failure' } : audit, ...asking.audit],
    jobs: [],
  }
}
