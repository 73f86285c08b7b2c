/** From counts to the figures of docs/insight.md, each with what it is a part of. Pure. */

import type { Cohort, EndTally, Spread, StateTally, Tally } from './tally.ts'

/** So many of so many. */
export interface Share {
  readonly part: number
  readonly whole: number
}

/** With fewer, one referral moves a share by ten points: they are shown with a caution. */
const fewest = 10

export const isSmall = ({ whole }: Pick<Share, 'whole'>): boolean => whole > 0 && whole < fewest

/** Between 0 and 1; undefined of nothing. */
export const ratioOf = ({ part, whole }: Share): number | undefined =>
  whole === 0 ? undefined : part / whole

/** By how many hundredths a share is higher than it was; undefined where one of them is of nothing. */
export function pointsSince(now: Share, before: Share): number | undefined {
  const [one, other] = [ratioOf(now), ratioOf(before)]
  return one === undefined || other === undefined ? undefined : Math.round((one - other) * 100)
}

export interface Figures {
  readonly submitted: number
  /** Incomplete at first submission, of those whose check the viewer has. */
  readonly incomplete: Share
  /** Completed without being bounced, of those. */
  readonly salvaged: Share
  /** From submission to a packet that lacks nothing, of those that were incomplete and are complete. */
  readonly took: {
    readonly of: number
    readonly clock: Spread | undefined
    readonly working: Spread | undefined
  }
  /** Closed with an outcome note, of those that ended and were not taken back or cancelled. */
  readonly closed: Share
  /** Of the same. */
  readonly declined: Share
  /** Of the appointments that came to their day. */
  readonly noShows: Share
}

export function figuresOf(tally: Tally): Figures {
  const { total, noShows, visits } = tally
  const { withNote, withoutNote, declined, failed } = endsOf(tally.ends)
  const ended = withNote + withoutNote + declined + failed
  return {
    submitted: total.submitted,
    ...packetsOf(total),
    took: { of: total.completed, clock: total.clock, working: total.working },
    closed: { part: withNote, whole: ended },
    declined: { part: declined, whole: ended },
    noShows: { part: noShows, whole: noShows + visits },
  }
}

export const packetsOf = ({
  submitted,
  unknown,
  incomplete,
  salvaged,
}: Pick<Cohort, 'submitted' | 'unknown' | 'incomplete' | 'salvaged'>) => ({
  incomplete: { part: incomplete, whole: submitted - unknown },
  salvaged: { part: salvaged, whole: incomplete },
})

export const endNames = [
  'withNote',
  'withoutNote',
  'declined',
  'failed',
  'takenBack',
  'cancelled',
] as const
export type EndName = (typeof endNames)[number]

/** Every end is one of these, once. */
export function endsOf(ends: readonly EndTally[]): Readonly<Record<EndName, number>> {
  const counts = Object.fromEntries(endNames.map((name) => [name, 0])) as Record<EndName, number>
  for (const end of ends) counts[endNameOf(end)] += end.count
  return counts
}

function endNameOf({ as, isReported, isRevoked }: EndTally): EndName {
  if (as === 'completed') return isReported ? 'withNote' : 'withoutNote'
  if (as === 'declined' || as === 'failed') return as
  return isRevoked ? 'takenBack' : 'cancelled'
}

/** How many were declined for which reason, the most frequent first; undefined where none was coded. */
export function declinesOf(
  ends: readonly EndTally[],
): readonly { readonly reason: string | undefined; readonly count: number }[] {
  const counts = new Map<string | undefined, number>()
  for (const { as, reason, count } of ends)
    if (as === 'declined') counts.set(reason, (counts.get(reason) ?? 0) + count)
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count || ((a.reason ?? '~') < (b.reason ?? '~') ? -1 : 1))
}

/** Business statuses by what is waited for, in the order of the way. */
const stateGroups = {
  practice: ['awaiting-information', 'awaiting-acknowledgement'],
  sending: ['sending', 'delivery-failed'],
  triage: ['awaiting-triage'],
  scheduling: ['awaiting-scheduling', 'no-show', 'appointment-cancelled'],
  visit: ['scheduled'],
  report: ['visit-completed'],
  stalled: ['on-hold', 'cancellation-requested', 'lost-at-ehr'],
} as const
export type StateGroup = keyof typeof stateGroups

export interface GroupedStates {
  readonly group: StateGroup
  readonly ms: number
  /** What of the group was there, in its order. */
  readonly states: readonly StateTally[]
}

/** Where referrals stood, without the groups in which none did. */
export const groupedStates = (states: readonly StateTally[]): readonly GroupedStates[] =>
  (Object.keys(stateGroups) as StateGroup[]).flatMap((group) => {
    const members: readonly string[] = stateGroups[group]
    const mine = members.flatMap((name) => states.find(({ status }) => status === name) ?? [])
    const ms = mine.reduce((sum, state) => sum + state.ms, 0)
    return mine.length > 0 ? [{ group, ms, states: mine }] : []
  })
