/**
 * Profiles: https://hl7.org/fhir/R4/profiling.html
 *
 * A profile is compiled from its differential, and from those of the profiles below it, since the
 * base rules have been checked by then: what is looked at again is only what it adds.
 */
import type { Definitions } from './definitions.ts'
import type { Focus } from './focus.ts'
import type { Model } from './model.ts'
import { type LinkConstraint, linkRules, type ProfileElement, type Rule } from './profile-rules.ts'
import { ProfileWalk } from './profile-walk.ts'
import type { Scope } from './scope.ts'
import type { Trail } from './trail.ts'

/** What is read of a StructureDefinition. */
export interface ProfileDefinition {
  readonly url: string
  readonly type: string
  readonly baseDefinition?: string
  readonly differential?: { readonly element: readonly ProfileElement[] }
}

/** What is read of a ValueSet that a profile binds: codes listed in `compose`. */
export interface ValueSetDefinition {
  readonly url?: string
  readonly compose?: {
    readonly include: readonly {
      readonly system?: string
      readonly concept?: readonly { readonly code: string }[]
    }[]
  }
}

export interface ProfileTable {
  /** Reports where a resource breaks a profile; a profile that is not known has no rules. */
  check(url: string, resource: Focus, scope: Scope, trail: Trail): void
}

/** @throws Error when a profile is not well formed */
export function linkProfiles(
  profiles: readonly ProfileDefinition[],
  valueSets: readonly ValueSetDefinition[],
  model: Model,
  definitions: Definitions,
  linkConstraint: LinkConstraint,
): ProfileTable {
  const byUrl = new Map(profiles.map((profile) => [profile.url, profile]))
  const codes = { ...definitions.codes, ...Object.fromEntries(valueSets.map(codesOf)) }
  const rules = new Map(
    profiles.map((profile) => [
      profile.url,
      chain(profile, byUrl).flatMap(({ type, differential }) =>
        linkRules(type, differential?.element ?? [], { model, codes, linkConstraint }),
      ),
    ]),
  )
  return {
    check: (url, resource, scope, trail) => {
      const type = byUrl.get(url)?.type
      if (type === undefined) return
      if (resource.resourceType === type)
        new ProfileWalk(model, scope, trail).object(rules.get(url) as Rule[], resource)
      else trail.report('structure', `The profile is one of ${type}.`)
    },
  }
}

/** A profile and those of ours that it builds on. */
function chain(
  profile: ProfileDefinition,
  byUrl: ReadonlyMap<string, ProfileDefinition>,
): ProfileDefinition[] {
  const base = byUrl.get(profile.baseDefinition ?? '')
  return base ? [...chain(base, byUrl), profile] : [profile]
}

function codesOf({ url = '', compose }: ValueSetDefinition): [string, Record<string, string[]>] {
  const codes: Record<string, string[]> = {}
  for (const { system = '', concept = [] } of compose?.include ?? [])
    codes[system] = [...(codes[system] ?? []), ...concept.map(({ code }) => code)]
  return [url, codes]
}
