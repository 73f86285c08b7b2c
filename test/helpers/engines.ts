/** The databases that the app runs on, and how journeys share one. */

import type { Test } from 'tap'

/** A database for one world, and what is needed to be rid of it. */
interface EngineDatabase {
  /** Undefined for the embedded one, which lies in the world's own folder. */
  readonly url: string | undefined
  drop(): Promise<void>
}

export interface Engine {
  readonly name: 'pglite' | 'postgresql'
  newDatabase(): Promise<EngineDatabase>
}

export const embedded: Engine = {
  name: 'pglite',
  newDatabase: async () => ({ url: undefined, drop: async () => {} }),
}

/** Runs journeys that share one world at the same time, since each of them mostly waits. */
export async function sideBySide(
  t: Test,
  journeys: Readonly<Record<string, (t: Test) => Promise<void>>>,
  atOnce = 6,
): Promise<void> {
  t.jobs = atOnce
  await Promise.all(
    Object.entries(journeys).map(([title, journey]) => t.test(title, { buffered: true }, journey)),
  )
}
