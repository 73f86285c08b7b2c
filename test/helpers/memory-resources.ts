/** The FHIR read side in memory, for tests of the HTTP side: the same answers as storage/, small. */

import type { Viewer } from '../../src/domain/access/caller.ts'
import { tokensOf } from '../../src/domain/fhir/search.ts'
import type { ResourceStore, SearchQuery, StoredResource } from '../../src/domain/referral/ports.ts'

interface Row extends StoredResource {
  readonly tokens: readonly string[]
  /** Organisations that see it. */
  readonly viewers: readonly string[]
}

export interface MemoryResources extends ResourceStore {
  /** Adds a version of a resource given as JSON text with id and meta. */
  put(
    content: string,
    viewers: readonly string[],
    context?: { readonly patientIdentifiers?: readonly string[] },
  ): void
}

export function memoryResources(): MemoryResources {
  const rows: Row[] = []
  const seen = (viewer: Viewer, type: string) =>
    rows.filter((row) => row.type === type && row.viewers.includes(viewer.organization))
  const versions = (viewer: Viewer, type: string, id: string) =>
    seen(viewer, type)
      .filter((row) => row.id === id)
      .sort((a, b) => b.version - a.version)
  const current = (viewer: Viewer, type: string) =>
    seen(viewer, type).filter((row) => versions(viewer, type, row.id)[0]?.version === row.version)

  return {
    put(content, viewers, context) {
      const resource = JSON.parse(content)
      rows.push({
        type: resource.resourceType,
        id: resource.id,
        version: Number(resource.meta.versionId),
        lastUpdated: resource.meta.lastUpdated,
        content,
        viewers,
        tokens: tokensOf(resource, context),
      })
    },
    async read(viewer, type, id) {
      return versions(viewer, type, id)[0]
    },
    async readVersion(viewer, type, id, version) {
      return versions(viewer, type, id).find((row) => row.version === version)
    },
    async history(viewer, type, id, count, before = Number.POSITIVE_INFINITY) {
      return versions(viewer, type, id)
        .filter((row) => row.version < before)
        .slice(0, count)
    },
    async readMany(viewer, references) {
      return references.flatMap((reference) => {
        const [type = '', id = ''] = reference.split('/')
        return versions(viewer, type, id).slice(0, 1)
      })
    },
    async search(viewer, type, query) {
      const found = current(viewer, type)
        .filter((row) => matches(row, query))
        .sort((a, b) => compare(a, b) * (query.order === 'ascending' ? 1 : -1))
      const after = query.after
      const rest = after
        ? found.filter((row) => compare(row, after) * (query.order === 'ascending' ? 1 : -1) > 0)
        : found
      return { rows: rest.slice(0, query.count + 1), total: found.length }
    },
  }
}

type Position = Pick<StoredResource, 'lastUpdated' | 'id'>

const compare = (a: Position, b: Position): number =>
  a.lastUpdated.localeCompare(b.lastUpdated) || a.id.localeCompare(b.id)

const operators = {
  ge: (a: string, b: string) => a >= b,
  gt: (a: string, b: string) => a > b,
  le: (a: string, b: string) => a <= b,
  lt: (a: string, b: string) => a < b,
}

const matches = (row: Row, { tokens, ids, lastUpdated = [] }: SearchQuery): boolean =>
  (!ids || ids.includes(row.id)) &&
  tokens.every((any) => any.some((token) => row.tokens.includes(token))) &&
  lastUpdated.every(({ op, instant }) => operators[op](row.lastUpdated, instant))
