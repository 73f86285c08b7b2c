/**
 * Filter criteria of a subscription, read as the search that they look like:
 * https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-filter-criteria.html
 */

import { parseSearch } from '../fhir/search.ts'
import { makeToken } from '../fhir/search-tokens.ts'
import { Problem } from '../problem.ts'
import { type TopicName, topics } from './topics.ts'

/** AND over the outer list, OR within, as SearchQuery.tokens. */
export type Filters = readonly (readonly string[])[]

const mostFilters = 20

/**
 * @param criteria such as `Task?status=accepted,rejected&focus=ServiceRequest/1`
 * @param base our FHIR base, so that absolute references to it are known
 * @throws Problem bad-parameter that says what is not supported
 */
export function readFilter(topic: TopicName, criteria: string, base: string): Filters {
  const [type, query = ''] = splitAt(criteria, '?')
  if (type !== 'Task' || query === '')
    throw new Problem(
      'bad-parameter',
      'A filter is a search of Task, such as Task?status=accepted.',
    )
  const pairs = [...new URLSearchParams(query)]
  const allowed: readonly string[] = topics[topic].filters
  const foreign = pairs.filter(([name]) => !allowed.includes(name))
  if (foreign.length > 0 || pairs.length > mostFilters)
    throw new Problem('bad-parameter', `This topic is filtered by ${allowed.join(', ')}.`)
  if (pairs.some(([, value]) => value === '' || value.includes('\0')))
    throw new Problem('bad-parameter', 'Each parameter of a filter needs a value.')
  return pairs.flatMap((pair) => {
    const { tokens, ids } = parseSearch('Task', [pair], { base }).query
    return ids ? [...tokens, ids.map((id) => makeToken('_id', id))] : tokens
  })
}

function splitAt(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
