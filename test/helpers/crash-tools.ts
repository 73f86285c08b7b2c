/** What a crash campaign looks at, and the chance it lives by. */

import type { Bundle, Task } from 'fhir/r4'
import { resourceIdentifierSystem } from '../../src/domain/referral/task.ts'
import type { FhirClient } from './fhir-client.ts'

/** By the reference to its ServiceRequest. */
export async function allTasks(by: FhirClient): Promise<Map<string, Task>> {
  const tasks = new Map<string, Task>()
  let url: string | undefined = 'Task?_count=200'
  while (url !== undefined) {
    const page: Bundle<Task> = (await by.get<Bundle<Task>>(url)).body
    // Those that ask for information have a Questionnaire there.
    for (const { resource } of page.entry ?? [])
      if (resource?.focus?.reference?.startsWith('ServiceRequest/'))
        tasks.set(resource.focus.reference, resource)
    url = page.link?.find(({ relation }) => relation === 'next')?.url
  }
  return tasks
}

/** Identifiers of ours that two Tasks bear. */
export function doubled(tasks: readonly Task[]): readonly string[] {
  const seen = new Set<string>()
  return tasks.flatMap(({ identifier = [] }) =>
    identifier.flatMap(({ system, value = '' }) => {
      if (system !== resourceIdentifierSystem) return []
      return seen.size === seen.add(value).size ? [`Task ${value}`] : []
    }),
  )
}

/** The answer, or undefined when the service went away meanwhile. */
export async function orGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch {
    return undefined
  }
}

/** https://en.wikipedia.org/wiki/Linear_congruential_generator with the constants of Numerical Recipes */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
