/** A clinic, or the referrer's own system, makes a link for the practice; or takes it back. */

import type { Caller } from '../access/caller.ts'
import type { Registry } from '../access/registry.ts'
import { Problem } from '../problem.ts'
import { type Agent, auditOf, findOrThrow, tenantsOf } from '../referral/change.ts'
import { isClosed } from '../referral/life.ts'
import type { ReferralStore } from '../referral/ports.ts'
import type { Referral } from '../referral/referral.ts'
import { codeOf } from './answer-code.ts'
import { type LinkStore, linkDigest } from './answer-link.ts'

export interface MakeLinkPorts {
  readonly links: LinkStore
  readonly referrals: Pick<ReferralStore, 'find' | 'record'>
  registry(): Registry
  now(): Date
  newId(): string
  /** 32 random bytes, base64url. */
  newSecret(): string
}

/** To be shown once: what is kept of it opens nothing. */
export interface MadeLink {
  readonly secret: string
  /** The same for typing. */
  readonly code: string
  readonly expiresAt: string
  readonly referral: Referral
}

const dayMs = 86_400_000

/** True while a practice has something to answer. */
export const isForPractice = ({ status, step }: Referral): boolean =>
  !isClosed(status) && step?.actor === 'referrer'

/**
 * Makes a link; the one before it ends.
 * @param id of the ServiceRequest
 * @throws Problem not-found, nothing-to-answer when the referral does not wait for its referrer
 */
export async function makeLink(
  ports: MakeLinkPorts,
  id: string,
  caller: Caller,
  agent: Agent,
): Promise<MadeLink> {
  const referral = await findOrThrow(ports.referrals, id, caller)
  if (!isForPractice(referral)) throw new Problem('nothing-to-answer')
  const { referrerId, clinicId } = referral
  const clinic = ports.registry().clinicById(clinicId)
  if (!clinic) throw new Problem('unknown-clinic')
  const now = ports.now()
  const secret = ports.newSecret()
  const code = codeOf(secret)
  const link = {
    id: ports.newId(),
    referralId: referral.id,
    referrerId,
    clinicId,
    createdAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + clinic.information.linkDays * dayMs).toISOString(),
    openedAt: undefined,
    endedAt: undefined,
    tries: 0,
  }
  await ports.links.replace(link, { secret: linkDigest(secret), code: linkDigest(code) })
  await record(ports, referral, agent, 'make-link', 'C', link.id)
  return { secret, code, expiresAt: link.expiresAt, referral }
}

/**
 * Takes the link back: it opens nothing any more, and whom it let in is out.
 * @returns false when there was none
 * @throws Problem not-found
 */
export async function endLink(
  ports: MakeLinkPorts,
  id: string,
  caller: Caller,
  agent: Agent,
): Promise<boolean> {
  const referral = await findOrThrow(ports.referrals, id, caller)
  const ended = await ports.links.end(referral.id, ports.now().toISOString())
  if (ended !== undefined) await record(ports, referral, agent, 'end-link', 'U', ended)
  return ended !== undefined
}

const record = (
  { referrals, now }: MakeLinkPorts,
  referral: Referral,
  agent: Agent,
  action: 'make-link' | 'end-link',
  kind: 'C' | 'U',
  link: string,
): Promise<void> =>
  referrals.record([
    {
      ...auditOf(
        agent,
        action,
        kind,
        referral.id,
        [`ServiceRequest/${referral.id}`],
        now().toISOString(),
        `link ${link}`,
      ),
      ...tenantsOf(referral),
    },
  ])
