/** What a run asks of the load process, and what comes back. */

export interface Order {
  readonly url: string
  readonly token?: string
  /** The first number of a body; each request takes the next. */
  readonly first: number
  readonly connections: number
  /** Sends for so long … */
  readonly seconds?: number
  /** … or so many. */
  readonly count?: number
  /** Requests begun each second; without it, a connection sends again as soon as it is answered. */
  readonly rate?: number
}

export interface Outcome {
  readonly sent: number
  readonly perSecond: number
  /** Milliseconds from sending to the whole answer. */
  readonly p50: number
  readonly p99: number
  /** The next unused number. */
  readonly next: number
  /** When each was answered: identifier and epoch milliseconds. */
  readonly answered: readonly (readonly [identifier: string, at: number])[]
}
