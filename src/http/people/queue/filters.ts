/** What the address of a list says: codes only, never a word of a patient. */

import type { Caller } from '../../../domain/access/caller.ts'
import { colleagueId, nobody } from '../../../domain/referral/desk.ts'
import type { QueuedReferral, QueueFilter, Tab } from '../../../domain/referral/worklist.ts'
import { tabs } from '../../../domain/referral/worklist.ts'
import { overalls } from '../../../domain/screening/policy.ts'

export const priorities = ['stat', 'asap', 'urgent', 'routine'] as const
export const dues = ['late', 'today'] as const

type Cursor = Pick<QueuedReferral, 'due' | 'priority' | 'createdAt' | 'updatedAt' | 'id'>

export interface QueueAddress {
  readonly tab: Tab
  /** `mine`, `none`, or the id of a colleague. */
  readonly owner: string | undefined
  readonly priority: (typeof priorities)[number] | undefined
  readonly overall: (typeof overalls)[number] | undefined
  readonly referrer: string | undefined
  readonly due: (typeof dues)[number] | undefined
  readonly after: Cursor | undefined
}

const one = <Code extends string>(value: unknown, codes: readonly Code[]): Code | undefined =>
  codes.find((code) => code === value)

/** @param query of the address; what is not known there is as if it were not there */
export function readAddress(query: Readonly<Record<string, unknown>>): QueueAddress {
  const { referrer } = query
  return {
    tab: one(query.tab, tabs) ?? 'new',
    owner: readOwner(query.owner),
    priority: one(query.priority, priorities),
    overall: one(query.overall, overalls),
    referrer:
      typeof referrer === 'string' && /^[A-Za-z0-9.-]{1,64}$/.test(referrer) ? referrer : undefined,
    due: one(query.due, dues),
    after: readCursor(query.after),
  }
}

const readOwner = (value: unknown): string | undefined =>
  typeof value === 'string' && /^(mine|none|[0-9a-f]{16})$/.test(value) ? value : undefined

/** The same from a text such as `tab=new&priority=urgent`. */
export const readList = (query: string): QueueAddress =>
  readAddress(Object.fromEntries(new URLSearchParams(query)))

/** The address of a list, without what says nothing. */
export function addressOf(address: Partial<QueueAddress>): string {
  const query = queryOf(address)
  return query === '' ? '/worklist' : `/worklist?${query}`
}

/** The same without the path: what `readList` reads. */
export function queryOf(address: Partial<QueueAddress>): string {
  const { tab, owner, priority, overall, referrer, due, after } = address
  const given = { tab, owner, priority, overall, referrer, due, after: after && cursorText(after) }
  const pairs = Object.entries(given).filter((pair): pair is [string, string] => !!pair[1])
  return new URLSearchParams(pairs).toString()
}

/** What the list is narrowed by, besides whose it is. */
export const isFiltered = ({ priority, overall, referrer, due }: QueueAddress): boolean =>
  [priority, overall, referrer, due].some((each) => each !== undefined)

/** Who asks, as a colleague of their clinic. */
export const meOf = ({ organization, person }: Caller): string =>
  person ? colleagueId(organization, person.id) : nobody

/** @param caller who `mine` is */
export const ownerOf = ({ owner }: QueueAddress, caller: Caller): string | undefined =>
  owner === 'mine' ? meOf(caller) : owner === 'none' ? nobody : owner

const day = 86_400_000

export const filterOf = (address: QueueAddress, now: Date, caller: Caller): QueueFilter => ({
  ...codesOf(address, now),
  owner: ownerOf(address, caller),
})

const codesOf = ({ priority, overall, referrer, due }: QueueAddress, now: Date): QueueFilter => ({
  priority,
  overall,
  referrer,
  dueBy: due && new Date(now.getTime() + (due === 'today' ? day : 0)).toISOString(),
})

const cursorText = ({ due = '', priority, createdAt, updatedAt, id }: Cursor): string =>
  [due, priority, createdAt, updatedAt, id].join('_')

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

function readCursor(text: unknown): Cursor | undefined {
  if (typeof text !== 'string') return undefined
  const [due = '', priority, createdAt = '', updatedAt = '', id = ''] = text.split('_')
  const known = one(priority, priorities)
  const isWhole =
    known &&
    [createdAt, updatedAt, ...(due === '' ? [] : [due])].every((each) => instant.test(each)) &&
    /^[A-Za-z0-9.-]{1,64}$/.test(id)
  return isWhole ? { due: due || undefined, priority: known, createdAt, updatedAt, id } : undefined
}
