/** A list with what stands around it, as its page shows it. */

import type { Colleague } from '../../../domain/referral/desk.ts'
import type { SavedView } from '../../../domain/referral/saved-view.ts'
import type { Counted, Tab } from '../../../domain/referral/worklist.ts'
import type { Part } from '../../pages/html.ts'
import type { QueueAddress } from './filters.ts'
import type { QueueRow } from './rows.ts'

interface ShownView extends SavedView {
  readonly size: Counted
}

export interface Queue {
  readonly address: QueueAddress
  readonly counts: Readonly<Record<Tab, number>>
  readonly rows: readonly QueueRow[]
  /** The address of the page behind this one. */
  readonly next: string | undefined
  /** Practices to filter by. */
  readonly referrers: readonly { readonly id: string; readonly name: string }[]
  readonly colleagues: readonly Colleague[]
  /** The reader, as one of them. */
  readonly me: string
  readonly views: readonly ShownView[]
  /** True when all rows are to be chosen at first. */
  readonly chosen?: boolean
  /** What was searched for; undefined for a tab. */
  readonly sought?: string
  /** What was just done. */
  readonly told?: Part
}
