/** Every minute somebody looks which open referrals are overdue; a scrape counts them. */

import type { FastifyBaseLogger } from 'fastify'
import { Gauge, type Registry as MetricsRegistry } from 'prom-client'
import { type OverdueEvent, type OverduePorts, tellOfOverdue } from '../domain/referral/overdue.ts'
import type { StepCount, StepStore } from '../domain/referral/ports.ts'
import { safeError } from '../domain/safe-error.ts'
import { pause } from './pause.ts'

interface WatchDeps {
  readonly ports: Omit<OverduePorts, 'onOverdue' | 'onFailure' | 'steps'> & {
    readonly steps: StepStore
  }
  /** Seconds between two rounds. */
  readonly every: number
  readonly log: FastifyBaseLogger
  readonly metrics: MetricsRegistry
}

/** @returns when the signal has stopped it and the round in hand is done */
export async function watchSteps(deps: WatchDeps, signal: AbortSignal): Promise<void> {
  const { log, every } = deps
  countAtScrapes(deps)
  const ports: OverduePorts = {
    ...deps.ports,
    onOverdue: (event) => log[levelOf(event)](event, 'referral overdue'),
    onFailure: (referralId, error) =>
      log.error({ err: safeError(error), referralId }, 'telling of what is overdue broke'),
  }
  while (!signal.aborted) {
    try {
      await tellOfOverdue(ports)
    } catch (error) {
      log.error({ err: safeError(error) }, 'looking for what is overdue broke')
    }
    await pause(every * 1_000, signal)
  }
}

/** What hangs here needs somebody here today; a partner that is late is told on the Task. */
const levelOf = ({ actor }: OverdueEvent) =>
  actor === 'operator' || actor === 'referloop' ? 'error' : 'warn'

/** Out of the database each time, so that a restart forgets nothing. */
function countAtScrapes({ ports, metrics }: WatchDeps): void {
  const gauge = (name: string, help: string, value: (count: StepCount) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['clinic', 'actor'],
      registers: [metrics],
      async collect() {
        const counted = await ports.steps.counts(ports.now().toISOString())
        this.reset()
        for (const each of counted)
          this.set({ clinic: each.clinicId, actor: each.actor }, value(each))
      },
    })
  gauge('referloop_open_referrals', 'Open referrals, by who acts next', ({ open }) => open)
  gauge(
    'referloop_overdue_steps',
    'Open referrals whose next step is overdue, by who is to take it',
    ({ overdue }) => overdue,
  )
  gauge(
    'referloop_oldest_overdue_seconds',
    'Since when the step that is overdue longest is, by who is to take it',
    ({ oldestSeconds }) => oldestSeconds,
  )
}
