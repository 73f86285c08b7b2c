/** Checkpoints of the audit trail, signed: RFC 7515, https://www.rfc-editor.org/rfc/rfc7515 */

import { CompactSign, compactVerify } from 'jose'
import type { KeySet } from './keys.ts'

/** Cannot pass for a token or an assertion. */
const typ = 'audit-checkpoint'

/** Signs with our current ES384 key; opens what any key of the set has signed. */
export function checkpointSigner(keys: Pick<KeySet, 'signer' | 'verifier'>) {
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
            const found = keys.verifier(kid ?? '')
            if (!found) throw new Error('no such key')
            return found.key
          },
          { algorithms: ['ES384'] },
        )
        if (protectedHeader.typ !== typ) return undefined
        return JSON.parse(Buffer.from(payload).toString('utf8')) as unknown
      } catch {
        return undefined
      }
    },
  }
}
