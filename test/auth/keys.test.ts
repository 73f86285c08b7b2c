import t from 'tap'
import { generateKey, generateKeys, loadKeys, signingKey } from '../../src/auth/keys.ts'

const text = await generateKeys()
const [es, rs] = JSON.parse(text).keys

const withKeys = (...keys: unknown[]) => loadKeys(JSON.stringify({ keys }))

t.test(
  'generated keys are one for each algorithm, strong, with their thumbprint as kid',
  async (t) => {
    t.match(es, { kty: 'EC', crv: 'P-384', alg: 'ES384', use: 'sig', kid: /^[\w-]{43}$/ })
    t.match(rs, { kty: 'RSA', alg: 'RS384', use: 'sig', kid: /^[\w-]{43}$/ })
    t.ok(Buffer.from(rs.n, 'base64url').length >= 384)
    t.not((await generateKey('ES384')).kid, es.kid)
  },
)

t.test('only the public half is published', async (t) => {
  const { publicJwks } = await loadKeys(text)
  t.equal(publicJwks.keys.length, 2)
  for (const key of publicJwks.keys) {
    t.match(key, { kid: String, alg: String, use: 'sig' })
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']) t.notOk(name in key, name)
  }
  const published = JSON.stringify(publicJwks)
  for (const secret of [es.d, rs.d, rs.p, rs.q, rs.dp, rs.dq, rs.qi])
    t.notOk(published.includes(secret))
})

t.test('the first key of an algorithm signs, all verify', async (t) => {
  const newer = await generateKey('ES384')
  const keys = await withKeys(newer, es, rs)
  t.equal(keys.signer('ES384').kid, newer.kid)
  t.equal(keys.signer('RS384').kid, rs.kid)
  t.equal(keys.verifier(es.kid)?.alg, 'ES384')
  t.equal(keys.verifier(String(newer.kid))?.alg, 'ES384')
  t.equal(keys.verifier('other'), undefined)
  t.equal(keys.publicJwks.keys.length, 3)
})

t.test('keys that cannot be used are named without being quoted', async (t) => {
  const { d: _d, ...publicOnly } = es
  const { kid: _kid, ...nameless } = es
  const { alg: _alg, ...aimless } = es
  const table: readonly (readonly [string, Promise<unknown>, RegExp])[] = [
    ['not JSON', loadKeys(`{"keys":[${JSON.stringify(es)}`), /not well-formed JSON/],
    ['no set', loadKeys(JSON.stringify(es)), /must be a JWK Set/],
    ['a list', loadKeys('[]'), /must be a JWK Set/],
    ['null', loadKeys('null'), /must be a JWK Set/],
    ['keys no list', loadKeys('{"keys":{}}'), /must be a JWK Set/],
    ['empty', withKeys(), /need one for RS384/],
    ['no ES384', withKeys(rs), /need one for ES384/],
    ['no RS384', withKeys(es), /need one for RS384/],
    ['public', withKeys(rs, publicOnly), /signing key 2: needs its private half/],
    ['no object', withKeys(rs, 'key'), /signing key 2:/],
    ['no kid', withKeys(nameless, rs), /signing key 1: needs a kid/],
    ['no alg', withKeys(aimless, rs), /signing key 1: needs an alg, one of RS384, ES384$/],
    ['another alg', withKeys({ ...es, alg: 'ES256' }, rs), /signing key 1:/],
    ['alg of the other kind', withKeys({ ...es, alg: 'RS384' }, rs), /signing key 1:/],
    ['one kid twice', withKeys(es, { ...rs, kid: es.kid }), /same kid/],
    ['a broken point', withKeys({ ...es, x: es.y }, rs), /signing key 1: cannot be read/],
    ['a broken secret', withKeys({ ...es, d: 'AQ' }, rs), /signing key 1: cannot be read/],
  ]
  for (const [title, loading, expected] of table) {
    const error = await loading.then(
      () => undefined,
      (reason: unknown) => reason as Error,
    )
    t.match(error?.message, expected, title)
    t.notOk(
      [es.d, rs.d, es.x].some((part) => String(error?.stack).includes(part)),
      `${title}: nothing quoted`,
    )
  }
})

t.test('one private key by itself signs under its kid and alg', async (t) => {
  t.match(await signingKey(es), { kid: es.kid, alg: 'ES384' })
  await t.rejects(signingKey({ ...es, d: undefined }))
})
