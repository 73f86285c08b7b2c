/**
 * Tells subscribers, for ever. Each subscription is a queue of its own, many are told at once, and no
 * organisation has more than its share of the places: one that does not answer keeps nobody waiting.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { Counter, Gauge, type Registry as MetricsRegistry } from 'prom-client'
import { safeError } from '../domain/safe-error.ts'
import type { Turn, TurnStore } from '../domain/subscription/ports.ts'
import {
  type TellPorts,
  type TurnEvent,
  tellSubscriber,
} from '../domain/subscription/tell-subscriber.ts'

export interface TellDeps {
  readonly turns: TurnStore
  readonly ports: Omit<TellPorts, 'turns'>
  readonly log: FastifyBaseLogger
  readonly metrics: MetricsRegistry
}

/** Subscriptions told at once, and those of one organisation. */
const places = 32
const share = 4
/** What another process committed, or a retry, is noticed within this. */
const lookEveryMs = 1_000
/** Events are kept for longer than the 30 days for which they can be asked for again. */
const keepDays = 35
const forgetEveryMs = 3_600_000

/** @returns when the signal has stopped it and what is in hand is done */
export async function tellSubscribers(deps: TellDeps, signal: AbortSignal): Promise<void> {
  const { turns, log } = deps
  const told = telemetry(deps)
  const inHand = new Map<Promise<void>, string>()
  const bell = newBell(signal)
  turns.onWork(bell.ring)
  let forgotten = -Infinity
  while (!signal.aborted) {
    try {
      if (performance.now() - forgotten > forgetEveryMs) {
        await turns.forget(keepDays)
        forgotten = performance.now()
      }
      const taken = await takeSome(turns, [...inHand.values()])
      for (const turn of taken) begin(turn)
      if (taken.length > 0) continue
    } catch (error) {
      log.warn({ err: safeError(error) }, 'subscribers are not told')
    }
    await bell.heard(lookEveryMs)
  }
  await Promise.all(inHand.keys())

  function begin(turn: Turn): void {
    const { id: subscription, organization } = turn.subscription
    const work = tellSubscriber({ ...deps.ports, turns }, turn)
      .then(told, (error) =>
        log.error({ err: safeError(error), subscription, organization }, 'notification broke'),
      )
      .finally(() => {
        inHand.delete(work)
        bell.ring()
      })
    inHand.set(work, organization)
  }
}

async function takeSome(
  turns: Pick<TurnStore, 'take'>,
  working: readonly string[],
): Promise<readonly Turn[]> {
  const free = places - working.length
  if (free <= 0) return []
  const busy = [...new Set(working)].filter(
    (organization) => working.filter((one) => one === organization).length >= share,
  )
  // Few at a time: all of them may be of one organisation.
  return turns.take(Math.min(free, share), busy)
}

/** Waits for whoever rings first: a commit, a turn that has ended, or the clock. */
function newBell(signal: AbortSignal) {
  let rung = false
  let wake: (() => void) | undefined
  const ring = () => {
    rung = true
    wake?.()
  }
  signal.addEventListener('abort', ring, { once: true })
  return {
    ring,
    async heard(ms: number): Promise<void> {
      if (!rung) {
        const stop = new AbortController()
        const called = new Promise<void>((resolve) => {
          wake = resolve
        })
        await Promise.race([
          called,
          sleep(ms, undefined, { signal: stop.signal }).catch(() => undefined),
        ])
        stop.abort()
      }
      rung = false
      wake = undefined
    },
  }
}

function telemetry({ turns, log, metrics }: TellDeps) {
  const registers = [metrics]
  const notifications = new Counter({
    name: 'referloop_notifications_total',
    help: 'Notifications to subscribers, by kind and outcome',
    labelNames: ['organization', 'kind', 'outcome'],
    registers,
  })
  new Gauge({
    name: 'referloop_oldest_untold_seconds',
    help: 'For how long the oldest event that an active subscriber has not got has waited',
    labelNames: ['organization'],
    registers,
    async collect() {
      const { oldestUntold } = await turns.measure()
      this.reset()
      for (const [organization, seconds] of oldestUntold) this.set({ organization }, seconds)
    },
  })
  new Gauge({
    name: 'referloop_subscriptions',
    help: 'Subscriptions, by status',
    labelNames: ['status'],
    registers,
    async collect() {
      const { byStatus } = await turns.measure()
      for (const [status, count] of Object.entries(byStatus)) this.set({ status }, count)
    },
  })
  return (event: TurnEvent): void => {
    const { organization, kind, outcome } = event
    notifications.inc({ organization, kind, outcome })
    const isFine = outcome === 'arrived' || outcome === 'nothing-left'
    log[isFine ? 'info' : 'warn'](event, 'notification')
  }
}
