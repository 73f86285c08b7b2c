/** What a re-referral replaces is taken back in the same breath. */

import type { Agent } from './change.ts'
import type { IntakePorts } from './intake.ts'
import { isClosed } from './life.ts'
import type { ReferralChange } from './ports.ts'
import type { Referral } from './referral.ts'
import { revoke } from './revoke.ts'

/**
 * What is replaced and still open is taken back, as if the referrer had revoked it; what is closed is
 * linked by the reference alone.
 * @param by the new referral
 */
export async function takeBackReplaced(
  ports: IntakePorts,
  replaced: readonly Referral[],
  by: string,
  agent: Agent,
): Promise<readonly ReferralChange[]> {
  const changes: ReferralChange[] = []
  for (const current of new Map(replaced.map((each) => [each.id, each])).values()) {
    if (isClosed(current.status) || current.businessStatus === 'cancellation-requested') continue
    const stored = await ports.referrals.resources(current)
    changes.push(await revoke(ports, current, stored, 'revoked', agent, { replacedBy: by }))
  }
  return changes
}
