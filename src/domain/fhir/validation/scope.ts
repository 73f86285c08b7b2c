/** Where the walk stands: what a reference or an invariant may look at besides its own element. */
import type { Budget } from './budget.ts'
import { type Focus, isObject, objects } from './focus.ts'

export interface Scope {
  /** What is left for FHIRPath in this validation. */
  readonly budget: Budget
  /** The resource that is not contained; fragments are looked up in its `contained`. */
  readonly root: Focus
  /** The resource, maybe contained, that holds the element. */
  readonly resource: Focus
  readonly bundle: BundleScope | undefined
  /** `#id` references met so far in the root resource, when it has contained resources. */
  readonly fragments: Set<string> | undefined
  /** Contained resources that refer to the resource that holds them by `#`. */
  readonly upward: Set<Focus> | undefined
  containedTypes: ReadonlyMap<string, string> | undefined
}

export interface BundleScope {
  readonly bundle: Focus
  /** An unresolved urn: is an error only where the Bundle must be complete in itself. */
  readonly isComplete: boolean
  types: ReadonlyMap<string, string> | undefined
}

const completeTypes: readonly unknown[] = ['transaction', 'document', 'message']

export function enterResource(resource: Focus, outer: Scope | undefined, budget: Budget): Scope {
  const hasContained = Array.isArray(resource.contained)
  const isBundle = resource.resourceType === 'Bundle'
  return {
    budget,
    root: resource,
    resource,
    bundle: isBundle
      ? { bundle: resource, isComplete: completeTypes.includes(resource.type), types: undefined }
      : outer?.bundle,
    fragments: hasContained ? new Set() : undefined,
    upward: hasContained ? new Set() : undefined,
    containedTypes: undefined,
  }
}

export function enterContained(resource: Focus, outer: Scope): Scope {
  return { ...outer, resource }
}

export function typeOfContained(id: string, scope: Scope): string | undefined {
  scope.containedTypes ??= typesBy(objects(scope.root.contained), (contained) => contained.id)
  return scope.containedTypes.get(id)
}

export function typeOfEntry(url: string, scope: BundleScope): string | undefined {
  scope.types ??= typesBy(objects(scope.bundle.entry), (entry) => entry.fullUrl)
  return scope.types.get(url)
}

function typesBy(
  holders: readonly Focus[],
  keyOf: (holder: Focus) => unknown,
): ReadonlyMap<string, string> {
  const types = new Map<string, string>()
  for (const holder of holders) {
    const key = keyOf(holder)
    const resource = isObject(holder.resource) ? holder.resource : holder
    if (typeof key === 'string') types.set(key, String(resource.resourceType ?? ''))
  }
  return types
}
