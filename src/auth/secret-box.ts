/**
 * Seals what clients entrust to us, under keys made from our own private ones by HKDF
 * (https://www.rfc-editor.org/rfc/rfc5869), with AES-256-GCM. There is no further secret to keep, and
 * a signing key and what is made from it here cannot stand for one another.
 */

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { isRecord } from '../domain/access/reader.ts'
import type { SecretBox } from '../domain/subscription/ports.ts'

const algorithm = 'aes-256-gcm'
const purpose = 'referloop subscription headers'

/**
 * @param jwks text of our private JWK Set; the first key seals, each of them opens
 * @throws Error when there is no private key in it
 */
export function secretBox(jwks: string): SecretBox {
  const keys = keysOf(jwks)
  const [first] = keys
  if (!first) throw new Error('there is no private key to seal secrets with')
  const [currentId, currentKey] = first
  const byId = new Map(keys)
  return {
    seal(text, of) {
      const iv = randomBytes(12)
      const cipher = createCipheriv(algorithm, currentKey, iv)
      cipher.setAAD(Buffer.from(of))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return [currentId, iv, cipher.getAuthTag(), sealed].map(encode).join('.')
    },
    open(text, of) {
      const [id = '', iv = '', tag = '', sealed = ''] = text.split('.')
      const key = byId.get(decode(id).toString())
      if (!key) return undefined
      const decipher = createDecipheriv(algorithm, key, decode(iv))
      decipher.setAAD(Buffer.from(of))
      decipher.setAuthTag(decode(tag))
      try {
        return Buffer.concat([decipher.update(decode(sealed)), decipher.final()]).toString()
      } catch {
        // Altered, or of something else.
        return undefined
      }
    },
    isCurrent: (text) => text.startsWith(`${encode(currentId)}.`),
  }
}

const encode = (part: string | Buffer): string => Buffer.from(part).toString('base64url')
const decode = (part: string): Buffer => Buffer.from(part, 'base64url')

/** Each private key by its kid, as a key to seal with. */
function keysOf(jwks: string): readonly (readonly [string, Buffer])[] {
  const set: unknown = JSON.parse(jwks)
  const keys = isRecord(set) && Array.isArray(set.keys) ? set.keys.filter(isRecord) : []
  return keys.flatMap(({ kid, d }) =>
    typeof kid === 'string' && typeof d === 'string'
      ? [
          [
            kid,
            Buffer.from(hkdfSync('sha256', Buffer.from(d, 'base64url'), kid, purpose, 32)),
          ] as const,
        ]
      : [],
  )
}
