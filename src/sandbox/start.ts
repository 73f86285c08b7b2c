/** What `npm start` brings up with no configuration: two practices, two clinics, and the clinics' EHRs. */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JWK } from 'jose'
import type { Identity } from '../domain/access/session.ts'
import { type SandboxEhr, startSandboxEhr } from './ehr/start.ts'

/** The sandbox's people; the NPIs are made up, with a right check digit. */
const organizations = {
  referrers: [
    { id: 'lakeside-family', name: 'Lakeside Family Medicine', npi: '1245319599' },
    { id: 'hilltop-internal', name: 'Hilltop Internal Medicine', npi: '1003000126' },
  ],
  clinics: [
    { id: 'river-pain-clinic', name: 'River Pain Clinic', npi: '1234567893' },
    { id: 'summit-pain-center', name: 'Summit Pain Center', npi: '1100000003' },
  ],
} as const

/** Who works there; made up like all else. */
const people = [
  ['clinic', 'river-pain-clinic', 'nora-lind', 'Nora Lind, RN', 'Triage nurse'],
  ['clinic', 'river-pain-clinic', 'amir-haddad', 'Dr Amir Haddad', 'Pain physician'],
  ['clinic', 'summit-pain-center', 'sam-okafor', 'Sam Okafor, RN', 'Triage nurse'],
  ['referrer', 'lakeside-family', 'kim-example', 'Dr Kim Example', 'Family physician'],
  ['referrer', 'lakeside-family', 'pat-rivera', 'Pat Rivera', 'Referral coordinator'],
  ['referrer', 'hilltop-internal', 'jo-meyer', 'Dr Jo Meyer', 'Internist'],
] as const

/** Signs in without proving anything. */
interface SandboxPerson extends Identity {
  readonly task: string
}

const scopes = {
  referrer:
    'system/*.rs system/ServiceRequest.crus system/QuestionnaireResponse.crs system/Task.crs system/Subscription.cruds',
  clinic: 'system/*.rs system/Task.rus system/Subscription.cruds',
} as const

const policy = 'ketamine-infusion-referral'

/** Kept in the data folder, so that a restart finds the same keys and the same EHRs. */
interface SandboxFile {
  /** Our private JWK Set, as text. */
  readonly keys: string
  /** Private key by client. */
  readonly clients: Readonly<Record<string, JWK>>
  /** Where the service was last started; for the `token` command. */
  readonly baseUrl: string
}

export interface SandboxOptions {
  readonly dataDirectory: string
  readonly baseUrl: string
  /** The EHRs listen on the ports from here on; 0 takes free ones. */
  readonly firstEhrPort: number
  /** Milliseconds between the steps that the clinics take by themselves; 0 for none. */
  readonly pace: number
  readonly makeKeys: () => Promise<string>
  readonly makeClientKey: () => Promise<JWK>
  readonly now: () => Date
}

export interface Sandbox {
  /** As REFERLOOP_REGISTRY would be. */
  readonly registry: unknown
  /** Our private JWK Set, as text. */
  readonly keys: string
  readonly ehrs: ReadonlyMap<string, SandboxEhr>
  readonly people: readonly SandboxPerson[]
  close(): Promise<void>
}

const fileOf = (dataDirectory: string): string => join(dataDirectory, 'sandbox.json')

/** Starts the clinics' EHRs and gives what the service needs to know of everybody. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const file = await openFile(options)
  const publicKeys = publicJwks(file.keys)
  const ehrs = new Map<string, SandboxEhr>()
  for (const [n, clinic] of organizations.clinics.entries())
    ehrs.set(
      clinic.id,
      await startSandboxEhr({
        port: options.firstEhrPort === 0 ? 0 : options.firstEhrPort + n,
        name: clinic.name,
        directory: join(options.dataDirectory, 'ehr', clinic.id),
        token: { clientId: 'referloop', jwks: () => publicKeys },
        authorize: {
          clientId: 'referloop',
          redirectUri: `${options.baseUrl}/sign-in/callback`,
          launchUrl: `${options.baseUrl}/launch`,
          staff: people.flatMap(([, organization, id, name]) =>
            organization === clinic.id ? [{ id, name }] : [],
          ),
        },
        now: options.now,
        ...(options.pace > 0 ? { autopilot: { stepMs: options.pace } } : {}),
      }),
    )
  return {
    registry: registryOf(file, ehrs),
    keys: file.keys,
    ehrs,
    people: people.map(([role, organization, id, name, task]) => ({
      role,
      organization,
      person: { id: `urn:referloop:sandbox|${id}`, name },
      task,
    })),
    async close() {
      await Promise.all([...ehrs.values()].map((ehr) => ehr.close()))
    },
  }
}

/**
 * The private key of a sandbox client and where the sandbox is.
 * @throws Error that tells how to get there
 */
export async function readSandboxClient(
  dataDirectory: string,
  client: string,
): Promise<{ readonly key: JWK; readonly baseUrl: string }> {
  const file = await readFileIfThere(dataDirectory)
  if (!file) throw new Error('there is no sandbox here yet: run npm start first')
  const key = file.clients[client]
  if (!key) throw new Error(`the sandbox's clients are ${Object.keys(file.clients).join(', ')}`)
  return { key, baseUrl: file.baseUrl }
}

/**
 * The sandbox's own private JWK Set, as text.
 * @throws Error that tells how to get there
 */
export async function readSandboxKeys(dataDirectory: string): Promise<string> {
  const file = await readFileIfThere(dataDirectory)
  if (!file) throw new Error('there is no sandbox here yet: run npm start first')
  return file.keys
}

async function openFile(options: SandboxOptions): Promise<SandboxFile> {
  const before = await readFileIfThere(options.dataDirectory)
  const file = { ...(before ?? (await newFile(options))), baseUrl: options.baseUrl }
  await mkdir(options.dataDirectory, { recursive: true, mode: 0o700 })
  const path = fileOf(options.dataDirectory)
  // Written beside and renamed: a crash leaves the old keys or the new ones, never half of them.
  await writeFile(`${path}.new`, JSON.stringify(file, null, 2), { mode: 0o600 })
  await rename(`${path}.new`, path)
  return file
}

async function newFile({
  makeKeys,
  makeClientKey,
}: SandboxOptions): Promise<Omit<SandboxFile, 'baseUrl'>> {
  const clients: Record<string, JWK> = {}
  for (const { id } of [...organizations.referrers, ...organizations.clinics])
    clients[id] = await makeClientKey()
  return { keys: await makeKeys(), clients }
}

async function readFileIfThere(dataDirectory: string): Promise<SandboxFile | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(dataDirectory), 'utf8')) as SandboxFile
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function registryOf(file: SandboxFile, ehrs: ReadonlyMap<string, SandboxEhr>): unknown {
  const client = (id: string, scope: string) => ({
    id,
    jwks: { keys: [publicHalf(file.clients[id] as JWK)] },
    scope,
  })
  return {
    referrers: organizations.referrers.map((each) => ({
      ...each,
      client: client(each.id, scopes.referrer),
    })),
    clinics: organizations.clinics.map((each) => ({
      ...each,
      policy,
      ehr: {
        fhirBaseUrl: ehrs.get(each.id)?.baseUrl,
        auth: { type: 'smart-backend-services', clientId: 'referloop' },
        pollSeconds: 1,
        requestsPerSecond: 1_000,
      },
      client: client(each.id, scopes.clinic),
      signIn: { issuer: ehrs.get(each.id)?.baseUrl, clientId: 'referloop' },
    })),
  }
}

const publicJwks = (keys: string): { keys: JWK[] } => ({
  keys: (JSON.parse(keys) as { keys: JWK[] }).keys.map(publicHalf),
})

/** The members of an EC or RSA key that everybody may see. */
function publicHalf({ kty, kid, alg, use, crv, x, y, n, e }: JWK): JWK {
  return JSON.parse(JSON.stringify({ kty, kid, alg, use, crv, x, y, n, e })) as JWK
}
