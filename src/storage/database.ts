/** The one thing the stores above need of an engine: run SQL, alone or in a transaction. */

import type { Viewer } from '../domain/access/caller.ts'
import { Problem } from '../domain/problem.ts'

/** SQL under a name: PostgreSQL prepares it once per connection. */
export interface Statement {
  readonly name: string
  readonly text: string
  /**
   * True for a read that walks an index as far as it needs: behind the policies the planner takes one
   * row in 200 to be visible, and would rather read and sort the whole table.
   */
  readonly alongIndex?: true
}

export type Row = Readonly<Record<string, unknown>>

export interface Queryable {
  /** One statement; a plain string is not prepared. */
  query(statement: Statement | string, values?: readonly unknown[]): Promise<readonly Row[]>
  /** Several statements without values, as migrations and pg-boss send them. */
  script(text: string): Promise<readonly Row[]>
}

export interface Database extends Queryable {
  readonly engine: 'postgresql' | 'pglite'
  /** A read behind row-level security: rows of other organisations are not there for it. */
  queryAs(
    viewer: Viewer,
    statement: Statement | string,
    values?: readonly unknown[],
  ): Promise<readonly Row[]>
  /** Everything that `work` runs is committed together, or not at all when it throws. */
  transaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>
  /** Tells this database from a copy of it: where it lies, and on which timeline. */
  identity(): Promise<string>
  /**
   * Hears what the database is notified of (LISTEN), until what it gives back is called.
   * @param onGap what was told meanwhile may have been missed
   */
  listen(
    channel: string,
    onPayload: (payload: string) => void,
    onGap: () => void,
  ): Promise<() => Promise<void>>
  /** Throws Problem('unavailable') when the engine has no room for another write. */
  ensureRoom(): Promise<void>
  close(): Promise<void>
}

/** A logger that takes pino's calls; ids and codes only. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** For the rest of the transaction, and not a moment longer: who reads, and with whose eyes. */
const becomeViewer = {
  name: 'become-viewer',
  text: `
    SELECT set_config('referloop.referrer', $1, true), set_config('referloop.clinic', $2, true),
      set_config('role', 'referloop_reader', true)`,
}

/** The same for a read along an index; to start a worker takes longer than the walk. */
const becomeWalker = {
  name: 'become-walker',
  text: `${becomeViewer.text},
      set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true),
      set_config('enable_bitmapscan', 'off', true),
      set_config('max_parallel_workers_per_gather', '0', true)`,
}

/** How a statement is to be read. */
export const becoming = (statement: Statement | string): Statement =>
  typeof statement !== 'string' && statement.alongIndex ? becomeWalker : becomeViewer

/** The values of becomeViewer. */
export const viewerSettings = ({ role, organization }: Viewer): readonly [string, string] =>
  role === 'referrer' ? [organization, ''] : ['', organization]

/** Commits and the background pass the policies of 0003 by this setting of their session. */
export const beService = `SET referloop.service = 'on'`

const retryAfterSeconds = 5

/**
 * The engine is gone, full or overloaded: the caller may try again.
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const unavailableStates = /^(08...|53...|57P0.|25006|57014|55P03|58030)$/
const lostConnections = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
/** pg and PGlite raise these as bare Errors, so the text is all there is to know them by. */
const lostMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after|PGlite is clos)/

/** SQLSTATE or the system's code for the error, if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/** True when the connection behind the error cannot be used any more. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error)
  if (code !== undefined) return lostConnections.has(code) || /^(08|57P0|25006)/.test(code)
  return error instanceof Error && lostMessages.test(error.message)
}

/** A Problem('unavailable') where trying again may help, else the error as it is. */
export function explain(error: unknown): unknown {
  if (!isConnectionLost(error) && !unavailableStates.test(codeOf(error) ?? '')) return error
  return new Problem('unavailable', 'The database cannot be reached at the moment.', {
    cause: error,
    retryAfter: retryAfterSeconds,
  })
}

const conflicts = new Set(['40001', '40P01'])
const maxRepeats = 5

/** Repeats a single statement that lost a serialization conflict or a deadlock: it left nothing behind. */
export async function repeatOnConflict<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let repeat = 1; ; repeat++) {
    try {
      return await run()
    } catch (error) {
      if (repeat > maxRepeats || !conflicts.has(codeOf(error) ?? '')) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * repeat))
    }
  }
}

/**
 * Text as PostgreSQL can hold it: it knows neither U+0000 nor half a surrogate pair. Validation
 * refuses both in what is stored; a search for them must find nothing rather than fail.
 */
export function storable(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed()
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\u2400') : wellFormed
}
