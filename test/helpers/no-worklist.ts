/** A worklist without rows: what is in a list is tested on a database. */

import { type Tab, tabs } from '../../src/domain/referral/worklist.ts'
import type { WorklistStore } from '../../src/domain/referral/worklist-store.ts'

export const noWorklist: WorklistStore = {
  page: async () => [],
  counts: async () => Object.fromEntries(tabs.map((tab) => [tab, 0])) as Record<Tab, number>,
  sizes: async (_viewer, lists) => lists.map(() => ({ count: 0, isMore: false })),
  some: async () => [],
  woken: async () => [],
  find: async () => [],
  desk: {
    colleagues: async () => [],
    find: async () => undefined,
    change: async (_clinicId, _ids, decide) => void decide([]),
    changeFirst: async () => undefined,
  },
  views: {
    of: async () => ({ views: [], first: undefined }),
    keep: async () => true,
    rename: async () => {},
    remove: async () => {},
    beginWith: async () => {},
  },
}
