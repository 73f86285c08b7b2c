/** How long a referrer has to supply what is missing, and when it is reminded: each clinic's own. */

import type { Reader } from './reader.ts'

/** Days after something was asked for. */
interface Term {
  readonly deadlineDays: number
  /** Ascending, each before the deadline. */
  readonly reminderDays: readonly number[]
}

/** The terms of a clinic; `urgent` is for referrals of priority urgent, asap and stat. */
export interface InformationTerms {
  readonly routine: Term
  readonly urgent: Term
  /** For how long a link lets the practice in to answer. */
  readonly linkDays: number
}

/** A practice answers most questions within a week; an urgent one is not worth more than three days. */
const usualTerms: InformationTerms = {
  routine: { deadlineDays: 14, reminderDays: [3, 7] },
  urgent: { deadlineDays: 3, reminderDays: [1] },
  linkDays: 14,
}

const longestDeadline = 365
const longestLink = 90
const mostReminders = 10

/**
 * Reads `information` of a clinic: `{ deadlineDays, reminderDays, linkDays, urgent: {
 * deadlineDays, reminderDays } }`, all of it optional. A shorter deadline keeps the usual reminders that come
 * before it.
 */
export function readInformationTerms(clinic: Reader): InformationTerms {
  if (!clinic.has('information')) return usualTerms
  const routine = clinic.object('information', [
    'deadlineDays',
    'reminderDays',
    'linkDays',
    'urgent',
  ])
  return {
    routine: readTerm(routine, usualTerms.routine),
    urgent: routine.has('urgent')
      ? readTerm(routine.object('urgent', ['deadlineDays', 'reminderDays']), usualTerms.urgent)
      : usualTerms.urgent,
    linkDays: routine.whole('linkDays', usualTerms.linkDays, 1, longestLink),
  }
}

function readTerm(reader: Reader, usual: Term): Term {
  const deadlineDays = reader.whole('deadlineDays', usual.deadlineDays, 1, longestDeadline)
  const before = (day: number) => day < deadlineDays
  if (!reader.has('reminderDays'))
    return { deadlineDays, reminderDays: usual.reminderDays.filter(before) }
  const days = reader.list('reminderDays')
  if (days.every(isDay) && days.length <= mostReminders && isAscending(days) && days.every(before))
    return { deadlineDays, reminderDays: days }
  reader.fault(
    'reminderDays',
    `must be at most ${mostReminders} whole numbers, ascending, from 1 to the day before the deadline (${deadlineDays - 1})`,
  )
  return usual
}

const isDay = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1

const isAscending = (days: readonly number[]): boolean =>
  days.every((day, i) => i === 0 || day > (days[i - 1] as number))
