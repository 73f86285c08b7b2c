/** One practice, one clinic, one worker in virtual time, and a network that does what a test says. */

import type { Task } from 'fhir/r4'
import type { Egress } from '../../src/delivery/egress.ts'
import { createClinicEhr } from '../../src/delivery/ehr-client.ts'
import type { OutboundAnswer, OutboundRequest } from '../../src/delivery/exchange.ts'
import type { Caller } from '../../src/domain/access/caller.ts'
import type { Clinic } from '../../src/domain/access/registry.ts'
import { deliver } from '../../src/domain/referral/deliver.ts'
import { followClinic, followReferral } from '../../src/domain/referral/follow-clinic.ts'
import type { IntakePorts } from '../../src/domain/referral/intake.ts'
import { EhrFailure, type Job, type StatusReport } from '../../src/domain/referral/ports.ts'
import type { Referral } from '../../src/domain/referral/referral.ts'
import { readSubmission } from '../../src/domain/referral/submission.ts'
import { submitReferral } from '../../src/domain/referral/submit.ts'
import { chanceFrom } from '../histories/simulation/chance.ts'
import {
  bases,
  referralTo,
  theCheck,
  theRegistry,
  validate,
} from '../histories/simulation/fixtures.ts'
import { memoryStore } from '../histories/simulation/memory-store.ts'
import { type Badness, simulatedEhr } from '../histories/simulation/network.ts'
import { virtualTime } from '../histories/simulation/virtual-time.ts'

const clinic = theRegistry.clinicById('river-pain-clinic') as Clinic
export const caller: Caller = {
  role: 'referrer',
  organization: 'lakeside-family',
  client: 'lakeside-family',
  scopes: [],
  tokenId: 't',
}

const good: Badness = {
  ...{ faults: 0, ignoresConditions: false, searchLagMs: 0, lateMs: 0 },
  ...{ staleReplica: false, shuffledHistory: false, keepsHistory: true },
}

/** What becomes of a request on its way; `forward` carries it there and brings the answer. */
export type Way = (
  request: OutboundRequest,
  forward: () => Promise<OutboundAnswer>,
) => Promise<OutboundAnswer>

export type SmallWorld = ReturnType<typeof smallWorld>

export function smallWorld(badness: Partial<Badness> = {}) {
  const time = virtualTime(Date.parse('2026-03-02T10:00:00.000Z'))
  let ids = 0
  const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`
  const base = bases[clinic.id as keyof typeof bases]
  const ehr = simulatedEhr(clinic.id, base, time, chanceFrom(1), { ...good, ...badness }, newId)
  const jobs: Job[] = []
  const store = memoryStore((more) => jobs.push(...more))
  let skewMs = 0
  const now = () => new Date(Math.floor(time.now()) + skewMs)
  let way: Way = (_request, forward) => forward()
  const { send } = ehr.egressOf('1')
  const egress: Pick<Egress, 'send'> = { send: (request) => way(request, () => send(request)) }
  const settings = clinic.ehr as NonNullable<Clinic['ehr']>
  const key = { key: {}, kid: '', alg: 'ES384' } as const
  // Each life of the service has a client of its own.
  let ehrClient = createClinicEhr(settings, { egress, key, now, newId, monotonic: time.now })
  let commit = store.referrals.commit
  const referrals = {
    ...store.referrals,
    commit: (...given: Parameters<typeof commit>) => commit(...given),
  }
  const reported: (StatusReport['verdict'] | 'put-off')[] = []
  const ports = {
    ...{ referrals, now, newId, validate, check: theCheck, polls: store.polls },
    ...{ resources: store.resources as IntakePorts['resources'], registry: () => theRegistry },
    ...{ sleep: time.sleep, ehrOf: () => ehrClient, onAttempt: () => {} },
    onReport: ({ verdict }: { readonly verdict: StatusReport['verdict'] }) =>
      void reported.push(verdict),
    onSetback: () => void reported.push('put-off'),
    follow: (at: Clinic, referral: Referral) => followReferral(ports, at, referral),
  }
  /** Moves time on until the work is done. */
  async function run<Result>(work: Promise<Result>): Promise<Result> {
    let done = false
    const settled = () => {
      done = true
    }
    work.then(settled, settled)
    await time.runUntil(Number.POSITIVE_INFINITY, () => done)
    return work
  }
  return {
    ...{ ehr, ports, store, jobs, reported },
    find: (id: string) => store.referrals.find(id) as Promise<Referral>,
    pass: (ms: number) => run(time.sleep(ms)),
    skew: (ms: number) => {
      skewMs = ms
    },
    /** From now on; without a way, everything arrives. */
    onTheWay: (next: Way = (_request, forward) => forward()) => {
      way = next
    },
    /** What becomes of a commit. */
    onCommit: (next: typeof commit = store.referrals.commit) => {
      commit = next
    },
    /** A process that knows nothing of the one before. */
    restart: () => {
      ehrClient = createClinicEhr(settings, { egress, key, now, newId, monotonic: time.now })
    },
    submit: (identifier = 'one') =>
      submitReferral(
        ports,
        readSubmission(referralTo('river-pain-clinic', identifier, true)),
        caller,
      ).then(({ referral }) => referral),
    attempt: (referralId: string, attempt: number, last = false, killed = 0) =>
      run(deliver(ports, { queue: 'deliver', referralId, attempt, last, killed })),
    /** Attempts, each after the wait that the one before was told, until one ends well. */
    async deliver(referralId: string, from = 1): Promise<number> {
      for (let attempt = from; ; attempt++) {
        try {
          await this.attempt(referralId, attempt)
          return attempt
        } catch (error) {
          if (!(error instanceof EhrFailure) || attempt > from + 10) throw error
          await this.pass((error.retryAfter ?? 2) * 1_000)
        }
      }
    },
    poll: () => run(followClinic(ports, clinic)),
    held: (type: string) => [...ehr.store.histories(type)].map((history) => history.at(-1)),
    async task(referral: Referral): Promise<Task> {
      const stored = await store.resources.read(caller, 'Task', referral.taskId)
      return JSON.parse(stored?.content ?? '{}') as Task
    },
  }
}

export async function failureOf(work: Promise<unknown>): Promise<EhrFailure> {
  try {
    await work
  } catch (error) {
    if (error instanceof EhrFailure) return error
    throw error
  }
  throw new Error('it did not fail')
}
