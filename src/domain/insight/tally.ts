/** What is counted, as docs/insight.md defines it. Storage counts; here is what the counts mean. */

import type { Viewer } from '../access/caller.ts'

/** Milliseconds: the quarter, the half, three quarters, nine tenths took no longer. */
export interface Spread {
  readonly p25: number
  readonly p50: number
  readonly p75: number
  readonly p90: number
}

/** Referrals submitted in a period, and what has become of them so far. */
export interface Cohort {
  readonly submitted: number
  /** Of which the viewer sees another check than was made, so that nothing is said of their packets. */
  readonly unknown: number
  /** Something was missing at first. These become `salvaged + sentBack + ended + waiting`. */
  readonly incomplete: number
  /** Complete since, and the clinic had not sent it back before. */
  readonly salvaged: number
  /** The clinic declined it, or asked, before it was complete. */
  readonly sentBack: number
  /** At an end, never complete and never sent back. */
  readonly ended: number
  /** Neither complete nor at an end. */
  readonly waiting: number
  /** How many of the incomplete are complete now, and how long that took. */
  readonly completed: number
  readonly clock: Spread | undefined
  readonly working: Spread | undefined
  /** How many have come so far: each is one of those before it. */
  readonly arrived: number
  readonly accepted: number
  readonly scheduled: number
  readonly seen: number
  readonly closed: number
  /** Beside that way. */
  readonly declined: number
}

export interface StepTally {
  readonly submitted: number
  readonly unknown: number
  readonly incomplete: number
}

/** How referrals ended in a period, whenever they had been submitted. */
export interface EndTally {
  /** Business status. */
  readonly as: string
  /** Code of decline-reason. */
  readonly reason: string | undefined
  /** The referrer has a report of the clinic. */
  readonly isReported: boolean
  /** The order was revoked. */
  readonly isRevoked: boolean
  readonly count: number
}

/** Where referrals stood in a period. */
export interface StateTally {
  /** Business status. */
  readonly status: string
  /** What lies within the period, of all together. */
  readonly ms: number
  /** Stays that ended in the period, and how long they had been, from their beginning. */
  readonly stays: number
  readonly p50: number | undefined
  readonly p90: number | undefined
}

export interface Tally {
  readonly total: Cohort
  /** By the organisations on the other side. */
  readonly partners: readonly (Cohort & { readonly partner: string })[]
  /** One for each step of the query. */
  readonly steps: readonly StepTally[]
  /** Of the incomplete that are complete now: within one day, two days … the last for all later. */
  readonly days: readonly number[]
  readonly ends: readonly EndTally[]
  readonly states: readonly StateTally[]
  /** Appointments that came to their day in the period. */
  readonly noShows: number
  readonly visits: number
}

export interface TallyQuery {
  /** Instants, the second excluded and not later than now. */
  readonly from: string
  readonly until: string
  /** What is told of one organisation on the other side alone. */
  readonly partner?: string | undefined
  /** Instants at which the steps begin; the first is `from`. */
  readonly steps: readonly string[]
  /** Working time: instants of opening, and milliseconds from opening to closing. */
  readonly openings: readonly string[]
  readonly openMs: number
}

/** Days that are told apart in how long a packet took; all that is later is one more. */
export const daysTold = 14

/** Patients referred in a measurement period, and how many loops were closed: the populations of CMS50. */
export interface LoopCount {
  readonly initialPopulation: number
  readonly numerator: number
}

export interface LoopQuery {
  /** Instants: the measurement period, its end excluded, and when its first ten months are over. */
  readonly from: string
  readonly until: string
  readonly referredUntil: string
}

/** Each reads what its viewer took part in and nothing else. */
export interface InsightStore {
  tally(viewer: Viewer, query: TallyQuery): Promise<Tally>
  loop(
    viewer: Viewer,
    query: LoopQuery,
  ): Promise<{
    readonly total: LoopCount
    readonly partners: readonly (LoopCount & { readonly partner: string })[]
  }>
}
