/** The differential of a profile, compiled: https://hl7.org/fhir/R4/elementdefinition.html */
import { type Binding, linkCodes } from './bindings.ts'
import type { Definitions } from './definitions.ts'
import type { Invariant } from './invariant.ts'
import type { Model, Property, TypeNode } from './model.ts'

/** What is read of an ElementDefinition; fixed[x] and pattern[x] are found by name. */
export interface ProfileElement {
  readonly id?: string
  readonly path: string
  readonly sliceName?: string
  readonly min?: number
  readonly max?: string
  readonly type?: readonly { readonly code: string; readonly targetProfile?: readonly string[] }[]
  readonly binding?: { readonly strength: string; readonly valueSet?: string }
  readonly constraint?: readonly {
    readonly key: string
    readonly severity: string
    readonly human: string
    readonly expression?: string
  }[]
}

/** What a profile asks of one element, or of the items of one slice of it. */
export interface Rule {
  readonly element: string
  readonly sliceName: string | undefined
  /** The names that the element may have in JSON, with what R4 says of them. */
  readonly properties: readonly Property[]
  readonly min: number
  readonly max: number
  readonly types: ReadonlySet<string> | undefined
  readonly targets: ReadonlySet<string> | undefined
  readonly fixed: unknown
  readonly pattern: unknown
  readonly binding: Binding | undefined
  readonly invariants: readonly Invariant[]
  readonly children: Rule[]
  readonly slices: Rule[]
}

/** Makes the check of a constraint that a profile brings along. */
export type LinkConstraint = (
  constraint: { readonly key: string; readonly human: string; readonly expression: string },
  context: string,
) => Invariant

export interface RuleParts {
  readonly model: Model
  readonly codes: Definitions['codes']
  readonly linkConstraint: LinkConstraint
}

/**
 * @param type the resource type that is profiled
 * @returns the rules of the resource's own elements, the others below them
 * @throws Error when an element is not one of R4's, its parent has no rule, or the root is constrained
 */
export function linkRules(
  type: string,
  elements: readonly ProfileElement[],
  parts: RuleParts,
): Rule[] {
  const root: Rule[] = []
  const byId = new Map<string, Rule>()
  for (const element of elements) {
    const id = element.id ?? element.path
    if (id === type) {
      if (element.constraint) throw new Error(`${type}: put the constraint on an element`)
      continue
    }
    const parentId = id.slice(0, id.lastIndexOf('.'))
    const parent = byId.get(parentId)
    if (parent === undefined && parentId !== type) throw new Error(`${id} has no parent`)
    const node = parent ? nodeBelow(parent, parts.model) : parts.model.type(type)
    const rule = linkRule(element, node, parts)
    byId.set(id, rule)
    if (rule.sliceName === undefined) (parent?.children ?? root).push(rule)
    else byId.get(id.slice(0, id.lastIndexOf(':')))?.slices.push(rule)
  }
  return root
}

function nodeBelow(parent: Rule, model: Model): TypeNode {
  const property = parent.properties.find(
    ({ typeName, primitive }) =>
      primitive === undefined && (parent.types === undefined || parent.types.has(typeName)),
  )
  if (property === undefined) throw new Error(`${parent.element} has no elements`)
  return model.nodeOf(property)
}

function linkRule(element: ProfileElement, node: TypeNode, parts: RuleParts): Rule {
  const name = element.path.slice(element.path.lastIndexOf('.') + 1).replace('[x]', '')
  const properties = [...node.properties.values()].filter(
    (property) => property.element === name && !property.isSibling,
  )
  if (properties.length === 0) throw new Error(`FHIR R4 has no ${element.path}`)
  const targets = element.type
    ?.flatMap((type) => type.targetProfile ?? [])
    .map((url) => url.slice(url.lastIndexOf('/') + 1))
  const { binding } = element
  return {
    element: name,
    sliceName: element.sliceName,
    properties,
    min: element.min ?? 0,
    max: Number(element.max === undefined || element.max === '*' ? Infinity : element.max),
    types: element.type && new Set(element.type.map(({ code }) => code)),
    targets: targets?.length ? new Set(targets) : undefined,
    fixed: partOf(element, 'fixed'),
    pattern: partOf(element, 'pattern'),
    binding:
      binding?.strength === 'required' ? linkCodes(binding.valueSet, parts.codes) : undefined,
    invariants: (element.constraint ?? [])
      .filter(({ severity }) => severity === 'error')
      .map(({ key, human, expression = 'true' }) =>
        parts.linkConstraint({ key, human, expression }, element.path),
      ),
    children: [],
    slices: [],
  }
}

function partOf(element: ProfileElement, prefix: 'fixed' | 'pattern'): unknown {
  return Object.entries(element).find(([name]) => name.startsWith(prefix))?.[1]
}
