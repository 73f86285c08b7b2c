/** Seeded histories one after the other, judged; and how much has to go wrong in them for that to say something. */

import type { History } from './history.ts'
import { judge } from './judge.ts'
import { simulate } from './simulation/simulate.ts'

/** What came in, and what went wrong on the way. */
const counted = {
  referrals: ({ database }: History) => database.referrals.length,
  lives: ({ ehrs }: History) => new Set(ehrs.flatMap((ehr) => ehr.requests.map(lifeOf))).size,
  unheardCalls: ({ calls }: History) => calls.filter(({ answer }) => !answer).length,
  lostAnswers: ({ ehrs }: History) => requestsOf(ehrs, ({ status }) => status === undefined),
  waitsAskedFor: ({ ehrs }: History) => requestsOf(ehrs, ({ retryAfterMs }) => !!retryAfterMs),
  failures: ({ ehrs }: History) => requestsOf(ehrs, ({ status }) => status === 500),
  restoredEhrs: ({ ehrs }: History) => ehrs.filter(({ lost }) => lost.length > 0).length,
} as const

type Ehrs = History['ehrs']
type Request = Ehrs[number]['requests'][number]

const lifeOf = ({ life }: Request): string => life
const requestsOf = (ehrs: Ehrs, isMeant: (request: Request) => boolean): number =>
  ehrs.flatMap((ehr) => ehr.requests.filter(isMeant)).length

type Tally = Readonly<Record<keyof typeof counted, number>>

const names = Object.keys(counted) as (keyof Tally)[]

export interface HistoriesResult {
  readonly histories: number
  readonly tally: Tally
  /** Each with the seed that shows it again. */
  readonly breaches: readonly string[]
}

/** @param told after each history */
export async function runHistories(
  first: number,
  histories: number,
  told: (done: number, result: HistoriesResult) => void = () => {},
): Promise<HistoriesResult> {
  const breaches: string[] = []
  const tally = Object.fromEntries(names.map((name) => [name, 0])) as Record<keyof Tally, number>
  const result = { histories, tally, breaches }
  for (let seed = first; seed < first + histories; seed++) {
    const history = await simulate(seed)
    for (const { invariant, what } of judge(history))
      breaches.push(`seed ${seed}: ${invariant} ${what}`)
    for (const name of names) tally[name] += counted[name](history)
    told(seed - first + 1, result)
  }
  return result
}

/** Mean and standard deviation for one history, measured with 500 (seeds 1000 to 1499). */
const usual: Readonly<Record<keyof Tally, readonly [mean: number, deviation: number]>> = {
  referrals: [2.5, 1.12],
  lives: [3.76, 2.09],
  unheardCalls: [0.288, 0.646],
  lostAnswers: [5.92, 4.54],
  waitsAskedFor: [2.31, 2.06],
  failures: [2.5, 2.07],
  restoredEhrs: [0.036, 0.186],
}

/**
 * The least: a third below the usual, where chance alone, at five standard deviations, could not be
 * lower. Half the faults, or half the kills, is below it; how well the service avoids them is not.
 */
function leastOf(histories: number): Tally {
  const least = (name: keyof Tally): number => {
    const [mean, deviation] = usual[name]
    const byChance = histories * mean - 5 * deviation * Math.sqrt(histories)
    return Math.max(0, Math.floor(Math.min((histories * mean * 2) / 3, byChance)))
  }
  return Object.fromEntries(names.map((name) => [name, least(name)])) as Tally
}

/** @returns a sentence for everything of which there was too little */
export const tooLittle = ({ histories, tally }: HistoriesResult): readonly string[] => {
  const least = leastOf(histories)
  return names.flatMap((name) =>
    tally[name] < least[name] ? [`${name}: ${tally[name]}, and ${least[name]} is the least`] : [],
  )
}
