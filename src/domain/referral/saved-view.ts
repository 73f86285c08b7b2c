/** Lists that people of a clinic keep under a name: the codes of their address, and nothing else. */

import type { Viewer } from '../access/caller.ts'

export interface SavedView {
  readonly id: string
  readonly name: string
  /** True when everybody of the clinic has it. */
  readonly isShared: boolean
  /** `tab=new&priority=urgent` */
  readonly query: string
}

/** What somebody has kept, and what their clinic has. */
export interface ViewsOf {
  /** By name. */
  readonly views: readonly SavedView[]
  /** The id of the one that they begin with. */
  readonly first: string | undefined
}

/** Each has a count, and each costs one with every list. */
export const mostViews = 12
export const longestViewName = 60

export interface ViewStore {
  /** @param colleague whose own there are besides the clinic's */
  of(viewer: Viewer, colleague: string): Promise<ViewsOf>
  /** @returns false when there are mostViews already, of theirs or of the clinic's */
  keep(clinicId: string, colleague: string, view: SavedView): Promise<boolean>
  /** Does nothing to another colleague's. */
  rename(clinicId: string, colleague: string, id: string, name: string): Promise<void>
  remove(clinicId: string, colleague: string, id: string): Promise<void>
  /** @param id undefined for the usual list */
  beginWith(clinicId: string, colleague: string, id: string | undefined): Promise<void>
}
