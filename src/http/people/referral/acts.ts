/** What a clinic can do with a referral, and which of it fits where the referral stands. */

import {
  type BusinessStatus,
  businessStatusesOf,
  isClosed,
  mayMove,
  type TaskStatus,
} from '../../../domain/referral/life.ts'
import type { Referral } from '../../../domain/referral/referral.ts'

interface Act {
  /** Status and business status afterwards; without them they stay. */
  readonly to?: readonly [TaskStatus | undefined, BusinessStatus]
  /** What the status of an appointment that was made here becomes. */
  readonly appointment?: 'noshow' | 'cancelled' | 'fulfilled'
  /** Where it makes sense, of what the life of a referral allows. */
  readonly at?: readonly BusinessStatus[]
  readonly from?: TaskStatus
}

const open = ['awaiting-triage', 'awaiting-information'] as const

const acts = {
  accept: { to: ['accepted', 'awaiting-scheduling'], from: 'received', at: open },
  schedule: { to: ['in-progress', 'scheduled'] },
  visit: {
    to: ['in-progress', 'visit-completed'],
    appointment: 'fulfilled',
    at: ['scheduled', 'no-show', 'appointment-cancelled'],
  },
  'no-show': { to: ['in-progress', 'no-show'], appointment: 'noshow', at: ['scheduled'] },
  'call-off': {
    to: ['in-progress', 'appointment-cancelled'],
    appointment: 'cancelled',
    at: ['scheduled'],
  },
  complete: { to: ['completed', 'completed'], appointment: 'fulfilled' },
  resume: {
    to: ['accepted', 'awaiting-scheduling'],
    at: ['on-hold', 'awaiting-information', 'cancellation-requested'],
  },
  ask: { to: [undefined, 'awaiting-information'] },
  decline: { to: ['rejected', 'declined'], appointment: 'cancelled' },
  hold: { to: ['on-hold', 'on-hold'] },
  cancel: { to: ['cancelled', 'cancelled'], appointment: 'cancelled' },
  fail: { to: ['failed', 'failed'], appointment: 'cancelled' },
  note: {},
  finding: {},
} as const satisfies Record<string, Act>

export type ActName = keyof typeof acts

export const actNames = Object.keys(acts) as readonly ActName[]

export const actOf = (name: ActName): Act => acts[name]

type Standing = Pick<Referral, 'status' | 'businessStatus'>

/** Where it leads from there; undefined when the status stays. */
export function targetOf(
  name: ActName,
  { status, businessStatus }: Standing,
): readonly [TaskStatus, BusinessStatus] | undefined {
  // To wait no longer, or to go on in spite of the wish to cancel, is to stand where one stood.
  if (name === 'resume' && businessStatus !== 'on-hold')
    return [status, businessStatusesOf[status][0]]
  const { to } = actOf(name)
  return to && [to[0] ?? status, to[1]]
}

/** True when it can be done now. */
export function isOffered(name: ActName, standing: Standing): boolean {
  const { status, businessStatus } = standing
  // What is not with the clinic yet is not the clinic's to move.
  if (isClosed(status) || status === 'requested') return false
  const { at, from } = actOf(name)
  if (from && from !== status) return false
  if (at && !at.includes(businessStatus)) return false
  const to = targetOf(name, standing)
  if (!to) return true
  const [next, business] = to
  const isSame = next === status && business === businessStatus
  return mayMove(status, next) && (!isSame || name === 'ask' || name === 'schedule')
}

/** What is most likely next, as buttons; all else is in a list below them. */
const likely: Readonly<Partial<Record<BusinessStatus, readonly ActName[]>>> = {
  'awaiting-triage': ['accept', 'ask', 'decline'],
  'awaiting-information': ['accept', 'resume', 'ask', 'decline'],
  'awaiting-scheduling': ['schedule', 'ask', 'note'],
  scheduled: ['visit', 'no-show', 'schedule', 'complete'],
  'no-show': ['schedule', 'complete', 'note'],
  'appointment-cancelled': ['schedule', 'note'],
  'visit-completed': ['complete', 'note'],
  'on-hold': ['resume', 'schedule', 'note'],
  'cancellation-requested': ['cancel', 'resume', 'note'],
  'lost-at-ehr': ['note'],
}

export function offered(referral: Referral): {
  readonly first: readonly ActName[]
  readonly others: readonly ActName[]
} {
  const all = actNames.filter((name) => name !== 'finding' && isOffered(name, referral))
  const first = (likely[referral.businessStatus] ?? []).filter((name) => all.includes(name))
  return { first, others: all.filter((name) => !first.includes(name)) }
}

/** Nothing has to be typed for these: one press does them. */
export const isOnePress = (name: ActName): boolean =>
  name === 'accept' || name === 'visit' || name === 'no-show' || name === 'resume'

export const declineReasons = [
  'not-eligible',
  'contraindicated',
  'information-missing',
  'no-capacity',
  'other-service',
  'patient-declines',
  'duplicate',
  'other',
] as const

export const findingReasons = [
  'cleared-by-specialist',
  'risk-accepted',
  'record-outdated',
  'agreed-with-clinic',
] as const
