/** Literal references: https://hl7.org/fhir/R4/references.html#literal */
import { type Scope, typeOfContained, typeOfEntry } from './scope.ts'

/** What a reference says of the resource that it points to. */
export type Target =
  | { readonly type: string | undefined }
  | { readonly problem: string; readonly code: 'value' | 'not-found' }

const unknown: Target = { type: undefined }
const notRestful: Target = {
  code: 'value',
  problem: 'A relative reference is written Type/id, with a resource type of FHIR R4.',
}
const noContained: Target = {
  code: 'not-found',
  problem: 'No contained resource has this id: contain it, or correct the reference.',
}
const noEntry: Target = {
  code: 'not-found',
  problem: 'No entry of this Bundle has this fullUrl: add the resource, or correct the reference.',
}

// `Type/id`, maybe with a version; at the end of an absolute address too.
const restful =
  /^(?:https?:\/\/[^?#]*\/)?([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?(?:#.*)?$/
// `Type?criteria`, which a transaction may use.
const conditional = /^([A-Z][A-Za-z]+)\?./
const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:/

export function targetOf(
  reference: string,
  scope: Scope,
  isResourceType: (name: string) => boolean,
): Target {
  if (reference.startsWith('#')) return contained(reference, scope)
  if (reference.startsWith('urn:')) return entry(reference, scope)
  const type = (restful.exec(reference) ?? conditional.exec(reference))?.[1]
  const isAbsolute = absolute.test(reference)
  if (type !== undefined && isResourceType(type)) return { type }
  if (!isAbsolute) return notRestful
  const known = scope.bundle && typeOfEntry(reference, scope.bundle)
  return { type: known || undefined }
}

function contained(reference: string, scope: Scope): Target {
  if (reference === '#') return { type: String(scope.root.resourceType) }
  const type = typeOfContained(reference.slice(1), scope)
  return type === undefined ? noContained : { type: type || undefined }
}

function entry(reference: string, { bundle }: Scope): Target {
  const type = bundle && typeOfEntry(reference.replace(/#.*$/, ''), bundle)
  if (type === undefined) return bundle?.isComplete ? noEntry : unknown
  return { type: type || undefined }
}

const definitionPrefix = 'http://hl7.org/fhir/StructureDefinition/'

/** The resource type that Reference.type names, undefined for one that is not R4's own. */
export function typeNamed(type: unknown): string | undefined {
  if (typeof type !== 'string') return undefined
  const name = type.startsWith(definitionPrefix) ? type.slice(definitionPrefix.length) : type
  return absolute.test(name) ? undefined : name
}
