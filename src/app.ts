/** The composition root: the only file that knows every folder. */

import { randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { FhirResource, Questionnaire } from 'fhir/r4'
import { collectDefaultMetrics, Registry as MetricsRegistry } from 'prom-client'
import packageJson from '../package.json' with { type: 'json' }
import { currentKeys } from './auth/current-keys.ts'
import { generateKey, generateKeys, type KeySet, loadKeys } from './auth/keys.ts'
import { secretBox } from './auth/secret-box.ts'
import { checkpointSigner } from './auth/sign-checkpoint.ts'
import { smartSignIn } from './auth/smart-sign-in.ts'
import { tokenService } from './auth/token-service.ts'
import type { Config } from './config.ts'
import { type Background, startBackground } from './delivery/background.ts'
import { callSubscriber } from './delivery/call-subscriber.ts'
import { createEgress, type Egress } from './delivery/egress.ts'
import { egressFetch } from './delivery/egress-fetch.ts'
import { createClinicEhr, type EhrDeps } from './delivery/ehr-client.ts'
import { type LineEvent, throughLine } from './delivery/ehr-line.ts'
import { fetchJwks } from './delivery/fetch-jwks.ts'
import { createPatientRecords } from './delivery/patient-records.ts'
import {
  type Clinic,
  type Ehr,
  type FhirServer,
  parseRegistry,
  type Referrer,
  type Registry,
} from './domain/access/registry.ts'
import { type RegistryNews, registryNews } from './domain/access/registry-news.ts'
import { sessionsOf } from './domain/access/session.ts'
import { sha256 } from './domain/audit/chain.ts'
import { withProvenance } from './domain/audit/with-provenance.ts'
import { createReferralValidator } from './domain/fhir/validation/referral-validator.ts'
import { Problem } from './domain/problem.ts'
import { checkByPolicy, type FormOf } from './domain/referral/check-by-policy.ts'
import { type ClinicPolicies, clinicPolicies } from './domain/referral/clinic-policies.ts'
import type { AuditEntry } from './domain/referral/ports.ts'
import { safeError } from './domain/safe-error.ts'
import { readPublished } from './domain/screening/published.ts'
import { sensitivityValueSets } from './domain/sensitivity/value-sets.ts'
import type { SecretBox } from './domain/subscription/ports.ts'
import type { TellPorts } from './domain/subscription/tell-subscriber.ts'
import { createEvaluator, type Evaluator } from './expressions/evaluator.ts'
import type { ServerDeps } from './http/deps.ts'
import { buildServer } from './http/server.ts'
import { type Sandbox, startSandbox } from './sandbox/start.ts'
import { keepSealing } from './storage/keep-sealing.ts'
import { openStorage, type Storage } from './storage/open.ts'

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

interface Parts {
  readonly config: Config
  readonly log: FastifyBaseLogger
  readonly now: () => Date
  readonly baseUrl: string
  readonly storage: Storage
  readonly keys: KeySet
  registry(): Registry
  readonly egress: Egress
  readonly subscriberEgress: Egress
  readonly secrets: SecretBox
  readonly metrics: MetricsRegistry
  readonly limits: NonNullable<ServerDeps['limits']>
  readonly published: readonly unknown[]
  readonly policies: ClinicPolicies
  readonly evaluator: Evaluator
  /** Set when it is to stop. */
  isLeaving: boolean
  /** Undefined in a real service, and with it everything that only the sandbox may have. */
  readonly sandbox: Sandbox | undefined
}

/** Stops accepting, and waits for what is in hand. */
async function closeHttp(http: FastifyInstance): Promise<void> {
  // A connection that is busy at the moment of closing is kept alive after it, for more than a minute.
  const idle = setInterval(() => http.server.closeIdleConnections(), 50)
  await http.close().finally(() => clearInterval(idle))
}

/** @throws Problem unavailable when this instance is about to stop */
function refuseLeaving({ isLeaving }: Parts): void {
  if (isLeaving) throw new Problem('unavailable', 'This instance is stopping.', { retryAfter: 5 })
}

/** What the last opened is closed first. */
function closeOnce(closers: (() => Promise<void>)[]): () => Promise<void> {
  let closed: Promise<void> | undefined
  const run = async () => {
    for (const each of closers.reverse()) await each()
  }
  return () => {
    closed ??= run()
    return closed
  }
}

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

async function serve(parts: Parts) {
  const { config, log, now, baseUrl, storage, keys, registry, egress, metrics } = parts
  const { published, evaluator } = parts
  const { policyOf } = parts.policies
  collectDefaultMetrics({ register: metrics })
  const { verifyToken, verifyCdsClient, grantToken } = tokenService({
    baseUrl,
    keys,
    registry,
    newId: randomUUID,
    now,
    perClient: 600,
    spend: (client, jti, expiresAt) => storage.assertions.spend(client, jti, expiresAt),
    fetchJwks: (url) => fetchJwks(egress, url),
    alert: (clientId, message) => log.error({ clientId, message }, 'client keys'),
  })
  const validator = createReferralValidator({
    onUnevaluated: (key) => log.warn({ constraint: key }, 'constraint not evaluated'),
  })
  const validate = (resource: unknown, profile?: string) =>
    validator.validate(resource, profile ? { profile } : {})
  const ports = {
    referrals: storage.referrals,
    resources: storage.resources,
    polls: storage.polls,
    information: storage.information,
    restored: storage.restored,
    registry,
    validate,
    check: checkByPolicy(registry, policyOf, evaluator.evaluate, formIn(published)),
    now,
    newId: randomUUID,
    sleep: (ms: number) => sleep(ms),
    ehrOf: clientsOf(parts, (clinic: Clinic) => clinic.ehr, clinicEhr(parts)),
    recordsOf: clientsOf(parts, (referrer: Referrer) => referrer.ehr, createPatientRecords),
    policyOf,
  }
  const http = buildServer({
    baseUrl,
    version: packageJson.version,
    now,
    newId: randomUUID,
    logger: log,
    verifyToken,
    verifyCdsClient,
    cdsOrigins: config.cdsOrigins ?? [],
    grantToken,
    publicJwks: keys.publicJwks,
    resources: withProvenance({
      resources: storage.resources,
      referrals: storage.referrals,
      auditTrail: storage.audit,
      registry,
    }),
    audit: (entries) => storage.referrals.record(entries),
    auditTrail: storage.audit,
    conformance: [...(published as readonly FhirResource[]), ...sensitivityValueSets],
    readiness: { database: () => storage.ready(), running: async () => refuseLeaving(parts) },
    metrics,
    metricsToken: config.metricsToken,
    intake: ports,
    subscribing: {
      validate,
      now,
      newId: randomUUID,
      subscriptions: storage.subscriptions,
      secrets: parts.secrets,
      mayCall: (endpoint) =>
        parts.subscriberEgress.check(endpoint).then(
          () => true,
          () => false,
        ),
      fhirBase: `${baseUrl}/fhir`,
    },
    people: {
      registry,
      smart: smartSignIn({
        baseUrl,
        registry,
        attempts: storage.attempts,
        secrets: parts.secrets,
        fetch: egressFetch(egress),
        key: () => keys.signer('ES384'),
        now,
        log,
      }),
      worklist: storage.worklist,
      changes: storage.changes,
      sessions: sessionsOf({
        sessions: storage.sessions,
        registry,
        now,
        newId: randomUUID,
        newSecret: () => randomBytes(32).toString('base64url'),
      }),
      ...(parts.sandbox ? { sandboxPeople: parts.sandbox.people } : {}),
    },
    policyOf,
    sandbox: config.mode === 'sandbox',
    limits: parts.limits,
  })
  return { http, ports }
}

const tellPorts = (parts: Parts): Omit<TellPorts, 'turns'> => ({
  resources: parts.storage.resources,
  secrets: parts.secrets,
  registry: parts.registry,
  record: (entries) => parts.storage.referrals.record(entries),
  call: (call) => callSubscriber(parts.subscriberEgress, parts.now, call),
  now: parts.now,
  random: Math.random,
  fhirBase: `${parts.baseUrl}/fhir`,
})

const formIn =
  (published: readonly unknown[]): FormOf =>
  (canonical) =>
    (published as readonly FhirResource[]).find(
      (each): each is Questionnaire =>
        each.resourceType === 'Questionnaire' && each.url === canonical,
    )

/** Our side of a clinic's EHR, on the line that all instances share. */
const clinicEhr =
  ({ log, storage: { lines } }: Parts) =>
  (server: Ehr, deps: EhrDeps, { id }: Clinic) => {
    const { requestsPerSecond } = server
    const onLine = ({ clinicId, state }: LineEvent) =>
      log[state === 'left-alone' ? 'warn' : 'info']({ clinicId, state }, 'line to EHR')
    const egress = throughLine({ id, requestsPerSecond }, { ...deps, lines, onLine })
    return createClinicEhr(server, { ...deps, egress })
  }

/** One client for each organisation's EHR, kept as long as its address and log-in stay. */
function clientsOf<O extends { readonly id: string }, S extends FhirServer, C>(
  { egress, keys, now }: Parts,
  serverOf: (organization: O) => S | undefined,
  create: (server: S, deps: EhrDeps, organization: O) => C,
): (organization: O) => C {
  const clients = new Map<string, { readonly settings: string; readonly client: C }>()
  return (organization) => {
    const server = serverOf(organization)
    if (!server) throw new Error(`${organization.id} has no EHR`)
    const key = keys.signer('ES384')
    const settings = JSON.stringify([server, key.kid])
    const known = clients.get(organization.id)
    if (known?.settings === settings) return known.client
    const monotonic = () => performance.now()
    const deps = { egress, key, now, monotonic, newId: randomUUID }
    const client = create(server, deps, organization)
    clients.set(organization.id, { settings, client })
    return client
  }
}

/** The address is part of what tokens are made for, so it has to be known before listening. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
