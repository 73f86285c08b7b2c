/** How much has to happen in a campaign of kills for it to say something. */

import type { KillResult } from './kill-campaign.ts'
import { failpoints } from './points.ts'

type Counts = Readonly<
  Record<'acknowledged' | 'recoveries' | 'lostAnswers' | 'namedPoints', number>
>

/** Kills at failpoints; at `any moment` is where one was not reached in time. */
const namedPoints = ({ points }: Pick<KillResult, 'points'>): number =>
  Object.keys(points).filter((point) => failpoints.includes(point)).length

/**
 * Campaigns of 24 and 60 kills brought 4.7 to 6.2 referrals, 1.5 to 3 jobs taken up again and about one
 * call without an answer for each, at nine of ten points. A busy machine gets less done in the four
 * seconds of a life; a service that does not start, does not deliver, or is asked nothing, gets next
 * to none.
 */
function leastOf(kills: number): Counts {
  return {
    acknowledged: kills,
    recoveries: Math.floor(kills / 2),
    lostAnswers: Math.floor(kills / 4),
    namedPoints: Math.floor((Math.min(kills, failpoints.length) * 2) / 3),
  }
}

/** @returns what there was, and a sentence for everything of which there was too little */
export function enoughKills(result: KillResult): {
  readonly counts: Counts
  readonly tooLittle: readonly string[]
} {
  const counts: Counts = {
    acknowledged: result.acknowledged,
    recoveries: result.recovery.count,
    lostAnswers: result.lostAnswers,
    namedPoints: namedPoints(result),
  }
  const least = leastOf(result.kills)
  const names = Object.keys(counts) as (keyof Counts)[]
  return {
    counts,
    tooLittle: names.flatMap((name) =>
      counts[name] < least[name]
        ? [`${name}: ${counts[name]}, and ${least[name]} is the least`]
        : [],
    ),
  }
}
