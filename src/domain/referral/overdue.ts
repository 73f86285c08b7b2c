/** Time passes and nobody acts: that is said, on the Task and to those who watch the service. */

import type { Task } from 'fhir/r4'
import type { Registry } from '../access/registry.ts'
import { auditOf, taskWrite } from './change.ts'
import type { NextStep } from './next-step.ts'
import type { ReferralChange, ReferralStore, ResourceStore, StepStore } from './ports.ts'
import type { Referral } from './referral.ts'
import { laterThan } from './resource-write.ts'
import { settle } from './settle.ts'

export interface OverduePorts {
  readonly referrals: Pick<ReferralStore, 'find' | 'commit'>
  readonly resources: Pick<ResourceStore, 'readMany'>
  readonly steps: Pick<StepStore, 'due'>
  registry(): Registry
  now(): Date
  /** Told of each notice, for the log. Ids and codes only. */
  onOverdue(event: OverdueEvent): void
  /** Told of a referral for which it failed; the next round tries again. */
  onFailure(referralId: string, error: unknown): void
}

export interface OverdueEvent extends Pick<NextStep, 'actor' | 'due'> {
  readonly referralId: string
  readonly referrerId: string
  readonly clinicId: string
  readonly step: NextStep['name']
  readonly priority: Referral['priority']
}

/** At once; the next round takes the rest. */
const mostAtOnce = 500

/**
 * Tells of every step that is overdue by now and of which it is time to say so again, and gives a
 * step to what an earlier version left without. Safe to run any number of times and in several
 * processes at once: each notice is part of the referral's next version.
 */
export async function tellOfOverdue(ports: OverduePorts): Promise<void> {
  for (const id of await ports.steps.due(ports.now().toISOString(), mostAtOnce)) {
    try {
      const { event } = await settle(ports, () => decide(ports, id))
      if (event) ports.onOverdue(event)
    } catch (error) {
      ports.onFailure(id, error)
    }
  }
}

interface Decision {
  readonly change?: ReferralChange
  readonly event?: OverdueEvent
}

async function decide(ports: OverduePorts, id: string): Promise<Decision> {
  const current = await ports.referrals.find(id)
  if (!current) return {}
  const now = laterThan(current.updatedAt, ports.now())
  const { step, referrerId, clinicId, priority } = current
  if (step?.of !== current.businessStatus)
    return { change: await changeOf(ports, current, now, undefined) }
  // Notices that were missed while nobody looked are one.
  const notices = step.notices.filter((each) => Date.parse(each) > ports.now().getTime())
  if (notices.length === step.notices.length) return {}
  const isAtEhr = step.actor === 'clinic' && current.delivery.state === 'delivered'
  const after: Referral = {
    ...current,
    step: { ...step, notices },
    // A clinic that says nothing may have lost it, or may have said so while nobody listened.
    ...(isAtEhr ? { delivery: { ...current.delivery, lookAgain: true } } : {}),
  }
  const { actor, due, name } = step
  return {
    change: await changeOf(ports, after, now, step),
    event: { referralId: id, referrerId, clinicId, actor, step: name, due, priority },
  }
}

/** @param overdue undefined when the referral only gets the step that it lacks (keep-step.ts) */
async function changeOf(
  ports: OverduePorts,
  after: Referral,
  now: string,
  overdue: NextStep | undefined,
): Promise<ReferralChange> {
  const entities = [`ServiceRequest/${after.id}`, `Task/${after.taskId}`]
  const detail = overdue ? `overdue: ${overdue.name} by ${overdue.actor}` : 'given'
  return {
    referral: { ...after, version: after.version + 1, updatedAt: now },
    expectedVersion: after.version,
    resources: overdue
      ? [await taskWrite(ports.resources, after, now, (task) => withNotice(task, overdue, now))]
      : [],
    audit: [auditOf({ client: 'referloop' }, 'next-step', 'U', after.id, entities, now, detail)],
    jobs: after.delivery.lookAgain ? [{ queue: 'deliver', referralId: after.id }] : [],
  }
}

const whatIsDue: Readonly<Record<NextStep['name'], string>> = {
  information: 'information from the referrer',
  acknowledgement: 'the referrer’s acknowledgement',
  delivery: 'the delivery to the clinic',
  repair: 'the repair of the delivery, by the operator of this service',
  triage: 'triage by the clinic',
  scheduling: 'an appointment, made by the clinic',
  visit: 'word of the appointment, from the clinic',
  report: 'the outcome, from the clinic',
  resumption: 'the clinic’s decision to go on',
  cancellation: 'the clinic’s answer to the request to cancel',
}

/** A note makes a version of the Task: those who poll it, or have subscribed to it, hear of it. */
const withNotice = (task: Task, { name, due }: NextStep, now: string): Task => ({
  ...task,
  lastModified: now,
  note: [
    ...(task.note ?? []),
    { time: now, text: `Overdue: ${whatIsDue[name]} was due by ${due.slice(0, 16)}Z.` },
  ],
})
