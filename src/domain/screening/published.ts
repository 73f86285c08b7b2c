/**
 * Everything that we publish, as the files under schemas/ hold it. The files are the
 * source of truth: the API serves these very objects, and load-policy.ts reads them.
 */

import { readdirSync, readFileSync } from 'node:fs'

const schemas = new URL('../../../schemas/', import.meta.url)
const types =
  /^(CodeSystem|Measure|OperationDefinition|PlanDefinition|Questionnaire|StructureDefinition|ValueSet)-.+\.json$/

/**
 * The published resources, parsed, in the order of their file names.
 *
 * Read from disk and not imported: 95 JSON modules took 51 ms to import, and 5 ms to read.
 */
export function readPublished(directory: URL = schemas): readonly unknown[] {
  return readdirSync(directory)
    .filter((name) => types.test(name))
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as unknown)
}
