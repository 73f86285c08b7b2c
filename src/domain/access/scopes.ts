/** SMART v2 system scopes: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html */

import { OAuthError } from './oauth-error.ts'
import { resourceTypes } from './resource-types.ts'

/** create, read, update, delete, search. */
export type Letter = 'c' | 'r' | 'u' | 'd' | 's'

/**
 * Which letters each interaction needs, all of them.
 *
 * A condition on create, update, patch or delete is a search whose hit or miss shows in the
 * outcome, so it needs `s` as well. An update that creates is covered by `u`, as SMART says. An
 * operation needs what its effect would need as a plain interaction.
 */
export const interactions = {
  create: 'c',
  'conditional-create': 'cs',
  read: 'r',
  vread: 'r',
  'history-instance': 'r',
  'history-type': 's',
  update: 'u',
  'conditional-update': 'us',
  patch: 'u',
  'conditional-patch': 'us',
  delete: 'd',
  'conditional-delete': 'ds',
  'search-type': 's',
  /** ServiceRequest: what a create would say, with nothing stored. */
  '$referral-check': 'c',
  /** ServiceRequest: changes the referral. */
  '$add-information': 'u',
  /** ServiceRequest: changes the referral. */
  $acknowledge: 'u',
  '$answer-link': 'u',
  /** ServiceRequest and Task: tells of what one has here. */
  $reconcile: 's',
  /** ServiceRequest and Task: counts those that one has here. */
  '$evaluate-measure': 's',
  /** Subscription. */
  $status: 'r',
  /** Subscription. */
  $events: 'r',
  /** Any type: looks at the body alone, so that a valid token is enough. */
  $validate: '',
} as const satisfies Record<string, string>

export type Interaction = keyof typeof interactions

/** Resource type, or `*` for all, to letters in the order of `cruds`. */
type Grants = ReadonlyMap<string, string>

const v1Suffixes: ReadonlyMap<string, string> = new Map([
  ['read', 'rs'],
  ['write', 'cud'],
  ['*', 'cruds'],
])

const longestScope = 4096

/**
 * Reads a scope string; anything in it that is not understood refuses the whole of it, so that
 * nobody believes to hold, or to have narrowed, what was silently dropped.
 * @param text scopes separated by spaces; v1 `.read`, `.write` and `.*` are read as `.rs`, `.cud` and `.cruds`
 * @returns the same in v2 form, one scope per resource type, sorted
 * @throws OAuthError `invalid_scope`
 */
export function parseScopes(text: string): readonly string[] {
  if (Buffer.byteLength(text) > longestScope) throw invalidScope('The scope is longer than 4 KiB.')
  const scopes = text.split(' ').filter((scope) => scope !== '')
  return written(joined(scopes.map(parseScope)))
}

/**
 * What a client gets: the letters that it asked for and is registered for.
 * @param requested the request parameter
 * @param allowed scopes of the registration, as `parseScopes` gives them
 * @throws OAuthError `invalid_scope` when a scope is malformed or nothing is left
 */
export function grant(requested: string, allowed: readonly string[]): readonly string[] {
  const granted = intersect(parseScopes(requested), allowed)
  if (granted.length === 0)
    throw invalidScope('This client is not registered for any of the scopes.')
  return granted
}

/** The scopes that both lists cover, letter by letter; both as `parseScopes` gives them. */
export function intersect(one: readonly string[], other: readonly string[]): readonly string[] {
  const [left, right] = [grantsOf(one), grantsOf(other)]
  const types = new Set([...left.keys(), ...right.keys()])
  const everywhere = common(left.get('*') ?? '', right.get('*') ?? '')
  const shared = new Map<string, string>()
  for (const type of types) {
    const letters = common(lettersFor(left, type), lettersFor(right, type))
    if (type === '*' || letters !== everywhere) shared.set(type, letters)
  }
  return written(shared)
}

/**
 * May these scopes do this to this type?
 * @param type a resource type, or `*` for what concerns all types at once
 */
export function permits(
  scopes: readonly string[],
  type: string,
  interaction: Interaction,
): boolean {
  return [...interactions[interaction]].every((letter) => allows(scopes, type, letter as Letter))
}

/** Is this letter granted for this type, by name or by `*`? */
export function allows(scopes: readonly string[], type: string, letter: Letter): boolean {
  return lettersFor(grantsOf(scopes), type).includes(letter)
}

function parseScope(scope: string): [string, string] {
  const shown = /^[\x21\x23-\x5b\x5d-\x7e]{1,80}$/.test(scope) ? ` '${scope}'` : ''
  if (scope.includes('?'))
    throw invalidScope(`The scope${shown} has search parameters, which are not supported.`)
  const form = /^system\/(\*|[A-Za-z]+)\.([a-z]+|\*)$/.exec(scope)
  if (!form) throw invalidScope(`The scope${shown} is not of the form system/Type.cruds.`)
  const [, type, suffix] = form as string[] as [string, string, string]
  if (type !== '*' && !resourceTypes.has(type)) {
    throw invalidScope(`The scope${shown} names a resource type that FHIR R4 does not have.`)
  }
  const v2 = v1Suffixes.get(suffix)
  if (v2) return [type, v2]
  if (!/^c?r?u?d?s?$/.test(suffix)) {
    throw invalidScope(`The scope${shown} needs letters out of cruds, each once and in that order.`)
  }
  return [type, suffix]
}

function joined(pairs: readonly (readonly [string, string])[]): Grants {
  const grants = new Map<string, string>()
  for (const [type, letters] of pairs) grants.set(type, either(grants.get(type) ?? '', letters))
  return grants
}

/** A caller's scopes are one array for the life of its token, so they are read once. */
const known = new WeakMap<readonly string[], Grants>()

function grantsOf(scopes: readonly string[]): Grants {
  const found = known.get(scopes)
  // Stryker disable next-line ConditionalExpression: without the cache the answers are the same, later
  if (found) return found
  const grants = joined(scopes.map(parseScope))
  // Stryker disable next-line CallExpression: without the cache the answers are the same, later
  known.set(scopes, grants)
  return grants
}

function lettersFor(grants: Grants, type: string): string {
  return either(grants.get('*') ?? '', grants.get(type) ?? '')
}

const either = (one: string, other: string) =>
  [...'cruds'].filter((letter) => one.includes(letter) || other.includes(letter)).join('')

const common = (one: string, other: string) =>
  [...'cruds'].filter((letter) => one.includes(letter) && other.includes(letter)).join('')

function written(grants: Grants): readonly string[] {
  const scopes = [...grants].filter(([, letters]) => letters !== '')
  return scopes.map(([type, letters]) => `system/${type}.${letters}`).sort()
}

const invalidScope = (description: string) => new OAuthError('invalid_scope', description)
