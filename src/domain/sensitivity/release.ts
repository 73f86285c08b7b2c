/** What of a referral may go to its clinic: decided item by item, the rest flows. */

import type { Consent, FhirResource, ServiceRequest } from 'fhir/r4'
import {
  type ConsentVerdict,
  type Disclosure,
  isRevokedBy,
  judgeConsent,
  type Party,
  type Refusal,
} from './consent.ts'
import { isPart2 } from './labels.ts'
import { localReference, referencesIn } from './reference-names.ts'

/** Kept with the referral; undefined there means that nothing of it is protected. */
export interface Release {
  /** `Type/id` → what the clinic does not get, with the reason for the referrer. */
  readonly withheld: Readonly<Record<string, Withheld>>
  /** `Consent/id` under which protected records go. */
  readonly consents: readonly string[]
  /** The request, the patient or the Task itself is protected: then nothing can go. */
  readonly held?: Withheld
}

export interface Withheld {
  readonly reason: Refusal | 'belongs-to-withheld' | 'other-consent' | 'whole-check'
  /** Elements that the best consent lacks, as FHIRPath. */
  readonly missing?: readonly string[]
  /** Withheld from this instant on, when the consent ends. */
  readonly from?: string
  /** What the clinic is shown in its place. */
  readonly instead?: string
}

export interface ReleaseQuestion {
  readonly request: ServiceRequest & { readonly id: string }
  /** Everything else of the referrer's in the referral, labelled, with ids. */
  readonly support: readonly FhirResource[]
  readonly patientId: string
  readonly discloser: Party
  readonly recipient: Party
  /** Instant. */
  readonly now: string
}

/** @returns undefined when nothing is protected */
export function decideRelease(question: ReleaseQuestion): Release | undefined {
  const { request, support, patientId } = question
  if (![request, ...support].some(isPart2)) return undefined
  const consents = support.filter((each): each is Consent => each.resourceType === 'Consent')
  const isCore = ({ resourceType, id }: FhirResource): boolean =>
    id === request.id || resourceType === 'Task' || (resourceType === 'Patient' && id === patientId)
  const withheld = new Map<string, Withheld>()
  const used = new Map<string, string | undefined>()
  let held: Withheld | undefined
  for (const record of [request, ...support]) {
    if (!isPart2(record) || record.resourceType === 'Consent') continue
    const { verdict, consent } = bestConsent(record, consents, question)
    if (verdict.allows && consent) {
      used.set(nameOf(consent), verdict.until)
      if (!verdict.until) continue
    }
    const entry: Withheld = verdict.allows
      ? { reason: 'not-now', from: verdict.until as string }
      : {
          reason: verdict.refusal,
          ...(verdict.missing ? { missing: verdict.missing } : {}),
        }
    if (isCore(record)) held = sooner(held, entry)
    else withheld.set(nameOf(record), entry)
  }
  // A consent that releases nothing to this clinic tells of a record and is none of its business.
  for (const consent of consents.filter(isPart2)) {
    const name = nameOf(consent)
    const until = used.get(name)
    if (!used.has(name)) withheld.set(name, { reason: 'other-consent' })
    else if (until) withheld.set(name, { reason: 'other-consent', from: until })
  }
  withholdBelongings(question, withheld, isCore)
  return {
    withheld: Object.fromEntries(withheld),
    consents: [...used.keys()],
    ...(held ? { held } : {}),
  }
}

/** Does the clinic not get it now? */
export const isWithheldAt = (entry: Withheld | undefined, now: string): boolean =>
  entry !== undefined && (entry.from === undefined || entry.from <= now)

/** The references that the clinic does not get at an instant, with what it gets in their place. */
export function withheldAt(
  release: Release | undefined,
  now: string,
): ReadonlyMap<string, Withheld> {
  return new Map(
    Object.entries(release?.withheld ?? {}).filter(([, entry]) => isWithheldAt(entry, now)),
  )
}

/** May nothing of the referral go, because what carries it is protected itself? */
export const isHeldAt = (release: Release | undefined, now: string): boolean =>
  isWithheldAt(release?.held, now)

const nameOf = ({ resourceType, id }: FhirResource): string => `${resourceType}/${id}`

/** What stops at once comes before what stops some day. */
function sooner(a: Withheld | undefined, b: Withheld): Withheld {
  if (!a) return b
  return (a.from ?? '') <= (b.from ?? '') ? a : b
}

/** Of several reasons the referrer is told the one that is nearest to a release. */
const nearest: readonly Refusal[] = [
  'no-consent',
  'not-active',
  'other-parties',
  'out-of-scope',
  'not-now',
  'counseling-note',
  'incomplete',
]

function bestConsent(
  record: FhirResource,
  consents: readonly Consent[],
  question: ReleaseQuestion,
): { readonly verdict: ConsentVerdict; readonly consent?: Consent } {
  const known = new Map([question.request, ...question.support].map((each) => [nameOf(each), each]))
  const disclosure: Disclosure = {
    ...question,
    record,
    resolve: (reference) => known.get(localReference(reference) ?? ''),
  }
  let best: { verdict: ConsentVerdict; consent?: Consent } = {
    verdict: { allows: false, refusal: 'no-consent' },
  }
  for (const consent of consents) {
    const isRevoked = consents.some((other) => isRevokedBy(consent, other, disclosure))
    const verdict: ConsentVerdict = isRevoked
      ? { allows: false, refusal: 'not-active' }
      : judgeConsent(consent, disclosure)
    if (isBetter(verdict, best.verdict)) best = { verdict, consent }
  }
  return best
}

function isBetter(a: ConsentVerdict, b: ConsentVerdict): boolean {
  if (a.allows && b.allows) return b.until !== undefined && (!a.until || a.until > b.until)
  if (a.allows || b.allows) return a.allows
  return nearest.indexOf(a.refusal) > nearest.indexOf(b.refusal)
}

/**
 * A Medication, an attachment or a programme's Organization that only a withheld record refers to
 * would tell of it. What the request lists as support counts by its own label; what nothing
 * released refers to otherwise goes with the record that does. So does the Provenance of withheld
 * records alone.
 */
function withholdBelongings(
  { request, support }: ReleaseQuestion,
  withheld: Map<string, Withheld>,
  isCore: (resource: FhirResource) => boolean,
): void {
  const { supportingInfo: _listed, ...rest } = request
  const all = [rest as FhirResource, ...support]
  const references = new Map(all.map((each) => [nameOf(each), referencesIn(each)]))
  for (let found = true; found; ) {
    found = false
    for (const resource of support) {
      const name = nameOf(resource)
      if (withheld.has(name) || isCore(resource)) continue
      const users =
        resource.resourceType === 'Provenance'
          ? resource.target.map(({ reference }) => localReference(reference ?? '') ?? '')
          : all.map(nameOf).filter((each) => each !== name && references.get(each)?.has(name))
      const hiding = users.map((each) => withheld.get(each))
      if (users.length === 0 || hiding.some((each) => each === undefined)) continue
      withheld.set(name, belonging(hiding as Withheld[]))
      found = true
    }
  }
}

/** Goes when the last of its users goes. */
function belonging(users: readonly Withheld[]): Withheld {
  const ends = users.map(({ from }) => from ?? '')
  const from = ends.toSorted().at(-1)
  return { reason: 'belongs-to-withheld', ...(from ? { from } : {}) }
}
