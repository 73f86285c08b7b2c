import t from 'tap'
import { algorithmOf } from '../../../src/domain/access/public-key.ts'

t.test(
  'BS-03 a key serves the one algorithm of its kind, whatever it says of itself',
  async (t) => {
    t.equal(algorithmOf({ kty: 'RSA', kid: 'a' }), 'RS384')
    t.equal(algorithmOf({ kty: 'EC', kid: 'a' }), 'ES384')
    t.equal(algorithmOf({ kty: 'EC', kid: 'a', alg: 'RS384' }), 'ES384')
  },
)
