/** A recent pain intensity on a scale of 0 to 10. */

import { dateOf } from '../dates.ts'
import type { Facts } from '../facts.ts'
import { observationNeed } from '../needs.ts'
import { newestPainScore } from '../pain.ts'
import type { Finding } from '../result.ts'

export function baselinePainScore(facts: Facts): Finding {
  const score = newestPainScore(facts)
  const { painWindow } = facts.parameters
  if (score)
    return {
      verdict: 'met',
      explanation: `Pain ${score.value} of 10 on ${dateOf(score.day)}.`,
      evidence: [score.reference],
      needed: [],
    }
  return {
    verdict: 'not-documented',
    explanation: `There is no pain score of the last ${painWindow} days before the referral.`,
    evidence: [],
    needed: [
      observationNeed(
        facts,
        'Send a pain score on a scale of 0 to 10',
        'pain-intensity',
        painWindow,
      ),
    ],
  }
}
