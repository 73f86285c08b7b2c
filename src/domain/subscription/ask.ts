/** What $status and $events are asked for: parameters of the query, or a Parameters resource. */

import type { Parameters } from 'fhir/r4'
import { Problem } from '../problem.ts'
import type { ContentLevel, StoredSubscription } from './ports.ts'
import { statusAt } from './show-subscription.ts'

type Pairs = readonly (readonly [name: string, value: string])[]

/** @throws Problem bad-request for a body that is no Parameters */
export function pairsOf(body: unknown): Pairs {
  if (body === undefined || body === null) return []
  const { resourceType, parameter = [] } = body as Parameters
  if (resourceType !== 'Parameters' || !Array.isArray(parameter))
    throw new Problem('bad-request', 'Send Parameters, or nothing.')
  return parameter.map(({ name, ...value }) => {
    const [given] = Object.values(value)
    return [String(name), String(given)] as const
  })
}

/**
 * Which of the caller's subscriptions $status is about: of any of the ids, in any of the statuses.
 * @throws Problem bad-parameter for another parameter
 */
export function statusWanted(pairs: Pairs): (one: StoredSubscription, now: Date) => boolean {
  const ids = valuesOf(pairs, 'id').map((id) => id.replace(/^Subscription\//, ''))
  const statuses = valuesOf(pairs, 'status')
  refuseOthers(pairs, ['id', 'status'])
  return (one, now) =>
    (ids.length === 0 || ids.includes(one.id)) &&
    (statuses.length === 0 || statuses.includes(statusAt(one, now)))
}

export interface EventsWanted {
  /** Both inclusive. */
  readonly from: number
  readonly to: number
  readonly content: ContentLevel | undefined
}

/** Larger than any event number. */
const lastNumber = 2 ** 31 - 1

/** @throws Problem bad-parameter */
export function eventsWanted(pairs: Pairs): EventsWanted {
  refuseOthers(pairs, ['eventsSinceNumber', 'eventsUntilNumber', 'content'])
  const [content, ...more] = valuesOf(pairs, 'content')
  if (more.length > 0 || (content && !['empty', 'id-only', 'full-resource'].includes(content)))
    throw new Problem('bad-parameter', 'content is empty, id-only or full-resource.')
  return {
    from: numberIn(pairs, 'eventsSinceNumber') ?? 1,
    to: numberIn(pairs, 'eventsUntilNumber') ?? lastNumber,
    content: content as ContentLevel | undefined,
  }
}

function numberIn(pairs: Pairs, name: string): number | undefined {
  const [text, ...more] = valuesOf(pairs, name)
  if (text === undefined) return undefined
  if (more.length > 0 || !/^\d{1,18}$/.test(text))
    throw new Problem('bad-parameter', `${name} is the number of an event.`)
  return Math.min(Number(text), lastNumber)
}

/** Repeated and between commas alike. */
const valuesOf = (pairs: Pairs, wanted: string): readonly string[] =>
  pairs.flatMap(([name, value]) =>
    name === wanted ? value.split(',').filter((one) => one !== '') : [],
  )

const formatNames: readonly string[] = ['_format', '_pretty']

function refuseOthers(pairs: Pairs, known: readonly string[]): void {
  if (pairs.some(([name]) => !known.includes(name) && !formatNames.includes(name)))
    throw new Problem('bad-parameter', `The parameters here are ${known.join(', ')}.`)
}
