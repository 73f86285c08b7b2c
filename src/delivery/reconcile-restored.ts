/** While a restored database has not caught up with a clinic's EHR, nothing is delivered there. */

import type { FastifyBaseLogger } from 'fastify'
import { Gauge, type Registry as MetricsRegistry } from 'prom-client'
import type { Clinic, Registry } from '../domain/access/registry.ts'
import { type ReconcilePorts, reconcileClinic } from '../domain/referral/reconcile.ts'
import { safeError } from '../domain/safe-error.ts'
import { pause } from './pause.ts'

interface ReconcileDeps {
  readonly ports: ReconcilePorts
  registry(): Registry
  readonly log: FastifyBaseLogger
  readonly metrics: MetricsRegistry
}

export interface Reconciliation {
  /** Ids of the clinics that get nothing for now. */
  closed(): readonly string[]
  /** When the signal has come, or all is done. */
  readonly ended: Promise<void>
}

const longestPauseMs = 60_000

/** Looks whether the database was restored, and begins to catch up when it was. */
export async function reconcileRestored(
  deps: ReconcileDeps,
  signal: AbortSignal,
): Promise<Reconciliation> {
  const { ports, registry, log } = deps
  const wasRestored = await ports.restored.wasRestored()
  const done = new Set<string>()
  const open = (): readonly Clinic[] =>
    wasRestored ? registry().clinics.filter(({ id, ehr }) => ehr && !done.has(id)) : []
  const closed = () => open().map(({ id }) => id)
  if (wasRestored)
    for (const { id } of open()) if (await ports.restored.isReconciled(id)) done.add(id)
  watch(deps.metrics, deps, closed)
  if (closed().length > 0)
    log.warn(
      { clinics: closed() },
      'the database was restored: nothing is delivered to these clinics before their EHRs were searched',
    )
  return { closed, ended: catchUp() }

  async function catchUp(): Promise<void> {
    // A clinic that comes with a later registry has its turn as well.
    for (let wait = 1_000; wasRestored && !signal.aborted; ) {
      const owed = open()
      for (const clinic of owed) await reconcile(clinic)
      wait = closed().length === 0 || owed.length === 0 ? 1_000 : Math.min(2 * wait, longestPauseMs)
      await pause(wait, signal)
    }
  }

  async function reconcile(clinic: Clinic): Promise<void> {
    const facts = { clinicId: clinic.id }
    try {
      if (!(await ports.restored.isReconciled(clinic.id))) {
        const result = await reconcileClinic(ports, clinic)
        log.info({ ...facts, ...result }, 'caught up with the EHR after a restore')
      }
      done.add(clinic.id)
    } catch (error) {
      log.warn(
        { ...facts, err: safeError(error) },
        'could not catch up with the EHR after a restore',
      )
    }
  }
}

function watch(
  metrics: MetricsRegistry,
  { registry }: ReconcileDeps,
  closed: () => readonly string[],
): void {
  new Gauge({
    name: 'referloop_restore_pending',
    help: '1 for a clinic that gets nothing because its EHR was not searched since a restore',
    labelNames: ['clinic'],
    registers: [metrics],
    collect() {
      this.reset()
      const now = new Set(closed())
      for (const { id, ehr } of registry().clinics)
        if (ehr) this.set({ clinic: id }, now.has(id) ? 1 : 0)
    },
  })
}
