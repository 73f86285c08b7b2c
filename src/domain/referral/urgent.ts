/** An urgent referral that does not arrive: a person has to hear of it while it is still urgent. */

import type { UndeliveredStore, UndeliveredUrgent } from './ports.ts'

export interface UrgentPorts {
  readonly undelivered: Pick<UndeliveredStore, 'takeUrgent'>
  now(): Date
  /** Told once of each referral, by whichever process finds it. Ids and codes only. */
  onUrgent(event: UndeliveredUrgent): void
}

/** A quarter of an hour is promised; the minute is for finding it, and for the alert's own way. */
const afterMs = 14 * 60_000

/** What has been on its way since then, or longer, is late. @returns an instant */
export const lateSince = (now: Date): string => new Date(now.getTime() - afterMs).toISOString()

/**
 * Tells of every referral with the priority urgent, asap or stat that delivery gave up on, or that
 * has been on its way for too long, and that nobody was told of yet.
 */
export async function tellOfUrgent({ undelivered, now, onUrgent }: UrgentPorts): Promise<void> {
  const at = now()
  for (const each of await undelivered.takeUrgent(lateSince(at), at.toISOString())) onUrgent(each)
}
