/** From what a referrer's server holds to entries of a referral: only what is new, and what the check uses. */

import type { FhirResource, GuidanceResponse, Meta, ParametersParameter } from 'fhir/r4'
import { parseFhirJson } from '../fhir/json.ts'
import { keepLabels } from '../sensitivity/labels.ts'
import { localOf } from './about-patient.ts'
import { businessIdentifiers, type Placed } from './arrange.ts'
import type { Answer } from './ask-records.ts'
import { digestOf } from './digest.ts'
import type { StoredResource } from './ports.ts'
import { rewriteReferences } from './references.ts'
import type { Gathering } from './referral.ts'
import type { SubmittedEntry } from './submission.ts'

/** A resource there that is not here yet, or was taken and has changed since. */
export interface Find {
  /** `Type/id` there. */
  readonly there: string
  readonly digest: string
  /** The version of ours that it replaces. */
  readonly replaces: StoredResource | undefined
  readonly entry: SubmittedEntry
}

export interface Known {
  /** Of the server. */
  readonly base: string
  readonly patientId: string
  readonly stored: readonly StoredResource[]
  readonly gathering: Gathering
}

/** What is new of the answers, as entries that refer to each other and to what is here. */
export function findsOf(answers: readonly Answer[], known: Known): readonly Find[] {
  const all = new Map<string, FhirResource>()
  for (const { resources, support } of answers)
    for (const each of [...resources, ...support]) all.set(`${each.resourceType}/${each.id}`, each)
  const twins = twinsAmong(all, known)
  return [...all].flatMap(([there, resource]) => {
    const digest = digestOf([resource], () => undefined)
    const [ours, before] = known.gathering.taken[there] ?? []
    if (before === digest || twins.has(there)) return []
    const replaces = ours ? storedAt(known.stored, ours) : undefined
    return [{ there, digest, replaces, entry: entryOf(there, resource, known, twins) }]
  })
}

const storedAt = (stored: readonly StoredResource[], reference: string) =>
  stored.find(({ type, id }) => `${type}/${id}` === reference)

/** `Type/id` there → what stands for it: ours, or the address of another one there. */
type Twins = ReadonlyMap<string, string>

function entryOf(
  there: string,
  resource: FhirResource,
  known: Known,
  twins: Twins,
): SubmittedEntry {
  const url = `${known.base}/${there}`
  const { versionId: _v, lastUpdated: _l, ...meta }: Meta = resource.meta ?? {}
  const rewritten = rewriteReferences(resource, there, (reference) =>
    ourName(reference, known, twins),
  )
  return {
    fullUrl: url,
    resource: { ...rewritten, meta: { ...meta, source: url } },
    expression: there,
    ifNoneExist: undefined,
    put: undefined,
  }
}

/** Its patient is ours, what is here has our name, and all else stays where it is. */
function ourName(
  reference: string,
  { base, patientId, gathering }: Known,
  twins: Twins,
): string | undefined {
  const there = localOf(reference, base)
  if (there === undefined) return undefined
  if (there.startsWith('Patient/')) return `Patient/${patientId}`
  return gathering.taken[there]?.[0] ?? twins.get(there) ?? `${base}/${there}`
}

/**
 * Which resources there are copies of one that is here, or of one that was found before it? Those that
 * share a business identifier with it, or say the same apart from ids, texts, labels, people and
 * places. What we name in supportingInfo counts as told apart, and nobody told these apart.
 */
function twinsAmong(
  found: ReadonlyMap<string, FhirResource>,
  { stored, gathering, base }: Known,
): Twins {
  const here = new Map(
    stored.map(({ type, id, content }) => [
      `${type}/${id}`,
      parseFhirJson(content) as FhirResource,
    ]),
  )
  const known = new Map<string, string>()
  for (const [name, each] of here)
    for (const mark of marksOf(each, (reference) => here.get(reference))) known.set(mark, name)
  const twins = new Map<string, string>()
  for (const [there, each] of found) {
    if (gathering.taken[there]) continue
    const marks = marksOf(each, (reference) => found.get(localOf(reference, base) ?? ''))
    const twin = marks.map((mark) => known.get(mark)).find((name) => name !== undefined)
    if (twin) twins.set(there, twin)
    else for (const mark of marks) known.set(mark, `${base}/${there}`)
  }
  return twins
}

/** Whatever shares one of them with another is the same as that. */
const marksOf = (
  resource: FhirResource,
  resolve: (reference: string) => FhirResource | undefined,
): readonly string[] => [
  ...businessIdentifiers(resource).map((token) => `${resource.resourceType} ${token}`),
  likenessOf(resource, resolve),
]

/** Which medicine, and for what, is part of what an order says; who wrote it is not. */
function likenessOf(
  resource: FhirResource,
  resolve: (reference: string) => FhirResource | undefined,
): string {
  const bare = ({ meta: _meta, text: _text, ...said }: FhirResource & { text?: unknown }) =>
    said as FhirResource
  return digestOf([bare(resource)], (reference) => {
    const target = resolve(reference)
    return target && target.resourceType !== 'Patient' ? digestOf([bare(target)], () => '') : ''
  })
}

/** The finds in their places: what has changed takes the place of the version that was taken. */
export function placeFinds(
  finds: readonly Find[],
  placed: readonly Placed[],
): readonly (Placed & { readonly find: Find })[] {
  return finds.flatMap((find) => {
    const place = placed.find(({ entry }) => entry === find.entry)
    if (!place) return []
    const { replaces } = find
    if (!replaces) return [{ ...place, find }]
    const before = parseFhirJson(replaces.content) as FhirResource
    const version = replaces.version + 1
    return [
      {
        ...place,
        find,
        resource: keepLabels(place.resource, before),
        reference: `${replaces.type}/${replaces.id}`,
        id: replaces.id,
        version,
        current: version,
      },
    ]
  })
}

/**
 * The references on which verdicts of a check rest.
 * @param isAsked by id and verdict: whose evidence is wanted
 */
export function citedBy(
  guidance: GuidanceResponse,
  isAsked: (id: string, verdict: string) => boolean,
): ReadonlySet<string> {
  return new Set(
    criterionParts(guidance)
      .filter((part) => isAsked(codeIn(part, 'id'), codeIn(part, 'verdict')))
      .flatMap((part) =>
        part.flatMap(({ name, valueReference }) =>
          name === 'evidence' && valueReference?.reference ? [valueReference.reference] : [],
        ),
      ),
  )
}

/** Verdict of each criterion by its id. */
export const verdictsOf = (guidance: GuidanceResponse): ReadonlyMap<string, string> =>
  new Map(criterionParts(guidance).map((part) => [codeIn(part, 'id'), codeIn(part, 'verdict')]))

const codeIn = (part: readonly ParametersParameter[], wanted: string): string =>
  part.find(({ name }) => name === wanted)?.valueCode ?? ''

const criterionParts = (guidance: GuidanceResponse): readonly ParametersParameter[][] =>
  ((guidance.contained ?? []) as readonly FhirResource[]).flatMap((contained) =>
    contained.resourceType === 'Parameters'
      ? (contained.parameter ?? []).flatMap(({ name, part }) =>
          name === 'criterion' && part ? [part] : [],
        )
      : [],
  )

/**
 * The least that goes into the referral: what verdicts rest on, what that refers to, and the new form
 * of what was taken before.
 */
export function neededOf<P extends Placed & { readonly find: Find }>(
  placed: readonly P[],
  cited: ReadonlySet<string>,
): readonly P[] {
  const kept = new Set(
    placed.filter(({ reference, find }) => find.replaces || cited.has(reference)),
  )
  for (const each of kept) {
    const text = JSON.stringify(each.resource)
    for (const other of placed) if (text.includes(`"${other.reference}"`)) kept.add(other)
  }
  return placed.filter((each) => kept.has(each))
}
