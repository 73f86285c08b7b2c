/**
 * The clinic's desk: who of its people has a referral in hand, and what is snoozed until when.
 *
 * Neither moves the referral: the Task's owner stays the clinic, its next actor and its due time stay
 * what they are (docs/decisions/0034-the-clinics-desk.md).
 */

import { createHash } from 'node:crypto'
import type { Viewer } from '../access/caller.ts'
import { type Agent, auditOf } from './change.ts'
import { isClosed, type TaskStatus } from './life.ts'
import type { AuditEntry } from './ports.ts'
import type { QueueQuery } from './worklist.ts'

/** Somebody of the clinic who has signed in. */
export interface Colleague {
  readonly id: string
  readonly name: string
}

/** Known by a digest: ids of people stand in addresses, and what a sign-in calls them does not. */
export const colleagueId = (clinicId: string, personId: string): string =>
  createHash('sha256').update(`${clinicId} ${personId}`).digest('hex').slice(0, 16)

/** The owner of what is nobody's. */
export const nobody = ''

export const snoozeReasons = [
  'patient-calls-back',
  'records-coming',
  'insurer-decides',
  'colleague-decides',
  'no-openings-yet',
  'other',
] as const
export type SnoozeReason = (typeof snoozeReasons)[number]

/** What somebody saw of a referral before they chose it. */
export interface SeenReferral {
  readonly id: string
  readonly version: number
  readonly desk: number
}

/** A referral as it is at the desk. */
export interface AtDesk extends SeenReferral {
  readonly taskId: string
  readonly patientId: string
  readonly status: TaskStatus
  /** Instant; undefined once it is closed. */
  readonly due: string | undefined
  readonly owner: string
  /** As it was wished for; it may come back earlier (hiddenUntil). */
  readonly snoozedUntil: string | undefined
  readonly snoozedFor: string | undefined
}

export type DeskWish =
  | { readonly kind: 'assign'; readonly owner: Colleague | undefined }
  | { readonly kind: 'snooze'; readonly until: string; readonly reason: SnoozeReason }
  | { readonly kind: 'wake' }

/**
 * - `gone`: the clinic has no such referral
 * - `changed`: somebody changed it since it was seen
 * - `closed`: nothing is to be done with it any more
 * - `due`: it is due already, and what is due is not hidden
 */
export type DeskRefusal = 'gone' | 'changed' | 'closed' | 'due'

export interface DeskOutcome {
  readonly done: readonly string[]
  readonly notDone: readonly { readonly id: string; readonly why: DeskRefusal }[]
}

export interface DeskWrite {
  readonly id: string
  readonly owner: string
  readonly snoozedUntil: string | undefined
  readonly snoozedFor: string | undefined
  readonly audit: AuditEntry
}

export interface DeskStore {
  colleagues(viewer: Viewer): Promise<readonly Colleague[]>
  find(viewer: Viewer, id: string): Promise<AtDesk | undefined>
  /**
   * Locks these referrals of the clinic, has it decided what becomes of them, and writes that with its
   * audit, in one transaction.
   */
  change(
    clinicId: string,
    ids: readonly string[],
    decide: (found: readonly AtDesk[]) => readonly DeskWrite[],
  ): Promise<void>
  /** The same with the first of a list that nobody else is about to take. @returns its id */
  changeFirst(
    viewer: Viewer,
    list: Pick<QueueQuery, 'tab' | 'filter'>,
    decide: (found: AtDesk) => DeskWrite,
  ): Promise<string | undefined>
}

export interface DeskPorts {
  readonly desk: DeskStore
  now(): Date
}

/** Until when it is out of sight: as was wished, and no longer than until it is due. */
export const hiddenUntil = ({
  snoozedUntil,
  due,
}: Pick<AtDesk, 'snoozedUntil' | 'due'>): string | undefined =>
  snoozedUntil !== undefined && due !== undefined && due < snoozedUntil ? due : snoozedUntil

/** Why it is not to be; undefined when it may. */
function refusalOf(
  current: AtDesk | undefined,
  seen: SeenReferral,
  wish: DeskWish,
  now: Date,
): DeskRefusal | undefined {
  if (!current) return 'gone'
  if (current.version !== seen.version || current.desk !== seen.desk) return 'changed'
  if (isClosed(current.status)) return 'closed'
  const isDue = current.due !== undefined && Date.parse(current.due) <= now.getTime()
  return wish.kind === 'snooze' && isDue ? 'due' : undefined
}

/**
 * Does the same with several referrals of a clinic, each by itself: what cannot be is told, the others
 * are done.
 * @param seen each once
 */
export async function changeDesk(
  { desk, now }: DeskPorts,
  clinicId: string,
  seen: readonly SeenReferral[],
  wish: DeskWish,
  agent: Agent,
): Promise<DeskOutcome> {
  const done: string[] = []
  const notDone: { id: string; why: DeskRefusal }[] = []
  const ids = seen.map(({ id }) => id)
  await desk.change(clinicId, ids, (found) => {
    // A lost connection may have it decided twice.
    done.length = 0
    notDone.length = 0
    return seen.flatMap((each) => {
      const current = found.find(({ id }) => id === each.id)
      const why = refusalOf(current, each, wish, now())
      if (!current || why) {
        notDone.push({ id: each.id, why: why ?? 'gone' })
        return []
      }
      done.push(each.id)
      return isSame(current, wish) ? [] : [writeOf(current, wish, clinicId, agent, now())]
    })
  })
  return { done, notDone }
}

/**
 * Gives somebody the first of a list that is nobody's. Two at once never get the same one.
 * @returns the id of the referral; undefined when there is none
 */
export const takeNext = (
  { desk, now }: DeskPorts,
  viewer: Viewer,
  { tab, filter }: Pick<QueueQuery, 'tab' | 'filter'>,
  owner: Colleague,
  agent: Agent,
): Promise<string | undefined> =>
  desk.changeFirst(viewer, { tab, filter: { ...filter, owner: nobody } }, (found) =>
    writeOf(found, { kind: 'assign', owner }, viewer.organization, agent, now()),
  )

const isSame = (current: AtDesk, wish: DeskWish): boolean =>
  wish.kind === 'assign'
    ? current.owner === (wish.owner?.id ?? nobody)
    : wish.kind === 'wake' && current.snoozedUntil === undefined

function writeOf(
  { id, taskId, patientId, owner, snoozedUntil, snoozedFor }: AtDesk,
  wish: DeskWish,
  clinicId: string,
  agent: Agent,
  now: Date,
): DeskWrite {
  const entities = [`ServiceRequest/${id}`, `Task/${taskId}`]
  // Without the referrer: who of a clinic has what in hand is the clinic's business.
  const entry = (detail?: string): AuditEntry => ({
    ...auditOf(agent, wish.kind, 'U', id, entities, now.toISOString(), detail),
    clinicId,
    patientId,
  })
  if (wish.kind === 'assign') {
    const to = wish.owner
    return {
      id,
      owner: to?.id ?? nobody,
      snoozedUntil,
      snoozedFor,
      audit: entry(to ? `to ${to.name}` : 'to nobody'),
    }
  }
  if (wish.kind === 'wake')
    return { id, owner, snoozedUntil: undefined, snoozedFor: undefined, audit: entry() }
  const { until, reason } = wish
  return {
    id,
    owner,
    snoozedUntil: until,
    snoozedFor: reason,
    audit: entry(`until ${until}: ${reason}`),
  }
}
