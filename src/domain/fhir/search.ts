/**
 * A search as it was asked: https://hl7.org/fhir/R4/search.html
 *
 * What is not understood is refused by name, never ignored, unless the caller asked for lenient
 * handling; every problem of a query is reported at once.
 */

import { type Issue, Problem } from '../problem.ts'
import { alternatives, plainName, readCriterion, refuse, unescaped } from './search-criteria.ts'
import { readCursor } from './search-cursor.ts'
import { lastUpdatedSpan } from './search-dates.ts'
import { parametersOf, type SearchParameter, searchParameters } from './search-parameters.ts'
import type { SearchQuery } from './search-query.ts'

export { tokensOf } from './search-tokens.ts'

/** `_include=Task:focus:ServiceRequest`, or the same for `_revinclude`. */
export interface Include {
  readonly source: string
  readonly name: string
  readonly parameter: SearchParameter
  readonly target: string | undefined
}

export interface Search {
  readonly type: string
  readonly query: SearchQuery
  readonly includes: readonly Include[]
  readonly revincludes: readonly Include[]
  /** True when only the number of matches is wanted. */
  readonly countOnly: boolean
  /** Types that a chained parameter looks at: the caller needs their search scope as well. */
  readonly chainedTypes: readonly string[]
  /** The parameters as they were understood, for the self link. */
  readonly understood: readonly (readonly [string, string])[]
}

export type QueryParameters = Iterable<readonly [string, string]>

interface SearchOptions {
  /** Our own FHIR base, so that absolute references to it are known. */
  readonly base?: string
  /** `Prefer: handling=lenient`: leave out what is not known. */
  readonly lenient?: boolean
}

export const defaultCount = 50
export const maximumCount = 200
/** More parameters than anybody needs; fewer than hurt the database. */
const maximumParameters = 50

interface Draft {
  readonly tokens: (readonly string[])[]
  readonly lastUpdated: { op: 'ge' | 'gt' | 'le' | 'lt'; instant: string }[]
  readonly includes: Include[]
  readonly revincludes: Include[]
  readonly understood: (readonly [string, string])[]
  readonly chainedTypes: Set<string>
  ids: readonly string[] | undefined
  order: SearchQuery['order']
  count: number
  after: SearchQuery['after']
  countOnly: boolean
}

/**
 * Reads the parameters of a search.
 * @param type a searchable resource type
 * @param parameters names and values, decoded, in their order
 * @throws Problem not-found for a type that is not searched; bad-parameter with an issue for each
 *   parameter that is not understood
 */
export function parseSearch(
  type: string,
  parameters: QueryParameters,
  options: SearchOptions = {},
): Search {
  if (!Object.hasOwn(searchParameters, type))
    throw new Problem('not-found', `This service does not search a type of that name.`)
  const draft: Draft = {
    tokens: [],
    lastUpdated: [],
    includes: [],
    revincludes: [],
    understood: [],
    chainedTypes: new Set(),
    ids: undefined,
    order: 'descending',
    count: defaultCount,
    after: undefined,
    countOnly: false,
  }
  const issues: Issue[] = []
  let seen = 0
  for (const [name, value] of parameters) {
    if (++seen > maximumParameters)
      throw new Problem('bad-parameter', `Send at most ${maximumParameters} parameters.`)
    try {
      if (readParameter(draft, type, name, value, options)) draft.understood.push([name, value])
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      for (const issue of error.issues)
        issues.push({ ...issue, severity: 'error', expression: [`http.${plainName(name)}`] })
    }
  }
  if (issues.length > 0) throw new Problem('bad-parameter', issues)
  return finish(type, draft)
}

function finish(type: string, draft: Draft): Search {
  const { tokens, ids, lastUpdated, order, count, after } = draft
  return {
    type,
    query: {
      tokens,
      ...(ids ? { ids } : {}),
      ...(lastUpdated.length > 0 ? { lastUpdated } : {}),
      order,
      count,
      ...(after ? { after } : {}),
    },
    includes: draft.includes,
    revincludes: draft.revincludes,
    countOnly: draft.countOnly,
    chainedTypes: [...draft.chainedTypes],
    understood: draft.understood,
  }
}

/** @returns false for a parameter that changes nothing and is left out of the self link */
function readParameter(
  draft: Draft,
  type: string,
  name: string,
  value: string,
  options: SearchOptions,
): boolean {
  const result = Object.hasOwn(resultParameters, name) ? resultParameters[name] : undefined
  // The standard says to ignore a parameter without a value.
  if (value === '' || value.length > 10_000) {
    if (value !== '') refuse(`${plainName(name)} is too long.`)
    return false
  }
  if (result) return result(draft, value, type)
  return addCriterion(draft, type, name, value, options)
}

/** Parameters that every type has: filters on id and time, and how the result is to look. */
const resultParameters: Readonly<
  Record<string, (draft: Draft, value: string, type: string) => boolean>
> = {
  _id(draft, value) {
    const asked = alternatives(value).map(unescaped)
    draft.ids = draft.ids ? draft.ids.filter((id) => asked.includes(id)) : asked
    return true
  },
  _lastUpdated(draft, value) {
    if (alternatives(value).length > 1) refuse('_lastUpdated takes one date; repeat it for a span.')
    draft.lastUpdated.push(...lastUpdatedSpan('_lastUpdated', value))
    return true
  },
  _count(draft, value) {
    if (!/^\d{1,9}$/.test(value)) refuse('_count needs a whole number.')
    const count = Number(value)
    if (count === 0) draft.countOnly = true
    else draft.count = Math.min(count, maximumCount)
    return true
  },
  _sort(draft, value) {
    if (value !== '_lastUpdated' && value !== '-_lastUpdated')
      refuse('_sort supports _lastUpdated and -_lastUpdated.')
    draft.order = value === '_lastUpdated' ? 'ascending' : 'descending'
    return true
  },
  _include(draft, value, type) {
    const include = readInclude('_include', value)
    if (include.source !== type) refuse(`_include starts from ${type} here.`)
    draft.includes.push(include)
    return true
  },
  _revinclude(draft, value, type) {
    const include = readInclude('_revinclude', value)
    const { targets } = include.parameter
    if (
      (include.target && include.target !== type) ||
      (targets !== 'any' && !targets?.includes(type))
    )
      refuse(`_revinclude: ${include.source}:${include.name} does not refer to ${type}.`)
    draft.revincludes.push(include)
    return true
  },
  _summary(draft, value) {
    if (value !== 'count' && value !== 'false') refuse('_summary supports count and false.')
    draft.countOnly ||= value === 'count'
    return true
  },
  _total(_draft, value) {
    if (!['none', 'estimate', 'accurate'].includes(value))
      refuse('_total is none, estimate or accurate; the total given is always accurate.')
    return true
  },
  _cursor(draft, value) {
    draft.after = readCursor(value)
    return false
  },
  // Read from the request before the search is parsed.
  _format: () => false,
  _pretty: () => false,
}

function readInclude(directive: string, value: string): Include {
  const [source = '', name = '', target, ...more] = value.split(':')
  const parameter = parametersOf(source)[name]
  if (more.length > 0 || parameter?.type !== 'reference')
    refuse(
      `${directive} needs Type:parameter or Type:parameter:Target with a reference parameter of /fhir/metadata.`,
    )
  if (target && parameter.targets !== 'any' && !parameter.targets?.includes(target))
    refuse(`${directive}: ${source}:${name} does not refer to that type.`)
  return { source, name, parameter, target: target || undefined }
}

function addCriterion(
  draft: Draft,
  type: string,
  name: string,
  value: string,
  options: SearchOptions,
): boolean {
  const criterion = readCriterion(type, name, value, options.base)
  if (criterion) {
    draft.tokens.push(criterion.tokens)
    if (criterion.chainedType) draft.chainedTypes.add(criterion.chainedType)
    return true
  }
  if (options.lenient) return false
  const known = ['_id', '_lastUpdated', ...Object.keys(parametersOf(type))]
  refuse(`${type} has no search parameter ${plainName(name)}; it has ${known.join(', ')}.`)
}
