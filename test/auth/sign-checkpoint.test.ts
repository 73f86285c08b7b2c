import { decodeProtectedHeader } from 'jose'
import t from 'tap'
import { type KeySet, loadKeys } from '../../src/auth/keys.ts'
import { checkpointSigner } from '../../src/auth/sign-checkpoint.ts'
import { ecPair, type Pair, privateJwkOf, rsaPair, signed } from './world.ts'

const pair = ecPair('now')
const rsa = rsaPair('rsa')
const payload = { until: '2026-03-02', head: 'ab12' }

const keySet = (...pairs: readonly Pair[]): Promise<KeySet> =>
  loadKeys(JSON.stringify({ keys: [...pairs, rsa].map(privateJwkOf) }))

const checkpoints = checkpointSigner(await keySet(pair))

t.test('AU-09 a checkpoint is signed by our current key and opens as it was', async (t) => {
  const jws = await checkpoints.sign(payload)
  t.same(decodeProtectedHeader(jws), { alg: 'ES384', kid: 'now', typ: 'audit-checkpoint' })
  t.same(await checkpoints.open(jws), payload)
})

t.test('AU-09 a previous key opens what it signed, and so does a retired one', async (t) => {
  const jws = await checkpoints.sign(payload)
  const newer = ecPair('newer')
  const both = checkpointSigner(await keySet(newer, pair))
  t.same(await both.open(jws), payload)
  const after = await keySet(newer)
  t.equal(await checkpointSigner(after).open(jws), undefined, 'taken out and not kept')
  const other = ecPair('other')
  const retired = [other, pair].map(
    ({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid }) as const,
  )
  t.same(await checkpointSigner(after, retired).open(jws), payload)
})

t.test('AU-09 nothing else passes for a checkpoint', async (t) => {
  const header = { alg: 'ES384', kid: 'now', typ: 'audit-checkpoint' }
  const jws = signed(header, payload, pair.privateKey)
  t.same(await checkpoints.open(jws), payload, 'the good one, from which the others differ')
  const [head, , mark] = jws.split('.')
  const table: readonly (readonly [string, string])[] = [
    ['another payload', `${head}.${Buffer.from('{"head":"cd34"}').toString('base64url')}.${mark}`],
    ['another key under our kid', signed(header, payload, ecPair('now').privateKey)],
    ['a kid that is not ours', signed({ ...header, kid: 'x' }, payload, pair.privateKey)],
    ['no kid', signed({ ...header, kid: undefined }, payload, pair.privateKey)],
    ['an access token', signed({ ...header, typ: 'at+jwt' }, payload, pair.privateKey)],
    ['no type', signed({ ...header, typ: undefined }, payload, pair.privateKey)],
    ['our RSA key', signed({ ...header, alg: 'RS384', kid: 'rsa' }, payload, rsa.privateKey)],
    ['no JWS', 'checkpoint'],
    ['nothing', ''],
  ]
  for (const [title, text] of table) t.equal(await checkpoints.open(text), undefined, title)
})
