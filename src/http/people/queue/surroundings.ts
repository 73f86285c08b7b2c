/** What stands around the rows of a list: counts, colleagues, practices, saved lists. */

import type { Caller } from '../../../domain/access/caller.ts'
import type { PageDeps } from '../deps.ts'
import { filterOf, meOf, ownerOf, type QueueAddress, readList } from './filters.ts'
import type { Queue } from './queue.ts'

export async function surroundings(
  { people: { worklist, registry }, now }: Pick<PageDeps, 'people' | 'now'>,
  caller: Caller,
  address: QueueAddress,
): Promise<Pick<Queue, 'address' | 'counts' | 'referrers' | 'colleagues' | 'me' | 'views'>> {
  const me = meOf(caller)
  const [counts, colleagues, views] = await Promise.all([
    worklist.counts(caller, ownerOf(address, caller)),
    worklist.desk.colleagues(caller),
    shownViews(),
  ])
  return { address, counts, referrers: registry().referrers, colleagues, me, views }

  async function shownViews(): Promise<Queue['views']> {
    const { views: kept } = await worklist.views.of(caller, me)
    const lists = kept.map(({ query }) => {
      const saved = readList(query)
      return { tab: saved.tab, filter: filterOf(saved, now(), caller) }
    })
    const sizes = await worklist.sizes(caller, lists)
    return kept.map((view, n) => ({ ...view, size: sizes[n] ?? { count: 0, isMore: false } }))
  }
}
