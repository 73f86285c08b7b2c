/**
 * Counts what docs/insight.md defines, behind row-level security: one walk along an index for each
 * question, and only numbers leave the database.
 */

import type { Viewer } from '../domain/access/caller.ts'
import {
  type Cohort,
  daysTold,
  type EndTally,
  type InsightStore,
  type LoopCount,
  type Spread,
  type StateTally,
  type StepTally,
  type TallyQuery,
} from '../domain/insight/tally.ts'
import type { Database, Row } from './database.ts'
import { storable } from './database.ts'

/** @param firstWall as in resourceStore */
export function insightStore(db: Database, firstWall = true): InsightStore {
  const wall = (viewer: Viewer) => wallOf(viewer, firstWall)
  return {
    async tally(viewer, query) {
      // One after the other: who counts a year must not take all the connections that there are.
      const ask = (make: typeof dayQuery) => {
        const { text, values } = make(viewer, side, query)
        return db.queryAs(viewer, text, values)
      }
      const side = wall(viewer)
      const cohorts = await ask(cohortQuery)
      const spreads = await ask(spreadQuery)
      const days = await ask(dayQuery)
      const ends = await ask(endQuery)
      const states = await ask(stateQuery)
      const took = new Map(spreads.map((row) => [row.partner, row]))
      const steps = new Map(
        cohorts.flatMap((row) => (row.kind === 'step' ? [[Number(row.step), toStep(row)]] : [])),
      )
      const taken = new Map(days.map((row) => [Number(row.day), Number(row.count)]))
      return {
        total: toCohort(cohorts.find(({ kind }) => kind === 'total') ?? {}, took.get(null)),
        partners: cohorts.flatMap((row) =>
          row.kind === 'partner'
            ? [{ partner: String(row.partner), ...toCohort(row, took.get(row.partner)) }]
            : [],
        ),
        steps: query.steps.map((_, n) => steps.get(n + 1) ?? noStep),
        days: Array.from({ length: daysTold + 1 }, (_, day) => taken.get(day) ?? 0),
        ends: ends.map(toEnd),
        states: states.filter(({ is_end }) => is_end !== true).map(toState),
        noShows: number(states.find(({ to_status }) => to_status === 'no-show')?.arrivals),
        visits: visitsOf(states),
      }
    },
    async loop(viewer, query) {
      const rows = await db.queryAs(viewer, loopText(wall(viewer)), [
        viewer.organization,
        query.from,
        query.until,
        query.referredUntil,
      ])
      const total = rows.find(({ is_total }) => is_total === true)
      return {
        total: toLoop(total ?? {}),
        partners: rows.flatMap((row) =>
          row.is_total === true ? [] : [{ partner: String(row.partner), ...toLoop(row) }],
        ),
      }
    },
  }
}

interface Asked {
  readonly text: string
  readonly values: readonly unknown[]
}

/** Which rows are the viewer's, and what it may know of a packet. $1 is the organisation. */
interface Wall {
  readonly journeys: string
  readonly moves: string
  /** Column of the organisation on the other side. */
  readonly partner: 'referrer_id' | 'clinic_id'
  /** A condition under which the check that was made is the one that the viewer has. */
  readonly isKnown: string
}

function wallOf({ role }: Viewer, firstWall: boolean): Wall {
  const isClinic = role === 'clinic'
  const own = isClinic ? 'clinic_id' : 'referrer_id'
  const mine = firstWall ? `${own} = $1` : '$1::text IS NOT NULL'
  return {
    journeys: isClinic && firstWall ? `${mine} AND arrived_at IS NOT NULL` : mine,
    moves: isClinic && firstWall ? `${mine} AND with_clinic` : mine,
    partner: isClinic ? 'referrer_id' : 'clinic_id',
    isKnown: isClinic ? 'NOT withheld' : 'true',
  }
}

/** Parameters of every question: $1 the organisation, $2 to $3 the period, $4 one partner or null. */
const valuesOf = ({ organization }: Viewer, { from, until, partner }: TallyQuery): unknown[] => [
  organization,
  from,
  until,
  partner === undefined ? null : storable(partner),
]

const within = (column: string): string =>
  `${column} >= $2::timestamptz AND ${column} < $3::timestamptz`

const ofPartner = ({ partner }: Wall): string => `($4::text IS NULL OR ${partner} = $4)`

/** Working seconds up to an instant: whole days since the first opening, and what of this one has passed. */
const worked = (instant: string): string => {
  const epoch = `extract(epoch FROM ${instant})::float8`
  const day = `width_bucket(${epoch}, $5::float8[])`
  return `CASE WHEN ${day} = 0 THEN 0 ELSE
      (${day} - 1) * $6::float8 + least(${epoch} - ($5::float8[])[${day}], $6::float8) END`
}

const quartiles = (value: string): string =>
  `percentile_cont(ARRAY[0.25, 0.5, 0.75, 0.9]) WITHIN GROUP (ORDER BY ${value})`

const isIncomplete = ({ isKnown }: Wall): string => `(first_overall = 'incomplete' AND ${isKnown})`

/** Without quartiles, for which the rows would have to be sorted three times over. */
const cohortQuery = (viewer: Viewer, wall: Wall, query: TallyQuery): Asked => ({
  text: `
    WITH cohort AS (
      SELECT ${wall.partner} AS partner, ${wall.isKnown} AS known, ${isIncomplete(wall)} AS incomplete,
        width_bucket(extract(epoch FROM submitted_at)::float8, $5::float8[]) AS step,
        complete_at, bounced_at, arrived_at, accepted_at, scheduled_at, seen_at, reported_at, ended_at,
        ended_as
      FROM referloop.journey
      WHERE ${wall.journeys} AND ${within('submitted_at')} AND ${ofPartner(wall)}
    )
    SELECT CASE WHEN grouping(partner, step) = 3 THEN 'total'
        WHEN grouping(step) = 1 THEN 'partner' ELSE 'step' END AS kind,
      partner, step,
      count(*)::int AS submitted,
      count(*) FILTER (WHERE NOT known)::int AS unknown,
      count(*) FILTER (WHERE incomplete)::int AS incomplete,
      count(*) FILTER (WHERE incomplete AND complete_at IS NOT NULL
        AND (bounced_at IS NULL OR bounced_at >= complete_at))::int AS salvaged,
      count(*) FILTER (WHERE incomplete AND bounced_at IS NOT NULL
        AND (complete_at IS NULL OR bounced_at < complete_at))::int AS sent_back,
      count(*) FILTER (WHERE incomplete AND bounced_at IS NULL AND complete_at IS NULL
        AND ended_at IS NOT NULL)::int AS ended,
      count(*) FILTER (WHERE incomplete AND bounced_at IS NULL AND complete_at IS NULL
        AND ended_at IS NULL)::int AS waiting,
      count(*) FILTER (WHERE incomplete AND complete_at IS NOT NULL)::int AS completed,
      count(arrived_at)::int AS arrived,
      count(accepted_at)::int AS accepted,
      count(scheduled_at)::int AS scheduled,
      count(seen_at)::int AS seen,
      count(*) FILTER (WHERE ended_as = 'completed' AND reported_at IS NOT NULL)::int AS closed,
      count(*) FILTER (WHERE ended_as = 'declined')::int AS declined
    FROM cohort
    GROUP BY GROUPING SETS ((), (partner), (step))
    ORDER BY submitted DESC, partner`,
  values: [...valuesOf(viewer, query), query.steps.map(secondsOf)],
})

/** The total has no partner. */
const spreadQuery = (viewer: Viewer, wall: Wall, query: TallyQuery): Asked => ({
  text: `
    SELECT partner, ${quartiles('clock')} AS clock, ${quartiles('working')} AS working
    FROM (
      SELECT ${wall.partner} AS partner,
        extract(epoch FROM complete_at - submitted_at)::float8 AS clock,
        ${worked('complete_at')} - ${worked('submitted_at')} AS working
      FROM referloop.journey
      WHERE ${wall.journeys} AND ${within('submitted_at')} AND ${ofPartner(wall)}
        AND ${isIncomplete(wall)} AND complete_at IS NOT NULL
    ) AS taken
    GROUP BY GROUPING SETS ((), (partner))`,
  values: [...valuesOf(viewer, query), query.openings.map(secondsOf), query.openMs / 1000],
})

const secondsOf = (instant: string): number => Date.parse(instant) / 1000

const dayQuery = (viewer: Viewer, wall: Wall, query: TallyQuery): Asked => ({
  text: `
    SELECT least(floor(extract(epoch FROM complete_at - submitted_at) / 86400), ${daysTold})::int AS day,
      count(*)::int AS count
    FROM referloop.journey
    WHERE ${wall.journeys} AND ${within('submitted_at')} AND ${ofPartner(wall)}
      AND ${isIncomplete(wall)} AND complete_at IS NOT NULL
    GROUP BY 1`,
  values: valuesOf(viewer, query),
})

const endQuery = (viewer: Viewer, wall: Wall, query: TallyQuery): Asked => ({
  text: `
    SELECT ended_as, reason, reported_at IS NOT NULL AS reported, revoked_at IS NOT NULL AS revoked,
      count(*)::int AS count
    FROM referloop.journey
    WHERE ${wall.journeys} AND ${within('ended_at')} AND ${ofPartner(wall)}
    GROUP BY 1, 2, 3, 4
    ORDER BY 5 DESC, 1, 2, 3, 4`,
  values: valuesOf(viewer, query),
})

const isEnd = "to_status IN ('declined', 'cancelled', 'failed', 'completed')"

/** Where referrals stood, and to where they came, in one walk: each kind of end is a row as well. */
const stateQuery = (viewer: Viewer, wall: Wall, query: TallyQuery): Asked => ({
  text: `
    SELECT to_status, ${isEnd} AS is_end,
      sum(extract(epoch FROM least(until, $3::timestamptz) - greatest(at, $2::timestamptz)))::float8 AS seconds,
      count(*) FILTER (WHERE until < $3::timestamptz)::int AS stays,
      percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (
        ORDER BY extract(epoch FROM until - at)::float8)
        FILTER (WHERE until < $3::timestamptz AND NOT ${isEnd}) AS stay,
      count(*) FILTER (WHERE at >= $2::timestamptz)::int AS arrivals,
      count(*) FILTER (WHERE at >= $2::timestamptz
        AND from_status IN ('scheduled', 'no-show', 'appointment-cancelled'))::int AS from_appointment
    FROM referloop.move
    WHERE ${wall.moves} AND until >= $2::timestamptz AND at < $3::timestamptz AND ${ofPartner(wall)}
    GROUP BY to_status
    ORDER BY to_status`,
  values: valuesOf(viewer, query),
})

/** Whoever was seen was there, whether or not the clinic said so before it reported. */
function visitsOf(states: readonly Row[]): number {
  const at = (status: string) => states.find(({ to_status }) => to_status === status)
  return number(at('visit-completed')?.arrivals) + number(at('completed')?.from_appointment)
}

/** The first referral of each patient counts, and what was taken back is none. */
const loopText = (wall: Wall): string => `
    WITH first AS (
      SELECT DISTINCT ON (patient_id) ${wall.partner} AS partner,
        ended_as = 'completed' AND greatest(reported_at, ended_at) < $3::timestamptz
          AND reported_at IS NOT NULL AS closed
      FROM referloop.journey
      WHERE ${wall.journeys} AND submitted_at >= $2::timestamptz
        AND submitted_at < $4::timestamptz AND revoked_at IS NULL
      ORDER BY patient_id, submitted_at, referral_id
    )
    SELECT grouping(partner) = 1 AS is_total, partner, count(*)::int AS initial_population,
      count(*) FILTER (WHERE closed)::int AS numerator
    FROM first
    GROUP BY GROUPING SETS ((), (partner))
    ORDER BY initial_population DESC, partner`

const number = (value: unknown): number => Number(value ?? 0)

const toLoop = (row: Row): LoopCount => ({
  initialPopulation: number(row.initial_population),
  numerator: number(row.numerator),
})

const noStep: StepTally = { submitted: 0, unknown: 0, incomplete: 0 }

const toStep = (row: Row): StepTally => ({
  submitted: number(row.submitted),
  unknown: number(row.unknown),
  incomplete: number(row.incomplete),
})

const toCohort = (row: Row, took: Row | undefined): Cohort => ({
  ...toStep(row),
  salvaged: number(row.salvaged),
  sentBack: number(row.sent_back),
  ended: number(row.ended),
  waiting: number(row.waiting),
  completed: number(row.completed),
  clock: toSpread(took?.clock),
  working: toSpread(took?.working),
  arrived: number(row.arrived),
  accepted: number(row.accepted),
  scheduled: number(row.scheduled),
  seen: number(row.seen),
  closed: number(row.closed),
  declined: number(row.declined),
})

/** Seconds from the database. */
const msOf = (seconds: unknown): number => Math.round(Number(seconds) * 1000)

function toSpread(value: unknown): Spread | undefined {
  const [p25, p50, p75, p90] = Array.isArray(value) ? value.map(msOf) : []
  return p25 === undefined || p50 === undefined || p75 === undefined || p90 === undefined
    ? undefined
    : { p25, p50, p75, p90 }
}

const toEnd = (row: Row): EndTally => ({
  as: String(row.ended_as),
  reason: row.reason === null ? undefined : String(row.reason),
  isReported: row.reported === true,
  isRevoked: row.revoked === true,
  count: number(row.count),
})

function toState(row: Row): StateTally {
  const [p50, p90] = Array.isArray(row.stay) ? row.stay.map(msOf) : []
  return {
    status: String(row.to_status),
    ms: msOf(row.seconds),
    stays: number(row.stays),
    p50,
    p90,
  }
}
