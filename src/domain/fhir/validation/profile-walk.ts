/** Holds a resource against the rules of a profile, after the base rules. */
import { holdsCodeOf } from './bindings.ts'
import { equals, type Focus, isObject } from './focus.ts'
import type { Model, Property } from './model.ts'
import type { Rule } from './profile-rules.ts'
import { targetOf, typeNamed } from './references.ts'
import type { Scope } from './scope.ts'
import type { Trail } from './trail.ts'

/** One value of an element, with where it stands. */
interface Occurrence {
  readonly property: Property
  readonly index: number | undefined
  readonly value: unknown
}

export class ProfileWalk {
  private readonly model: Model
  private readonly scope: Scope
  private readonly trail: Trail

  constructor(model: Model, scope: Scope, trail: Trail) {
    this.model = model
    this.scope = scope
    this.trail = trail
  }

  object(rules: readonly Rule[], object: Focus): void {
    for (const rule of rules) this.rule(rule, occurrences(rule, object))
  }

  private rule(rule: Rule, found: readonly Occurrence[]): void {
    this.count(rule, found.length)
    for (const occurrence of found) this.occurrence(rule, occurrence)
    for (const slice of rule.slices)
      this.rule(
        slice,
        found.filter(({ value }) => isInSlice(slice, value)),
      )
  }

  private count({ element, sliceName, min, max }: Rule, count: number): void {
    const what = sliceName === undefined ? element : `${element} (${sliceName})`
    if (count < min)
      this.trail.reportAt(
        element,
        'required',
        `The profile asks for ${min === 1 ? what : `${min} ${what}`}.`,
      )
    if (count > max)
      this.trail.reportAt(element, 'structure', `The profile allows ${max} ${what} at most.`)
  }

  private occurrence(rule: Rule, { property, index, value }: Occurrence): void {
    this.trail.enter(property.path, index)
    if (value !== undefined) this.value(rule, property, value)
    this.trail.leave()
  }

  private value(rule: Rule, { typeName }: Property, value: unknown): void {
    const { trail } = this
    const { types, fixed, pattern, binding } = rule
    if (types && !types.has(typeName))
      trail.report('value', `The profile allows ${[...types].join(', ')} here.`)
    if (fixed !== undefined && !equals(fixed, value))
      trail.report('value', 'The profile fixes this value.')
    if (pattern !== undefined && !fits(pattern, value))
      trail.report('value', 'The profile asks for certain parts of this value.')
    if (binding && !isBound(binding, value))
      trail.report('code-invalid', `The profile asks for ${binding.form}.`)
    if (rule.targets && isObject(value)) this.target(rule.targets, value)
    for (const { key, human, holds } of rule.invariants) {
      const verdict = holds(value, this.scope)
      if (verdict !== true) trail.report('invariant', `${key}: ${human}`)
    }
    if (isObject(value)) this.object(rule.children, value)
  }

  private target(targets: ReadonlySet<string>, { reference, type }: Focus): void {
    const target =
      typeof reference === 'string'
        ? targetOf(reference, this.scope, this.model.isResourceType)
        : { type: typeNamed(type) }
    if ('problem' in target || target.type === undefined || targets.has(target.type)) return
    this.trail.report('value', `The profile asks for a reference to ${[...targets].join(', ')}.`)
  }
}

/** A primitive that has only extensions is there too, without a value. */
function occurrences({ properties }: Rule, object: Focus): Occurrence[] {
  return properties.flatMap((property) => {
    const value = object[property.name]
    if (Array.isArray(value))
      return value.map((item, index): Occurrence => ({ property, index, value: item }))
    const isThere = value !== undefined || object[property.siblingName] !== undefined
    return isThere ? [{ property, index: undefined, value }] : []
  })
}

/** An item belongs to a slice when it has what the slice, or an element in it, fixes. */
function isInSlice(slice: Rule, value: unknown): boolean {
  if (slice.fixed !== undefined && !equals(slice.fixed, value)) return false
  if (slice.pattern !== undefined && !fits(slice.pattern, value)) return false
  return slice.children.every((child) => {
    if (child.fixed === undefined && child.pattern === undefined) return true
    return isObject(value) && occurrences(child, value).some((each) => isInSlice(child, each.value))
  })
}

function isBound(binding: NonNullable<Rule['binding']>, value: unknown): boolean {
  if (typeof value === 'string') return binding.hasCode(value)
  return isObject(value) && holdsCodeOf(binding, value)
}

/** pattern[x]: everything in the pattern must be in the value, in any order. */
function fits(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(pattern))
    return Array.isArray(value) && pattern.every((part) => value.some((item) => fits(part, item)))
  if (!isObject(pattern)) return equals(pattern, value)
  return isObject(value) && Object.entries(pattern).every(([name, part]) => fits(part, value[name]))
}
