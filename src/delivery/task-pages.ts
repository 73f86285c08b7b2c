/** The Tasks of ours that changed at an EHR: https://hl7.org/fhir/R4/search.html */

import { type JsonObject, linkOf, objectOf, readMatches } from './ehr-answers.ts'
import { linkedPages } from './linked-pages.ts'

export interface TaskSearch {
  readonly base: string
  /** Identifier system of our Tasks at the EHR. */
  readonly system: string
  /** Instant. */
  readonly since: string | undefined
  readonly pageSize: number
  readonly maxPages: number
}

/**
 * The pages of a search for Tasks, oldest first. A server says in the self link which parameters it
 * heeded; from one that did not sort, all pages are read before the first is given on, since the
 * reader counts what lies before a page as done.
 */
export async function* taskPages(
  get: (url: string) => Promise<unknown>,
  search: TaskSearch,
): AsyncGenerator<readonly unknown[]> {
  const unsorted: JsonObject[] = []
  let sorted: boolean | undefined
  for await (const answer of linkedPages(get, { ...search, first: firstPage(search) })) {
    const tasks = readMatches(answer, 'Task')
    // Later pages may name nothing but a position (HAPI: ?_getpages=…).
    sorted ??= linkOf(answer, 'self')?.includes('_sort=_lastUpdated') ?? false
    if (sorted) yield tasks
    else unsorted.push(...tasks)
  }
  if (unsorted.length > 0) yield unsorted.sort((a, b) => updatedAt(a) - updatedAt(b))
}

function firstPage({ system, since, pageSize }: TaskSearch): string {
  const query = new URLSearchParams({
    identifier: `${system}|`,
    _sort: '_lastUpdated',
    _count: String(pageSize),
  })
  if (since !== undefined) query.set('_lastUpdated', `ge${since}`)
  return `Task?${query}`
}

const updatedAt = (task: JsonObject): number =>
  Date.parse(String(objectOf(task.meta)?.lastUpdated)) || 0
