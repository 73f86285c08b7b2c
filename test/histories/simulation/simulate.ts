/** One history from one seed: practices, processes, EHRs and staff, in virtual time, until all is quiet. */

import { Problem } from '../../../src/domain/problem.ts'
import { readSubmission } from '../../../src/domain/referral/submission.ts'
import { submitReferral } from '../../../src/domain/referral/submit.ts'
import { supplyInformation } from '../../../src/domain/referral/supply-information.ts'
import type { StaffAction } from '../../../src/sandbox/ehr/staff.ts'
import { aForm } from '../../helpers/a-referral.ts'
import type { Call, History } from '../history.ts'
import { type Chance, chanceFrom } from './chance.ts'
import { bases, referralTo, theRegistry } from './fixtures.ts'
import { type Instance, newInstance } from './instance.ts'
import { memoryStore } from './memory-store.ts'
import { type Badness, type SimulatedEhr, simulatedEhr } from './network.ts'
import { simulatedQueue } from './queue.ts'
import { type VirtualTime, virtualTime } from './virtual-time.ts'

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute
/** Faults and kills happen until then; after that everybody behaves. */
const troubleFor = 4 * minute
/** By then whatever is retried has been. */
const quietWithin = 6 * day
const start = Math.floor(Date.now() / day) * day

type ClinicId = keyof typeof bases

/** @returns all that a judge needs; the same seed gives the same history */
export async function simulate(seed: number): Promise<History> {
  const simulation = new Simulation(seed)
  await simulation.run()
  return simulation.history()
}

class Simulation {
  readonly #time: VirtualTime = virtualTime(start)
  readonly #chance: Chance
  readonly #ehrs: ReadonlyMap<string, SimulatedEhr>
  readonly #queue
  readonly #store
  readonly #calls: Call[] = []
  readonly #instances: Instance[] = []
  readonly #acting: Promise<void>[] = []
  #ids = 0
  #lives = 0
  #requests = 0
  #isQuiet = false

  constructor(seed: number) {
    this.#chance = chanceFrom(seed)
    this.#ehrs = new Map(
      Object.entries(bases).map(([id, base]) => [
        id,
        simulatedEhr(id, base, this.#time, this.#chance, this.#badness(), this.#newId),
      ]),
    )
    this.#queue = simulatedQueue(this.#time, this.#chance)
    this.#store = memoryStore((jobs) => this.#queue.enqueue(jobs))
  }

  async run(): Promise<void> {
    for (const slot of [0, 1]) void this.#keepRunning(slot)
    const referrals = 1 + Math.floor(this.#chance.between(0, 4))
    for (let n = 0; n < referrals; n++) this.#acting.push(this.#practice(n))
    if (this.#chance.of(0.08)) void this.#restoreOne()
    await this.#time.runUntil(start + troubleFor)
    this.#isQuiet = true
    for (const ehr of this.#ehrs.values()) ehr.heal()
    let acted = false
    void Promise.all(this.#acting).then(() => {
      acted = true
    })
    let quietSince = Number.POSITIVE_INFINITY
    await this.#time.runUntil(start + quietWithin, () => {
      const isIdle = acted && this.#queue.isIdle()
      quietSince = isIdle ? Math.min(quietSince, this.#time.now()) : Number.POSITIVE_INFINITY
      // Polls that failed lately come back within a few minutes.
      return this.#time.now() > quietSince + 10 * minute
    })
    await this.#readAll()
    for (const instance of this.#instances) instance.kill()
  }

  async #readAll(): Promise<void> {
    let done = false
    void Promise.all(
      this.#store
        .dump([])
        .referrals.flatMap(({ taskId, id, referrerId }) => [
          this.#read(referrerId, 'Task', taskId),
          this.#read(referrerId, 'ServiceRequest', id),
        ]),
    ).then(() => {
      done = true
    })
    await this.#time.runUntil(Number.POSITIVE_INFINITY, () => done)
  }

  #newId = (): string => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, '0')}`

  #badness(): Badness {
    const chance = this.#chance
    return {
      faults: chance.oneOf([0, 0.1, 0.3, 0.6]),
      ignoresConditions: chance.of(0.5),
      searchLagMs: chance.oneOf([0, 0, 1_000, 5_000]),
      lateMs: chance.oneOf([100, 2_000, 6_000]),
      staleReplica: chance.of(0.15),
      shuffledHistory: chance.of(0.2),
      keepsHistory: chance.of(0.8),
    }
  }

  /** A process that is killed is started again. */
  async #keepRunning(slot: number): Promise<void> {
    const fragile = this.#chance.oneOf([0, 0.002, 0.01])
    const lossy = this.#chance.oneOf([0, 0, 0.01, 0.05])
    for (;;) {
      const instance = newInstance(`${slot}/${++this.#lives}`, {
        time: this.#time,
        chance: this.#chance,
        store: this.#store,
        queue: this.#queue,
        registry: theRegistry,
        ehrs: this.#ehrs,
        newId: this.#newId,
        dies: () => (this.#isQuiet ? 0 : fragile),
        loses: () => (this.#isQuiet ? 0 : lossy),
      })
      this.#instances[slot] = instance
      instance.start()
      await instance.died
      await this.#time.sleep(this.#chance.between(1, 5) * second)
    }
  }

  /** One referral as its practice handles it. */
  async #practice(n: number): Promise<void> {
    const chance = this.#chance
    const by = chance.oneOf(['lakeside-family', 'hilltop-internal'])
    const clinic = chance.oneOf(Object.keys(bases) as ClinicId[])
    const isWhole = chance.of(0.7)
    const identifier = `${by}-${n}`
    await this.#time.sleep(chance.between(0, 60) * second)
    const bundle = referralTo(clinic, identifier, isWhole)
    const caller = callerOf(by)
    let id: string | undefined
    for (let tries = 0; tries < 20 && id === undefined; tries++) {
      id = await this.#call(by, 'submit', identifier, async ({ intake }, origin) => {
        const result = await submitReferral(intake, readSubmission(bundle), caller, origin)
        const locations = result.referral.submitted
        return { result: result.referral.id, told: { referralId: result.referral.id, locations } }
      })
      await this.#time.sleep(chance.between(1, 15) * second)
    }
    if (id === undefined) return
    void this.#staff(clinic, id)
    if (chance.of(0.25)) await this.#revoke(by, id)
    if (!isWhole) await this.#supply(by, id)
    if (chance.of(0.3)) await this.#read(by, 'ServiceRequest', id)
    if (chance.of(0.3)) await this.#revoke(by, id)
  }

  async #supply(by: string, id: string): Promise<void> {
    const entry = {
      resource: aForm(
        { reference: `Patient/${(await this.#referral(id))?.patientId}` },
        { glaucoma: 'N' },
      ),
      ...{ fullUrl: undefined, expression: 'QuestionnaireResponse', ifNoneExist: undefined },
      put: undefined,
    }
    for (let tries = 0; tries < 20; tries++) {
      const done = await this.#call(
        by,
        'supply',
        `ServiceRequest/${id}`,
        async ({ intake }, origin) => {
          await supplyInformation(intake, id, { additions: [entry] }, callerOf(by), origin)
          return { result: true, told: {} }
        },
      )
      if (done) return
      await this.#time.sleep(this.#chance.between(1, 15) * second)
    }
  }

  async #revoke(by: string, id: string): Promise<void> {
    await this.#time.sleep(this.#chance.between(0, 40) * second)
    const about = `ServiceRequest/${id}`
    const owner = { role: 'referrer', organization: by } as const
    const stored = await this.#store.resources.read(owner, 'ServiceRequest', id)
    if (!stored) return
    const resource = { ...JSON.parse(stored.content), status: 'revoked' }
    const entry = {
      ...{ fullUrl: undefined, resource, expression: 'ServiceRequest', ifNoneExist: undefined },
      put: { id, ifMatch: undefined },
    }
    const request = { entry, version: stored.version }
    await this.#call(
      by,
      'revoke',
      about,
      async ({ intake }, origin) => {
        await supplyInformation(intake, id, { request, additions: [] }, callerOf(by), origin)
        return { result: true, told: {} }
      },
      stored.version,
    )
  }

  async #read(by: string, type: string, id: string): Promise<void> {
    await this.#call(by, 'read', `${type}/${id}`, async ({ intake }, origin) => {
      const found = await intake.resources.read(callerOf(by), type, id)
      if (!found) throw new Problem('not-found')
      await intake.referrals.record([
        {
          ...{ action: 'read', kind: 'R', outcome: 'success', agent: by, ...origin },
          recorded: new Date(this.#time.now()).toISOString(),
        } as const,
      ])
      return { result: true, told: { body: found.content } }
    })
  }

  /** What the clinic's people do, mostly in a sensible order, now and then against the rules. */
  async #staff(clinic: ClinicId, id: string): Promise<void> {
    const chance = this.#chance
    const ehr = this.#ehrs.get(clinic) as SimulatedEhr
    const taskId = (await this.#referral(id))?.taskId ?? ''
    const path = chance.oneOf(paths)
    for (const action of path) {
      await this.#time.sleep(chance.between(0.2, 50) * second)
      ehr.act(taskId, action, chance.of(0.05))
    }
  }

  async #restoreOne(): Promise<void> {
    const ehr = this.#chance.oneOf([...this.#ehrs.values()])
    await this.#time.sleep(this.#chance.between(10, 120) * second)
    const position = ehr.store.position()
    await this.#time.sleep(this.#chance.between(5, 60) * second)
    ehr.restore(position)
  }

  #referral = (id: string) => this.#store.referrals.find(id)

  /** Asks an instance that is up; what it does not say within ten seconds is not heard. */
  async #call<Result>(
    by: string,
    act: Call['act'],
    about: string,
    ask: (
      instance: Instance,
      origin: { requestId: string },
    ) => Promise<{ result: Result; told: object }>,
    ifMatch?: number,
  ): Promise<Result | undefined> {
    const requestId = `q${++this.#requests}`
    const at = this.#time.now()
    const instance = this.#chance.oneOf(this.#instances)
    const noted = (answer?: Call['answer']) =>
      void this.#calls.push({
        ...{ at, by, act, about },
        ...(ifMatch === undefined ? {} : { ifMatch }),
        ...(answer ? { answer } : {}),
      })
    if (!instance.isAlive()) {
      noted()
      return undefined
    }
    const late = this.#time.sleep(10 * second).then(() => 'late' as const)
    const asked = ask(instance, { requestId }).catch((error: unknown) => {
      if (error instanceof Problem) return error
      throw error
    })
    const heard = await Promise.race([asked, late])
    if (heard === 'late') {
      noted()
      return undefined
    }
    const base = { at: this.#time.now(), body: '' }
    if (heard instanceof Problem) {
      noted({ ...base, status: heard.status })
      return undefined
    }
    noted({ ...base, status: 200, requestId, ...heard.told })
    return heard.result
  }

  history(): History {
    return {
      setting: {
        canaries: {},
        allowed: [],
        onTheWayMs: 10,
        mostAtOnce: 32,
        mostMemoryMb: Number.POSITIVE_INFINITY,
        mostFiles: Number.POSITIVE_INFINITY,
        mostRows: Number.POSITIVE_INFINITY,
      },
      calls: this.#calls,
      ehrs: [...this.#ehrs.values()].map((ehr) => ehr.history()),
      subscribers: [],
      database: this.#store.dump(this.#queue.rows()),
      service: {
        leases: this.#queue.leases(),
        effects: [],
        connections: [],
        samples: [],
        output: [],
      },
    }
  }
}

const paths: readonly (readonly StaffAction[])[] = [
  ['receive', 'accept', 'schedule', 'visit', 'complete'],
  ['accept', 'schedule', 'no-show', 'schedule', 'visit', 'complete'],
  ['ask', 'accept', 'hold', 'schedule', 'call-off', 'cancel'],
  ['decline'],
  ['accept', 'complete', 'accept'],
  ['accept', 'fail'],
  ['schedule', 'accept', 'schedule'],
]

const callerOf = (organization: string) =>
  ({ role: 'referrer', organization, client: organization, scopes: [], tokenId: 't' }) as const
