/** What the sandbox EHR keeps: every version of every resource, as text, with a search index. */

import { parseFhirJson } from '../../domain/fhir/json.ts'
import { EhrError } from './ehr-error.ts'
import type { Journal } from './journal.ts'

/** A resource as parsed; decimals keep their text. */
export type Resource = { readonly resourceType: string; readonly id?: string } & Readonly<
  Record<string, unknown>
>

export interface Version {
  readonly type: string
  readonly id: string
  readonly version: number
  /** Instant; never goes back from one commit to the next. */
  readonly lastUpdated: string
  /** Position in the order of all commits. */
  readonly sequence: number
  /** JSON text; undefined when the resource was deleted. */
  readonly content: string | undefined
}

/** A version to be written; without a resource it deletes. */
export interface Write {
  readonly type: string
  readonly id: string
  readonly resource: Resource | undefined
}

export interface Store {
  /** The latest version, deleted or not. */
  current(type: string, id: string): Version | undefined
  /** Oldest first. */
  versions(type: string, id: string): readonly Version[]
  /** The types of which there is or was a resource. */
  types(): Iterable<string>
  /** The histories of all resources of a type. */
  histories(type: string): Iterable<readonly Version[]>
  /** Ids of the resources of a type that bear or once bore this identifier, `system|value`. */
  byIdentifier(type: string, identifier: string): ReadonlySet<string>
  /** Writes all or nothing, at once; durable when `settled` resolves. */
  commit(writes: readonly Write[]): readonly Version[]
  settled(): Promise<void>
  /** Takes a resource away as if it had never been there. */
  lose(type: string, id: string): void
  /**
   * Puts a backup back: what was committed after this position is gone as if it had never been.
   * @returns `Type/id` of every resource that lost a version
   */
  restore(sequence: number): readonly string[]
  /** The position of the last commit. */
  position(): number
  /** Calls back after each commit. */
  onCommit(listener: (versions: readonly Version[]) => void): void
}

/** A commit as the journal has it. */
interface Entry {
  readonly versions?: readonly Version[]
  readonly lost?: readonly [type: string, id: string]
  readonly restored?: number
}

export interface LoadableStore extends Store {
  replay(line: string): void
  /** Where commits are written from now on. */
  attach(journal: Journal): void
}

export function createStore(now: () => Date): LoadableStore {
  const types = new Map<string, Map<string, Version[]>>()
  const identifiers = new Map<string, Set<string>>()
  const listeners: ((versions: readonly Version[]) => void)[] = []
  let journal: Journal | undefined
  let sequence = 0
  let latest = 0

  const historyOf = (type: string, id: string) => types.get(type)?.get(id)

  const apply = (version: Version) => {
    const ofType = types.get(version.type) ?? new Map<string, Version[]>()
    types.set(version.type, ofType)
    const history = ofType.get(version.id) ?? []
    ofType.set(version.id, history)
    history.push(version)
    for (const key of identifierKeys(version)) {
      const ids = identifiers.get(key) ?? new Set<string>()
      identifiers.set(key, ids.add(version.id))
    }
    sequence = Math.max(sequence, version.sequence)
    latest = Math.max(latest, Date.parse(version.lastUpdated))
  }

  const lose = (type: string, id: string) => {
    types.get(type)?.delete(id)
  }

  const restore = (to: number): readonly string[] => {
    const set = new Set<string>()
    for (const ofType of types.values())
      for (const [id, history] of ofType) {
        const kept = history.filter((version) => version.sequence <= to)
        if (kept.length === history.length) continue
        set.add(`${history[0]?.type}/${id}`)
        if (kept.length > 0) ofType.set(id, kept)
        else ofType.delete(id)
      }
    return [...set]
  }

  return {
    current: (type, id) => historyOf(type, id)?.at(-1),
    versions: (type, id) => historyOf(type, id) ?? [],
    types: () => types.keys(),
    histories: (type) => types.get(type)?.values() ?? [],
    byIdentifier: (type, identifier) => identifiers.get(`${type} ${identifier}`) ?? new Set(),

    commit(writes) {
      latest = Math.max(latest, now().getTime())
      const lastUpdated = new Date(latest).toISOString()
      const seen = new Set<string>()
      const versions = writes.map(({ type, id, resource }, i): Version => {
        if (seen.has(`${type}/${id}`))
          throw new EhrError(400, 'invalid', 'Two entries write the same resource.')
        seen.add(`${type}/${id}`)
        const version = (historyOf(type, id)?.at(-1)?.version ?? 0) + 1
        const place = { type, id, version, lastUpdated }
        const content = resource && contentOf(resource, place)
        return { ...place, sequence: sequence + 1 + i, content }
      })
      versions.forEach(apply)
      journal?.append(JSON.stringify({ versions } satisfies Entry))
      for (const listener of listeners) listener(versions)
      return versions
    },

    settled: () => journal?.settled() ?? Promise.resolve(),

    lose(type, id) {
      lose(type, id)
      journal?.append(JSON.stringify({ lost: [type, id] } satisfies Entry))
    },

    restore(to) {
      journal?.append(JSON.stringify({ restored: to } satisfies Entry))
      return restore(to)
    },
    position: () => sequence,

    onCommit: (listener) => void listeners.push(listener),

    replay(line) {
      const entry = JSON.parse(line) as Entry
      entry.versions?.forEach(apply)
      if (entry.lost) lose(...entry.lost)
      if (entry.restored !== undefined) restore(entry.restored)
    },

    attach: (opened) => {
      journal = opened
    },
  }
}

function contentOf(
  resource: Resource,
  place: { type: string; id: string; version: number; lastUpdated: string },
): string {
  const { resourceType: _type, id: _id, meta, ...rest } = resource
  return JSON.stringify({
    resourceType: place.type,
    id: place.id,
    meta: {
      ...(meta as Record<string, unknown> | undefined),
      versionId: String(place.version),
      lastUpdated: place.lastUpdated,
    },
    ...rest,
  })
}

// Resources are read again for each search; the parsed form of the latest ones is worth keeping.
const parsedVersions = new WeakMap<Version, Resource>()

/** The resource of a version that is not a deletion. */
export function resourceOf(version: Version): Resource {
  const known = parsedVersions.get(version)
  if (known) return known
  const resource = parseFhirJson(version.content ?? '{}') as Resource
  parsedVersions.set(version, resource)
  return resource
}

function identifierKeys(version: Version): readonly string[] {
  if (version.content === undefined) return []
  const { identifier } = resourceOf(version) as {
    identifier?: { system?: string; value?: string } | { system?: string; value?: string }[]
  }
  return [identifier ?? []]
    .flat()
    .map(({ system, value }) => `${version.type} ${system ?? ''}|${value ?? ''}`)
}
