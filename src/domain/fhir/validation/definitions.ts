/**
 * The shape of schemas/r4/definitions.json: what the validator needs to know of FHIR R4, written by
 * scripts/trim-definitions.ts from HL7's StructureDefinitions, ValueSets and CodeSystems.
 */
export interface Definitions {
  readonly fhirVersion: string
  /** sha256 of each file that the definitions were cut from. */
  readonly sources: Readonly<Record<string, string>>
  /** Every resource type, datatype and inner element, the last by its path: `Patient.contact`. */
  readonly types: Readonly<Record<string, TypeDefinition>>
  /** Invariants of severity error, by key; `Task/inv-1` where two types share a key. */
  readonly constraints: Readonly<Record<string, ConstraintDefinition>>
  /** Codes of each required value set, by system, where they can be listed. */
  readonly codes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

export interface TypeDefinition {
  readonly kind: 'resource' | 'datatype' | 'element' | 'primitive' | 'abstract'
  /** The type whose elements and invariants this one has as well. */
  readonly base?: string
  readonly constraints?: readonly string[]
  readonly elements: Readonly<Record<string, ElementDefinition>>
}

export interface ElementDefinition {
  /** At least so many; 0 when absent. */
  readonly min?: number
  /** At most so many, `*` without end; 1 when absent. */
  readonly max?: string
  readonly types: readonly string[]
  /** True for value[x]: the name in JSON then ends with the type. */
  readonly choice?: boolean
  /** Resource types that a Reference may point to; absent when any will do. */
  readonly targets?: readonly string[]
  /** The value set that is required. */
  readonly codes?: string
  readonly constraints?: readonly string[]
}

export interface ConstraintDefinition {
  readonly expression: string
  readonly human: string
}
