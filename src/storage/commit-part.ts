/** The statement of a commit is put together from parts: common table expressions with a check. */

import type { CommitOutcome } from '../domain/referral/ports.ts'
import { storable } from './database.ts'

/** Adds a parameter; gives back where it stands, with its type. */
export type Bind = (value: unknown, type: string) => string

export interface Part {
  readonly name: string
  readonly sql: string
  /** WHEN it went wrong THEN refuse. */
  readonly check?: string
}

export const refuseUnless = (condition: string, outcome: CommitOutcome): string =>
  `WHEN NOT (${condition}) THEN referloop.refuse('${outcome}')`

export const instant = 'text::timestamptz'

/** Sorted, so that two transactions wait for one another in one order. */
export const distinct = (texts: readonly string[]): string[] =>
  [...new Set(texts.map(storable))].sort()
