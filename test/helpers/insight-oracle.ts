/**
 * The figures of docs/insight.md counted by hand, so to speak: from the whole history of each referral,
 * without a database and without a thought for speed. What storage counts is held against it.
 */

import type { Viewer } from '../../src/domain/access/caller.ts'
import {
  type Cohort,
  daysTold,
  type EndTally,
  type LoopCount,
  type LoopQuery,
  type Spread,
  type StateTally,
  type Tally,
  type TallyQuery,
} from '../../src/domain/insight/tally.ts'
import { type BusinessStatus, isClosed, type TaskStatus } from '../../src/domain/referral/life.ts'

/** How a referral stood after one of its changes. */
export interface Standing {
  readonly at: string
  readonly status: TaskStatus
  readonly businessStatus: BusinessStatus
  readonly overall: string
  readonly reason?: string
  readonly reported?: boolean
  readonly revoked?: boolean
  readonly withheld?: boolean
}

export interface History {
  readonly id: string
  readonly referrerId: string
  readonly clinicId: string
  readonly patientId: string
  readonly standings: readonly [Standing, ...Standing[]]
}

interface Stay {
  readonly from: string | undefined
  readonly to: string
  readonly at: number
  readonly until: number
  readonly withClinic: boolean
}

const ms = (instant: string): number => Date.parse(instant)

/** The first change of which it is true. */
const firstAt = (
  { standings }: History,
  holds: (standing: Standing) => boolean,
): number | undefined => {
  const found = standings.find(holds)
  return found && ms(found.at)
}

const isWithClinic = ({ status }: Standing): boolean =>
  status !== 'requested' && status !== 'cancelled'
const stageOf = ({ status, businessStatus }: Standing): number => {
  if (status === 'completed' || businessStatus === 'visit-completed') return 3
  if (status === 'in-progress') return 2
  return status === 'accepted' || status === 'on-hold' ? 1 : 0
}

function factsOf(history: History) {
  const { standings } = history
  const last = standings.at(-1) as Standing
  const ended = isClosed(last.status) ? last : undefined
  const end = ended && standings.find((each) => each.businessStatus === ended.businessStatus)
  return {
    ...history,
    submitted: ms(standings[0].at),
    isIncomplete: standings[0].overall === 'incomplete',
    complete: firstAt(history, ({ overall }) => overall !== 'incomplete'),
    arrived: firstAt(history, isWithClinic),
    bounced: firstAt(
      history,
      ({ status, businessStatus }) =>
        status === 'rejected' ||
        (status !== 'requested' && businessStatus === 'awaiting-information'),
    ),
    accepted: firstAt(history, (each) => stageOf(each) >= 1),
    scheduled: firstAt(history, (each) => stageOf(each) >= 2),
    seen: firstAt(history, (each) => stageOf(each) >= 3),
    reported: firstAt(history, ({ reported }) => reported === true),
    revoked: firstAt(history, ({ revoked }) => revoked === true),
    ended: end && ms(end.at),
    endedAs: end?.businessStatus,
    reason: standings.findLast(({ reason }) => reason)?.reason,
    withheld: last.withheld === true,
  }
}
type Facts = ReturnType<typeof factsOf>

function staysOf({ standings }: History): readonly Stay[] {
  const begun = standings.filter(
    ({ businessStatus }, n) => n === 0 || standings[n - 1]?.businessStatus !== businessStatus,
  )
  return begun.map((standing, n) => ({
    from: begun[n - 1]?.businessStatus,
    to: standing.businessStatus,
    at: ms(standing.at),
    until: begun[n + 1] ? ms((begun[n + 1] as Standing).at) : Number.POSITIVE_INFINITY,
    withClinic: standings.some((each) => isWithClinic(each) && each.at <= standing.at),
  }))
}

/** As percentile_cont: between the two nearest, in proportion. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number]
  return Math.round(low + (high - low) * (place - Math.floor(place)))
}

const spread = (values: readonly number[]): Spread | undefined =>
  values.length === 0
    ? undefined
    : {
        p25: percentile(values, 0.25),
        p50: percentile(values, 0.5),
        p75: percentile(values, 0.75),
        p90: percentile(values, 0.9),
      }

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0)

export function tallyOf(
  histories: readonly History[],
  { role, organization }: Viewer,
  query: TallyQuery,
): Tally {
  const isClinic = role === 'clinic'
  const [from, until] = [ms(query.from), ms(query.until)]
  const partnerOf = (of: History) => (isClinic ? of.referrerId : of.clinicId)
  const isIn = (time: number | undefined): boolean =>
    time !== undefined && time >= from && time < until
  const mine = histories
    .filter(
      (each) =>
        (isClinic ? each.clinicId : each.referrerId) === organization &&
        (query.partner === undefined || partnerOf(each) === query.partner),
    )
    .map(factsOf)
  const visible = mine.filter(({ arrived }) => !isClinic || arrived !== undefined)
  const isKnown = ({ withheld }: Facts) => !isClinic || !withheld
  const worked = (time: number): number => {
    const days = query.openings.filter((opening) => ms(opening) <= time)
    if (days.length === 0) return 0
    const today = time - ms(days.at(-1) as string)
    return (days.length - 1) * query.openMs + Math.min(today, query.openMs)
  }
  const cohortOf = (all: readonly Facts[]): Cohort => {
    const count = (holds: (facts: Facts) => unknown) => all.filter(holds).length
    const incomplete = all.filter((facts) => facts.isIncomplete && isKnown(facts))
    const has = (holds: (facts: Facts) => boolean) => incomplete.filter(holds).length
    const isSentBack = ({ bounced, complete }: Facts) =>
      bounced !== undefined && (complete === undefined || bounced < complete)
    const completed = incomplete.filter(({ complete }) => complete !== undefined)
    const isLost = (facts: Facts) => facts.complete === undefined && !isSentBack(facts)
    return {
      submitted: all.length,
      unknown: count((facts) => !isKnown(facts)),
      incomplete: incomplete.length,
      salvaged: completed.filter((facts) => !isSentBack(facts)).length,
      sentBack: has(isSentBack),
      ended: has((facts) => isLost(facts) && facts.ended !== undefined),
      waiting: has((facts) => isLost(facts) && facts.ended === undefined),
      completed: completed.length,
      clock: spread(completed.map(({ complete = 0, submitted }) => complete - submitted)),
      working: spread(
        completed.map(({ complete = 0, submitted }) => worked(complete) - worked(submitted)),
      ),
      arrived: count(({ arrived }) => arrived),
      accepted: count(({ accepted }) => accepted),
      scheduled: count(({ scheduled }) => scheduled),
      seen: count(({ seen }) => seen),
      closed: count(({ endedAs, reported }) => endedAs === 'completed' && reported),
      declined: count(({ endedAs }) => endedAs === 'declined'),
    }
  }
  const cohort = visible.filter(({ submitted }) => isIn(submitted))
  const days = Array.from({ length: daysTold + 1 }, () => 0)
  for (const { isIncomplete, complete, submitted, ...facts } of cohort)
    if (isIncomplete && complete !== undefined && (!isClinic || !facts.withheld)) {
      const day = Math.min(daysTold, Math.floor((complete - submitted) / 86_400_000))
      days[day] = (days[day] as number) + 1
    }
  const stays = mine.flatMap(staysOf).filter(({ withClinic }) => !isClinic || withClinic)
  return {
    total: cohortOf(cohort),
    partners: [...new Set(cohort.map(partnerOf))].map((partner) => ({
      partner,
      ...cohortOf(cohort.filter((each) => partnerOf(each) === partner)),
    })),
    steps: query.steps.map((step, n) => {
      const end = query.steps[n + 1] ? ms(query.steps[n + 1] as string) : until
      const { submitted, unknown, incomplete } = cohortOf(
        cohort.filter((each) => each.submitted >= ms(step) && each.submitted < end),
      )
      return { submitted, unknown, incomplete }
    }),
    days,
    ends: endsOf(visible.filter(({ ended }) => isIn(ended))),
    states: statesOf(stays, from, until),
    noShows: stays.filter(({ to, at }) => to === 'no-show' && isIn(at)).length,
    visits: stays.filter(
      ({ from: before = '', to, at }) =>
        isIn(at) &&
        (to === 'visit-completed' ||
          (to === 'completed' &&
            ['scheduled', 'no-show', 'appointment-cancelled'].includes(before))),
    ).length,
  }
}

function endsOf(ended: readonly Facts[]): readonly EndTally[] {
  const kinds = Map.groupBy(ended, ({ endedAs, reason, reported, revoked }) =>
    JSON.stringify([endedAs, reason ?? null, reported !== undefined, revoked !== undefined]),
  )
  return [...kinds].map(([kind, all]) => {
    const [as, reason, isReported, isRevoked] = JSON.parse(kind) as [
      string,
      string | null,
      boolean,
      boolean,
    ]
    return { as, reason: reason ?? undefined, isReported, isRevoked, count: all.length }
  })
}

const ends = new Set(['declined', 'cancelled', 'failed', 'completed'])

function statesOf(stays: readonly Stay[], from: number, until: number): readonly StateTally[] {
  const here = stays.filter((stay) => !ends.has(stay.to) && stay.until >= from && stay.at < until)
  return [...Map.groupBy(here, ({ to }) => to)].map(([status, all]) => {
    const over = all.filter((stay) => stay.until < until).map((stay) => stay.until - stay.at)
    return {
      status,
      ms: sum(all.map((stay) => Math.min(stay.until, until) - Math.max(stay.at, from))),
      stays: over.length,
      p50: over.length > 0 ? percentile(over, 0.5) : undefined,
      p90: over.length > 0 ? percentile(over, 0.9) : undefined,
    }
  })
}

export function loopOf(
  histories: readonly History[],
  { role, organization }: Viewer,
  { from, until, referredUntil }: LoopQuery,
): LoopCount {
  const isClinic = role === 'clinic'
  const referred = histories
    .map(factsOf)
    .filter(
      ({ clinicId, referrerId, arrived, revoked, submitted }) =>
        (isClinic ? clinicId : referrerId) === organization &&
        (!isClinic || arrived !== undefined) &&
        revoked === undefined &&
        submitted >= ms(from) &&
        submitted < ms(referredUntil),
    )
  const first = [...Map.groupBy(referred, ({ patientId }) => patientId).values()].map(
    (all) => all.sort((a, b) => a.submitted - b.submitted || (a.id < b.id ? -1 : 1))[0] as Facts,
  )
  const closed = first.filter(
    ({ endedAs, ended = 0, reported }) =>
      endedAs === 'completed' && reported !== undefined && Math.max(ended, reported) < ms(until),
  )
  return { initialPopulation: first.length, numerator: closed.length }
}

/** In an order of its own, so that answers can be compared. */
export const inOrder = (tally: Tally): Tally => ({
  ...tally,
  partners: tally.partners.toSorted((a, b) => (a.partner < b.partner ? -1 : 1)),
  ends: tally.ends.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  states: tally.states.toSorted((a, b) => (a.status < b.status ? -1 : 1)),
})
