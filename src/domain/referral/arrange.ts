/** Gives the entries of a submission their places here: ids, known resources, rewritten references. */

import type { FhirResource, Identifier, Patient } from 'fhir/r4'
import { type Issue, Problem } from '../problem.ts'
import { digestOf } from './digest.ts'
import type { KnownResource, StoredResource } from './ports.ts'
import { entryIndex, referencesOf, relativeReference, rewriteReferences } from './references.ts'
import type { SubmittedEntry } from './submission.ts'

/** People and organisations that a referrer sends with every referral. */
const sharedTypes = new Set(['Patient', 'Practitioner', 'Organization'])

/**
 * True for what may be referred to without being sent again. Anything else of an earlier referral
 * belongs to that one: its clinic has it, this one would get a reference that leads nowhere.
 */
export const isShared = ({ type }: { readonly type: string }): boolean => sharedTypes.has(type)

export interface Placed {
  readonly entry: SubmittedEntry
  /** `Type/id` here. */
  readonly reference: string
  readonly id: string
  /** References rewritten. */
  readonly resource: FhirResource
  /** The version to be written; undefined when what is here says the same. */
  readonly version: number | undefined
  /** The version that is here afterwards. */
  readonly current: number
  /** `system|value` of the business identifiers by which the referrer's referrals share it. */
  readonly sharedIdentifiers: readonly string[] | undefined
  readonly digest: string | undefined
}

/** Everything about a submission that needs no store. */
export interface Opened {
  readonly entries: readonly SubmittedEntry[]
  /** Resolves a reference of a sibling to its place among the entries. */
  readonly indexOf: ReadonlyMap<string, number>
  /** By entry: the keys `Type|system|value` under which it may be known here. */
  readonly sharedKeys: readonly (readonly string[])[]
  /** Relative references that no entry answers, with the place of the first use. */
  readonly outside: ReadonlyMap<string, string>
  readonly digest: string
}

/** Reads off what intake must look up. */
export function openSubmission(entries: readonly SubmittedEntry[]): Opened {
  const indexOf = entryIndex(entries)
  const outside = new Map<string, string>()
  for (const { resource, expression } of entries)
    for (const [reference, at] of referencesOf(withoutReplaces(resource), expression))
      if (!indexOf.has(reference) && !outside.has(reference)) outside.set(reference, at)
  return {
    entries,
    indexOf,
    sharedKeys: entries.map(sharedKeysOf),
    outside,
    digest: digestOf(
      entries.map(({ resource }) => resource),
      (reference) => nameOf(reference, indexOf),
    ),
  }
}

/** What an order replaces has a look-up of its own (replaces.ts). */
function withoutReplaces(resource: FhirResource): FhirResource {
  if (resource.resourceType !== 'ServiceRequest' || !resource.replaces) return resource
  const { replaces: _former, ...rest } = resource
  return rest
}

const nameOf = (reference: string, indexOf: ReadonlyMap<string, number>): string | undefined => {
  const index = indexOf.get(reference)
  return index === undefined ? undefined : `entry ${index}`
}

function sharedKeysOf({ resource, ifNoneExist }: SubmittedEntry): readonly string[] {
  const type = resource.resourceType
  // The referral's own identifier has a rule of its own (repeat), whatever If-None-Exist says.
  if (type === 'ServiceRequest') return []
  const conditional = ifNoneExist === undefined ? [] : [identifierQuery(ifNoneExist)]
  const known = sharedTypes.has(type) ? businessIdentifiers(resource) : []
  return [...new Set([...conditional, ...known])].map((token) => `${type}|${token}`)
}

/**
 * The identifier that a conditional create asks for.
 * @returns `system|value`
 * @throws Problem not-supported when the query is about anything else
 */
export function identifierQuery(query: string): string {
  const parameters = [...new URLSearchParams(query.replace(/^[A-Za-z]*\?/, ''))]
  const [name, value = ''] = parameters[0] ?? []
  if (parameters.length !== 1 || name !== 'identifier' || !/^[^|]+\|[^|]+$/.test(value))
    throw new Problem('not-supported', 'Write a conditional create as identifier=system|value.')
  return value
}

/** `system|value` of the current business identifiers; one without a system names nobody. */
export function businessIdentifiers(resource: FhirResource): readonly string[] {
  const identifiers = (resource as Patient).identifier as Identifier[] | Identifier | undefined
  return [identifiers ?? []]
    .flat()
    .flatMap(({ system, value, use }) =>
      system && value && use !== 'old' && use !== 'temp' ? [`${system}|${value}`] : [],
    )
}

/**
 * Places every entry.
 * @param known by shared key
 * @param visible what the referrer has here of the references that point outside
 * @throws Problem unresolved-reference with all of them, multiple-matches
 */
export function arrange(
  opened: Opened,
  known: ReadonlyMap<string, KnownResource>,
  visible: readonly StoredResource[],
  newId: () => string,
): readonly Placed[] {
  refuseUnresolved(opened, visible)
  const owners = opened.entries.map((entry, i) => ownerOf(entry, opened.sharedKeys[i] ?? [], known))
  const ids = assignIds(opened, owners, newId)
  const placeOf = (reference: string) => {
    const index = opened.indexOf.get(reference)
    return index === undefined ? undefined : ids[index]
  }
  return opened.entries.map((entry, i) => {
    const reference = ids[i] as string
    const keys = opened.sharedKeys[i] ?? []
    const resource = rewriteReferences(entry.resource, entry.expression, placeOf)
    const digest = keys.length > 0 ? digestOf([resource], () => undefined) : undefined
    const owner = owners[i]
    const unchanged = ids.indexOf(reference) < i || (owner && owner.digest === digest)
    const next = (owner?.version ?? 0) + 1
    return {
      entry,
      reference,
      id: reference.slice(reference.indexOf('/') + 1),
      resource,
      version: unchanged ? undefined : next,
      current: unchanged ? (owner?.version ?? 1) : next,
      sharedIdentifiers:
        keys.length > 0
          ? keys.map((key) => key.slice(entry.resource.resourceType.length + 1))
          : undefined,
      digest,
    }
  })
}

/** The resource here that an entry's identifiers name. */
function ownerOf(
  entry: SubmittedEntry,
  keys: readonly string[],
  known: ReadonlyMap<string, KnownResource>,
): KnownResource | undefined {
  const owners = keys.flatMap((key) => known.get(key) ?? [])
  const [first] = owners
  if (owners.some(({ id }) => id !== first?.id))
    throw new Problem(
      'multiple-matches',
      'The identifiers of this resource belong to two different resources sent earlier; send those of one.',
      { expression: [`${entry.expression}.identifier`] },
    )
  return first
}

/** `Type/id` by entry; two entries with one business identifier are one resource. */
function assignIds(
  opened: Opened,
  owners: readonly (KnownResource | undefined)[],
  newId: () => string,
): readonly string[] {
  const byKey = new Map<string, string>()
  return opened.entries.map(({ resource, put }, i) => {
    const keys = opened.sharedKeys[i] ?? []
    const twin = keys.map((key) => byKey.get(key)).find((reference) => reference !== undefined)
    const reference = twin ?? `${resource.resourceType}/${put?.id ?? owners[i]?.id ?? newId()}`
    for (const key of keys) byKey.set(key, reference)
    return reference
  })
}

/** Relative references and fragments must lead somewhere; absolute ones lead to other servers. */
function refuseUnresolved(opened: Opened, visible: readonly StoredResource[]): void {
  const here = new Set(visible.map(({ type, id }) => `${type}/${id}`))
  const problems: Issue[] = []
  for (const [reference, expression] of opened.outside) {
    const relative = relativeReference(reference)
    if (!relative || here.has(`${relative.type}/${relative.id}`)) continue
    problems.push({
      severity: 'error',
      code: 'not-found',
      diagnostics:
        'This reference leads to no entry of the submission, and to no person or organisation that you have sent before: include the resource, or correct the reference.',
      expression: [expression],
    })
  }
  if (problems.length > 0) throw new Problem('unresolved-reference', problems)
}

/** The relative references that point outside the submission, as `Type/id`. */
export const outsideReferences = (opened: Opened): readonly string[] => [
  ...new Set(
    [...opened.outside.keys()].flatMap((reference) => {
      const relative = relativeReference(reference)
      return relative ? [`${relative.type}/${relative.id}`] : []
    }),
  ),
]
