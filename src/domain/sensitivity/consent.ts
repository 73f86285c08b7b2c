/**
 * Does a patient's Consent allow to disclose a protected record? The elements that 42 CFR 2.31(a)
 * requires of a written consent, read from https://hl7.org/fhir/R4/consent.html; what is missing
 * is never guessed.
 */

import type { Coding, Consent, ConsentProvision, FhirResource, Reference } from 'fhir/r4'
import { npiSystem } from '../access/npi.ts'
import { isLabel, labelsOf } from './labels.ts'
import { recognise } from './recognise.ts'

export interface Party {
  readonly id: string
  readonly npi: string
}

/** One record, from one to the other, for treatment. */
export interface Disclosure {
  /** With its id. */
  readonly record: FhirResource
  readonly patientId: string
  readonly discloser: Party
  readonly recipient: Party
  /** Instant. */
  readonly now: string
  /** Finds what a reference of the Consent means. */
  resolve(reference: string): FhirResource | undefined
}

/** Why not, for the referrer; the words of each stand in `refusalWords`. */
export type Refusal =
  | 'no-consent'
  | 'not-active'
  | 'incomplete'
  | 'not-now'
  | 'other-parties'
  | 'out-of-scope'
  | 'counseling-note'

export type ConsentVerdict =
  | { readonly allows: true; readonly until: string | undefined }
  | { readonly allows: false; readonly refusal: Refusal; readonly missing?: readonly string[] }

const no = (refusal: Refusal, missing?: readonly string[]): ConsentVerdict => ({
  allows: false,
  refusal,
  ...(missing ? { missing } : {}),
})

const participation = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType'
/** Purposes of v3-ActReason that a referral serves. */
const purposes = ['TREAT', 'CAREMGT', 'COC', 'PATRQT']
/** The words that §2.31(a)(4)(i) offers for a consent to all future treatment. */
const treatingProviders = /\btreating (?:health care )?providers?\b/i

/**
 * Judges one Consent by itself; revocations by others are `isRevokedBy`'s business.
 * @param consent as stored, with its id
 */
export function judgeConsent(consent: Consent, disclosure: Disclosure): ConsentVerdict {
  if (consent.status !== 'active' || consent.provision?.type !== 'permit') return no('not-active')
  const missing = missingElements(consent)
  if (missing.length > 0) return no('incomplete', missing)
  const { provision } = consent
  if (!isAbout(consent, disclosure)) return no('other-parties')
  if (!disclosers(consent).some((each) => isParty(each, disclosure.discloser, disclosure)))
    return no('other-parties')
  if (!recipients(provision).some((each) => isRecipient(each, disclosure)))
    return no('other-parties')
  if (!provision.purpose?.some(({ code }) => purposes.includes(code ?? '')))
    return no('out-of-scope')
  const { start, end } = boundsOf(provision)
  const now = Date.parse(disclosure.now)
  if (now < start || now >= end) return no('not-now')
  if (!isInScope(provision, disclosure.record)) return no('out-of-scope')
  if ((provision.provision ?? []).some((nested) => excludes(nested, disclosure)))
    return no('out-of-scope')
  // §2.31(b): a general consent does not release counselling notes.
  if (recognise(disclosure.record).isCounseling && !namesCounseling(provision, disclosure.record))
    return no('counseling-note')
  return { allows: true, until: Number.isFinite(end) ? new Date(end).toISOString() : undefined }
}

/** Which of the required elements a Consent lacks, as FHIRPath. */
export function missingElements(consent: Consent): readonly string[] {
  const { provision } = consent
  const isClass = recipients(provision).some(({ display }) => treatingProviders.test(display ?? ''))
  const elements: readonly (readonly [path: string, isThere: boolean])[] = [
    ['Consent.patient', consent.patient?.reference !== undefined],
    ['Consent.organization', disclosers(consent).length > 0],
    ['Consent.provision.actor', recipients(provision).length > 0],
    ['Consent.provision.purpose', (provision?.purpose ?? []).length > 0],
    ['Consent.provision.securityLabel', provision !== undefined && hasScope(provision)],
    [
      'Consent.provision.period',
      // An expiry may be "none" only in a consent for all future treatment, §2.31(a)(7).
      provision?.period?.end !== undefined || (isClass && provision?.period?.start !== undefined),
    ],
    ['Consent.dateTime', consent.dateTime !== undefined],
    ['Consent.performer', (consent.performer ?? []).length > 0],
    ['Consent.policyRule', consent.policyRule !== undefined || (consent.policy ?? []).length > 0],
  ]
  return elements.flatMap(([path, isThere]) => (isThere ? [] : [path]))
}

/**
 * Has the patient taken a consent back? A later Consent with the same identifier, or one that names
 * it as its source, that is not active or denies; or a later general denial for these parties.
 */
export function isRevokedBy(consent: Consent, other: Consent, disclosure: Disclosure): boolean {
  if (other === consent || isOlder(other, consent)) return false
  const denies = other.provision?.type === 'deny'
  if (
    other.status === 'entered-in-error' ||
    other.status === 'draft' ||
    other.status === 'proposed'
  )
    return false
  // A later version of the same consent takes its place, whatever it says.
  if (isSame(consent, other)) return other.status !== 'active' || denies || isOlder(consent, other)
  if (other.status !== 'active' || !denies || !isAbout(other, disclosure)) return false
  return excludes(other.provision as ConsentProvision, disclosure)
}

const isSame = (consent: Consent, other: Consent): boolean =>
  other.sourceReference?.reference?.endsWith(`Consent/${consent.id}`) === true ||
  (other.identifier ?? []).some(({ system, value }) =>
    consent.identifier?.some((each) => each.system === system && each.value === value),
  )

/** By the date of signing; without dates, the one that arrived first is older. */
function isOlder(consent: Consent, than: Consent): boolean {
  const [a, b] = [Date.parse(consent.dateTime ?? ''), Date.parse(than.dateTime ?? '')]
  return !Number.isNaN(a) && !Number.isNaN(b) && a < b
}

const isAbout = ({ patient }: Consent, { patientId }: Disclosure): boolean =>
  patient?.reference?.replace(/\/_history\/.*$/, '') === `Patient/${patientId}`

/** Consent.organization, or actors with the role of custodian. */
const disclosers = ({ organization, provision }: Consent): readonly Reference[] => [
  ...(organization ?? []),
  ...actorsOf(provision, 'CST'),
]

const recipients = (provision: ConsentProvision | undefined): readonly Reference[] =>
  actorsOf(provision, 'IRCP')

const actorsOf = (provision: ConsentProvision | undefined, code: string): readonly Reference[] =>
  (provision?.actor ?? []).flatMap(({ role, reference }) =>
    role.coding?.some((coding) => coding.system === participation && coding.code === code)
      ? [reference]
      : [],
  )

function isParty(reference: Reference, party: Party, { resolve }: Disclosure): boolean {
  const { identifier } = reference
  if (identifier?.system === npiSystem) return identifier.value === party.npi
  const named = reference.reference === undefined ? undefined : resolve(reference.reference)
  if (named?.resourceType === 'Organization')
    return (named.identifier ?? []).some(
      ({ system, value }) => system === npiSystem && value === party.npi,
    )
  return reference.reference === `Organization/${party.id}`
}

const isRecipient = (reference: Reference, disclosure: Disclosure): boolean =>
  isParty(reference, disclosure.recipient, disclosure) ||
  (reference.reference === undefined &&
    reference.identifier === undefined &&
    treatingProviders.test(reference.display ?? ''))

function boundsOf({ period }: ConsentProvision): { start: number; end: number } {
  const start = period?.start ? Date.parse(period.start) : Number.NEGATIVE_INFINITY
  if (!period?.end) return { start, end: Number.POSITIVE_INFINITY }
  // A date includes its day; a month its month.
  const end = new Date(period.end)
  if (/^\d{4}$/.test(period.end)) end.setUTCFullYear(end.getUTCFullYear() + 1)
  else if (/^\d{4}-\d{2}$/.test(period.end)) end.setUTCMonth(end.getUTCMonth() + 1)
  else if (/^\d{4}-\d{2}-\d{2}$/.test(period.end)) end.setUTCDate(end.getUTCDate() + 1)
  return { start, end: end.getTime() }
}

const hasScope = ({ securityLabel, class: classes, code, data }: ConsentProvision): boolean =>
  [securityLabel, classes, code, data].some((each) => (each ?? []).length > 0)

/** Every way in which the provision says what it is about has to fit the record. */
function isInScope(provision: ConsentProvision, record: FhirResource): boolean {
  const { securityLabel = [], class: classes = [], code = [], data = [] } = provision
  const labels = labelsOf(record)
  const isNamed = data.some(({ reference }) => isNaming(reference, record))
  return (
    (securityLabel.length === 0 ||
      labels.some((label) => securityLabel.some((each) => isLabel(label, each)))) &&
    (classes.length === 0 || classes.some((each) => each.code === record.resourceType)) &&
    (code.length === 0 ||
      code.some(({ coding }) => (coding ?? []).some((each) => holdsCode(record, each)))) &&
    (data.length === 0 || isNamed)
  )
}

const isNaming = ({ reference }: Reference, { resourceType, id }: FhirResource): boolean =>
  reference?.replace(/\/_history\/.*$/, '') === `${resourceType}/${id}`

function holdsCode(value: unknown, { system, code }: Coding): boolean {
  if (typeof value !== 'object' || value === null || code === undefined) return false
  const object = value as Readonly<Record<string, unknown>>
  if (object.code === code && object.system === system) return true
  return Object.values(object).some((each) => holdsCode(each, { system, code } as Coding))
}

/** A denial that says nothing about recipients, scope or time denies all of them. */
function excludes(provision: ConsentProvision, disclosure: Disclosure): boolean {
  if (provision.type !== 'deny') return false
  const to = recipients(provision)
  const { start, end } = boundsOf(provision)
  const now = Date.parse(disclosure.now)
  return (
    now >= start &&
    now < end &&
    (to.length === 0 || to.some((each) => isRecipient(each, disclosure))) &&
    isInScope(provision, disclosure.record)
  )
}

/** The consent is about counselling notes alone, or names this very note. */
const namesCounseling = (
  { data = [], securityLabel = [] }: ConsentProvision,
  record: FhirResource,
) =>
  data.some(({ reference }) => isNaming(reference, record)) ||
  (securityLabel.length > 0 && securityLabel.every(({ code }) => code === 'PSYTHPN'))
