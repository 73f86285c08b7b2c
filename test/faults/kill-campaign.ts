/**
 * Two instances of the service on one PostgreSQL, each killed at a named failpoint, life after life,
 * while referrals come in and the clinics' EHRs have bad days. What everybody said, heard and kept
 * goes to the judge.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { JWK } from 'jose'
import pg from 'pg'
import type { Misbehaviour } from '../../src/sandbox/ehr/misbehave.ts'
import { type SandboxEhr, startSandboxEhr } from '../../src/sandbox/ehr/start.ts'
import { npis } from '../helpers/a-referral.ts'
import { randomFrom } from '../helpers/crash-tools.ts'
import { type OwnRegistry, ownRegistry } from '../helpers/own-registry.ts'
import { threeFreePorts } from '../helpers/service-process.ts'
import { dumpDatabase } from '../histories/dump.ts'
import type { Breach, Call, History } from '../histories/history.ts'
import { judge } from '../histories/judge.ts'
import { canaries, Referrer } from './drivers.ts'
import { type Life, startLife } from './killed-process.ts'
import { failpoints } from './points.ts'
import { type Subscriber, startSubscriber } from './subscriber.ts'
import { percentile, type Traced, traceOf } from './traces.ts'

export interface KillOptions {
  readonly kills: number
  readonly seed: number
  readonly databaseUrl: string
  readonly say: (line: string) => void
}

export interface KillResult {
  readonly kills: number
  /** Kills at each point; `any moment` is where a point was not reached in time. */
  readonly points: Readonly<Record<string, number>>
  readonly referrals: number
  readonly acknowledged: number
  /** Events that subscribers heard of, repeats too. */
  readonly told: number
  /** Calls of the practices that nobody answered. */
  readonly lostAnswers: number
  /**
   * From a kill to the moment at which its job was taken up again, in milliseconds; the other
   * instance is being killed and started meanwhile, so this is the worst of days.
   */
  readonly recovery: {
    readonly count: number
    readonly p50: number
    readonly p99: number
    readonly max: number
  }
  readonly breaches: readonly Breach[]
  /** What the history says of the ids that each breach names. */
  readonly evidence: readonly object[]
}

const clinics = Object.keys(npis) as (keyof typeof npis)[]
const longestLifeMs = 4_000
/** As long as fewer are open from time to time, it goes on: a busy machine takes its time. */
const stuckAfterMs = 180_000

/** What an EHR does on a bad day, for the next few requests. */
const moods: readonly Misbehaviour[] = [
  {},
  {},
  ...(['reset', 'cut', 'html', 'truncate', 'fail'] as const).map(
    (afterwards) => ({ on: 'write', afterwards, times: 2 }) as const,
  ),
  { refuse: { status: 429, retryAfter: '6' }, times: 2 },
  { on: 'write', refuse: { status: 503 }, times: 2 },
  { on: 'write', lateMs: 300, times: 1 },
  { on: 'read', refuse: { status: 500 }, times: 3 },
  { staleReplica: true },
  { shuffledHistory: true },
  { searchLagMs: 1_000 },
]

export async function killCampaign(options: KillOptions): Promise<KillResult> {
  const folder = await mkdtemp(join(tmpdir(), 'referloop-kills-'))
  const campaign = new Campaign(options, folder)
  try {
    await campaign.prepare()
    await campaign.kill()
    await campaign.settle()
    return await campaign.result()
  } finally {
    await campaign.end()
    await rm(folder, { recursive: true, force: true })
  }
}

class Campaign {
  readonly #options: KillOptions
  readonly #folder: string
  readonly #random: () => number
  readonly #ehrs = new Map<string, SandboxEhr>()
  readonly #calls: Call[] = []
  readonly #lives: Life[] = []
  readonly #ends = new Map<number, number>()
  readonly #points: Record<string, number> = {}
  #referrers: readonly Referrer[] = []
  #subscribers: readonly Subscriber[] = []
  #environment: Readonly<Record<string, string>> = {}
  #port = 0
  #begun = 0
  #killed = 0

  constructor(options: KillOptions, folder: string) {
    this.#options = options
    this.#folder = folder
    this.#random = randomFrom(options.seed)
  }

  async prepare(): Promise<void> {
    for (const name of clinics)
      this.#ehrs.set(
        name,
        await startSandboxEhr({ port: 0, name, record: true, autopilot: { stepMs: 150 } }),
      )
    const bases = Object.fromEntries([...this.#ehrs].map(([id, { baseUrl }]) => [id, baseUrl]))
    const { config, clientKeys } = await ownRegistry(bases)
    const write = async (name: string, content: unknown) => {
      await writeFile(join(this.#folder, name), JSON.stringify(content))
      return join(this.#folder, name)
    }
    this.#environment = {
      DATABASE_URL: this.#options.databaseUrl,
      REFERLOOP_REGISTRY: await write('registry.json', config.registry),
      REFERLOOP_KEYS: await write('keys.json', config.keys),
      REFERLOOP_DATA: this.#folder,
      REFERLOOP_ALLOW_NETWORKS: '127.0.0.0/8',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      REFERLOOP_DRAIN_SECONDS: '0',
      FAILPOINT_TRACE: join(this.#folder, 'trace.jsonl'),
      NODE_COMPILE_CACHE: join(this.#folder, 'compiled'),
    }
    this.#port = await threeFreePorts(this.#random)
    this.#referrers = [
      new Referrer('lakeside-family', 'river-pain-clinic', clientKeys, this.#calls, this.#random),
      new Referrer('hilltop-internal', 'summit-pain-center', clientKeys, this.#calls, this.#random),
    ]
    await this.#subscribe(clientKeys)
  }

  /** Both practices, before anything happens, so that they have to be told of all of it. */
  async #subscribe(keys: OwnRegistry['clientKeys']): Promise<void> {
    const practices = ['lakeside-family', 'hilltop-internal'] as const
    this.#subscribers = await Promise.all(practices.map((id) => startSubscriber(id, this.#random)))
    const life = this.#start(0, '')
    if (!(await life.ready())) throw new Error(life.said.join(''))
    for (const [i, id] of practices.entries())
      await this.#subscribers[i]?.subscribe(life, id, keys[id] as JWK)
    this.#ends.set(life.pid, await life.kill())
  }

  /** Both instances, each life after life, until there were enough kills. */
  async kill(): Promise<void> {
    const order = [...failpoints].sort(() => this.#random() - 0.5)
    await Promise.all(
      [0, 1].map(async (slot) => {
        while (this.#begun < this.#options.kills) {
          const point = order[this.#begun++ % order.length] as string
          await this.#oneLife(slot, point)
        }
      }),
    )
  }

  async #oneLife(slot: number, point: string): Promise<void> {
    for (const ehr of this.#ehrs.values()) ehr.misbehave(this.#oneOf(moods))
    const life = this.#start(slot, `${point}:${1 + Math.floor(this.#random() * 2)}`)
    const isUp = await life.ready()
    const work = isUp ? this.#referrers.map((each) => each.work(life)) : []
    await Promise.race([life.ended, pause(longestLifeMs, undefined, { ref: false })])
    const at = life.hasEnded() ? point : 'any moment'
    this.#ends.set(life.pid, await life.kill())
    await Promise.all(work)
    this.#points[at] = (this.#points[at] ?? 0) + 1
    this.#killed++
    if (this.#killed % 10 === 0)
      this.#options.say(`${this.#killed} kills, ${this.#calls.length} calls`)
  }

  /** Healthy again: everything comes to its end, and is read once more. */
  async settle(): Promise<void> {
    for (const ehr of this.#ehrs.values()) ehr.misbehave({})
    for (const each of this.#subscribers) each.recover()
    const lives = [0, 1].map((slot) => this.#start(slot, ''))
    for (const life of lives) if (!(await life.ready())) throw new Error(life.said.join(''))
    await this.#quiet()
    const [life] = lives as [Life]
    for (const each of this.#referrers) await each.readAll(life)
    for (const each of lives) {
      const code = await each.stop()
      if (code !== 0) throw new Error(`an instance stopped with exit code ${code}`)
      this.#ends.set(each.pid, Date.now())
    }
  }

  async #quiet(): Promise<void> {
    let [fewest, since, waited] = [Number.POSITIVE_INFINITY, Date.now(), 0]
    for (;;) {
      const open = await this.#open()
      if (open === 0) return
      if (waited++ % 30 === 0) this.#options.say(`${open} are not settled yet`)
      if (open < fewest) [fewest, since] = [open, Date.now()]
      if (Date.now() - since > stuckAfterMs)
        return this.#options.say(`${open} are open, and none has been settled for three minutes`)
      await pause(1_000)
    }
  }

  async #open(): Promise<number> {
    const client = new pg.Client({ connectionString: this.#options.databaseUrl })
    await client.connect()
    // A job that was in hand at ten kills waits a quarter of an hour: that time passes here.
    await client.query(`
      UPDATE pgboss.job SET start_after = now()
      WHERE name = 'deliver' AND state = 'retry' AND start_after > now() + interval '5 seconds'`)
    await client.query(`
      UPDATE referloop.subscription SET due_at = now()
      WHERE due_at > now() + interval '5 seconds'`)
    const { rows } = await client.query<{ n: number }>(`
      SELECT (
        SELECT count(*) FROM referloop.referral
        WHERE business_status = 'sending' OR status IN ('received', 'accepted', 'in-progress')
      )::int + (
        SELECT count(*) FROM pgboss.job
        WHERE name = 'deliver' AND state IN ('created', 'retry', 'active')
      )::int + (
        SELECT coalesce(sum(event_count - told_through), 0) FROM referloop.subscription
        WHERE status = 'active'
      )::int AS n`)
    await client.end()
    return rows[0]?.n ?? 0
  }

  async result(): Promise<KillResult> {
    this.#options.say('everything is settled; the judge reads')
    const history = await this.#history()
    const traced = await traceOf(this.#environment.FAILPOINT_TRACE as string, this.#ends)
    const acknowledged = new Set(history.calls.flatMap(({ answer }) => answer?.referralId ?? []))
    const breaches = judge(history)
    return {
      kills: this.#killed,
      points: this.#points,
      referrals: history.database.referrals.length,
      acknowledged: acknowledged.size,
      told: history.subscribers.flatMap(({ received }) => received).length,
      lostAnswers: history.calls.filter(({ answer }) => !answer).length,
      recovery: recoveryOf(traced),
      breaches,
      evidence: breaches.slice(0, 20).map((breach) => evidenceOf(history, breach)),
    }
  }

  async #history(): Promise<History> {
    const traced = await traceOf(this.#environment.FAILPOINT_TRACE as string, this.#ends)
    return {
      setting: {
        canaries,
        allowed: [
          ...[...this.#ehrs.values()].map(({ baseUrl }) => new URL(baseUrl).host),
          ...this.#subscribers.map(({ host }) => host),
        ],
        onTheWayMs: 3_000,
        mostAtOnce: 32,
        mostMemoryMb: 1_500,
        mostFiles: 400,
        mostRows: 1_000_000,
      },
      calls: this.#calls,
      ehrs: [...this.#ehrs].map(([clinicId, ehr]) => ({
        clinicId,
        requests: ehr.requests.map(({ at, until = at, from, retryAfter, ...rest }) => ({
          ...rest,
          at,
          until,
          life: String(traced.pidOf(from, at) ?? ''),
          ...(retryAfter ? { retryAfterMs: Number(retryAfter) * 1_000 } : {}),
        })),
        versions: [...ehr.store.types()].flatMap((type) => [...ehr.store.histories(type)].flat()),
        keepsHistory: true,
        lost: [],
      })),
      subscribers: this.#subscribers.map((each) => each.history()),
      database: await dumpDatabase(this.#options.databaseUrl),
      service: {
        leases: traced.leases,
        effects: traced.effects,
        connections: traced.connections,
        samples: traced.samples,
        output: this.#lives.flatMap(({ said }) => said),
      },
    }
  }

  async end(): Promise<void> {
    for (const life of this.#lives) if (!life.hasEnded()) await life.kill()
    for (const ehr of this.#ehrs.values()) await ehr.close()
    for (const each of this.#subscribers) each.close()
  }

  #start(slot: number, failpoint: string): Life {
    const life = startLife({ ...this.#environment, FAILPOINT: failpoint }, this.#port + slot)
    this.#lives.push(life)
    return life
  }

  #oneOf = <T>(list: readonly T[]): T => list[Math.floor(this.#random() * list.length)] as T
}

/** Everything that names an id of the breach: without it, nothing is left of a campaign to look into. */
function evidenceOf({ database, calls, ehrs, service }: History, breach: Breach): object {
  const ids = breach.what.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? []
  const named = <Row>(rows: readonly Row[]) =>
    rows.filter((row) => ids.some((id) => JSON.stringify(row).includes(id)))
  return {
    breach,
    referrals: named(database.referrals),
    resources: named(database.resources),
    reports: named(database.reports),
    jobs: named(database.jobs),
    audit: named(database.audit),
    calls: named(calls),
    ehrs: ehrs.map(({ clinicId, versions, requests }) => ({
      clinicId,
      versions: named(versions),
      requests: named(requests),
    })),
    leases: named(service.leases),
    output: named(service.output),
  }
}

function recoveryOf({ recoveries }: Traced): KillResult['recovery'] {
  return {
    count: recoveries.length,
    p50: percentile(recoveries, 0.5),
    p99: percentile(recoveries, 0.99),
    max: percentile(recoveries, 1),
  }
}
