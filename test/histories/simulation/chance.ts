/** Everything that a seed decides. */

import { randomFrom } from '../../helpers/crash-tools.ts'

export interface Chance {
  /** True that often. */
  of(part: number): boolean
  between(low: number, high: number): number
  oneOf<T>(list: readonly T[]): T
}

export function chanceFrom(seed: number): Chance {
  const random = randomFrom(seed * 7_919 + 17)
  for (let warm = 0; warm < 5; warm++) random()
  return {
    of: (part) => random() < part,
    between: (low, high) => low + random() * (high - low),
    oneOf: (list) => list[Math.floor(random() * list.length)] as (typeof list)[number],
  }
}
