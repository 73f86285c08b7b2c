/** What a worker is told of a job, and how much one process takes at once. */

export interface Attempt {
  /** 1, 2, 3 …, counted before the work begins. */
  readonly attempt: number
  readonly last: boolean
  /** How many attempts just before this one ended without a word: with their process. */
  readonly killed?: number
}

/** A job that ended so many processes, one after the other, is not worked on again but given up. */
export const killsToGiveUp = 3

export interface WorkLimits {
  /** Of all who work on the queue, how much of them one clinic may keep busy; one of them at least. */
  readonly share?: number
  /** For how many jobs of whom, at most, there may be work now; 0 for none. */
  allowed?(): Promise<ReadonlyMap<string, number>>
}
