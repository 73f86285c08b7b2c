/** What another reading of the registry brings, for the log: ids alone. */

import type { Registry } from './registry.ts'

export interface RegistryNews {
  readonly referrers: number
  readonly clinics: number
  /** Ids of organisations. */
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
}

/** @returns which organisations came, went, and are entered otherwise than before */
export function registryNews(before: Registry, after: Registry): RegistryNews {
  const old = entriesOf(before)
  const now = entriesOf(after)
  return {
    referrers: after.referrers.length,
    clinics: after.clinics.length,
    added: [...now.keys()].filter((id) => !old.has(id)),
    removed: [...old.keys()].filter((id) => !now.has(id)),
    changed: [...now].flatMap(([id, entry]) => (old.has(id) && old.get(id) !== entry ? [id] : [])),
  }
}

const entriesOf = ({ referrers, clinics }: Registry): ReadonlyMap<string, string> =>
  new Map([...referrers, ...clinics].map((each) => [each.id, JSON.stringify(each)]))
