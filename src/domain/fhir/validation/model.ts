/**
 * The definitions, linked for the walk: one table of JSON names for each type, made when the type is
 * first met, so that a process is ready before the other 140 resource types are looked at.
 */
import type { Binding } from './bindings.ts'
import { linkCodes } from './bindings.ts'
import type { Definitions, ElementDefinition, TypeDefinition } from './definitions.ts'
import type { Invariant } from './invariant.ts'
import { type Primitive, primitives } from './primitives.ts'

/** One name that an object of a type may have in JSON. */
export interface Property {
  /** As in JSON: `valueQuantity`. */
  readonly name: string
  /** As in FHIRPath: `value.ofType(Quantity)`. */
  readonly path: string
  /** The name of the element: `value`. */
  readonly element: string
  readonly isArray: boolean
  readonly max: number
  readonly min: number
  readonly isChoice: boolean
  readonly typeName: string
  readonly primitive: Primitive | undefined
  /** Set for `_birthDate`, the extensions of a primitive. */
  readonly isSibling: boolean
  /** The other of `birthDate` and `_birthDate`. */
  readonly siblingName: string
  readonly targets: ReadonlySet<string> | undefined
  readonly binding: Binding | undefined
  readonly invariants: readonly Invariant[]
  /** Linked when first needed. */
  node: TypeNode | undefined
}

export interface TypeNode {
  readonly name: string
  readonly isResource: boolean
  readonly properties: ReadonlyMap<string, Property>
  /** Elements that must be there; several names for a choice or a primitive. */
  readonly required: readonly { readonly element: string; readonly names: readonly string[] }[]
  readonly invariants: readonly Invariant[]
}

/** Makes the check of a constraint, from its key and the element it stands on. */
export type LinkInvariant = (key: string, context: string) => Invariant

export interface Model {
  type(name: string): TypeNode
  /** The node of a resource type that R4 has, not of an abstract one. */
  resource(name: unknown): TypeNode | undefined
  isResourceType(name: string): boolean
  nodeOf(property: Property): TypeNode
}

export function linkModel(definitions: Definitions, linkInvariant: LinkInvariant): Model {
  const nodes = new Map<string, TypeNode>()
  const definitionOf = (name: string): TypeDefinition | undefined =>
    Object.hasOwn(definitions.types, name) ? definitions.types[name] : undefined

  function type(name: string): TypeNode {
    let node = nodes.get(name)
    if (node === undefined) {
      node = linkType(name, definitions, linkInvariant)
      nodes.set(name, node)
    }
    return node
  }

  const isResourceType = (name: string) => definitionOf(name)?.kind === 'resource'

  return {
    type,
    isResourceType,
    resource: (name) => {
      if (typeof name !== 'string') return undefined
      const known = nodes.get(name)
      if (known?.isResource) return known
      return isResourceType(name) ? type(name) : undefined
    },
    nodeOf: (property) => {
      property.node ??= type(property.typeName)
      return property.node
    },
  }
}

function linkType(name: string, definitions: Definitions, linkInvariant: LinkInvariant): TypeNode {
  const properties = new Map<string, Property>()
  const required: { element: string; names: string[] }[] = []
  const keys = new Set<string>()
  const definition = definitions.types[name]
  if (definition === undefined) throw new Error(`No definition of ${name}`)
  for (const layer of layers(name, definitions)) {
    for (const key of layer.constraints ?? []) keys.add(key)
    for (const [element, of] of Object.entries(layer.elements)) {
      const linked = linkElement(name, element, of, definitions, linkInvariant)
      for (const property of linked) properties.set(property.name, property)
      if (of.min) required.push({ element, names: linked.map((property) => property.name) })
    }
  }
  return {
    name,
    isResource: definition.kind === 'resource',
    properties,
    required,
    invariants: [...keys].map((key) => linkInvariant(key, name)),
  }
}

/** The definitions that make up a type, the most general first. */
function layers(name: string, definitions: Definitions): TypeDefinition[] {
  const definition = definitions.types[name]
  if (definition === undefined) return []
  return [...(definition.base ? layers(definition.base, definitions) : []), definition]
}

function linkElement(
  owner: string,
  element: string,
  definition: ElementDefinition,
  definitions: Definitions,
  linkInvariant: LinkInvariant,
): Property[] {
  const max = definition.max === '*' ? Number.POSITIVE_INFINITY : Number(definition.max ?? 1)
  return definition.types.flatMap((typeName) => {
    // A choice goes by the name of the type, not of the profile on it.
    const chosen = typeName === 'SimpleQuantity' ? 'Quantity' : typeName
    const name = definition.choice ? element + capitalized(chosen) : element
    const property: Property = {
      name,
      path: definition.choice ? `${element}.ofType(${chosen})` : element,
      element,
      isArray: max > 1,
      min: definition.min ?? 0,
      max,
      isChoice: definition.choice === true,
      typeName,
      primitive: primitives[typeName],
      isSibling: false,
      siblingName: `_${name}`,
      targets: definition.targets && new Set(definition.targets),
      binding: linkCodes(definition.codes, definitions.codes),
      invariants: (definition.constraints ?? []).map((key) =>
        linkInvariant(key, `${owner}.${element}`),
      ),
      node: undefined,
    }
    if (!hasSibling(owner, property)) return [property]
    const sibling = { ...property, name: property.siblingName, siblingName: name }
    return [property, { ...sibling, isSibling: true, typeName: 'Element' }]
  })
}

/** Ids and the url of an extension are attributes in XML, and so is all of XHTML. */
function hasSibling(owner: string, { name, primitive, typeName }: Property): boolean {
  if (primitive === undefined || typeName === 'xhtml') return false
  return name !== 'id' && !(owner === 'Extension' && name === 'url')
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
