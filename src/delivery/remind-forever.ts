/** Every minute somebody looks whose reminder or deadline is due. */

import type { FastifyBaseLogger } from 'fastify'
import { Counter, Gauge, type Registry as MetricsRegistry } from 'prom-client'
import { type NoticeEvent, type RemindPorts, remindOfAll } from '../domain/referral/remind.ts'
import { safeError } from '../domain/safe-error.ts'
import { pause } from './pause.ts'

interface RemindDeps {
  readonly ports: Omit<RemindPorts, 'onNotice' | 'onFailure'>
  /** Seconds between two rounds. */
  readonly every: number
  readonly log: FastifyBaseLogger
  readonly metrics: MetricsRegistry
}

/** @returns when the signal has stopped it and the round in hand is done */
export async function remindForever(deps: RemindDeps, signal: AbortSignal): Promise<void> {
  const { log, every } = deps
  const ports: RemindPorts = { ...deps.ports, ...telemetry(deps) }
  while (!signal.aborted) {
    try {
      await remindOfAll(ports)
    } catch (error) {
      log.error({ err: safeError(error) }, 'reminding broke')
    }
    await pause(every * 1_000, signal)
  }
}

function telemetry({ ports, log, metrics }: RemindDeps) {
  const notices = new Counter({
    name: 'referloop_information_notices_total',
    help: 'Reminders of information asked for, and deadlines passed',
    labelNames: ['clinic', 'notice'],
    registers: [metrics],
  })
  new Gauge({
    name: 'referloop_overdue_referrals',
    help: 'Referrals whose information is overdue: somebody at the referrer has to decide',
    labelNames: ['clinic'],
    registers: [metrics],
    async collect() {
      const overdue = await ports.information.overdue()
      this.reset()
      for (const [clinic, count] of overdue) this.set({ clinic }, count)
    },
  })
  return {
    onNotice(event: NoticeEvent): void {
      notices.inc({ clinic: event.clinicId, notice: event.notice })
      log[event.notice === 'overdue' ? 'warn' : 'info'](event, 'information awaited')
    },
    onFailure(referralId: string, error: unknown): void {
      log.error({ err: safeError(error), referralId }, 'reminding broke')
    },
  }
}
