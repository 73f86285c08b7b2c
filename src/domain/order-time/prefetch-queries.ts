/** The prefetch templates of a service, out of what its policies read: https://cds-hooks.hl7.org/2.0/#prefetch-template */

import { evidenceQueries } from '../screening/evidence-queries.ts'
import type { Criterion, Policy } from '../screening/policy.ts'
import type { PrefetchQuery } from './prefetched.ts'

/**
 * What any of the clinics needs, each once; where their windows differ, the longest.
 * @param today YYYY-MM-DD
 */
export function prefetchQueries(
  policies: readonly Policy[],
  today: string,
): readonly PrefetchQuery[] {
  const from = firstOfLastMonth(today)
  const queries = new Map<string, PrefetchQuery>()
  for (const query of policies.flatMap((policy) => [
    ...stock(policy, from),
    ...own(policy, from),
  ])) {
    const known = queries.get(query.key)
    const isWider = known !== undefined && since(known.template) < since(query.template)
    queries.set(query.key, {
      ...query,
      template: isWider ? known.template : query.template,
      criteria: [...new Set([...(known?.criteria ?? []), ...query.criteria])],
    })
  }
  return [patientQuery, ...queries.values()]
}

const patientQuery: PrefetchQuery = {
  key: 'patient',
  template: 'Patient/{{context.patientId}}',
  type: 'Patient',
  label: 'the patient',
  criteria: [],
  optional: false,
}

const stock = (policy: Policy, from: string): readonly PrefetchQuery[] =>
  evidenceQueries(
    policy,
    policy.criteria.map(({ id }) => id),
    from,
  ).map(({ key, type, parameters, label, criteria, optional }) => ({
    key: nameOf(key),
    template: templateOf(type, parameters),
    type,
    label,
    criteria,
    optional,
  }))

/** Searches that ask for a whole type, or so nearly that no more is to be had. */
const wholeTypes = new Set([
  'Condition',
  'AllergyIntolerance',
  'MedicationRequest',
  'MedicationStatement',
])

/**
 * A clinic's own criterion may read anything of a type, so that a type of which it names no value set
 * is asked for whole: what was not asked for would count as not there.
 */
const own = ({ criteria, parameters }: Policy, from: string): readonly PrefetchQuery[] =>
  criteria.filter(isOwn).flatMap(({ id, inputs }) =>
    inputs
      .filter(({ type, codeFilter = [] }) => codeFilter.length === 0 && !wholeTypes.has(type))
      .map(({ type }) => ({
        key: `all${type}`,
        template: templateOf(
          type,
          type === 'Observation'
            ? [['date', `ge${yearsBefore(from, parameters.lookBackYears)}`]]
            : [],
        ),
        type,
        label: `every ${type}`,
        criteria: [id],
        optional: false,
      })),
  )

const isOwn = (criterion: Criterion): boolean => criterion.own !== undefined

const templateOf = (type: string, parameters: readonly (readonly [string, string])[]): string =>
  `${type}?${[['patient', '{{context.patientId}}'], ...parameters].map((pair) => pair.join('=')).join('&')}`

/** `Observation/bpWindow` is no name for a member: observationBpWindow. */
const nameOf = (key: string): string =>
  key
    .split('/')
    .map((part, i) => (i === 0 ? part[0]?.toLowerCase() : part[0]?.toUpperCase()) + part.slice(1))
    .join('')

const since = (template: string): string => /=ge([\d-]+)/.exec(template)?.[1] ?? ''

/**
 * The tokens of a template know no date, so the date stands in it. Clients keep a template for a
 * while and orders are dated back a little: the first of last month asks for a little more than is
 * needed, and changes once a month.
 */
function firstOfLastMonth(today: string): string {
  const [year, month] = today.split('-').map(Number) as [number, number]
  return new Date(Date.UTC(year, month - 2, 1)).toISOString().slice(0, 10)
}

/** @param date the first of a month */
const yearsBefore = (date: string, years: number): string =>
  `${Number(date.slice(0, 4)) - years}${date.slice(4)}`
