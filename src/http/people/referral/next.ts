/** Where an action leads: back to the referral, or to the next one of the list that it was opened from. */

import type { Caller } from '../../../domain/access/caller.ts'
import type { Referral } from '../../../domain/referral/referral.ts'
import { type QueuedReferral, tabOf } from '../../../domain/referral/worklist.ts'
import type { PageDeps } from '../deps.ts'
import type { Form } from '../form.ts'
import { filterOf, queryOf, readAddress } from '../queue/filters.ts'
import type { View } from '../view.ts'
import type { ActName } from './acts.ts'

/**
 * The list that a page was opened from, as the query of its address: codes only.
 * @returns '' when it was opened from none
 */
export function listOf({ path }: Pick<View, 'path'>, form?: Form): string {
  const query = form ? form.text('list') : (path.split('?')[1] ?? '')
  const given = Object.fromEntries(new URLSearchParams(query))
  if (given.tab === undefined) return ''
  return queryOf({ ...readAddress(given), after: undefined })
}

/** The address of a referral, or of a step of it, that knows its list. */
export const withList = (path: string, list: string): string =>
  list === '' ? path : `${path}?${list}`

/**
 * @param before the referral as it was
 * @returns an address with ids and codes only
 */
export async function nextAfter(
  { people, now }: Pick<PageDeps, 'people' | 'now'>,
  caller: Caller,
  before: Referral,
  name: ActName,
  form: Form,
): Promise<string> {
  const list = listOf({ path: '' }, form)
  if (form.text('go') !== 'next')
    return `/referrals/${before.id}?${list === '' ? '' : `${list}&`}done=${name}`
  const address =
    list === '' ? undefined : readAddress(Object.fromEntries(new URLSearchParams(list)))
  const tab = address?.tab ?? tabOf(before.businessStatus, false)
  const filter = address ? filterOf(address, now(), caller) : {}
  const passed = new Set([before.id, ...(await people.drafts.held(caller))])
  const first = async (after?: Cursor): Promise<QueuedReferral | undefined> => {
    const query = { tab, filter, count: passed.size, ...(after ? { after } : {}) }
    return (await people.worklist.page(caller, query)).find(({ id }) => !passed.has(id))
  }
  // On from where it stood; at the end of the list, what was left before it.
  const next = (await first(placeOf(before))) ?? (await first())
  return next ? withList(`/referrals/${next.id}`, list) : `/worklist?${list || `tab=${tab}`}`
}

type Cursor = Pick<QueuedReferral, 'due' | 'priority' | 'createdAt' | 'updatedAt' | 'id'>

const placeOf = ({ step, priority, createdAt, updatedAt, id }: Referral): Cursor => ({
  due: step?.due,
  ...{ priority, createdAt, updatedAt, id },
})
