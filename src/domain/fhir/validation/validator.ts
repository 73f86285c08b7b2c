/** Validation against FHIR R4 and our profiles: https://hl7.org/fhir/R4/validation.html */
import type { Issue } from '../../problem.ts'
import { Budget } from './budget.ts'
import type { Definitions } from './definitions.ts'
import { type Focus, isObject } from './focus.ts'
import { linkConstraint, linkInvariant } from './invariants.ts'
import { linkModel } from './model.ts'
import { linkProfiles, type ProfileDefinition, type ValueSetDefinition } from './profiles.ts'
import { TooManyIssues, Trail } from './trail.ts'
import { Walk } from './walk.ts'

/** Canonical URLs of profiles, with or without a version. */
type Profiles = string | readonly string[]

interface ValidateOptions {
  /**
   * Profiles that the resource must meet besides those it claims in meta.profile: for the resource
   * itself, or asked for each resource of a Bundle.
   */
  readonly profile?: Profiles | ((resource: Focus) => Profiles | undefined)
  /** The resource type that is expected. */
  readonly type?: string
}

export interface Validator {
  /** Gives every issue found, at most 100; an empty list means valid. */
  validate(resource: unknown, options?: ValidateOptions): Issue[]
}

export interface ValidatorOptions {
  /** ValueSets that the profiles bind, with their codes listed. */
  readonly valueSets?: readonly ValueSetDefinition[]
  /** Told the key of a constraint that could not be evaluated, for a log line and a count. */
  readonly onUnevaluated?: (key: string) => void
}

/**
 * Makes a validator; types are linked when first met, so this takes no time.
 *
 * @param definitions schemas/r4/definitions.json
 * @param profiles StructureDefinitions with a differential
 * @throws Error when a profile constrains what the definitions do not have
 */
export function createValidator(
  definitions: Definitions,
  profiles: readonly ProfileDefinition[] = [],
  { valueSets = [], onUnevaluated = () => {} }: ValidatorOptions = {},
): Validator {
  const model = linkModel(definitions, (key, context) =>
    linkInvariant(key, context, definitions, onUnevaluated),
  )
  const profileTable = linkProfiles(
    profiles,
    valueSets,
    model,
    definitions,
    (constraint, context) => linkConstraint(constraint, context, onUnevaluated),
  )

  function validate(resource: unknown, options: ValidateOptions = {}): Issue[] {
    const resourceType = isObject(resource) ? resource.resourceType : undefined
    const node = model.resource(resourceType)
    const trail = new Trail(node?.name ?? 'Resource')
    const budget = new Budget()
    try {
      if (node && options.type !== undefined && node.name !== options.type)
        trail.report('structure', `Send a ${options.type} here.`)
      const walk = new Walk(
        model,
        trail,
        (visited, scope) => {
          for (const url of wantedProfiles(visited, visited === resource, options))
            profileTable.check(url, visited, scope, trail)
        },
        budget,
      )
      walk.resource(resource)
      if (budget.isSpent)
        trail.report(
          'too-costly',
          'This resource has too many constraints to check: make it smaller.',
        )
    } catch (error) {
      if (!(error instanceof TooManyIssues)) throw error
      trail.issues.push({
        severity: 'information',
        code: 'incomplete',
        diagnostics: `There may be more to mend: these are the first ${trail.issues.length} issues.`,
      })
    }
    return trail.issues
  }

  function wantedProfiles(
    visited: Focus,
    isRoot: boolean,
    { profile }: ValidateOptions,
  ): Set<string> {
    const asked = typeof profile === 'function' ? profile(visited) : isRoot ? profile : undefined
    const claimed = isObject(visited.meta) ? visited.meta.profile : undefined
    const urls = [asked ?? [], Array.isArray(claimed) ? claimed : []].flat()
    return new Set(urls.map((url) => String(url).replace(/\|.*$/, '')))
  }

  return { validate }
}
