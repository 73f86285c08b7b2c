/** Checkpoints of the audit trail, signed: RFC 7515, https://www.rfc-editor.org/rfc/rfc7515 */

import { CompactSign, compactVerify, importJWK, type JWK } from 'jose'
import type { KeySet } from './keys.ts'

/** Cannot pass for a token or an assertion. */
const typ = 'audit-checkpoint'

/**
 * Signs with our current ES384 key; opens what any key of the set has signed.
 * @param retired public halves of keys that were taken out of the set
 */
export function checkpointSigner(
  keys: Pick<KeySet, 'signer' | 'verifier'>,
  retired: readonly JWK[] = [],
) {
  return {
    async sign(payload: object): Promise<string> {
      const { kid, alg, key } = keys.signer('ES384')
      return new CompactSign(Buffer.from(JSON.stringify(payload)))
        .setProtectedHeader({ alg, kid, typ })
        .sign(key)
    },
    /** @returns the payload; undefined when the signature is not one of ours */
    async open(jws: string): Promise<unknown> {
      try {
        const { payload, protectedHeader } = await compactVerify(
          jws,
          ({ kid }) => {
            const found = keys.verifier(kid)
            if (found) return found.key
            const before = retired.find((jwk) => jwk.kid === kid)
            // Stryker disable next-line ConditionalExpression,StringLiteral,CallExpression: importing nothing fails too, and what is thrown is caught below
            if (!before) throw new Error('no such key')
            return importJWK(before, 'ES384')
          },
          { algorithms: ['ES384'] },
        )
        if (protectedHeader.typ !== typ) return undefined
        return JSON.parse(Buffer.from(payload).toString('utf8')) as unknown
      } catch {
        // Not one of ours, or not a JWS at all.
      }
    },
  }
}
