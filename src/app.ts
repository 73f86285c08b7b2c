import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { Registry as MetricsRegistry } from 'prom-client'
import { currentKeys } from './auth/current-keys.ts'
import { generateKey, generateKeys, type KeySet, loadKeys } from './auth/keys.ts'
import { secretBox } from './auth/secret-box.ts'
import { checkpointSigner } from './auth/sign-checkpoint.ts'
import type { Config } from './config.ts'
import { type Background, startBackground } from './delivery/background.ts'
import { createEgress, type Egress } from './delivery/egress.ts'
import { parseRegistry, type Registry } from './domain/access/registry.ts'
import { type RegistryNews, registryNews } from './domain/access/registry-news.ts'
import { sha256 } from './domain/audit/chain.ts'
import { clinicPolicies } from './domain/referral/clinic-policies.ts'
import type { AuditEntry } from './domain/referral/ports.ts'
import { safeError } from './domain/safe-error.ts'
import { readPublished } from './domain/screening/published.ts'
import { createEvaluator } from './expressions/evaluator.ts'
import type { ServerDeps } from './http/deps.ts'
import { type Sandbox, startSandbox } from './sandbox/start.ts'
import { keepSealing } from './storage/keep-sealing.ts'
import { openStorage, type Storage } from './storage/open.ts'
import { closeHttp, closeOnce, freePort } from './wiring/listening.ts'
import type { Parts } from './wiring/parts.ts'
import { serve, tellPorts } from './wiring/serve.ts'

export interface App {
  readonly http: FastifyInstance
  readonly baseUrl: string
  /** Where the sandbox clinics' EHRs are; undefined in a real service. */
  readonly sandbox: Sandbox | undefined
  readonly storage: Storage
  /**
   * Takes a new reading of the registry: a client disabled there is refused from now on, a clinic that
   * is new is polled, one that is gone is left alone. And of our keys, when they are given: the first
   * of an algorithm signs from now on, and what a key signed that is gone is refused.
   * @returns what has changed
   * @throws RegistryError, an Error that names a wrong key, Problem unavailable when it cannot be
   *   audited; registry and keys from before stay in force
   */
  reloadRegistry(registryJson: unknown, keysJson?: unknown): Promise<RegistryNews>
  /** Stops accepting, finishes what is in hand, closes the store. Safe to call twice. */
  close(): Promise<void>
}

/** What a test may put in the place of the real thing. */
export interface AppParts {
  readonly now?: () => Date
  /** False starts neither delivery nor polling. */
  readonly background?: boolean
  /** Seconds between two looks for reminders and deadlines; a minute when not said. */
  readonly remindEvery?: number
  /** Seconds between two looks for urgent referrals that did not arrive; 15 when not said. */
  readonly alertEvery?: number
  /** A migrated embedded database to start from: saves seconds in each of many tests. */
  readonly databaseTemplate?: Blob
  /** False leaves tenants to the database's row-level security alone: for the test that it holds. */
  readonly firstWall?: boolean
  /** What differs from the limits of src/http/limits.ts. */
  readonly limits?: ServerDeps['limits']
}

/** Builds everything, listens, and starts working. */
export async function startApp(
  config: Config,
  log: FastifyBaseLogger,
  {
    now: given,
    background: works = true,
    remindEvery = 60,
    alertEvery = 15,
    databaseTemplate,
    firstWall = true,
    limits = {},
  }: AppParts = {},
): Promise<App> {
  const closers: (() => Promise<void>)[] = []
  const close = closeOnce(closers)
  const now = given ?? (() => new Date())
  try {
    const port = config.port || (await freePort())
    const baseUrl = config.baseUrl ?? `http://127.0.0.1:${port}`
    const storage = await openStorage({
      ...(config.databaseUrl ? { databaseUrl: config.databaseUrl } : {}),
      dataDirectory: join(config.dataDirectory, 'database'),
      ...(databaseTemplate ? { template: databaseTemplate } : {}),
      firstWall,
      now,
      ...(given ? { dueClock: given } : {}),
      log,
    })
    closers.push(() => storage.close())
    const sandbox =
      config.mode === 'sandbox'
        ? await startSandbox({
            dataDirectory: config.dataDirectory,
            baseUrl,
            firstEhrPort: config.port && config.port + 1,
            pace: config.sandboxPace,
            makeKeys: generateKeys,
            makeClientKey: () => generateKey('ES384'),
            now,
          })
        : undefined
    if (sandbox) closers.push(() => sandbox.close())
    let registry = parseRegistry(sandbox?.registry ?? config.registry)
    const published = readPublished()
    const policies = clinicPolicies(published)
    policies.load(registry)
    const evaluator = createEvaluator({
      warn: (criteria, reason) => log.warn({ criteria, reason }, 'own criteria without an answer'),
    })
    closers.push(async () => evaluator.close())
    const prepare = (clinics: Registry['clinics']) => {
      for (const clinic of clinics) evaluator.prepare(policies.policyOf(clinic).expressions)
    }
    prepare(registry.clinics)
    const privateKeys = sandbox?.keys ?? JSON.stringify(config.keys)
    const keys = currentKeys(await loadKeys(privateKeys))
    let secrets = secretBox(privateKeys)
    const { sign } = checkpointSigner(keys)
    const sealing = keepSealing(storage.audit, { sign, log })
    closers.push(() => sealing.close())
    const tell = (action: 'start' | 'stop' | 'registry', of = registry, by: KeySet = keys) =>
      storage.referrals.record([ownEntry(action, now, by, of)])
    closers.push(() =>
      // The database may be gone by then, and all else has to be closed all the same.
      tell('stop').catch((error) => log.warn({ err: safeError(error) }, 'stop not audited')),
    )
    await tell('start')
    const ehrAddresses = [...ehrAddressesOf(registry)]
    const parts: Parts = {
      config,
      log,
      now,
      baseUrl,
      storage,
      keys,
      registry: () => registry,
      egress: egressFor(config, ehrAddresses, sandbox),
      // By themselves: what the registry names as an EHR is not for a subscriber to name.
      subscriberEgress: egressFor(config, [], sandbox),
      secrets: {
        seal: (text, of) => secrets.seal(text, of),
        open: (text, of) => secrets.open(text, of),
        isCurrent: (text) => secrets.isCurrent(text),
      },
      metrics: new MetricsRegistry(),
      limits,
      published,
      policies,
      evaluator,
      isLeaving: false,
      sandbox,
    }
    closers.push(() => parts.egress.close())
    closers.push(() => parts.subscriberEgress.close())
    const { http, ports } = await serve(parts)
    let background: Background | undefined
    if (works) {
      background = await startBackground({
        jobs: storage.jobs,
        lines: storage.lines,
        ports,
        registry: parts.registry,
        remindEvery,
        undelivered: storage.undelivered,
        steps: storage.steps,
        turns: storage.turns,
        tell: tellPorts(parts),
        alertEvery,
        log,
        metrics: parts.metrics,
      })
      const { close: endWork } = background
      closers.push(endWork)
    }
    // Closed first: whoever asks is told to go elsewhere, and is served until he has noticed.
    closers.push(async () => {
      parts.isLeaving = true
      const worked = background?.close()
      await sleep((config.drainSeconds ?? 0) * 1_000)
      await closeHttp(http)
      await worked
    })
    await http.listen({ port, host: config.host })
    return {
      http,
      baseUrl,
      sandbox,
      storage,
      async reloadRegistry(registryJson, keysJson) {
        const next = parseRegistry(registryJson)
        const privateKeys = keysJson === undefined ? undefined : JSON.stringify(keysJson)
        const nextKeys = privateKeys === undefined ? keys : await loadKeys(privateKeys)
        policies.load(next)
        await tell('registry', next, nextKeys)
        if (privateKeys !== undefined) {
          keys.replace(nextKeys)
          secrets = secretBox(privateKeys)
        }
        const news = registryNews(registry, next)
        registry = next
        ehrAddresses.splice(0, Number.POSITIVE_INFINITY, ...ehrAddressesOf(registry))
        prepare(registry.clinics)
        background?.registryChanged()
        return news
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** What the service does by itself, with what it is set to: who is registered, and our keys. */
const ownEntry = (
  action: 'start' | 'stop' | 'registry',
  now: () => Date,
  keys: KeySet,
  registry: Registry,
): AuditEntry => ({
  action,
  kind: action === 'registry' ? 'U' : 'E',
  outcome: 'success',
  agent: 'referloop',
  detail: `registry sha256 ${sha256(JSON.stringify([registry.referrers, registry.clinics]))}; keys ${keys.publicJwks.keys.map(({ kid }) => kid).join(' ')}`,
  recorded: now().toISOString(),
})

/** The sandbox's own EHRs are on loopback, where nothing else may be called. */
const egressFor = (
  config: Config,
  baseUrls: readonly string[],
  sandbox: Sandbox | undefined,
): Egress =>
  createEgress({
    allowNetworks: sandbox ? [...config.allowNetworks, '127.0.0.0/8'] : config.allowNetworks,
    baseUrls,
  })

const ehrAddressesOf = ({ clinics, referrers }: Registry): readonly string[] =>
  [...clinics, ...referrers].flatMap(({ ehr, signIn }) => [
    ...(ehr ? [ehr.fhirBaseUrl] : []),
    ...(signIn ? [signIn.issuer] : []),
  ])
