/** Real processes on one PostgreSQL behind a proxy, two clinics, and their EHRs. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JWK } from 'jose'
import pg from 'pg'
import { type SandboxEhr, startSandboxEhr } from '../../src/sandbox/ehr/start.ts'
import { npis } from '../helpers/a-referral.ts'
import { randomFrom } from '../helpers/crash-tools.ts'
import { eventually } from '../helpers/eventually.ts'
import { heldBy } from '../helpers/journey.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import { type ServiceProcess, startService, threeFreePorts } from '../helpers/service-process.ts'
import type { Organization } from '../helpers/world.ts'
import { type ReadyProxy, startProxy } from './proxy.ts'

export interface Fleet {
  readonly proxy: ReadyProxy
  readonly databaseUrl: string
  readonly clientKeys: Readonly<Partial<Record<Organization, JWK>>>
  readonly running: readonly ServiceProcess[]
  readonly ehrs: readonly SandboxEhr[]
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Resolves when the proxy knows it. */
  start(version?: Version): Promise<ServiceProcess>
  /** Another first, then SIGTERM; the proxy has to notice by itself. @throws Error unless it ends with 0 */
  replace(old: ServiceProcess, version?: Version): Promise<ServiceProcess>
  kill(one: ServiceProcess): Promise<void>
  /** What the clinics have that is not one of each referral, once nothing waits any more. */
  settled(referrals: number): Promise<readonly string[]>
  close(): Promise<void>
}

/** Another state of the source than this one. */
export interface Version {
  readonly program: string
  /** Whether it knows the variable; a name that it does not know stops its start. */
  readonly knows: (variable: string) => boolean
}

export async function startFleet(
  databaseUrl: string,
  options: { readonly drainSeconds: number; readonly seed: number },
): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), 'referloop-fleet-'))
  const ehrs = new Map<string, SandboxEhr>()
  for (const name of Object.keys(npis))
    ehrs.set(name, await startSandboxEhr({ port: 0, name, record: true }))
  const { config, clientKeys } = await ownRegistry(
    Object.fromEntries([...ehrs].map(([id, { baseUrl }]) => [id, baseUrl])),
  )
  const write = async (name: string, content: unknown) => {
    await writeFile(join(folder, name), JSON.stringify(content))
    return join(folder, name)
  }
  const proxy = await startProxy()
  const environment = {
    DATABASE_URL: databaseUrl,
    REFERLOOP_BASE_URL: proxy.baseUrl,
    REFERLOOP_REGISTRY: await write('registry.json', config.registry),
    REFERLOOP_KEYS: await write('keys.json', config.keys),
    REFERLOOP_ALLOW_NETWORKS: '127.0.0.0/8',
    REFERLOOP_DRAIN_SECONDS: String(options.drainSeconds),
    HOST: '127.0.0.1',
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
  }
  const random = randomFrom(options.seed)
  const running = new Set<ServiceProcess>()
  const db = new pg.Client({ connectionString: databaseUrl })
  await db.connect()

  const start = async (version?: Version): Promise<ServiceProcess> => {
    const known = Object.entries(environment).filter(([name]) => version?.knows(name) ?? true)
    const one = startService(
      folder,
      await threeFreePorts(random),
      Object.fromEntries(known),
      version?.program,
    )
    running.add(one)
    await one.ready()
    proxy.targets.add(one.baseUrl)
    await eventually('the proxy knows it', () => proxy.ready.has(one.baseUrl) || undefined)
    return one
  }
  const gone = (one: ServiceProcess) => {
    running.delete(one)
    proxy.targets.delete(one.baseUrl)
  }
  const fleet: Fleet = {
    ...{ proxy, databaseUrl, clientKeys, start },
    get running() {
      return [...running]
    },
    ehrs: [...ehrs.values()],
    query: async (sql) => (await db.query<Record<string, unknown>>(sql)).rows,
    async replace(old, version) {
      const other = await start(version)
      const code = await old.stop()
      gone(old)
      if (code !== 0) throw new Error(`it stopped with ${code}: ${old.said().slice(-2_000)}`)
      return other
    },
    async kill(one) {
      await one.kill()
      gone(one)
    },
    async settled(referrals) {
      const held = (type: string) => fleet.ehrs.reduce((n, ehr) => n + heldBy(ehr, type).length, 0)
      const open = async () =>
        Number((await fleet.query(waitingJobs))[0]?.n) + referrals - held('ServiceRequest')
      let left = 0
      await eventually(
        'everything is delivered',
        async () => {
          left = await open()
          return left <= 0 || undefined
        },
        () => `${left} are open`,
        180_000,
      )
      return ['ServiceRequest', 'Task'].flatMap((type) =>
        held(type) === referrals ? [] : [`${held(type)} ${type}s of ${referrals} referrals`],
      )
    },
    async close() {
      await Promise.all([...running].map((one) => one.kill()))
      await db.end()
      await proxy.close()
      for (const ehr of fleet.ehrs) await ehr.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return fleet
}

const waitingJobs = `
  SELECT count(*)::int AS n FROM pgboss.job WHERE name = 'deliver' AND state < 'completed'`
