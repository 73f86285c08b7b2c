/** What runs without a request: delivering, fetching what is missing, polling the EHRs, reminding. */

import type { FastifyBaseLogger } from 'fastify'
import { Counter, Gauge, type Registry as MetricsRegistry } from 'prom-client'
import type { Registry } from '../domain/access/registry.ts'
import { type DeliverPorts, type DeliveryEvent, deliver } from '../domain/referral/deliver.ts'
import type { EhrLines } from '../domain/referral/ehr-lines.ts'
import {
  type FollowPorts,
  followReferral,
  type ReportEvent,
  type SetbackEvent,
} from '../domain/referral/follow-clinic.ts'
import {
  type GatheringEvent,
  type GatherPorts,
  gatherEvidence,
} from '../domain/referral/gather-evidence.ts'
import {
  EhrFailure,
  type JobQueue,
  type StepStore,
  type UndeliveredStore,
} from '../domain/referral/ports.ts'
import type { RemindPorts } from '../domain/referral/remind.ts'
import type { RestoredStore } from '../domain/referral/restored-store.ts'
import { alertForever } from './alert-forever.ts'
import { keepPolling } from './keep-polling.ts'
import { reconcileRestored } from './reconcile-restored.ts'
import { remindForever } from './remind-forever.ts'
import { type TellDeps, tellSubscribers } from './tell-subscribers.ts'
import { watchSteps } from './watch-steps.ts'

export interface BackgroundDeps {
  readonly jobs: JobQueue
  readonly lines: EhrLines
  readonly ports: Omit<DeliverPorts, 'onAttempt' | 'follow'> &
    Omit<FollowPorts, 'onReport' | 'onSetback'> &
    Omit<GatherPorts, 'onGathering'> &
    Omit<RemindPorts, 'onNotice' | 'onFailure'> & { readonly restored: RestoredStore }
  /** Seconds between two looks for reminders and deadlines, and for what else is overdue. */
  readonly remindEvery: number
  readonly steps: StepStore
  readonly turns: TellDeps['turns']
  readonly tell: TellDeps['ports']
  readonly undelivered: UndeliveredStore
  /** Seconds between two looks for urgent referrals that did not arrive. */
  readonly alertEvery: number
  registry(): Registry
  readonly log: FastifyBaseLogger
  readonly metrics: MetricsRegistry
}

export interface Background {
  /** To be called when there is another registry: clinics are polled as it says from now on. */
  registryChanged(): void
  /** Waits for what is in hand. */
  close(): Promise<void>
}

/**
 * Starts delivering and polling.
 * @returns close, which waits for what is in hand
 */
export async function startBackground(deps: BackgroundDeps): Promise<Background> {
  const told = telemetry(deps)
  watchQueues(deps)
  watchLines(deps)
  const followPorts: FollowPorts = {
    ...deps.ports,
    onReport: told.report,
    onSetback: told.setback,
  }
  const deliverPorts: DeliverPorts = {
    ...deps.ports,
    follow: (clinic, referral) => followReferral(followPorts, clinic, referral),
    onAttempt: told.attempt,
  }
  const stopping = new AbortController()
  const { restored } = deps.ports
  const catchingUp = await reconcileRestored(
    { ...deps, ports: { ...followPorts, restored } },
    stopping.signal,
  )
  const polls = keepPolling(deps, followPorts, told.poll, stopping.signal)
  const { ports, remindEvery: every, log, metrics, undelivered, alertEvery } = deps
  const reminding = remindForever({ ports, every, log, metrics }, stopping.signal)
  const watching = watchSteps(
    { ports: { ...ports, steps: deps.steps }, every, log, metrics },
    stopping.signal,
  )
  const alerting = alertForever(
    { undelivered, now: ports.now, every: alertEvery, log, metrics },
    stopping.signal,
  )
  const telling = tellSubscribers(
    { turns: deps.turns, ports: deps.tell, log, metrics },
    stopping.signal,
  )
  const allowed = () => allowedNow(deps.lines, catchingUp.closed())
  await deps.jobs.work('deliver', (job) => deliver(deliverPorts, job), { share, allowed })
  const gatherPorts: GatherPorts = { ...deps.ports, onGathering: told.gathering }
  await deps.jobs.work('gather', (job) => gatherEvidence(gatherPorts, job), { share })
  return {
    registryChanged: polls.look,
    async close() {
      stopping.abort()
      await Promise.all([
        deps.jobs.close(),
        reminding,
        watching,
        alerting,
        telling,
        polls.ended(),
        catchingUp.ended,
      ])
    },
  }
}

/** How much waits in each queue; `deliver-given-up` above 0 needs a person. */
function watchQueues({ jobs, metrics }: BackgroundDeps): void {
  new Gauge({
    name: 'referloop_jobs',
    help: 'Jobs waiting or running, by queue',
    labelNames: ['queue'],
    registers: [metrics],
    async collect() {
      for (const [queue, count] of Object.entries(await jobs.depth())) this.set({ queue }, count)
    },
  })
}

/** Of all who deliver, or gather, the part that one EHR may keep waiting. */
const share = 0.25

/**
 * Nothing is taken up for an EHR that is left alone, or that was not searched since a restore, and one
 * referral to see whether it is back.
 */
async function allowedNow(
  lines: EhrLines,
  notSearched: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const state = await lines.state()
  return new Map([
    ...state.map(({ clinicId, isClosed }) => [clinicId, isClosed ? 0 : 1] as const),
    ...notSearched.map((clinicId) => [clinicId, 0] as const),
  ])
}

/** Which EHRs are asked by nobody for now: the same at every instance. */
function watchLines({ lines, registry, metrics }: BackgroundDeps): void {
  const gauge = (name: string, help: string, member: 'holdBackFor' | 'failingFor') =>
    new Gauge({
      name,
      help,
      labelNames: ['clinic'],
      registers: [metrics],
      async collect() {
        const state = new Map((await lines.state()).map((line) => [line.clinicId, line[member]]))
        this.reset()
        for (const { id, ehr } of registry().clinics)
          if (ehr) this.set({ clinic: id }, Math.ceil(state.get(id) ?? 0))
      },
    })
  gauge(
    'referloop_ehr_wait_seconds',
    'Seconds for which a clinic EHR has yet asked to be left alone',
    'holdBackFor',
  )
  gauge(
    'referloop_ehr_failing_seconds',
    'Seconds since which a clinic EHR is left alone, but for a request now and then, because it failed',
    'failingFor',
  )
}

/** One log line and one count for each thing that happens, ids and codes only. */
function telemetry({ log, metrics }: BackgroundDeps) {
  const registers = [metrics]
  const deliveries = new Counter({
    name: 'referloop_deliveries_total',
    help: 'Attempts to bring a clinic EHR in line with a referral, by outcome',
    labelNames: ['clinic', 'outcome'],
    registers,
  })
  const reports = new Counter({
    name: 'referloop_status_reports_total',
    help: 'Task versions read from clinic EHRs, by what became of them',
    labelNames: ['clinic', 'verdict'],
    registers,
  })
  const gatherings = new Counter({
    name: 'referloop_gatherings_total',
    help: 'Runs that look in a referrer EHR for what a referral lacks, by outcome',
    labelNames: ['referrer', 'outcome'],
    registers,
  })
  const polls = new Counter({
    name: 'referloop_polls_total',
    help: 'Polls of clinic EHRs, by outcome',
    labelNames: ['clinic', 'outcome'],
    registers,
  })
  return {
    attempt(event: DeliveryEvent): void {
      deliveries.inc({ clinic: event.clinicId, outcome: event.outcome })
      // Giving up needs a person; the other side being down does not.
      const level = { 'gave-up': 'error', retry: 'warn' } as const
      const named = level[event.outcome as keyof typeof level] ?? 'info'
      log[named](event, 'delivery')
    },
    gathering(event: GatheringEvent): void {
      gatherings.inc({ referrer: event.referrerId, outcome: event.outcome })
      log[event.failed > 0 ? 'warn' : 'info'](event, 'evidence gathered')
    },
    report(event: ReportEvent): void {
      reports.inc({ clinic: event.clinicId, verdict: event.verdict })
      log[event.verdict === 'illegal' || event.refused ? 'warn' : 'info'](event, 'status reported')
    },
    setback({ referralId, clinicId, error }: SetbackEvent): void {
      reports.inc({ clinic: clinicId, verdict: 'put-off' })
      const level = error instanceof EhrFailure ? 'warn' : 'error'
      const reason = error instanceof EhrFailure ? error.message : (error as Error).name
      log[level]({ referralId, clinicId, error: reason }, 'status put off')
    },
    poll(clinicId: string, error?: EhrFailure): void {
      polls.inc({ clinic: clinicId, outcome: error ? 'failed' : 'answered' })
      if (error)
        log.warn({ clinicId, phase: error.phase, status: error.status }, 'EHR cannot be polled')
    },
  }
}
