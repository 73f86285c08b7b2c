/** What the address of a practice's list says: codes only, never a word of a patient. */

import {
  type ListedReferral,
  type PracticeListName,
  practiceLists,
} from '../../../domain/referral/practice-list.ts'

type Cursor = Pick<ListedReferral, 'due' | 'createdAt' | 'updatedAt' | 'id'>

export interface ListAddress {
  readonly list: PracticeListName
  readonly clinic: string | undefined
  readonly after: Cursor | undefined
}

/** @param query of the address; what is not known there is as if it were not there */
export function readAddress(query: Readonly<Record<string, unknown>>): ListAddress {
  const { clinic } = query
  return {
    list: practiceLists.find((each) => each === query.list) ?? 'answer',
    clinic: typeof clinic === 'string' && /^[A-Za-z0-9.-]{1,64}$/.test(clinic) ? clinic : undefined,
    after: readCursor(query.after),
  }
}

/** The address of a list, without what says nothing. */
export function addressOf({ list, clinic, after }: Partial<ListAddress>): string {
  const pairs = Object.entries({ list, clinic, after: after && cursorText(after) }).filter(
    (pair): pair is [string, string] => !!pair[1],
  )
  const query = new URLSearchParams(pairs).toString()
  return query === '' ? '/practice' : `/practice?${query}`
}

const cursorText = ({ due = '', createdAt, updatedAt, id }: Cursor): string =>
  [due, createdAt, updatedAt, id].join('_')

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

function readCursor(text: unknown): Cursor | undefined {
  if (typeof text !== 'string') return undefined
  const [due = '', createdAt = '', updatedAt = '', id = ''] = text.split('_')
  const isWhole =
    [createdAt, updatedAt, ...(due === '' ? [] : [due])].every((each) => instant.test(each)) &&
    /^[A-Za-z0-9.-]{1,64}$/.test(id)
  return isWhole ? { due: due || undefined, createdAt, updatedAt, id } : undefined
}
