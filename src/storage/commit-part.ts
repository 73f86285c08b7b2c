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

/** Rows as arrays, one for each column: half the work of JSON for PostgreSQL. */
export function unnest(
  $: Bind,
  columns: Readonly<Record<string, readonly [type: string, values: readonly unknown[]]>>,
): string {
  const arrays = Object.values(columns).map(([type, values]) => $(values, type))
  return `unnest(${arrays.join(', ')}) AS x (${Object.keys(columns).join(', ')})`
}

/** A PostgreSQL array as text, for arrays within an array. */
export const arrayLiteral = (texts: readonly string[]): string =>
  `{${texts.map((text) => `"${storable(text).replace(/["\\]/g, '\\$&')}"`).join(',')}}`
