/** What a search brings along: https://hl7.org/fhir/R4/search.html#revinclude */

import type { OperationOutcome } from 'fhir/r4'
import type { Caller } from '../domain/access/caller.ts'
import { permits } from '../domain/access/scopes.ts'
import type { Include, Search } from '../domain/fhir/search.ts'
import { makeToken, referencesBy } from '../domain/fhir/search-tokens.ts'
import type { ResourceStore, StoredResource } from '../domain/referral/ports.ts'

/** A page of 200 Tasks brings 200 ServiceRequests and their patients; more is for another search. */
const mostRelated = 1000

interface Related {
  readonly rows: readonly StoredResource[]
  /** What was left out, and why. */
  readonly outcomes: readonly OperationOutcome[]
}

/**
 * Finds what the matches refer to and what refers to them, each resource once.
 * Types that the caller's scopes do not cover are left out, and said to be.
 */
export async function relatedEntries(
  search: Search,
  matches: readonly StoredResource[],
  caller: Caller,
  resources: ResourceStore,
): Promise<Related> {
  const found = new Map(matches.map((row) => [keyOf(row), row]))
  const hidden = new Set<string>()
  const references = includedReferences(search.includes, matches).filter((reference) => {
    const [type = ''] = reference.split('/')
    if (permits(caller.scopes, type, 'read')) return !found.has(reference)
    hidden.add(type)
    return false
  })
  const wanted = references.slice(0, mostRelated)
  for (const row of wanted.length > 0 ? await resources.readMany(caller, wanted) : [])
    found.set(keyOf(row), row)
  let isComplete = wanted.length === references.length

  for (const revinclude of matches.length > 0 ? search.revincludes : []) {
    if (!permits(caller.scopes, revinclude.source, 'search-type')) {
      hidden.add(revinclude.source)
      continue
    }
    const { rows } = await resources.search(caller, revinclude.source, {
      tokens: [matches.map((row) => makeToken(storedName(revinclude), keyOf(row)))],
      order: 'descending',
      count: mostRelated,
    })
    if (rows.length > mostRelated) isComplete = false
    for (const row of rows.slice(0, mostRelated))
      found.set(keyOf(row), found.get(keyOf(row)) ?? row)
  }
  const rows = [...found.values()].slice(matches.length)
  return { rows, outcomes: outcomesOf(hidden, isComplete) }
}

const keyOf = ({ type, id }: StoredResource): string => `${type}/${id}`

const storedName = ({ name, parameter }: Include): string => parameter.storedAs ?? name

function includedReferences(
  includes: readonly Include[],
  matches: readonly StoredResource[],
): string[] {
  if (includes.length === 0) return []
  const references = new Set<string>()
  for (const row of matches) {
    const resource = JSON.parse(row.content) as object
    for (const { parameter, target } of includes)
      for (const reference of referencesBy(resource, parameter))
        if (!target || reference.startsWith(`${target}/`)) references.add(reference)
  }
  return [...references]
}

function outcomesOf(hidden: ReadonlySet<string>, isComplete: boolean): OperationOutcome[] {
  const issues: OperationOutcome['issue'] = []
  if (hidden.size > 0)
    issues.push({
      severity: 'warning',
      code: 'forbidden',
      diagnostics: `Left out, as the access token's scopes do not cover them: ${[...hidden].sort().join(', ')}.`,
    })
  if (!isComplete)
    issues.push({
      severity: 'warning',
      code: 'incomplete',
      diagnostics: `More than ${mostRelated} resources are related; ask for fewer matches with _count.`,
    })
  return issues.length > 0 ? [{ resourceType: 'OperationOutcome', issue: issues }] : []
}
