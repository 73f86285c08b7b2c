/** The way to a clinic's EHR, and the EHR, with everything that goes wrong on both. */

import type { Egress } from '../../../src/delivery/egress.ts'
import { AnswerLost, NotSent, type OutboundAnswer } from '../../../src/delivery/exchange.ts'
import { Problem } from '../../../src/domain/problem.ts'
import { EhrError } from '../../../src/sandbox/ehr/ehr-error.ts'
import { type Answered, interact } from '../../../src/sandbox/ehr/interactions.ts'
import { createTemper } from '../../../src/sandbox/ehr/misbehave.ts'
import { act, type StaffAction } from '../../../src/sandbox/ehr/staff.ts'
import { createStore, type Store, type Version } from '../../../src/sandbox/ehr/store.ts'
import type { EhrHistory, EhrRequest } from '../history.ts'
import type { Chance } from './chance.ts'
import type { VirtualTime } from './virtual-time.ts'

/** How bad an EHR is, and the way to it. */
export interface Badness {
  /** The part of the requests that meet something. */
  readonly faults: number
  /** Conditional creates do not look. */
  readonly ignoresConditions: boolean
  readonly searchLagMs: number
  /** What was reset is done up to so much later. */
  readonly lateMs: number
  readonly staleReplica: boolean
  readonly shuffledHistory: boolean
  readonly keepsHistory: boolean
}

export interface SimulatedEhr {
  readonly store: Store
  /** The egress of one life of the service. */
  egressOf(life: string): Pick<Egress, 'send'>
  act(taskId: string, action: StaffAction, force: boolean): void
  /** Puts back the backup that was made at this position. */
  restore(position: number): void
  /** Good behaviour from now on. */
  heal(): void
  history(): EhrHistory
}

type Fault = (work: () => Promise<Answered>) => Promise<Answered>

export function simulatedEhr(
  clinicId: string,
  base: string,
  time: VirtualTime,
  chance: Chance,
  given: Badness,
  newId: () => string,
): SimulatedEhr {
  let bad = given
  const now = () => new Date(time.now())
  const store = createStore(now)
  const temper = createTemper()
  temper.set(given)
  const requests: { -readonly [K in keyof EhrRequest]: EhrRequest[K] }[] = []
  const versions: Version[] = []
  const lost = new Set<string>()
  store.onCommit((committed) => void versions.push(...committed))
  const deps = {
    store,
    newId,
    baseUrl: () => base,
    found: (history: readonly Version[]) => temper.found(history, now()),
    read: temper.read,
    heedsConditions: temper.heedsConditions,
    pause: () => undefined,
  }

  const faults: readonly Fault[] = [
    async () => {
      throw new NotSent(new Error('refused'))
    },
    async () => {
      await time.sleep(10_000)
      throw new AnswerLost('timeout', undefined)
    },
    async (work) => {
      await work()
      throw new AnswerLost('reset', undefined)
    },
    async (work) => {
      await work()
      await time.sleep(10_000)
      throw new AnswerLost('timeout', undefined)
    },
    async (work) => {
      void time.sleep(chance.between(0, bad.lateMs)).then(work)
      throw new AnswerLost('reset', undefined)
    },
    async (work) => ({ ...(await work()), body: '<html>The gateway says hello.</html>' }),
    async (work) => {
      const answer = await work()
      return { ...answer, body: answer.body.slice(0, answer.body.length / 2) }
    },
    async (work) => ({ ...(await work()), status: 500, body: '' }),
    async () => ({ status: 500, headers: {}, body: '' }),
    async () => ({ status: 503, headers: {}, body: '' }),
    async () => ({ status: 429, headers: { 'retry-after': '3' }, body: '' }),
    async () => {
      const date = new Date(time.now() + 5_000).toUTCString()
      return { status: 503, headers: { 'retry-after': date }, body: '' }
    },
  ]

  const answer = async (method: string, url: string, body: string, headers: object) => {
    const { pathname, searchParams } = new URL(url)
    const path = pathname.slice(new URL(base).pathname.length).replace(/^\//, '')
    if (path.endsWith('/_history') && !bad.keepsHistory) return outcome(404)
    try {
      const header = (name: string) => (headers as Record<string, string>)[name]
      return await interact(deps, { method, path, query: searchParams, header, body })
    } catch (error) {
      if (error instanceof EhrError || error instanceof Problem) return outcome(error.status)
      throw error
    }
  }

  return {
    store,
    egressOf: (life) => ({
      async send({ method = 'GET', url, body = '', headers = {} }): Promise<OutboundAnswer> {
        const { pathname, search } = new URL(url)
        const text = String(body)
        const seen: (typeof requests)[number] = {
          ...{ at: time.now(), until: time.now(), life, method },
          ...{ path: pathname + search, body: text },
        }
        requests.push(seen)
        await time.sleep(chance.between(2, 60))
        const work = async () => {
          const done = await answer(method, url, text, headers)
          await time.sleep(chance.between(1, 30))
          return done
        }
        try {
          const got = chance.of(bad.faults) ? await chance.oneOf(faults)(work) : await work()
          seen.status = got.status
          const wait = got.headers['retry-after']
          if (wait) seen.retryAfterMs = /^\d+$/.test(wait) ? Number(wait) * 1_000 : 5_000 - 1_000
          const header = (name: string) => got.headers[name]
          return { status: got.status, header, body: new TextEncoder().encode(got.body) }
        } finally {
          seen.until = time.now()
        }
      },
    }),
    act(taskId, action, force) {
      try {
        act({ store, now, newId, name: clinicId }, taskId, action, { force })
      } catch (error) {
        // Not there yet, or not from where the Task stands.
        if (!(error instanceof EhrError)) throw error
      }
    },
    restore(position) {
      for (const reference of store.restore(position)) lost.add(reference)
    },
    heal() {
      bad = { ...bad, faults: 0 }
      temper.set({})
    },
    history: () => ({
      ...{ clinicId, requests, versions, lost: [...lost] },
      keepsHistory: given.keepsHistory,
    }),
  }
}

const outcome = (status: number): Answered => ({
  status,
  headers: { 'content-type': 'application/fhir+json' },
  body: '{"resourceType":"OperationOutcome"}',
})
