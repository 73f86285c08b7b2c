/** The data that a CDS client sends along: https://cds-hooks.hl7.org/2.0/#prefetch-template */

import type { Bundle, FhirResource } from 'fhir/r4'
import { isRecord, type Members } from '../access/reader.ts'
import { type Issue, isError } from '../problem.ts'
import type { Unavailable } from '../screening/packet.ts'

/** One query that a service asks to be prefetched. */
export interface PrefetchQuery {
  readonly key: string
  /** A read or search with prefetch tokens. */
  readonly template: string
  readonly type: string
  /** What it is for, in clinic words. */
  readonly label: string
  /** The criteria that read it. */
  readonly criteria: readonly string[]
  /** A client that does not support it is not held against anybody. */
  readonly optional: boolean
}

/** A query whose answer did not come, or not whole. */
export interface Gap {
  readonly query: PrefetchQuery
  readonly reason: string
}

export interface Prefetched {
  /** Valid, each with an id, each once. */
  readonly resources: readonly FhirResource[]
  readonly gaps: readonly Gap[]
  /** The same for the check. */
  readonly unavailable: readonly Unavailable[]
  /** True when no query was answered at all. */
  readonly isEmpty: boolean
}

export interface PrefetchRules {
  readonly queries: readonly PrefetchQuery[]
  readonly patientId: string
  readonly validate: (resource: unknown) => readonly Issue[]
}

/**
 * Reads every value: a searchset, a resource, null for "there is nothing", an OperationOutcome for a
 * search that failed. What cannot be read is left out, and its query is a gap; values of keys that
 * nobody asked for are read as well, since evidence against must not be overlooked.
 */
export function readPrefetch(prefetch: Members, rules: PrefetchRules): Prefetched {
  const found = new Resources(rules.patientId)
  const gaps: Gap[] = []
  const asked = new Map(rules.queries.map((query) => [query.key, query]))
  for (const query of rules.queries) {
    const reason = Object.hasOwn(prefetch, query.key)
      ? take(prefetch[query.key], found, rules)
      : notSent
    if (reason) gaps.push({ query, reason })
    else if (query.type === 'Patient' && !found.hasPatient) gaps.push({ query, reason: noPatient })
  }
  for (const [key, value] of Object.entries(prefetch))
    if (!asked.has(key)) take(value, found, rules)
  const resources = found.all()
  const told = gaps.filter(({ query, reason }) => !query.optional || isLoss(reason))
  return {
    resources,
    gaps: told,
    unavailable: told.flatMap(({ query: { type, criteria }, reason }) =>
      type === 'Patient' ? [] : { type, reason, criteria },
    ),
    isEmpty: resources.length === 0 && gaps.length === rules.queries.length,
  }
}

const notSent = 'not in the prefetch'
const failed = 'the search failed'
const notFhir = 'not a FHIR resource'
const noPatient = 'not the patient of the context'

/** Nobody is blamed for an optional query that was not answered; what was sent and lost is. */
const isLoss = (reason: string): boolean => ![notSent, failed, notFhir].includes(reason)

/** @returns why the value is not all that was asked for; undefined when it is */
function take(value: unknown, found: Resources, { validate }: PrefetchRules): string | undefined {
  if (value === null) return undefined
  if (!isRecord(value) || typeof value.resourceType !== 'string') return notFhir
  if (value.resourceType === 'OperationOutcome') return failed
  if (value.resourceType !== 'Bundle') return keep([value], found, validate)
  const { entry = [], link = [] } = value as unknown as Partial<Bundle>
  if (!Array.isArray(entry) || !Array.isArray(link)) return notFhir
  const resources = entry.map((each: unknown) => (isRecord(each) ? each.resource : undefined))
  const outcomes = resources.filter(isOutcome)
  const reason = keep(
    resources.filter((each) => !isOutcome(each)),
    found,
    validate,
  )
  if (outcomes.some(tellsOfFailure)) return failed
  if (link.some((each: unknown) => isRecord(each) && each.relation === 'next'))
    return 'only the first page was sent'
  return reason
}

function keep(
  resources: readonly unknown[],
  found: Resources,
  validate: PrefetchRules['validate'],
): string | undefined {
  const valid = resources.filter((each) => isRecord(each) && !validate(each).some(isError))
  for (const each of valid) found.add(each as unknown as FhirResource)
  const lost = resources.length - valid.length
  if (lost === 0) return undefined
  return lost === 1 ? 'a resource is not valid FHIR R4' : `${lost} resources are not valid FHIR R4`
}

const isOutcome = (value: unknown): value is Members =>
  isRecord(value) && value.resourceType === 'OperationOutcome'

const tellsOfFailure = ({ issue }: Members): boolean =>
  !Array.isArray(issue) ||
  issue.some((each: unknown) => isRecord(each) && /^(error|fatal)$/.test(String(each.severity)))

/** Other patients are left out here; what is about them, by the check, which says so. */
class Resources {
  readonly #patientId: string
  readonly #kept = new Map<string, FhirResource[]>()
  #without = 0
  hasPatient = false

  constructor(patientId: string) {
    this.#patientId = patientId
  }

  add(resource: FhirResource): void {
    if (resource.resourceType === 'Patient') {
      if (resource.id !== this.#patientId) return
      this.hasPatient = true
    }
    const id = resource.id ?? `unnamed-${++this.#without}`
    const key = `${resource.resourceType}/${id}`
    const twins = this.#kept.get(key)
    if (!twins) this.#kept.set(key, [{ ...resource, id }])
    // Two versions of one resource: neither is dropped, for either may be evidence against.
    else if (!twins.some((twin) => JSON.stringify(twin) === JSON.stringify(resource)))
      twins.push({ ...resource, id })
  }

  all(): readonly FhirResource[] {
    return [...this.#kept.values()].flat()
  }
}
