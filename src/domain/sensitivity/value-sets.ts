/** The published value sets of substance-use information, as schemas/sensitivity holds them. */

import { readdirSync, readFileSync } from 'node:fs'
import type { ValueSet } from 'fhir/r4'

const folder = new URL('../../../schemas/sensitivity/', import.meta.url)

/** They are no policy's value sets, so that a clinic's policy never takes them for its own. */
export const sensitivityValueSets: readonly ValueSet[] = readdirSync(folder)
  .filter((name) => /^ValueSet-.+\.json$/.test(name))
  .sort()
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as ValueSet)
