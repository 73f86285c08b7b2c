/** Waiting for what happens in the background: asked again and again, with a deadline, never a fixed sleep. */

import { setTimeout as pause } from 'node:timers/promises'

/** Two cores shared with other test files: a step that takes one second alone may take ten here. */
const patienceMs = 45_000
const everyMs = 25

/**
 * @param probe gives what is waited for, or undefined while it is not there
 * @param seen says what is there instead, for the message
 * @throws Error after the deadline, naming what did not happen
 */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  seen: () => string = () => '',
  withinMs = patienceMs,
): Promise<T> {
  for (const end = performance.now() + withinMs; ; ) {
    const found = await probe()
    if (found !== undefined) return found
    if (performance.now() > end)
      throw new Error(`not within ${withinMs / 1000} s: ${what}. ${seen()}`)
    await pause(everyMs)
  }
}
