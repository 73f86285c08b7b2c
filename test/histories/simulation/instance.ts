/** One life of one process of the service: its worker, its polls and its stories, until it is killed. */

import { createClinicEhr } from '../../../src/delivery/ehr-client.ts'
import type { Clinic, Registry } from '../../../src/domain/access/registry.ts'
import { Problem } from '../../../src/domain/problem.ts'
import { deliver } from '../../../src/domain/referral/deliver.ts'
import {
  type FollowPorts,
  followClinic,
  followReferral,
} from '../../../src/domain/referral/follow-clinic.ts'
import type { IntakePorts } from '../../../src/domain/referral/intake.ts'
import type { ClinicEhr } from '../../../src/domain/referral/ports.ts'
import type { Chance } from './chance.ts'
import { theCheck, validate } from './fixtures.ts'
import type { MemoryStore } from './memory-store.ts'
import type { SimulatedEhr } from './network.ts'
import type { SimulatedQueue, Worker } from './queue.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface Instance extends Worker {
  readonly intake: IntakePorts
  kill(): void
  /** Starts delivering and polling. */
  start(): void
}

export interface InstanceDeps {
  readonly time: VirtualTime
  readonly chance: Chance
  readonly store: MemoryStore
  readonly queue: SimulatedQueue
  readonly registry: Registry
  readonly ehrs: ReadonlyMap<string, SimulatedEhr>
  readonly newId: () => string
  /** The part of the calls that leave the process at which it dies. */
  readonly dies: () => number
  /** The part of the calls to the database that fail, some of them after they were carried out. */
  readonly loses: () => number
}

const workers = 2
const pollMs = 20_000
const never = new Promise<never>(() => {})

export function newInstance(name: string, deps: InstanceDeps): Instance {
  const { time, chance, store, queue, registry } = deps
  const { promise: died, resolve } = Promise.withResolvers<'died'>()
  let alive = true
  const kill = () => {
    alive = false
    resolve('died')
  }

  /** A call that leaves the process: it may die before it goes out, and before it hears the answer. */
  const outside =
    <Given extends unknown[], Result>(call: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      if (chance.of(deps.dies())) kill()
      if (!alive) return never
      await time.sleep(chance.between(0.2, 4))
      if (!alive) return never
      const settled = await call(...given).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      )
      if (chance.of(deps.dies())) kill()
      await time.sleep(chance.between(0.2, 4))
      if (!alive) return never
      if ('error' in settled) throw settled.error
      return settled.value
    }

  /** A database that goes away: nobody knows whether it did what it was asked. */
  const lossy =
    <Given extends unknown[], Result>(call: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      if (!chance.of(deps.loses())) return call(...given)
      if (chance.of(0.5)) await call(...given)
      throw new Problem('unavailable', undefined, { retryAfter: 1 })
    }

  const all = <Port extends object>(port: Port): Port =>
    Object.fromEntries(
      Object.entries(port).map(([key, call]) => [
        key,
        outside(lossy(call as () => Promise<unknown>)),
      ]),
    ) as Port

  const referrals = all(store.referrals)
  const resources = all(store.resources) as IntakePorts['resources']
  const now = () => new Date(Math.floor(time.now()))
  const intake: IntakePorts = {
    ...{ referrals, resources, validate, check: theCheck, now, newId: deps.newId },
    registry: () => registry,
  }
  const clients = new Map<string, ClinicEhr>()
  const ehrOf = (clinic: Clinic): ClinicEhr => {
    const known = clients.get(clinic.id)
    if (known) return known
    const { send } = (deps.ehrs.get(clinic.id) as SimulatedEhr).egressOf(name)
    const made = createClinicEhr(clinic.ehr as NonNullable<Clinic['ehr']>, {
      egress: { send: outside(send) },
      key: { key: {}, kid: '', alg: 'ES384' },
      now,
      monotonic: time.now,
      newId: deps.newId,
    })
    clients.set(clinic.id, made)
    return made
  }
  const followPorts: FollowPorts = {
    ...{ referrals, resources, polls: all(store.polls), ehrOf, validate, now, newId: deps.newId },
    registry: () => registry,
    onReport: () => {},
    onSetback: () => {},
  }
  const poll = async (clinic: Clinic) => {
    for (let factor = 1; alive; ) {
      try {
        await followClinic(followPorts, clinic)
        factor = 1
      } catch {
        factor = Math.min(factor * 2, 10)
      }
      await time.sleep(pollMs * factor * chance.between(0.9, 1.1))
    }
  }
  return {
    ...{ name, intake, kill, died },
    isAlive: () => alive,
    start() {
      const ports = {
        ...{ referrals, resources, registry: () => registry, ehrOf, now, sleep: time.sleep },
        follow: (clinic: Clinic, referral: Parameters<typeof followReferral>[2]) =>
          followReferral(followPorts, clinic, referral),
        onAttempt: () => {},
      }
      for (let n = 0; n < workers; n++) void queue.work(this, (job) => deliver(ports, job))
      for (const clinic of registry.clinics) void poll(clinic)
    },
  }
}
