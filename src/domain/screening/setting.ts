/** What every fact is worked out from: the packet, the policy and the dates. */

import type { Day } from './dates.ts'
import type { Packet } from './packet.ts'
import type { Policy, PolicyParameters } from './policy.ts'
import type { Calendar } from './scenarios.ts'

export interface Dates {
  readonly calendar: Calendar
  /** Every window reaches back from here. */
  readonly referral: Day
  /** Nothing dated later counts. */
  readonly check: Day
}

export class Setting {
  readonly packet: Packet
  readonly policy: Policy
  readonly parameters: PolicyParameters
  readonly dates: Dates

  constructor(packet: Packet, policy: Policy, dates: Dates) {
    this.packet = packet
    this.policy = policy
    this.parameters = policy.parameters
    this.dates = dates
  }

  /** A window of N days holds the days from N before the referral to the check, both included. */
  inWindow(day: Day | undefined, days: number): boolean {
    return day !== undefined && day >= this.dates.referral - days && day <= this.dates.check
  }

  /** Evidence of a day after the check does not count; undated evidence is not of the future. */
  isFuture(day: Day | undefined): boolean {
    return day !== undefined && day > this.dates.check
  }
}
