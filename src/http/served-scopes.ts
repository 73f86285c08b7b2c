/** The SMART scopes that the routes have a use for, for discovery: what is advertised works. */

import { type Interaction, interactions } from '../domain/access/scopes.ts'
import type { KnownRoute } from './addresses.ts'
import { conformanceTypes } from './routes/conformance.ts'

/** @returns one scope for each type, sorted; conformance resources need none */
export function servedScopes(routes: readonly KnownRoute[]): readonly string[] {
  const letters = new Map<string, Set<string>>()
  for (const { fhir } of routes) {
    if (!fhir || fhir.types === 'system' || !isInteraction(fhir.interaction)) continue
    for (const type of fhir.types.filter((one) => one !== 'Resource' && !isOpen(one)))
      for (const letter of interactions[fhir.interaction])
        letters.set(type, (letters.get(type) ?? new Set()).add(letter))
  }
  return [...letters]
    .map(([type, of]) => `system/${type}.${[...'cruds'].filter((one) => of.has(one)).join('')}`)
    .sort()
}

const isInteraction = (name: string): name is Interaction => Object.hasOwn(interactions, name)

const isOpen = (type: string): boolean => (conformanceTypes as readonly string[]).includes(type)
