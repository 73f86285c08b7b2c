/**
 * A world of its own for a test: the app that ships, on a database that is gone afterwards, with
 * clients for every organisation and the clinics' EHRs at hand.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bundle, FhirResource, GuidanceResponse, Task } from 'fhir/r4'
import type { JWK } from 'jose'
import { type DestinationStream, pino } from 'pino'
import type { Test } from 'tap'
import { type App, startApp } from '../../src/app.ts'
import type { Config } from '../../src/config.ts'
import type { SandboxEhr } from '../../src/sandbox/ehr/start.ts'
import { readSandboxClient } from '../../src/sandbox/start.ts'
import { type Engine, embedded } from './engines.ts'
import { eventually } from './eventually.ts'
import { type FhirClient, logIn } from './fhir-client.ts'
import { type Inspection, inspect } from './inspect.ts'
import { databaseTemplate } from './storage.ts'

const organizations = [
  'lakeside-family',
  'hilltop-internal',
  'river-pain-clinic',
  'summit-pain-center',
] as const
export type Organization = (typeof organizations)[number]

/** A referral as its referrer knows it. */
export interface Referred {
  readonly by: FhirClient
  /** Of the ServiceRequest. */
  readonly id: string
  readonly taskId: string
  /** `Type/id` of every entry that was sent, in order. */
  readonly sent: readonly string[]
  /** The result of the check at submission. */
  readonly guidance: GuidanceResponse
}

export interface World {
  readonly app: App
  readonly baseUrl: string
  /** Where it keeps what it has; gone with the world. */
  readonly folder: string
  /** A client that has logged in. */
  client(organization: Organization): FhirClient
  /** A sandbox clinic's EHR. */
  ehr(clinic: Organization): SandboxEhr
  refer(bundle: Bundle<FhirResource>, by?: Organization): Promise<Referred>
  task(referred: Referred): Promise<Task>
  /** Waits until the referrer reads this, `status/business-status`. */
  reaches(referred: Referred, standing: string): Promise<Task>
  /** Stops the app and looks into its database. */
  inspect(): Promise<Inspection>
  close(): Promise<void>
}

export interface WorldOptions {
  readonly engine?: Engine
  /** What differs from the sandbox: for a service with a registry of its own. */
  readonly config?: Partial<Config>
  /** Private keys of the clients, for a registry of its own. */
  readonly clientKeys?: Readonly<Partial<Record<Organization, JWK>>>
  /** False starts neither delivery nor polling nor reminders. */
  readonly background?: boolean
  /** The service's clock, where a test moves it. */
  readonly now?: () => Date
  /** Seconds between two looks for reminders and deadlines. */
  readonly remindEvery?: number
  /** Seconds between two looks for urgent referrals that did not arrive. */
  readonly alertEvery?: number
  /** Where the service's log lines go; nowhere by default. */
  readonly log?: DestinationStream
  /** False takes the viewer out of every query: what still holds is the database's own wall. */
  readonly firstWall?: boolean
}

/** Starts a world that ends with the test. */
export async function startWorld(t: Test, options: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'referloop-world-'))
  const database = await (options.engine ?? embedded).newDatabase()
  const clients = new Map<string, FhirClient>()
  let app: App | undefined
  const close = async () => app?.close()
  t.teardown(async () => {
    await close()
    await database.drop()
    await rm(folder, { recursive: true, force: true })
  })
  const dataDirectory = options.config?.dataDirectory ?? folder
  app = await startApp(
    { ...sandboxConfig, databaseUrl: database.url, ...options.config, dataDirectory },
    options.log ? pino({}, options.log) : pino({ level: 'silent' }),
    {
      databaseTemplate: await databaseTemplate(),
      background: options.background ?? true,
      firstWall: options.firstWall ?? true,
      ...(options.now ? { now: options.now } : {}),
      ...(options.remindEvery ? { remindEvery: options.remindEvery } : {}),
      ...(options.alertEvery ? { alertEvery: options.alertEvery } : {}),
      // Tests ask more in a second than a practice in a day.
      limits: {
        requestsPerMinute: 1_000_000,
        atOnce: 1_000,
        bytesPerMinute: Number.MAX_SAFE_INTEGER,
        answersPerMinute: 1_000_000,
      },
    },
  )
  const running = app
  const keyOf = async (id: Organization) =>
    options.clientKeys ? options.clientKeys[id] : (await readSandboxClient(dataDirectory, id)).key
  for (const id of organizations) {
    const key = await keyOf(id)
    if (key) clients.set(id, await logIn(running.baseUrl, id, key))
  }
  const client = (id: Organization) => found(clients.get(id), id)
  return {
    app: running,
    baseUrl: running.baseUrl,
    folder: dataDirectory,
    client,
    ehr: (clinic) => found(running.sandbox?.ehrs.get(clinic), clinic),
    refer: (bundle, by = 'lakeside-family') => refer(client(by), bundle),
    task: readTask,
    reaches,
    async inspect() {
      await close()
      const inspection = await inspect(database.url ?? { dataDirectory })
      t.teardown(() => inspection.close())
      return inspection
    },
    async close() {
      await close()
    },
  }
}

const sandboxConfig: Config = {
  mode: 'sandbox',
  port: 0,
  host: '127.0.0.1',
  logLevel: 'silent',
  databaseUrl: undefined,
  registry: undefined,
  baseUrl: undefined,
  keys: undefined,
  dataDirectory: '',
  allowNetworks: [],
  sandboxPace: 0,
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`this world has no ${name}`)
  return value
}

/**
 * Submits and reads the answer; a refusal fails the test with what it says.
 * @param text the Bundle as it is sent, where its layout matters
 */
export async function refer(
  by: FhirClient,
  bundle: Bundle<FhirResource>,
  text = JSON.stringify(bundle),
): Promise<Referred> {
  const answer = await by.post<Bundle<FhirResource>>('', text)
  if (answer.status !== 200) throw new Error(`the referral was refused: ${answer.text}`)
  const entries = answer.body.entry ?? []
  const sent = (bundle.entry ?? []).map((_, i) => referenceIn(entries[i]?.response?.location))
  const task = entries.at(-2)?.resource as Task
  return {
    by,
    id: (task.focus?.reference ?? '').slice('ServiceRequest/'.length),
    taskId: task.id as string,
    sent,
    guidance: entries.at(-1)?.resource as GuidanceResponse,
  }
}

/** `Type/id` out of `{base}/Type/id/_history/1`. */
export const referenceIn = (location: string | null | undefined): string =>
  /([A-Z][A-Za-z]+\/[^/]+)\/_history\//.exec(location ?? '')?.[1] ?? ''

const readTask = async ({ by, taskId }: Referred): Promise<Task> =>
  (await by.get<Task>(`Task/${taskId}`)).body

export const standingOf = ({ status, businessStatus }: Task): string =>
  `${status}/${businessStatus?.coding?.[0]?.code}`

function reaches(referred: Referred, standing: string): Promise<Task> {
  let last = ''
  return eventually(
    `Task/${referred.taskId} becomes ${standing}`,
    async () => {
      const task = await readTask(referred)
      last = standingOf(task)
      return last === standing ? task : undefined
    },
    () => `It is ${last}.`,
  )
}
