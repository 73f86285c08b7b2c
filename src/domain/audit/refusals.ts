/**
 * Every refusal is in the trail, and a flood of them is a row a minute: the first ones of a sender
 * stand there by themselves, the rest as their sum. AccessDenied of
 * https://hl7.org/fhir/R4/security.html#AccessDenied
 */

import type { AuditEntry } from '../referral/ports.ts'

/** Who is not known by a token. */
export const anonymous = 'anonymous'

export interface Refusals {
  /**
   * Takes a refusal in.
   * @param status that was answered
   * @returns what is to be written now
   */
  take(entry: AuditEntry, status: number): readonly AuditEntry[]
  /** The sums of the minutes that are over, or of all; they are forgotten here. */
  due(when: 'over' | 'all'): readonly Sum[]
  /** A sum that could not be written is kept for the next time. */
  giveBack(sums: readonly Sum[]): void
}

export interface Sum {
  readonly entry: AuditEntry
  readonly key: string
  readonly count: number
  /** Milliseconds of the first and the last that it stands for. */
  readonly from: number
  readonly to: number
}

const minute = 60_000

/** Addresses without a token that are told apart in a minute; those beyond are one. */
const mostAddresses = 100

/**
 * How many of a sender stand by themselves in a minute. A known client's are within its quota; 503
 * means that the database is away, which is where they would go.
 */
function mostAlone({ agent }: AuditEntry, status: number): number {
  if (status === 503) return 0
  if (status === 429) return 1
  return agent === anonymous ? 10 : Number.POSITIVE_INFINITY
}

interface Window {
  readonly since: number
  alone: number
  sum: Sum | undefined
}

export function refusals(now: () => Date): Refusals {
  const windows = new Map<string, Window>()
  /** Sums of minutes that are over. */
  let over: Sum[] = []

  return { take, due, giveBack }

  function take(entry: AuditEntry, status: number): readonly AuditEntry[] {
    const most = mostAlone(entry, status)
    if (most === Number.POSITIVE_INFINITY) return [entry]
    const at = now().getTime()
    const window = windowOf(entry, status, at)
    if (window.alone < most) {
      window.alone++
      return [entry]
    }
    const { count = 0, from = at } = window.sum ?? {}
    const key = keyOf(entry, status)
    window.sum = { entry: window.sum?.entry ?? entry, key, count: count + 1, from, to: at }
    return []
  }

  function windowOf(entry: AuditEntry, status: number, at: number): Window {
    const wanted = keyOf(entry, status)
    const known = windows.has(wanted) || windows.size < mostAddresses || entry.agent !== anonymous
    const key = known ? wanted : `${anonymous} ${status}`
    const found = windows.get(key)
    if (found && at - found.since < minute) return found
    if (found?.sum) over.push(found.sum)
    const fresh: Window = { since: at, alone: 0, sum: undefined }
    windows.set(key, fresh)
    return fresh
  }

  function due(when: 'over' | 'all'): readonly Sum[] {
    const at = now().getTime()
    for (const [key, { since, sum }] of windows)
      if (when === 'all' || at - since >= minute) {
        if (sum) over.push(sum)
        windows.delete(key)
      }
    const sums = joined(over)
    over = []
    return sums
  }

  function giveBack(sums: readonly Sum[]): void {
    over = [...sums, ...over]
  }
}

/** One for each sender, however long the database is away; they come in the order of time. */
function joined(sums: readonly Sum[]): readonly Sum[] {
  const byKey = new Map<string, Sum>()
  for (const sum of sums) {
    const { count = 0, from = sum.from } = byKey.get(sum.key) ?? {}
    byKey.set(sum.key, { ...sum, count: count + sum.count, from })
  }
  return [...byKey.values()]
}

const keyOf = ({ agent, network, action }: AuditEntry, status: number): string =>
  [agent, agent === anonymous ? network : '', action, status].join(' ')

/** The row of a sum: of no request in particular, and for the same readers. */
export function entryOfSum({ entry, count, from, to }: Sum, now: Date): AuditEntry {
  const { requestId: _one, tokenId: _other, entities: _none, query: _asked, ...rest } = entry
  const [what] = (entry.detail ?? '').split(':')
  const between = [from, to].map((at) => new Date(at).toISOString()).join(' to ')
  return {
    ...rest,
    kind: 'E',
    detail: `${what}: ${count} more, ${between}`,
    recorded: now.toISOString(),
  }
}
