/** The environment, read once, into one frozen object. The only reader of process.env. */

import { readFileSync } from 'node:fs'
import { parseFhirJson } from './domain/fhir/json.ts'
import { Problem } from './domain/problem.ts'

/** Every variable with what it does; the README's table and `referloop config` come from it. */
export const variables = {
  PORT: 'port to listen on; default 8080',
  HOST: 'address to listen on; default 127.0.0.1 in the sandbox, else 0.0.0.0',
  LOG_LEVEL: 'fatal, error, warn, info, debug or silent; default info',
  DATABASE_URL: 'PostgreSQL to keep everything in; default an embedded database',
  REFERLOOP_REGISTRY: 'path of the registry of referrers and clinics; default the sandbox registry',
  REFERLOOP_BASE_URL: 'public address of this service; default http://127.0.0.1:PORT',
  REFERLOOP_KEYS: 'path of our private JWKS; needed with REFERLOOP_REGISTRY',
  REFERLOOP_DATA: 'folder of the embedded database and the sandbox; default .referloop',
  REFERLOOP_ALLOW_NETWORKS:
    'CIDR list of private networks that outbound calls may reach; default none',
  REFERLOOP_CDS_ORIGINS:
    'origins whose pages may call /cds-services from a browser, with commas between; default none',
  REFERLOOP_ALLOW_EMBEDDED:
    'yes: run the embedded database in production, which a power failure may cost its last seconds',
  REFERLOOP_METRICS_TOKEN:
    'bearer token that /metrics demands, 16 characters or more; without it /metrics answers this machine only',
  REFERLOOP_UPLOAD_MIB:
    'largest document that a practice may add to an answer, in MiB, at most 15; 0 takes none; default 5',
  REFERLOOP_DRAIN_SECONDS:
    'seconds for which a stopping instance takes requests although it is no longer ready; default 5, in the sandbox 0',
  REFERLOOP_SANDBOX_PACE:
    'milliseconds between the steps that the sandbox clinics take by themselves; 0 for none; default 2000',
} as const

type Variable = keyof typeof variables

export interface Config {
  readonly mode: 'sandbox' | 'service'
  readonly port: number
  readonly host: string
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent'
  readonly databaseUrl: string | undefined
  /** Parsed JSON of the registry. */
  readonly registry: unknown
  readonly baseUrl: string | undefined
  /** Parsed JSON of our private JWKS. */
  readonly keys: unknown
  readonly dataDirectory: string
  readonly allowNetworks: readonly string[]
  /** Origins that CORS lets call the CDS services. */
  readonly cdsOrigins?: readonly string[]
  /** What a scrape of /metrics has to bear; without one it has to come from this machine. */
  readonly metricsToken?: string | undefined
  /** Of one document of an answer. */
  readonly uploadMib?: number
  /** For how long a stopping instance still takes requests, until the proxy has noticed. */
  readonly drainSeconds?: number
  /** Milliseconds; 0 switches the sandbox clinics' own steps off. */
  readonly sandboxPace: number
}

/** A configuration that cannot be used; names every variable that is wrong, and no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * @param environment process.env
 * @throws ConfigError with all that is wrong at once
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = []
  const read = new Variables(environment, faults)
  const registry = read.jsonFile('REFERLOOP_REGISTRY')
  const databaseUrl = read.url('DATABASE_URL', ['postgres:', 'postgresql:'])
  const mode = registry === undefined && databaseUrl === undefined ? 'sandbox' : 'service'
  const config: Config = {
    mode,
    port: read.whole('PORT', 8080, 65_535),
    host: read.text('HOST') ?? (mode === 'sandbox' ? '127.0.0.1' : '0.0.0.0'),
    logLevel: read.choice('LOG_LEVEL', [
      'info',
      'fatal',
      'error',
      'warn',
      'debug',
      'silent',
    ] as const),
    databaseUrl,
    registry,
    baseUrl: read.url('REFERLOOP_BASE_URL', ['http:', 'https:'])?.replace(/\/$/, ''),
    keys: read.jsonFile('REFERLOOP_KEYS'),
    dataDirectory: read.text('REFERLOOP_DATA') ?? '.referloop',
    allowNetworks: read.networks('REFERLOOP_ALLOW_NETWORKS'),
    cdsOrigins: read.origins('REFERLOOP_CDS_ORIGINS'),
    metricsToken: read.secret('REFERLOOP_METRICS_TOKEN'),
    uploadMib: read.whole('REFERLOOP_UPLOAD_MIB', 5, 15),
    drainSeconds: read.whole('REFERLOOP_DRAIN_SECONDS', mode === 'sandbox' ? 0 : 5, 15),
    sandboxPace: read.whole('REFERLOOP_SANDBOX_PACE', 2_000, 3_600_000),
  }
  faults.push(...unknownVariables(environment), ...unsafe(environment, config))
  if (faults.length > 0)
    throw new ConfigError(
      `the configuration is unusable:\n${faults.map((f) => `  ${f}`).join('\n')}`,
    )
  return Object.freeze(config)
}

/** A misspelt name would be silently ignored otherwise. */
const unknownVariables = (environment: object): string[] =>
  Object.keys(environment)
    .filter((name) => name.startsWith('REFERLOOP_') && !Object.hasOwn(variables, name))
    .map((name) => `${name} is not a variable of Referloop`)

function unsafe(
  environment: Readonly<Record<string, string | undefined>>,
  config: Config,
): string[] {
  const faults: string[] = []
  if (config.mode === 'service' && config.registry === undefined)
    faults.push('REFERLOOP_REGISTRY is needed when DATABASE_URL is set')
  if (config.mode === 'service' && config.keys === undefined)
    faults.push('REFERLOOP_KEYS is needed outside the sandbox: `referloop keys` makes a key set')
  if (environment.NODE_ENV !== 'production') return faults
  if (config.mode === 'sandbox')
    faults.push(
      'NODE_ENV=production needs DATABASE_URL and REFERLOOP_REGISTRY: the sandbox has open keys',
    )
  // Measured: the embedded database never calls fsync, so a power failure loses what was confirmed.
  else if (!config.databaseUrl && environment.REFERLOOP_ALLOW_EMBEDDED !== 'yes')
    faults.push('NODE_ENV=production needs DATABASE_URL, or REFERLOOP_ALLOW_EMBEDDED=yes')
  for (const name of ['DEBUG', 'NODE_DEBUG'])
    if (environment[name])
      faults.push(`${name} must not be set in production: libraries print patient data under it`)
  return faults
}

/** Where a text stops being JSON, and why, without what stands there: it may be a secret. */
function faultIn(text: string): string {
  try {
    parseFhirJson(text)
  } catch (error) {
    const place = error instanceof Problem && / at line .*[^.]/s.exec(error.message)?.[0]
    if (place) return `is not JSON${place}`
  }
  return 'is not JSON'
}

class Variables {
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #faults: string[]

  constructor(environment: Readonly<Record<string, string | undefined>>, faults: string[]) {
    this.#environment = environment
    this.#faults = faults
  }

  text(name: Variable): string | undefined {
    return this.#environment[name]?.trim() || undefined
  }

  /** What RFC 6750 lets a bearer token consist of, and long enough not to be guessed. */
  secret(name: Variable): string | undefined {
    const text = this.text(name)
    if (text === undefined || /^[\w.~+/-]{16,512}=*$/.test(text)) return text
    this.#faults.push(`${name} must be 16 or more letters, digits or -._~+/`)
    return undefined
  }

  whole(name: Variable, fallback: number, maximum: number): number {
    const text = this.text(name)
    if (text === undefined) return fallback
    if (/^\d{1,9}$/.test(text) && Number(text) <= maximum) return Number(text)
    this.#faults.push(`${name} must be a whole number from 0 to ${maximum}`)
    return fallback
  }

  choice<T extends string>(name: Variable, choices: readonly [T, ...T[]]): T {
    const text = this.text(name)
    if (text === undefined) return choices[0]
    const found = choices.find((choice) => choice === text)
    if (!found) this.#faults.push(`${name} must be one of ${choices.join(', ')}`)
    return found ?? choices[0]
  }

  url(name: Variable, protocols: readonly string[]): string | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text
    this.#faults.push(`${name} must be a URL that starts with ${protocols.join(' or ')}//`)
    return undefined
  }

  jsonFile(name: Variable): unknown {
    const path = this.text(name)
    if (path === undefined) return undefined
    try {
      const text = readFileSync(path, 'utf8')
      try {
        return JSON.parse(text) as unknown
      } catch {
        this.#faults.push(`${name} names a file that ${faultIn(text)}`)
      }
    } catch {
      this.#faults.push(`${name} names a file that cannot be read`)
    }
    return undefined
  }

  /** The one spelling that browsers send: scheme, host and port, and no slash. */
  origins(name: Variable): readonly string[] {
    const origins = this.#list(name)
    const isOrigin = (text: string) =>
      /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
    if (!origins.every(isOrigin))
      this.#faults.push(
        `${name} must be a list of origins such as https://ehr.example, with commas between`,
      )
    return origins
  }

  #list(name: Variable): readonly string[] {
    const parts = (this.text(name) ?? '').split(',').map((part) => part.trim())
    return parts.filter((part) => part !== '')
  }

  networks(name: Variable): readonly string[] {
    const networks = this.#list(name)
    if (networks.some((network) => !/^[0-9a-fA-F.:]+\/\d{1,3}$/.test(network)))
      this.#faults.push(
        `${name} must be a list of networks such as 10.1.0.0/16, with commas between`,
      )
    return networks
  }
}
