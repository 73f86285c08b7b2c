/** Which public keys a client may register: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#registering-a-client-communicating-public-keys */

import { isRecord } from './reader.ts'

/** What each algorithm needs. SMART asks for RS384 or ES384; both are here, and nothing else is. */
const algorithms = {
  RS384: { kty: 'RSA', crv: undefined },
  ES384: { kty: 'EC', crv: 'P-384' },
} as const

export type AssertionAlgorithm = keyof typeof algorithms

/** Signatures that we accept from clients, and offer to EHRs. */
export const assertionAlgorithms = Object.keys(algorithms) as readonly AssertionAlgorithm[]

/** SMART sets no limit; twenty is plenty for rotation and bounds the work of reading a set. */
export const mostKeys = 20

/** A public key as registered, after `faultOfKey` found nothing. */
export interface PublicJwk {
  readonly kty: 'RSA' | 'EC'
  readonly kid: string
  readonly alg?: string
  readonly use?: string
  readonly crv?: string
  readonly n?: string
  readonly e?: string
  readonly x?: string
  readonly y?: string
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

/** The algorithm that this key serves. */
export function algorithmOf(key: PublicJwk): AssertionAlgorithm {
  return key.kty === 'RSA' ? 'RS384' : 'ES384'
}

/** True for a key that gives away its private half: whoever published it must be told. */
export function isPrivateKey(key: unknown): boolean {
  return isRecord(key) && privateMembers.some((member) => Object.hasOwn(key, member))
}

/** @returns why this cannot be a client's public key, or undefined when it can */
export function faultOfKey(key: unknown): string | undefined {
  if (!isRecord(key)) return 'must be an object, a JSON Web Key'
  if (isPrivateKey(key))
    return 'holds private or secret members: register the public half, and replace this key'
  if (typeof key.kid !== 'string' || !/^[\x21-\x7e]{1,256}$/.test(key.kid))
    return 'needs a kid of 1 to 256 visible characters'
  if (key.use !== undefined && key.use !== 'sig') return "must have use 'sig' or none"
  if (key.key_ops !== undefined && !includes(key.key_ops, 'verify'))
    return "must allow 'verify' in key_ops"
  const fault = key.kty === 'RSA' ? faultOfRsa(key) : faultOfEc(key)
  if (fault) return fault
  const needed = key.kty === 'RSA' ? 'RS384' : 'ES384'
  return key.alg === undefined || key.alg === needed
    ? undefined
    : `must have alg '${needed}' or none`
}

function faultOfRsa(key: Readonly<Record<string, unknown>>): string | undefined {
  const bits = bitLength(key.n)
  // The upper bound keeps one verification below a millisecond or two.
  if (bits < 2048 || bits > 8192) return 'must be an RSA key of 2048 to 8192 bits'
  const exponent = bytesOf(key.e)
  const odd = ((exponent.at(-1) ?? 0) & 1) === 1
  return bitLength(key.e) >= 2 && exponent.length <= 4 && odd
    ? undefined
    : 'needs an odd exponent e of 3 or more'
}

function faultOfEc(key: Readonly<Record<string, unknown>>): string | undefined {
  if (key.kty !== 'EC' || key.crv !== algorithms.ES384.crv) {
    return `must be an RSA key or an EC key on ${algorithms.ES384.crv}: the algorithms are ${assertionAlgorithms.join(' and ')}`
  }
  return bytesOf(key.x).length === 48 && bytesOf(key.y).length === 48
    ? undefined
    : 'needs x and y of 48 bytes'
}

const includes = (list: unknown, value: string) => Array.isArray(list) && list.includes(value)

function bytesOf(value: unknown): Buffer {
  const proper = typeof value === 'string' && /^[A-Za-z0-9_-]*$/.test(value)
  return Buffer.from(proper ? value : '', 'base64url')
}

function bitLength(value: unknown): number {
  const bytes = bytesOf(value)
  const start = bytes.findIndex((byte) => byte !== 0)
  return start < 0 ? 0 : (bytes.length - start) * 8 - Math.clz32(bytes[start] ?? 0) + 24
}
