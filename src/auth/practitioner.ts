/** Who an ID token is about: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-identity-data */

import type { HumanName } from 'fhir/r4'
import type { Person } from '../domain/access/caller.ts'
import { isRecord } from '../domain/access/reader.ts'
import { Problem } from '../domain/problem.ts'

interface Claims {
  readonly sub: string
  readonly fhirUser?: unknown
  readonly name?: unknown
}

const longestSubject = 255
const longestName = 120

/**
 * @param issuer FHIR base of the EHR; a user elsewhere is not one of its staff
 * @param read fetches a resource there
 * @throws Problem sign-in-refused for anybody but staff
 */
export async function practitionerOf(
  { sub, fhirUser, name }: Claims,
  issuer: string,
  read: (url: string) => Promise<Response>,
): Promise<Person> {
  const reference = typeof fhirUser === 'string' ? fhirUser : ''
  const [, type] =
    /^(Practitioner|PractitionerRole)\/[A-Za-z0-9\-.]{1,64}$/.exec(
      reference.startsWith(`${issuer}/`) ? reference.slice(issuer.length + 1) : '',
    ) ?? []
  if (!type || sub.length > longestSubject || /\|/.test(issuer))
    throw new Problem(
      'sign-in-refused',
      'You could not be signed in: the EHR does not say who of its staff you are.',
    )
  const id = `${issuer}|${reference.slice(issuer.length + 1)}`
  const said = typeof name === 'string' && name.trim() ? name : await nameAt(reference, read)
  return { id, name: plain(said || reference.slice(issuer.length + 1)) }
}

/** The name in the record; a record that cannot be read is no reason to keep somebody out. */
async function nameAt(
  reference: string,
  read: (url: string) => Promise<Response>,
): Promise<string | undefined> {
  try {
    const answer = await read(reference)
    const resource: unknown = answer.status === 200 ? await answer.json() : undefined
    const names = isRecord(resource) && Array.isArray(resource.name) ? resource.name : []
    const [first] = names as HumanName[]
    if (!first) return undefined
    const { prefix = [], given = [], family = '', text } = first
    return text ?? [...prefix, ...given, family].filter((part) => part).join(' ')
  } catch {
    return undefined
  }
}

const plain = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, longestName)
