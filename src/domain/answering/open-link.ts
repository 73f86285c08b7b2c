/** Somebody at the practice opens a link, or wants another one. */

import type { Patient } from 'fhir/r4'
import type { Registry } from '../access/registry.ts'
import type { Identity } from '../access/session.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { ownerOf } from '../referral/change.ts'
import { isClosed } from '../referral/life.ts'
import type { ReferralStore, ResourceStore } from '../referral/ports.ts'
import type { Referral } from '../referral/referral.ts'
import { type FoundLink, isUsable, type LinkStore, linkDigest, mostTries } from './answer-link.ts'

export interface OpenLinkPorts {
  readonly links: LinkStore
  readonly referrals: Pick<ReferralStore, 'find'>
  readonly resources: Pick<ResourceStore, 'readMany'>
  registry(): Registry
  now(): Date
  newSecret(): string
}

/** What a browser has. */
export interface LinkKeys {
  /** The secret of the link that it came by, or the code that was typed. */
  readonly given?: string | undefined
  /** What it has kept of a link that it opened before. */
  readonly kept?: string | undefined
}

/** What may be told to whoever has a link, before it is opened. */
export interface SeenLink {
  readonly link: FoundLink
  readonly referral: Referral
  readonly clinicName: string
  /** True where a second fact is asked for. */
  readonly asksBirthDate: boolean
}

/**
 * Looks at a link and leaves it as it is: programs that read mail open links too.
 * @returns undefined when it opens nothing, whatever the reason
 */
export async function lookAtLink(
  ports: OpenLinkPorts,
  keys: LinkKeys,
): Promise<SeenLink | undefined> {
  const found = await look(ports, keys)
  return found && seenOf(found)
}

export const practiceRoles = ['physician', 'nurse', 'assistant', 'office', 'other'] as const
type PracticeRole = (typeof practiceRoles)[number]

/** In the audit trail, which is in English whatever the page was in. */
const roleWords: Readonly<Record<PracticeRole, string>> = {
  physician: 'physician',
  nurse: 'nurse',
  assistant: 'medical assistant',
  office: 'office staff',
  other: '',
}

/** Who opens it, in their own words, and the second fact. */
export interface Opener {
  readonly name: string
  readonly role: PracticeRole
  /** YYYY-MM-DD, where it was asked for. */
  readonly birthDate: string
}

export type Opened =
  | {
      readonly outcome: 'open'
      readonly identity: Identity
      /** For this browser to keep. */
      readonly kept: string
    }
  | { readonly outcome: 'wrong-birth-date'; readonly left: number }
  | { readonly outcome: 'none' }

/** Opens a link: one of those who try at the same moment gets in, and none after it. */
export async function openLink(
  ports: OpenLinkPorts,
  keys: LinkKeys,
  opener: Opener,
): Promise<Opened> {
  const found = await look(ports, keys)
  if (!found) return { outcome: 'none' }
  const { link, birthDate, key } = found
  if (birthDate !== undefined) {
    // Taken before it is compared, so that many at once have no more tries than one after the other.
    const left = await ports.links.takeTry(link.id, mostTries)
    if (left === undefined) return { outcome: 'none' }
    if (opener.birthDate !== birthDate) return { outcome: 'wrong-birth-date', left }
  }
  const kept = ports.newSecret()
  const at = ports.now().toISOString()
  const isOpen = await ports.links.open(link.id, linkDigest(key), linkDigest(kept), at)
  if (!isOpen) return { outcome: 'none' }
  return {
    outcome: 'open',
    identity: identityOf(link, opener),
    // Without a second fact a browser that was left alone must not open it again, and only asks anew.
    kept: birthDate === undefined ? key : kept,
  }
}

/**
 * Somebody's link opens nothing: noted where it was one of ours, so that the clinic sees it.
 * @returns the link, for the audit trail; who asks is told the same in any case
 */
export async function askForAnother(
  ports: OpenLinkPorts,
  { given, kept }: LinkKeys,
): Promise<FoundLink | undefined> {
  const link = (await find(ports, given)) ?? (await find(ports, kept))
  const referral = link && (await ports.referrals.find(link.referralId))
  if (!link || !referral || isClosed(referral.status)) return undefined
  await ports.links.askAgain(link.id, ports.now().toISOString())
  return link
}

const identityOf = (
  { id, referralId, referrerId }: FoundLink,
  { name, role }: Opener,
): Identity => ({
  role: 'referrer',
  organization: referrerId,
  person: {
    id: `urn:referloop:answer-link|${id}`,
    name: [name, roleWords[role], 'through a link'].filter(Boolean).join(', '),
  },
  through: { link: id, referralId },
})

interface Found {
  /** By which it was found. */
  readonly key: string
  readonly link: FoundLink
  readonly referral: Referral
  readonly clinicName: string
  readonly birthDate: string | undefined
}

const seenOf = ({ link, referral, clinicName, birthDate }: Found): SeenLink => ({
  link,
  referral,
  clinicName,
  asksBirthDate: birthDate !== undefined,
})

async function look(ports: OpenLinkPorts, keys: LinkKeys): Promise<Found | undefined> {
  const found = await usable(ports, keys)
  if (!found) return undefined
  const { link, key } = found
  const referral = await ports.referrals.find(link.referralId)
  const referrer = ports.registry().referrerById(link.referrerId)
  if (!referral || isClosed(referral.status) || !referrer || referrer.disabled) return undefined
  const clinic = ports.registry().clinicById(link.clinicId)
  return {
    key,
    link,
    referral,
    clinicName: clinic?.name ?? link.clinicId,
    birthDate: await birthDateOf(ports, referral),
  }
}

/** Who comes by the same link once more goes on with what the browser has kept of it. */
async function usable(
  ports: OpenLinkPorts,
  { given, kept }: LinkKeys,
): Promise<Pick<Found, 'link' | 'key'> | undefined> {
  const now = ports.now()
  const first = await find(ports, given)
  if (given !== undefined && first && isUsable(first, now)) return { link: first, key: given }
  const second = await find(ports, kept)
  const isSame = given === undefined || first?.id === second?.id
  return kept !== undefined && second && isSame && isUsable(second, now)
    ? { link: second, key: kept }
    : undefined
}

const find = async (
  { links }: OpenLinkPorts,
  key: string | undefined,
): Promise<FoundLink | undefined> => (key === undefined ? undefined : links.find(linkDigest(key)))

/** As far as it is known to the day: a year alone is guessed. */
async function birthDateOf(
  { resources }: OpenLinkPorts,
  referral: Referral,
): Promise<string | undefined> {
  const [stored] = await resources.readMany(ownerOf(referral), [`Patient/${referral.patientId}`])
  const { birthDate } = stored ? (parseFhirJson(stored.content) as Patient) : {}
  return birthDate && /^\d{4}-\d\d-\d\d$/.test(birthDate) ? birthDate : undefined
}
