/** Our own signing keys, as a private JWK Set: RFC 7517, https://www.rfc-editor.org/rfc/rfc7517 */

import type { webcrypto } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import {
  type AssertionAlgorithm,
  assertionAlgorithms,
  faultOfKey,
} from '../domain/access/public-key.ts'
import { isRecord } from '../domain/access/reader.ts'

type Key = webcrypto.CryptoKey

/** A private key and what its signatures carry in the header. */
export interface SigningKey {
  readonly kid: string
  readonly alg: AssertionAlgorithm
  readonly key: Key
}

/**
 * Our keys: ES384 signs access tokens; ES384 or RS384, as the EHR likes, our client assertions.
 * The two cannot pass for each other: `typ`, `iss` and `aud` differ and are checked.
 */
export interface KeySet {
  /** The first key of the algorithm in the set: put a new key behind the current one, publish, then swap. */
  signer(alg: AssertionAlgorithm): SigningKey
  /** The public half of any key of the set, current or previous. */
  verifier(
    kid: string | undefined,
  ): { readonly alg: AssertionAlgorithm; readonly key: Key } | undefined
  /** For /.well-known/jwks.json. */
  readonly publicJwks: { readonly keys: readonly JWK[] }
}

/** @returns the text of a new private JWK Set with one ES384 and one RS384 key: a secret, to be kept by the operator */
export async function generateKeys(): Promise<string> {
  const keys = await Promise.all([...assertionAlgorithms].reverse().map(generateKey))
  return JSON.stringify({ keys }, null, 2)
}

/** A new private JWK whose kid is its thumbprint (RFC 7638). */
export async function generateKey(alg: AssertionAlgorithm): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 3072 })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: 'sig' }
}

/**
 * @param text a private JWK Set with at least one key for each algorithm
 * @throws Error that says which key is wrong and how, with nothing of the key itself
 */
export async function loadKeys(text: string): Promise<KeySet> {
  const keys = await Promise.all(keysOf(text).map(loadKey))
  const byKid = new Map<string | undefined, (typeof keys)[number]>(
    keys.map((key) => [key.kid, key]),
  )
  if (byKid.size < keys.length) throw new Error('two of the signing keys have the same kid')
  const signers = new Map(
    assertionAlgorithms.map((alg) => [alg, keys.find((key) => key.alg === alg)]),
  )
  for (const alg of assertionAlgorithms) signer(alg)
  return {
    signer,
    verifier: (kid) => byKid.get(kid)?.publicHalf,
    publicJwks: { keys: keys.map(({ publicJwk }) => publicJwk) },
  }

  function signer(alg: AssertionAlgorithm): SigningKey {
    const found = signers.get(alg)
    if (!found) throw new Error(`the signing keys need one for ${alg}`)
    return found
  }
}

/** @param jwk a private JWK with kid and alg */
export async function signingKey(jwk: JWK): Promise<SigningKey> {
  const { kid, alg, key } = await loadKey(jwk, 0)
  return { kid, alg, key }
}

function keysOf(text: string): readonly unknown[] {
  const set = parse(text)
  if (isRecord(set) && Array.isArray(set.keys)) return set.keys
  throw new Error('the signing keys must be a JWK Set: { "keys": [ … ] }')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text, which is secret.
    throw new Error('the signing keys are not well-formed JSON')
  }
}

async function loadKey(jwk: unknown, n: number) {
  if (!isRecord(jwk) || typeof jwk.d !== 'string') throw wrongKey(n, 'needs its private half')
  const alg = assertionAlgorithms.find((known) => known === jwk.alg)
  if (!alg) throw wrongKey(n, `needs an alg, one of ${assertionAlgorithms.join(', ')}`)
  const publicJwk = withoutSecrets(jwk)
  const fault = faultOfKey(publicJwk)
  if (fault) throw wrongKey(n, fault)
  const [key, publicKey] = await Promise.all([read(jwk, alg, n), read(publicJwk, alg, n)])
  return { kid: String(jwk.kid), alg, key, publicJwk, publicHalf: { alg, key: publicKey } }
}

/** By what is known to be public, not by what is known to be secret. */
function withoutSecrets({ kty, kid, alg, use, crv, x, y, n, e }: JWK): JWK {
  return JSON.parse(JSON.stringify({ kty, kid, alg, use, crv, x, y, n, e }))
}

async function read(jwk: JWK, alg: AssertionAlgorithm, n: number): Promise<Key> {
  try {
    // Bytes come of a symmetric key alone, in which `faultOfKey` finds a fault.
    return (await importJWK(jwk, alg)) as Key
  } catch {
    // What the importer says may quote the key.
    throw wrongKey(n, `cannot be read as a key for ${alg}`)
  }
}

const wrongKey = (n: number, fault: string) => new Error(`signing key ${n + 1}: ${fault}`)
