/** Where an action leads: back to the referral, or to the next one of the same tab. */

import type { Caller } from '../../../domain/access/caller.ts'
import type { Referral } from '../../../domain/referral/referral.ts'
import { tabOf } from '../../../domain/referral/worklist.ts'
import type { PageDeps } from '../deps.ts'
import type { Form } from '../form.ts'
import type { ActName } from './acts.ts'

/**
 * @param before the referral as it was
 * @returns an address with ids and codes only
 */
export async function nextAfter(
  { people }: Pick<PageDeps, 'people'>,
  caller: Caller,
  before: Referral,
  name: ActName,
  form: Form,
): Promise<string> {
  if (form.text('go') !== 'next') return `/referrals/${before.id}?done=${name}`
  const tab = tabOf(before.businessStatus, false)
  const rows = await people.worklist.page(caller, { tab, filter: {}, count: 1 })
  const next = rows.find(({ id }) => id !== before.id)
  return next ? `/referrals/${next.id}?done=${name}` : `/worklist?tab=${tab}`
}
