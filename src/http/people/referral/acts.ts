/** What a clinic can do with a referral, and which of it fits where the referral stands. */

import {
  type BusinessStatus,
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
}

const open = ['awaiting-triage', 'awaiting-information', 'cancellation-requested'] as const

const acts = {
  accept: { to: ['accepted', 'awaiting-scheduling'], at: open },
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
    at: ['scheduled', 'cancellation-requested'],
  },
  complete: { to: ['completed', 'completed'], appointment: 'fulfilled' },
  resume: { to: ['accepted', 'awaiting-scheduling'], at: ['on-hold'] },
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

/** True when it can be done now. */
export function isOffered(name: ActName, { status, businessStatus }: Referral): boolean {
  // What is not with the clinic yet is not the clinic's to move.
  if (isClosed(status) || status === 'requested') return false
  const { to, at } = actOf(name)
  if (at && !at.includes(businessStatus)) return false
  const [next = status, business] = to ?? [status]
  const isSame = next === status && business === businessStatus && name !== 'schedule'
  return mayMove(status, next) && (!to || !isSame || name === 'ask')
}

/** What is most likely next, as buttons; all else is in a list below them. */
const likely: Readonly<Partial<Record<BusinessStatus, readonly ActName[]>>> = {
  'awaiting-triage': ['accept', 'ask', 'decline'],
  'awaiting-information': ['accept', 'ask', 'decline'],
  'awaiting-scheduling': ['schedule', 'ask', 'note'],
  scheduled: ['visit', 'no-show', 'schedule', 'complete'],
  'no-show': ['schedule', 'complete', 'note'],
  'appointment-cancelled': ['schedule', 'note'],
  'visit-completed': ['complete', 'note'],
  'on-hold': ['resume', 'schedule', 'note'],
  'cancellation-requested': ['cancel', 'note'],
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
