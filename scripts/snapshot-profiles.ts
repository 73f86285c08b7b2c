/**
 * Writes the snapshot of each profile in schemas/, from R4's snapshot and the profile's differential:
 * https://hl7.org/fhir/R4/profiling.html#snapshot
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElementDefinition, StructureDefinition } from 'fhir/r4'
import { keepFile } from './keep-file.ts'

const schemas = join(import.meta.dirname, '..', 'schemas')

// Mappings and advice for authors of other profiles are three quarters of R4's snapshots.
const kept = [
  'id',
  'path',
  'short',
  'definition',
  'min',
  'max',
  'base',
  'contentReference',
  'type',
  'constraint',
  'isModifier',
  'isModifierReason',
  'isSummary',
  'binding',
] as const satisfies readonly (keyof ElementDefinition)[]

/** @param bases R4's StructureDefinitions */
export function snapshotProfiles(bases: readonly StructureDefinition[]): void {
  for (const file of readdirSync(schemas).filter((name) =>
    name.startsWith('StructureDefinition-'),
  )) {
    const path = join(schemas, file)
    const profile: StructureDefinition = JSON.parse(readFileSync(path, 'utf8'))
    const base = bases.find(({ url }) => url === profile.baseDefinition)
    if (!base?.snapshot) throw new Error(`${file}: no snapshot of ${profile.baseDefinition}`)
    const { differential, ...rest } = profile
    const element = merge(base.snapshot.element, differential?.element ?? [])
    keepFile(path, `${JSON.stringify({ ...rest, snapshot: { element }, differential }, null, 2)}\n`)
  }
}

function merge(
  base: readonly ElementDefinition[],
  differential: readonly ElementDefinition[],
): ElementDefinition[] {
  const changes = new Map(differential.map((element) => [element.id, element]))
  const merged = base.map((element) => {
    const own = Object.fromEntries(
      kept.flatMap((name) => (name in element ? [[name, element[name]]] : [])),
    )
    const change = changes.get(element.id)
    changes.delete(element.id)
    return { ...own, ...change } as ElementDefinition
  })
  if (changes.size > 0) throw new Error(`Not in the base: ${[...changes.keys()].join(', ')}`)
  return merged
}
