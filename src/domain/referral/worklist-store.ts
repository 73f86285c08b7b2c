/** What the worklist's pages read of the clinic's list, and what they change at its desk. */

import type { Viewer } from '../access/caller.ts'
import type { DeskStore } from './desk.ts'
import type { ViewStore } from './saved-view.ts'
import type { Counted, QueuedReferral, QueueQuery, Tab } from './worklist.ts'

/** It has a clock of its own: what is snoozed until now is back. */
export interface WorklistStore {
  /** What is due first, then what is more urgent, then what is older; of closed ones the latest first. Up to `count + 1` rows. */
  page(viewer: Viewer, query: QueueQuery): Promise<readonly QueuedReferral[]>
  /** How many there are on each tab, up to mostCounted. @param owner as in a filter */
  counts(viewer: Viewer, owner?: string): Promise<Readonly<Record<Tab, number>>>
  /** How many each of these lists has, among the first mostCounted of its tab. */
  sizes(
    viewer: Viewer,
    lists: readonly Pick<QueueQuery, 'tab' | 'filter'>[],
  ): Promise<readonly Counted[]>
  /** These, as far as the viewer has them, in the order of the ids. */
  some(viewer: Viewer, ids: readonly string[]): Promise<readonly QueuedReferral[]>
  /** Ids of what came back by itself after the first instant, up to the second. */
  woken(viewer: Viewer, after: string, until: string): Promise<readonly string[]>
  /**
   * Referrals of patients whom all these tokens describe, and those with one of these identifiers.
   * @param words for each word that was typed, the tokens of which a patient has one
   */
  find(
    viewer: Viewer,
    sought: {
      readonly words: readonly (readonly string[])[]
      readonly identifiers: readonly string[]
    },
    count: number,
  ): Promise<readonly QueuedReferral[]>
  readonly desk: DeskStore
  readonly views: ViewStore
}
