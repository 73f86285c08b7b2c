/** Keys that may be replaced while they are in use: who holds this uses those of the moment. */

import type { KeySet } from './keys.ts'

export interface CurrentKeys extends KeySet {
  /** From now on; what an earlier set signed is good for as long as its key is in this one. */
  replace(next: KeySet): void
}

export function currentKeys(first: KeySet): CurrentKeys {
  let keys = first
  return {
    signer: (alg) => keys.signer(alg),
    verifier: (kid) => keys.verifier(kid),
    publicJwks: {
      get keys() {
        return keys.publicJwks.keys
      },
    },
    replace(next) {
      keys = next
    },
  }
}
