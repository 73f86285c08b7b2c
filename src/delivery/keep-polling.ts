/** Every clinic's EHR is asked what has become of our Tasks, at the clinic's own pace. */

import type { FastifyBaseLogger } from 'fastify'
import type { Clinic, Registry } from '../domain/access/registry.ts'
import { type FollowPorts, followClinic } from '../domain/referral/follow-clinic.ts'
import { EhrFailure } from '../domain/referral/ports.ts'
import { safeError } from '../domain/safe-error.ts'
import { pause } from './pause.ts'

interface PollingDeps {
  registry(): Registry
  readonly log: FastifyBaseLogger
}

/** Told of each poll. */
type Told = (clinicId: string, error?: EhrFailure) => void

/** An EHR that is down is asked less and less often, up to this many times the usual interval. */
const slowestFactor = 10

/**
 * Polls the clinics of the registry until the signal, those that come later after the next look.
 * @returns look, to be called when the registry has changed; and ended, when the signal has come
 */
export function keepPolling(
  deps: PollingDeps,
  ports: FollowPorts,
  told: Told,
  stop: AbortSignal,
): { look(): void; ended(): Promise<unknown> } {
  const polled = new Map<string, Promise<void>>()
  let waiting = new AbortController()
  const look = () => {
    // A pause of before may be a day long, and what was a minute's then.
    waiting.abort()
    waiting = new AbortController()
    for (const { id, ehr } of deps.registry().clinics)
      if (ehr && !polled.has(id)) polled.set(id, follow(id))
  }
  const follow = async (id: string) => {
    let factor = 1
    for (let clinic = clinicOf(id); clinic && !stop.aborted; clinic = clinicOf(id)) {
      // Taken before the poll: what changes meanwhile ends the pause after it.
      const { signal } = waiting
      factor = await pollOnce(clinic, factor)
      await pause((clinic.ehr?.pollSeconds ?? 60) * 1_000 * factor, signal)
    }
    polled.delete(id)
  }
  /** Where it is now; undefined when it is gone. */
  const clinicOf = (id: string): Clinic | undefined => {
    const clinic = deps.registry().clinicById(id)
    return clinic?.ehr ? clinic : undefined
  }
  const pollOnce = async (clinic: Clinic, factor: number): Promise<number> => {
    if (clinic.disabled) return factor
    try {
      await followClinic(ports, clinic)
      told(clinic.id)
      return 1
    } catch (error) {
      if (error instanceof EhrFailure) told(clinic.id, error)
      else deps.log.error({ err: safeError(error), clinicId: clinic.id }, 'polling broke')
      return Math.min(factor * 2, slowestFactor)
    }
  }
  stop.addEventListener('abort', () => waiting.abort())
  look()
  return { look, ended: () => Promise.all(polled.values()) }
}
