/** Public keys of clients: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#registering-a-client-communicating-public-keys */

import type { webcrypto } from 'node:crypto'
import { importJWK, type JWK } from 'jose'
import type { Client } from '../domain/access/client.ts'
import {
  type AssertionAlgorithm,
  algorithmOf,
  faultOfKey,
  isPrivateKey,
  mostKeys,
  type PublicJwk,
} from '../domain/access/public-key.ts'
import { isRecord } from '../domain/access/reader.ts'
import { cacheSeconds } from './cache-seconds.ts'

type Key = webcrypto.CryptoKey

/** What came from a client's JWKS address; the egress module has bounded its size and where it came from. */
export interface JwksAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Parsed JSON. */
  readonly body: unknown
}

export interface ClientKeysPorts {
  readonly fetchJwks: (url: string) => Promise<JwksAnswer>
  readonly now: () => Date
  /** Somebody should look into this client's keys. */
  readonly alert: (clientId: string, message: string) => void
  /** Of a whole fetch; default 3000. */
  readonly deadlineMs?: number
}

/** @returns the client's one key of that kid that fits the algorithm; undefined when none or several have the kid */
export type FindKey = (
  client: Client,
  kid: string,
  alg: AssertionAlgorithm,
) => Promise<Key | undefined>

interface UsableKey {
  readonly kid: string
  readonly alg: AssertionAlgorithm
  readonly key: Key
}

type Keys = readonly UsableKey[]

/** One client's fetched keys; nothing in it is shared with another client. Times in milliseconds. */
interface Fetched {
  readonly url: string
  keys: Keys
  since: number
  expires: number
  /** No fetch before this, after one failed. */
  retryAt: number
  /** No fetch for an unknown kid before this. */
  forceAt: number
  underWay: Promise<Keys> | undefined
}

// A stranger can name any kid: one look in 30 s lets a rotation through and a flood not.
const forceEveryMs = 30_000
const retryAfterMs = 5_000

export function clientKeys(ports: ClientKeysPorts): FindKey {
  const inline = new WeakMap<Client, Promise<Keys>>()
  const fetched = new Map<string, Fetched>()

  return async function findKey(client, kid, alg) {
    const pick = (keys: Keys) => onlyKey(keys, kid, alg)
    if (client.keys.jwks) return pick(await registered(client, client.keys.jwks))
    const set = fetchedOf(client, client.keys.jwksUri)
    const at = ports.now().getTime()
    if (at >= set.expires || at < set.since) return pick(await renewed(client, set, at))
    return pick(set.keys) ?? pick(await forced(client, set, at))
  }

  function registered(client: Client, jwks: readonly PublicJwk[]): Promise<Keys> {
    const known =
      inline.get(client) ??
      importAll(jwks, () => ports.alert(client.id, 'a registered key cannot be read'))
    inline.set(client, known)
    return known
  }

  function fetchedOf({ id }: Client, url: string): Fetched {
    const known = fetched.get(id)
    if (known?.url === url) return known
    const fresh = {
      url,
      keys: [],
      since: 0,
      expires: 0,
      retryAt: 0,
      forceAt: 0,
      underWay: undefined,
    }
    fetched.set(id, fresh)
    return fresh
  }

  async function renewed(client: Client, set: Fetched, at: number): Promise<Keys> {
    return at < set.retryAt && !set.underWay ? [] : await load(client, set)
  }

  /** The kid is not among the cached keys: the client may have rotated them. */
  async function forced(client: Client, set: Fetched, at: number): Promise<Keys> {
    if (set.underWay) return await set.underWay
    if (at < set.forceAt) return set.keys
    set.forceAt = at + forceEveryMs
    return await load(client, set)
  }

  function load(client: Client, set: Fetched): Promise<Keys> {
    set.underWay ??= fetchInto(client, set).finally(() => {
      set.underWay = undefined
    })
    return set.underWay
  }

  async function fetchInto(client: Client, set: Fetched): Promise<Keys> {
    const at = ports.now().getTime()
    try {
      const answer = await withDeadline(ports.fetchJwks(set.url), ports.deadlineMs ?? 3000)
      const keys = await importAll(keysIn(answer), (message) => ports.alert(client.id, message))
      // Kept for no time, they are fetched anew before they could be used.
      const expires = at + cacheSeconds(answer.headers) * 1000
      Object.assign(set, { keys, since: at, expires, retryAt: 0 })
      return keys
    } catch (error) {
      ports.alert(
        client.id,
        `the JWKS cannot be had: ${error instanceof Error ? error.message : 'failure'}`,
      )
      set.retryAt = at + retryAfterMs
      return []
    }
  }
}

/** SMART: a kid is unique within the client's set; where more than one key matches, verification fails. */
function onlyKey(keys: Keys, kid: string, alg: AssertionAlgorithm): Key | undefined {
  const [first, ...more] = keys.filter((candidate) => candidate.kid === kid)
  return first?.alg === alg && more.length === 0 ? first.key : undefined
}

function keysIn({ status, body }: JwksAnswer): readonly unknown[] {
  if (status !== 200) throw new Error(`status ${status}`)
  const keys = isRecord(body) ? body.keys : undefined
  if (!Array.isArray(keys)) throw new Error('not a JWK Set')
  if (keys.length > mostKeys) throw new Error(`more than ${mostKeys} keys`)
  return keys
}

/** Skips what cannot be used, so that one malformed key does not shut the client out. */
async function importAll(
  keys: readonly unknown[],
  alert: (message: string) => void,
): Promise<Keys> {
  const imported = await Promise.all(keys.map(importOne))
  return imported.flatMap((key) => key ?? [])

  async function importOne(jwk: unknown): Promise<UsableKey | undefined> {
    if (isPrivateKey(jwk)) alert('the JWKS publishes a private key')
    if (faultOfKey(jwk) !== undefined) return undefined
    const publicJwk = jwk as PublicJwk
    const alg = algorithmOf(publicJwk)
    try {
      // Bytes come of a symmetric key alone, in which `faultOfKey` finds a fault.
      const key = (await importJWK(publicJwk as JWK, alg)) as Key
      return { kid: publicJwk.kid, alg, key }
    } catch {
      // Well-formed but no key: a point that is not on the curve.
      alert('the JWKS has a key that cannot be read')
      return undefined
    }
  }
}

async function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('no answer in time')), milliseconds)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
