/**
 * How fast the service is, against a floor, on this machine: `npm run bench`
 *
 * `--write` keeps the page under bench/results/, `--rounds 5` sets how often floor and service take
 * turns, `--profile DIR` has the service write CPU profiles there. Everything runs on 127.0.0.1, ends
 * within five minutes and leaves nothing behind.
 */

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { type Child, cpu, startChild } from './harness/child.ts'
import { type Databases, openDatabases } from './harness/database.ts'
import { median, percentile } from './harness/figures.ts'
import type { Order, Outcome } from './harness/order.ts'
import { block, circumstances, commitOfTree, type Line, table } from './harness/report.ts'
import { makeWorld, type World } from './harness/world.ts'

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    profile: { type: 'string' },
  },
})
const rounds = Number(options.rounds)
const boundMs = 5 * 60_000
/** No further round is begun after this: a busy machine gets fewer rounds instead of no result. */
const roundsUntilMs = 2.5 * 60_000

const connections = 16
const roundSeconds = 4
const warmSeconds = 2
const burst = 600
const steadyRate = 20
const steadySeconds = 8

/** What is to be undone at the end, last first. */
const closers: (() => Promise<void>)[] = []
const children = new Set<Child>()

function start(...args: Parameters<typeof startChild>): Child {
  const child = startChild(...args)
  children.add(child)
  return child
}

async function stop(child: Child): Promise<void> {
  await child.stop()
  children.delete(child)
}

async function closeAll(): Promise<void> {
  await Promise.all([...children].map(stop))
  for (const close of closers.splice(0).reverse()) await close()
}

interface Bench {
  readonly world: World
  readonly databases: Databases
  readonly folder: string
  readonly load: Child
  /** Sends an order to a child with numbers that nobody used before. */
  fire(
    to: Child,
    order: Omit<Order, 'first'> & { readonly warmSeconds?: number },
  ): Promise<Measured>
}

interface Measured extends Outcome {
  /** Milliseconds of CPU that the child used for each request, those of the warm-up left out. */
  readonly cpu: number
}

async function main(): Promise<void> {
  const commit = commitOfTree()
  const folder = mkdtempSync(join(tmpdir(), 'referloop-bench-'))
  closers.push(async () => rmSync(folder, { recursive: true, force: true }))
  const databases = await openDatabases()
  closers.push(() => databases.close())
  if (databases.obstacle) say(`no PostgreSQL: ${databases.obstacle}`)
  const facts = circumstances(databases.title, commit)
  say(facts)
  const bench = await openBench(databases, folder)
  const lines = [...(await intake(bench)), ...(await delivery(bench))]
  await closeAll()
  const page = [
    `# Benchmark of ${today()}`,
    facts,
    table(lines),
    reading(),
    block('Validation, one thread', await output('validation.ts')),
    block('Screening, one thread', await output('screening.ts')),
  ].join('\n\n')
  process.stdout.write(`${page}\n`)
  if (options.write) keep(page, commit.short)
}

const reading =
  () => `A referral is a transaction Bundle of 18 KB and 19 entries, each with a new patient and a new business
identifier; ${connections} connections send the next as soon as one is answered. The floor is a bare Fastify that
writes the same bytes as one row of text over the same driver and pool. Floor and service take turns;
figures are medians of ${played} rounds, the share is the median of the rounds' own shares. "Its CPU" is that
of the floor's or the service's process, PostgreSQL and load left out: it varies least on a busy machine. "At the clinic" is
when the clinic's EHR, in a process of its own that syncs each commit, has written the ServiceRequest.`

async function openBench(databases: Databases, folder: string): Promise<Bench> {
  const world = await makeWorld()
  const load = start('load.ts')
  let next = 1
  const bench: Bench = {
    world,
    databases,
    folder,
    load,
    async fire(to, { warmSeconds = 0, ...order }) {
      if (warmSeconds > 0) await bench.fire(to, { ...order, seconds: warmSeconds })
      const before = await to.ask<number>(cpu)
      const outcome = await load.ask<Outcome>('run', { ...order, first: next })
      next = outcome.next
      return { ...outcome, cpu: ((await to.ask<number>(cpu)) - before) / outcome.sent }
    },
  }
  return bench
}

interface Service {
  readonly child: Child
  readonly baseUrl: string
}

let services = 0
let played = 0

/** @param ehr FHIR base of the clinic's EHR, if it has one */
async function startService(bench: Bench, ehr?: string): Promise<Service> {
  const name = `service-${++services}`
  const file = (part: string, content: string) => {
    const path = join(bench.folder, `${name}-${part}.json`)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const profile = options.profile
    ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`, `--cpu-prof-name=${name}.cpuprofile`]
    : []
  const child = start(
    'service.ts',
    {
      ...(await bench.databases.fresh()),
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      REFERLOOP_REGISTRY: file('registry', JSON.stringify(bench.world.registry(ehr))),
      REFERLOOP_KEYS: file('keys', bench.world.keys),
      REFERLOOP_ALLOW_NETWORKS: '127.0.0.0/8',
    },
    profile,
  )
  return { child, baseUrl: await child.ask<string>('start') }
}

async function startClinic(bench: Bench): Promise<{ child: Child; ehr: string }> {
  const child = start('clinic.ts', {
    EHR_FOLDER: mkdtempSync(join(bench.folder, 'ehr-')),
    EHR_KEYS: JSON.stringify(bench.world.publicKeys),
  })
  return { child, ehr: await child.ask<string>('start') }
}

/** Floor and service take turns, so that what else the machine does meets both. */
async function intake(bench: Bench): Promise<Line[]> {
  const floor = start('floor.ts', await bench.databases.fresh())
  const floorUrl = `${await floor.ask<string>('start')}/fhir`
  const alone = await startService(bench)
  const token = await bench.world.token(alone.baseUrl)
  const clinic = await startClinic(bench)
  const atFloor = (seconds = roundSeconds) =>
    bench.fire(floor, { url: floorUrl, connections, seconds })
  const atAlone = (path = '', seconds = roundSeconds) =>
    bench.fire(alone.child, { url: `${alone.baseUrl}/fhir${path}`, token, connections, seconds })
  await atFloor(warmSeconds)
  await atAlone('', warmSeconds * 2)

  const turns: { floor: Measured; alone: Measured; delivering: Measured }[] = []
  for (let round = 1; round <= rounds && performance.now() < roundsUntilMs; round++) {
    const turn = {
      floor: await atFloor(),
      alone: await atAlone(),
      delivering: await whileDelivering(bench, clinic.ehr),
    }
    turns.push(turn)
    played = round
    say(
      `round ${round}: floor ${turn.floor.perSecond.toFixed(0)}, intake ${turn.alone.perSecond.toFixed(0)}, while delivering ${turn.delivering.perSecond.toFixed(0)} a second`,
    )
  }
  const line = (what: string, of: 'floor' | 'alone' | 'delivering'): Line => ({
    what,
    ...middle(turns.map((turn) => turn[of])),
    ofFloor: median(turns.map((turn) => turn[of].perSecond / turn.floor.perSecond)),
  })
  const lines = [
    line('floor: one row', 'floor'),
    line('accepted referrals, clinic without EHR', 'alone'),
    line('accepted referrals while delivering to the EHR', 'delivering'),
    await operation('$referral-check', () => atAlone('/ServiceRequest/$referral-check', 2)),
    await operation('$validate', () => atAlone('/$validate', 2)),
  ]
  for (const child of [floor, alone.child, clinic.child]) await stop(child)
  return lines
}

/** In a service of its own each time: the last round's backlog would take part in the next. */
async function whileDelivering(bench: Bench, ehr: string): Promise<Measured> {
  const { child, baseUrl } = await startService(bench, ehr)
  const outcome = await bench.fire(child, {
    url: `${baseUrl}/fhir`,
    token: await bench.world.token(baseUrl),
    connections,
    warmSeconds,
    seconds: roundSeconds,
  })
  await stop(child)
  return outcome
}

async function operation(what: string, once: () => Promise<Measured>): Promise<Line> {
  await once()
  const outcomes: Measured[] = []
  for (let round = 0; round < 3; round++) outcomes.push(await once())
  const line = { what: `${what} over HTTP`, ...middle(outcomes) }
  say(`${line.what}: ${line.perSecond.toFixed(0)} a second`)
  return line
}

const middle = (outcomes: readonly Measured[]) => ({
  perSecond: median(outcomes.map(({ perSecond }) => perSecond)),
  p50: median(outcomes.map(({ p50 }) => p50)),
  p99: median(outcomes.map(({ p99 }) => p99)),
  cpu: median(outcomes.map(({ cpu }) => cpu)),
})

/** From the 2xx to the clinic: a queue worked off, and referrals that come one by one. */
async function delivery(bench: Bench): Promise<Line[]> {
  const clinic = await startClinic(bench)
  const { child, baseUrl } = await startService(bench, clinic.ehr)
  const order = {
    url: `${baseUrl}/fhir`,
    token: await bench.world.token(baseUrl),
    connections,
  }
  const sent = await bench.fire(child, { ...order, count: burst })
  const lastAnswer = Math.max(...sent.answered.map(([, at]) => at))
  const waiting = (await arrivals(clinic.child, burst)).filter(([, at]) => at > lastAnswer)
  const lastArrival = Math.max(...waiting.map(([, at]) => at))
  const drained = waiting.length / ((lastArrival - lastAnswer) / 1_000)
  say(`delivery: ${waiting.length} queued, ${drained.toFixed(0)} a second`)

  const steady = await bench.fire(child, { ...order, rate: steadyRate, seconds: steadySeconds })
  const at = new Map(await arrivals(clinic.child, burst + steady.sent))
  const waits = steady.answered.map(
    ([identifier, answered]) => (at.get(identifier) ?? NaN) - answered,
  )
  await stop(child)
  await stop(clinic.child)
  return [
    { what: `delivery of a queue of ${waiting.length}`, perSecond: drained },
    {
      what: `2xx to "at the clinic", ${steadyRate} referrals a second`,
      perSecond: steadyRate,
      p50: percentile(waits, 0.5),
      p99: percentile(waits, 0.99),
    },
  ]
}

/** Waits until the EHR has so many referrals. @throws Error when they do not come, or come twice */
async function arrivals(clinic: Child, expected: number): Promise<[string, number][]> {
  const deadline = Date.now() + 60_000
  while ((await clinic.ask<number>('count')) < expected) {
    if (Date.now() > deadline) throw new Error('referrals do not reach the clinic')
    await sleep(100)
  }
  const all = await clinic.ask<[string, number][]>('arrivals')
  if (new Set(all.map(([identifier]) => identifier)).size !== expected)
    throw new Error(`${all.length} referrals at the clinic, ${expected} were sent`)
  return all
}

async function output(file: string): Promise<string> {
  say(`${file} …`)
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, file)])
  return stdout
}

function keep(page: string, commit: string): void {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${today()}-${commit}.md`), `${page}\n`)
}

const today = () => new Date().toISOString().slice(0, 10)

/** Progress goes to standard error, the page to standard output. */
function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function giveUp(why: string): Promise<void> {
  say(why)
  await closeAll()
  process.exit(1)
}

const bound = setTimeout(() => giveUp('not done within five minutes'), boundMs)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => giveUp(signal))
try {
  await main()
  clearTimeout(bound)
} catch (error) {
  await giveUp(String((error as Error).stack))
}
