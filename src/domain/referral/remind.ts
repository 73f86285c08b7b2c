/** Time passes while a referral waits for information: the referrer is reminded, and at last it is overdue. */

import type { Registry } from '../access/registry.ts'
import { ownerOf, taskWrite } from './change.ts'
import { ended, overdueReason, reminded } from './information-task.ts'
import type { InformationStore, ReferralChange, ReferralStore, ResourceStore } from './ports.ts'
import { type InformationRequest, nextNotice, type Referral } from './referral.ts'
import { laterThan } from './resource-write.ts'
import { settle } from './settle.ts'
import { informationAudit, nextTask, referencesOf } from './wanted-information.ts'

export interface RemindPorts {
  readonly referrals: Pick<ReferralStore, 'find' | 'commit'>
  readonly resources: ResourceStore
  readonly information: InformationStore
  registry(): Registry
  now(): Date
  /** Told of each notice, for logs and metrics. Ids only. */
  onNotice(event: NoticeEvent): void
  /** Told of a referral for which it failed; the next round tries again. */
  onFailure(referralId: string, error: unknown): void
}

export interface NoticeEvent {
  readonly referralId: string
  readonly referrerId: string
  readonly clinicId: string
  readonly notice: 'reminder' | 'overdue'
}

/** At once; the next round takes the rest. */
const mostAtOnce = 500

/**
 * Reminds of everything that is due by now. Safe to run any number of times and in several processes
 * at once: each notice is part of the referral's next version, so that one of them commits it.
 * @returns how many notices were given
 */
export async function remindOfAll(ports: RemindPorts): Promise<number> {
  let given = 0
  for (const id of await ports.information.due(ports.now().toISOString(), mostAtOnce)) {
    try {
      if (await remind(ports, id)) given++
    } catch (error) {
      ports.onFailure(id, error)
    }
  }
  return given
}

/** One referral, when something is due. Reminders that were missed while nobody looked are one. */
async function remind(ports: RemindPorts, id: string): Promise<boolean> {
  const { event } = await settle(ports, async () => decide(ports, id))
  if (event) ports.onNotice(event)
  return event !== undefined
}

interface Decision {
  readonly change?: ReferralChange
  readonly event?: NoticeEvent
}

async function decide(ports: RemindPorts, id: string): Promise<Decision> {
  const current = await ports.referrals.find(id)
  const next = current && nextNotice(current)
  const today = ports.now().getTime()
  if (!current?.information || !next || Date.parse(next) > today) return {}
  const now = laterThan(current.updatedAt, ports.now())
  const { referrerId, clinicId, information } = current
  const isOver = Date.parse(information.due) <= today
  return {
    change: await (isOver ? becomeOverdue : reminder)(ports, current, information, now),
    event: { referralId: id, referrerId, clinicId, notice: isOver ? 'overdue' : 'reminder' },
  }
}

async function reminder(
  ports: RemindPorts,
  current: Referral,
  open: InformationRequest,
  now: string,
): Promise<ReferralChange> {
  const stored = await ports.resources.readMany(ownerOf(current), referencesOf(open))
  const text = `Reminder: this referral waits for what its form asks for, until ${open.due.slice(0, 10)}.`
  const reminders = open.reminders.filter((each) => Date.parse(each) > Date.parse(now))
  return {
    ...nextOf(current, now, { ...open, reminders }),
    resources: [nextTask(stored, open, now, (task) => reminded(task, text, now))],
    audit: [informationAudit(current, open, 'U', now, 'reminded')],
  }
}

/**
 * The referral stays where it is, open, and says so: nothing declines it, and a person at the
 * referrer decides, by supplying what is missing, letting it go on with a reason, or revoking it.
 */
async function becomeOverdue(
  ports: RemindPorts,
  current: Referral,
  open: InformationRequest,
  now: string,
): Promise<ReferralChange> {
  const stored = await ports.resources.readMany(ownerOf(current), referencesOf(open))
  const who = ports.registry().referrerById(current.referrerId)?.name ?? 'the referrer'
  const text = `What was asked for did not come by ${open.due.slice(0, 10)}: somebody at ${who} decides. ${waysOn(current)}`
  return {
    ...nextOf(current, now, { ...open, reminders: [], overdue: true }),
    resources: [
      nextTask(stored, open, now, (task) => ended(task, 'overdue', text, now)),
      await taskWrite(ports.resources, current, now, (task) => ({
        ...task,
        lastModified: now,
        // What the clinic asked is kept in front.
        statusReason: overdueReason([task.statusReason?.text, text].filter(Boolean).join(' ')),
      })),
    ],
    audit: [informationAudit(current, open, 'U', now, 'overdue')],
  }
}

const waysOn = ({ status }: Referral): string =>
  status === 'requested'
    ? 'Supply it, let the referral go on with a reason ($acknowledge), or revoke it.'
    : 'Supply it, or revoke the referral.'

const nextOf = (current: Referral, now: string, information: InformationRequest) => ({
  referral: { ...current, version: current.version + 1, updatedAt: now, information },
  expectedVersion: current.version,
  jobs: [],
})
