/** Every few seconds somebody looks for urgent referrals that did not arrive; a scrape counts them. */

import type { FastifyBaseLogger } from 'fastify'
import { Gauge, type Registry as MetricsRegistry } from 'prom-client'
import type { UndeliveredStore } from '../domain/referral/ports.ts'
import { lateSince, tellOfUrgent } from '../domain/referral/urgent.ts'
import { safeError } from '../domain/safe-error.ts'
import { pause } from './pause.ts'

interface AlertDeps {
  readonly undelivered: UndeliveredStore
  now(): Date
  /** Seconds between two looks. */
  readonly every: number
  readonly log: FastifyBaseLogger
  readonly metrics: MetricsRegistry
}

/** @returns when the signal has stopped it and the look in hand is done */
export async function alertForever(deps: AlertDeps, signal: AbortSignal): Promise<void> {
  const { undelivered, now, every, log } = deps
  countAtScrapes(deps)
  while (!signal.aborted) {
    try {
      await tellOfUrgent({
        undelivered,
        now,
        onUrgent: (event) => log.error(event, 'urgent referral not delivered'),
      })
    } catch (error) {
      log.error({ err: safeError(error) }, 'looking for urgent referrals broke')
    }
    await pause(every * 1_000, signal)
  }
}

/** Out of the database each time, so that a restart forgets nothing. */
function countAtScrapes({ undelivered, now, metrics }: AlertDeps): void {
  const gauge = (name: string, help: string, count: () => Promise<ReadonlyMap<string, number>>) =>
    new Gauge({
      name,
      help,
      labelNames: ['clinic'],
      registers: [metrics],
      async collect() {
        const counted = await count()
        this.reset()
        for (const [clinic, referrals] of counted) this.set({ clinic }, referrals)
      },
    })
  gauge(
    'referloop_urgent_undelivered',
    'Urgent, asap and stat referrals that were given up, or are on their way for a quarter of an hour',
    () => undelivered.countUrgent(lateSince(now())),
  )
  gauge(
    'referloop_given_up',
    'Referrals whose delivery, or a change of which, was given up: an operator has to act',
    () => undelivered.countGivenUp(),
  )
}
