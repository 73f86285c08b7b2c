/** How a story commits: compute a change on what is there, repeat it when somebody was faster. */

import { Problem } from '../problem.ts'
import { withAbortAnswered } from './abort.ts'
import { type StepPorts, withStep } from './keep-step.ts'
import type { ReferralChange, ReferralStore } from './ports.ts'

/** Writers of one referral are few: a clinic, a referrer, the worker. Five rounds settle them. */
const rounds = 5

/**
 * Reads, decides, commits; again from the start when the referral changed in between.
 * @param decide computes the change, or `undefined` when there is nothing to do
 * @returns what was decided, after it is durable
 * @throws Problem conflict when the referral keeps changing, referral-duplicate when it asks for what
 *   another open one has
 */
export async function settle<Decision extends { readonly change?: ReferralChange | undefined }>(
  ports: StepPorts & { readonly referrals: Pick<ReferralStore, 'commit'> },
  decide: () => Promise<Decision>,
): Promise<Decision> {
  for (let round = 0; round < rounds; round++) {
    const decision = await decide()
    if (!decision.change) return decision
    const change = await withStep(ports, await withAbortAnswered(ports, decision.change))
    const outcome = await ports.referrals.commit(change)
    if (outcome === 'committed') return decision
    if (outcome === 'duplicate') throw new Problem('referral-duplicate')
  }
  throw new Problem('conflict', undefined, { retryAfter: 1 })
}
