/**
 * A search of AuditEvent: https://hl7.org/fhir/R4/auditevent.html#search
 *
 * The parameters that a tenant asks its trail by. Alternatives stand between commas; what is not
 * understood is refused.
 */

import { defaultCount, maximumCount } from '../fhir/search.ts'
import { lastUpdatedSpan } from '../fhir/search-dates.ts'
import { type Issue, Problem } from '../problem.ts'
import { clientSystem, outcomeCodes } from './audit-event.ts'
import type { AuditQuery } from './audit-row.ts'

/** For the CapabilityStatement. */
export const auditSearches = [
  { name: '_id', type: 'token' },
  { name: '_lastUpdated', type: 'date' },
  { name: 'date', type: 'date' },
  { name: 'patient', type: 'reference' },
  { name: 'entity', type: 'reference' },
  { name: 'agent', type: 'reference' },
  { name: 'altid', type: 'token' },
  { name: 'outcome', type: 'token' },
  { name: 'action', type: 'token' },
] as const

type Draft = { -readonly [K in keyof AuditQuery]: AuditQuery[K] }

/**
 * @param pairs names and values, decoded, in their order
 * @returns the query, and the parameters that make it, for the self link
 * @throws Problem bad-parameter with an issue for each parameter that is not understood
 */
export function parseAuditSearch(pairs: readonly (readonly [string, string])[]): {
  readonly query: AuditQuery
  readonly understood: readonly (readonly [string, string])[]
} {
  const query: Draft = { count: defaultCount }
  const understood: (readonly [string, string])[] = []
  const issues: Issue[] = []
  for (const [name, value] of pairs) {
    if (name === '_format' || name === '_pretty' || value === '') continue
    try {
      take(query, name, value)
      if (name !== '_cursor') understood.push([name, value])
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      issues.push(...error.issues)
    }
  }
  if (issues.length > 0) throw new Problem('bad-parameter', issues)
  return { query, understood }
}

function take(query: Draft, name: string, value: string): void {
  const listed = value.split(',')
  switch (name) {
    case '_id':
      query.ids = both(query.ids, listed)
      return
    case 'date':
    case '_lastUpdated':
      query.recorded = [...(query.recorded ?? []), ...lastUpdatedSpan(name, value)]
      return
    case 'patient':
      query.patients = both(query.patients, listed.map(patientId))
      return
    case 'entity':
      query.entities = both(query.entities, listed)
      return
    case 'agent':
      query.agents = both(
        query.agents,
        listed.map((one) => one.replace(/^Device\//, '')),
      )
      return
    case 'altid':
      query.agents = both(
        query.agents,
        listed.map((one) => plain(one)),
      )
      return
    case 'agent:identifier':
      query.agents = both(
        query.agents,
        listed.map((one) => plain(one, clientSystem)),
      )
      return
    case 'outcome':
      query.outcomes = both(query.outcomes, listed.flatMap(outcomeOf))
      return
    case 'action':
      query.kinds = both(
        query.kinds,
        listed.map((one) => plain(one)),
      )
      return
    case '_count':
      if (!/^[1-9]\d{0,8}$/.test(value)) throw bad('_count needs a whole number from 1 on.')
      query.count = Math.min(Number(value), maximumCount)
      return
    case '_cursor':
      if (!/^[1-9]\d{0,17}$/.test(value)) throw bad('Follow the next link as it was given.')
      query.before = value
      return
    default:
      throw bad(
        `A parameter is not known here; known are ${auditSearches.map((each) => each.name).join(', ')} and _count.`,
      )
  }
}

/** Repeated, a parameter narrows. */
const both = <T>(before: readonly T[] | undefined, now: readonly T[]): readonly T[] =>
  before ? before.filter((one) => now.includes(one)) : now

const patientId = (reference: string): string => reference.replace(/^Patient\//, '')

/** `system|value` of the one system that there is, or the value alone. */
function plain(token: string, system = ''): string {
  const bar = token.indexOf('|')
  if (bar < 0) return token
  return system === '' || token.slice(0, bar) === system ? token.slice(bar + 1) : ''
}

const outcomeOf = (token: string) =>
  (Object.keys(outcomeCodes) as (keyof typeof outcomeCodes)[]).filter(
    (outcome) => outcomeCodes[outcome] === plain(token),
  )

const bad = (sentence: string) => new Problem('bad-parameter', sentence)
