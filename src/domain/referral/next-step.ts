/**
 * Nothing is silent: every open referral has one next actor, and a time by which it acts. Pure.
 *
 * The table of docs/referral-life.md; the terms are the clinic's (domain/access/due-terms.ts).
 */

import type { DueTerms, WorkingStep } from '../access/due-terms.ts'
import { endOfWorkingDay } from '../access/working-hours.ts'
import { type GivenUp, givenUpSince } from './dead-letter.ts'
import { type BusinessStatus, isClosed } from './life.ts'

type NextActor = 'referrer' | 'clinic' | 'referloop' | 'operator'

/** What has to be done; those of the clinic's terms, and what it does not decide. */
type StepName = WorkingStep | 'information' | 'delivery' | 'repair'

/** What an open referral waits for. Kept as one JSON value beside the row. */
export interface NextStep {
  readonly name: StepName
  readonly actor: NextActor
  /** The business status that it was worked out for. */
  readonly of: BusinessStatus
  /** Instant since when it is this step's turn. */
  readonly since: string
  /** Instant. */
  readonly due: string
  /** Instants at which it is yet to be said that it is overdue, ascending. */
  readonly notices: readonly string[]
  /** Instant at which the appointment ends, where it is known. */
  readonly appointment?: string
}

/** As much of a referral as tells it. */
interface Waiting extends GivenUp {
  readonly priority: string
  /** What the referrer is asked for has a deadline of its own. */
  readonly information?: { readonly due: string } | undefined
  readonly step?: NextStep | undefined
}

const steps = {
  'awaiting-information': ['information', 'referrer'],
  'awaiting-acknowledgement': ['acknowledgement', 'referrer'],
  sending: ['delivery', 'referloop'],
  'delivery-failed': ['repair', 'operator'],
  'awaiting-triage': ['triage', 'clinic'],
  'awaiting-scheduling': ['scheduling', 'clinic'],
  'no-show': ['scheduling', 'clinic'],
  'appointment-cancelled': ['scheduling', 'clinic'],
  scheduled: ['visit', 'clinic'],
  'visit-completed': ['report', 'clinic'],
  'on-hold': ['resumption', 'clinic'],
  'cancellation-requested': ['cancellation', 'clinic'],
  'lost-at-ehr': ['repair', 'operator'],
  declined: undefined,
  cancelled: undefined,
  failed: undefined,
  completed: undefined,
} as const satisfies Record<BusinessStatus, readonly [StepName, NextActor] | undefined>

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** Machines and their operators have no working hours. */
const ownTerms = {
  information: { routine: 14 * dayMs, urgent: 3 * dayMs },
  delivery: { routine: dayMs, urgent: 15 * minuteMs },
  repair: { routine: dayMs, urgent: 60 * minuteMs },
} as const

/**
 * What a referral waits for.
 * @param referral as it is after a change; its `step`, if any, is that of before
 * @param appointment instant at which the appointment ends, when this change brings it
 * @returns undefined once it is closed
 */
export function nextStep(
  referral: Waiting,
  terms: DueTerms,
  appointment?: string,
): NextStep | undefined {
  const named = isClosed(referral.status) ? undefined : steps[referral.businessStatus]
  if (!named) return undefined
  const [name, actor] = givenUpSince(referral) ? steps['delivery-failed'] : named
  const before = referral.step?.name === name ? referral.step : undefined
  const since = before?.since ?? referral.updatedAt
  const held = appointment ?? before?.appointment ?? ahead(referral)
  const due = dueOf(name, referral, terms, since, held)
  return {
    name,
    actor,
    of: referral.businessStatus,
    since,
    due,
    // What was said of this due time is not said again.
    notices: before?.due === due ? before.notices : noticesOf(due, referral, terms),
    ...(held ? { appointment: held } : {}),
  }
}

/** An appointment may be known before the clinic says that it is made; one that was missed is past. */
const ahead = ({ step, updatedAt }: Waiting): string | undefined =>
  step?.appointment && step.appointment > updatedAt ? step.appointment : undefined

function dueOf(
  name: StepName,
  { priority, information }: Waiting,
  { days, hours }: DueTerms,
  since: string,
  appointment: string | undefined,
): string {
  const urgency = priority === 'routine' ? 'routine' : 'urgent'
  if (name === 'information' && information) return information.due
  if (name === 'information' || name === 'delivery' || name === 'repair')
    return new Date(Date.parse(since) + ownTerms[name][urgency]).toISOString()
  // What follows an appointment is due after it, the outcome above all.
  if (name === 'visit' && appointment)
    return endOfWorkingDay(appointment, days.report[urgency], hours)
  return endOfWorkingDay(since, days[name][urgency], hours)
}

/** It is said when it falls due, and then once a working week: the metrics count it all the while. */
const workingDaysUntilNotices = [0, 5, 10] as const

/** That information is overdue is said elsewhere (remind.ts). */
const noticesOf = (
  due: string,
  { information }: Waiting,
  { hours }: DueTerms,
): readonly string[] =>
  information
    ? []
    : workingDaysUntilNotices.map((days) => (days === 0 ? due : endOfWorkingDay(due, days, hours)))

/** When it is next to be said that a referral is overdue; undefined when it was said often enough. */
export const nextOverdueNotice = ({ step }: Pick<Waiting, 'step'>): string | undefined =>
  step?.notices[0]
