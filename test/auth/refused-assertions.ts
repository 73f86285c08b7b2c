/** Assertions that must be refused, each wrong in one way. */

import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import {
  assertion,
  baseUrl,
  claimsFor,
  ecPair,
  headerFor,
  jwkOf,
  jwksUri,
  keys,
  rsaPair,
  signed,
  tokenUrl,
  type World,
} from './world.ts'

type Make = (world: World) => string

const header =
  (more: object): Make =>
  (world) =>
    assertion(world, { header: more })

const claims =
  (more: object | ((now: number) => object)): Make =>
  (world) =>
    assertion(world, { claims: typeof more === 'function' ? more(world.seconds()) : more })

/** Signed by Lakeside's RSA key under another RSA algorithm, or keyed with what is public. */
const otherAlgorithm =
  (alg: string, key: 'rsa' | 'rsa-pem' | 'ec-pem' | 'empty'): Make =>
  (world) => {
    const pair = key === 'ec-pem' ? keys.es : keys.rs
    const pem = pair.publicKey.export({ format: 'pem', type: 'spki' }).toString()
    const secret = { rsa: keys.rs.privateKey, 'rsa-pem': pem, 'ec-pem': pem, empty: '' }[key]
    return signed(headerFor(pair, { alg }), claimsFor(world, 'lakeside'), secret)
  }

interface Parts {
  readonly head: string
  readonly body: string
  readonly mark: string
}

/** A good assertion taken apart and put together otherwise. */
const rebuilt =
  (build: (parts: Parts) => string): Make =>
  (world) => {
    const [head = '', body = '', mark = ''] = assertion(world).split('.')
    return build({ head, body, mark })
  }

/** Parts that are not what they should be, under a good signature. */
const resigned = (change: (header: string, claims: string) => readonly [Text, Text]): Make =>
  rebuilt(({ head, body }) => {
    const input = change(plain(head), plain(body)).map(encoded).join('.')
    const mark = sign('sha384', Buffer.from(input), {
      key: keys.es.privateKey,
      dsaEncoding: 'ieee-p1363',
    })
    return `${input}.${encoded(mark)}`
  })

type Text = string | Uint8Array

const encoded = (text: Text) => Buffer.from(text).toString('base64url')

const plain = (part: string) => Buffer.from(part, 'base64url').toString()

const derSignature = ({ head, body }: Parts) =>
  encoded(sign('sha384', Buffer.from(`${head}.${body}`), keys.es.privateKey))

const embedded = ecPair('mine')
const weak = rsaPair('lakeside-rs', 1024)
const p256 = ecPair('lakeside-es', 'P-256')
const ed = generateKeyPairSync('ed25519')

/** Title, starting with the requirement, and how the assertion is made. */
export const refusedAssertions: readonly (readonly [string, Make])[] = [
  [
    'BS-03 alg none without a signature',
    rebuilt(({ head, body }) => `${encoded(plain(head).replace('ES384', 'none'))}.${body}.`),
  ],
  ['BS-03 alg none with a signature', header({ alg: 'none' })],
  ['BS-03 alg NONE', header({ alg: 'NONE' })],
  ['BS-03 alg missing', header({ alg: undefined })],
  ['BS-03 alg a list', header({ alg: ['ES384'] })],
  ['BS-03 alg in another case', header({ alg: 'es384' })],
  ['BS-03 HS256 keyed with the RSA public key', otherAlgorithm('HS256', 'rsa-pem')],
  ['BS-03 HS384 keyed with the RSA public key', otherAlgorithm('HS384', 'rsa-pem')],
  ['BS-03 HS384 keyed with the EC public key', otherAlgorithm('HS384', 'ec-pem')],
  ['BS-03 HS384 keyed with nothing', otherAlgorithm('HS384', 'empty')],
  ['BS-03 RS256 with the registered RSA key', otherAlgorithm('RS256', 'rsa')],
  ['BS-03 RS512 with the registered RSA key', otherAlgorithm('RS512', 'rsa')],
  ['BS-03 PS384 with the registered RSA key', otherAlgorithm('PS384', 'rsa')],
  [
    'BS-03 ES256 with a P-256 key',
    (world) =>
      signed(headerFor(p256, { alg: 'ES256' }), claimsFor(world, 'lakeside'), p256.privateKey),
  ],
  [
    'BS-03 EdDSA',
    (world) =>
      signed(headerFor(keys.es, { alg: 'EdDSA' }), claimsFor(world, 'lakeside'), ed.privateKey),
  ],
  ['BS-03 RS384 in the header over the EC key', header({ alg: 'RS384' })],
  [
    'BS-03 ES384 in the header over the RSA key',
    (world) =>
      signed(
        headerFor(keys.rs, { alg: 'ES384' }),
        claimsFor(world, 'lakeside'),
        keys.es.privateKey,
      ),
  ],
  [
    'BS-03 another EC key under the registered kid',
    (world) => assertion(world, { pair: keys.stranger }),
  ],
  [
    'BS-03 another RSA key under the registered kid',
    (world) => assertion(world, { pair: keys.strangerRs }),
  ],
  ['BS-03 a weak RSA key under the registered kid', (world) => assertion(world, { pair: weak })],
  ['BS-03 a P-256 key under the registered kid', (world) => assertion(world, { pair: p256 })],
  ["BS-03 another client's key", (world) => assertion(world, { pair: keys.river })],
  ['BS-04 typ missing', header({ typ: undefined })],
  ['BS-04 typ at+jwt', header({ typ: 'at+jwt' })],
  ['BS-04 typ in another case', header({ typ: 'jwt' })],
  ['BS-04 typ a number', header({ typ: 1 })],
  ['BS-04 kid missing', header({ kid: undefined })],
  ['BS-04 kid empty', header({ kid: '' })],
  ['BS-04 kid a number', header({ kid: 1 })],
  ['BS-04 kid unknown', header({ kid: 'lakeside-old' })],
  ['BS-04 kid of another client', header({ kid: 'river-es' })],
  ['BS-04 kid of 257 characters', header({ kid: 'k'.repeat(257) })],
  ['BS-04 kid that names a path', header({ kid: '../../../dev/null' })],
  ['BS-04 kid that names a prototype', header({ kid: '__proto__' })],
  ['BS-05 crit that names a claim', header({ crit: ['exp'] })],
  ['BS-05 crit empty', header({ crit: [] })],
  ['BS-05 b64 false with crit', header({ b64: false, crit: ['b64'] })],
  ['BS-05 b64 false without crit', header({ b64: false })],
  [
    'BS-05 a key of its own in jwk',
    (world) =>
      assertion(world, { pair: embedded, header: { kid: 'lakeside-es', jwk: jwkOf(embedded) } }),
  ],
  ['BS-05 the registered key in jwk', header({ jwk: jwkOf(keys.es) })],
  ['BS-05 x5u', header({ x5u: 'https://attacker.example/chain.pem' })],
  ['BS-05 x5c', header({ x5c: ['MIIB'] })],
  ['BS-05 compressed', header({ zip: 'DEF' })],
  ['BS-06 jku of a client with inline keys', header({ jku: jwksUri })],
  [
    'BS-06 jku elsewhere',
    (world) =>
      assertion(world, {
        client: 'hilltop',
        pair: keys.hilltop,
        header: { jku: 'https://attacker.example/jwks.json' },
      }),
  ],
  [
    'BS-06 jku with another case',
    (world) =>
      assertion(world, {
        client: 'hilltop',
        pair: keys.hilltop,
        header: { jku: jwksUri.replace('ehr', 'EHR') },
      }),
  ],
  [
    'BS-06 jku with a slash more',
    (world) =>
      assertion(world, { client: 'hilltop', pair: keys.hilltop, header: { jku: `${jwksUri}/` } }),
  ],
  [
    'BS-06 jku with a query more',
    (world) =>
      assertion(world, { client: 'hilltop', pair: keys.hilltop, header: { jku: `${jwksUri}?` } }),
  ],
  [
    'BS-06 jku a list',
    (world) =>
      assertion(world, { client: 'hilltop', pair: keys.hilltop, header: { jku: [jwksUri] } }),
  ],
  [
    'BS-06 jku empty',
    (world) => assertion(world, { client: 'hilltop', pair: keys.hilltop, header: { jku: '' } }),
  ],
  ['BS-08 iss and sub differ', claims({ sub: 'hilltop' })],
  ['BS-08 iss of another client', claims({ iss: 'hilltop' })],
  ['BS-08 iss missing', claims({ iss: undefined })],
  ['BS-08 sub missing', claims({ sub: undefined })],
  ['BS-08 iss and sub missing', claims({ iss: undefined, sub: undefined })],
  ['BS-08 iss and sub empty', claims({ iss: '', sub: '' })],
  ['BS-08 iss and sub a list', claims({ iss: ['lakeside'], sub: ['lakeside'] })],
  ['BS-08 iss not registered', claims({ iss: 'nobody', sub: 'nobody' })],
  [
    'BS-08 iss the organisation instead of the client',
    claims({ iss: 'lakeside-family', sub: 'lakeside-family' }),
  ],
  ['BS-08 iss in another case', claims({ iss: 'Lakeside', sub: 'Lakeside' })],
  ['BS-08 iss a prototype', claims({ iss: 'constructor', sub: 'constructor' })],
  ['BS-09 aud missing', claims({ aud: undefined })],
  ['BS-09 aud empty', claims({ aud: '' })],
  ['BS-09 aud another server', claims({ aud: 'https://other.example/oauth/token' })],
  ['BS-09 aud the FHIR base', claims({ aud: `${baseUrl}/fhir` })],
  ['BS-09 aud with a slash at the end', claims({ aud: `${tokenUrl}/` })],
  ['BS-09 aud the issuer with a slash at the end', claims({ aud: `${baseUrl}/` })],
  ['BS-09 aud in another case', claims({ aud: tokenUrl.toUpperCase() })],
  ['BS-09 aud over http', claims({ aud: tokenUrl.replace('https', 'http') })],
  ['BS-09 aud with a query', claims({ aud: `${tokenUrl}?` })],
  ['BS-09 aud a list with a foreign value', claims({ aud: [tokenUrl, 'https://other.example'] })],
  ['BS-09 aud a list with us alone', claims({ aud: [tokenUrl] })],
  ['BS-09 aud an object', claims({ aud: { 0: tokenUrl } })],
  ['BS-10 exp missing', claims({ exp: undefined })],
  ['BS-10 exp a text', claims((now) => ({ exp: String(now + 60) }))],
  ['BS-10 exp with a fraction', claims((now) => ({ exp: now + 60.5 }))],
  ['BS-10 exp null', claims({ exp: null })],
  ['BS-10 exp in milliseconds', claims((now) => ({ exp: (now + 60) * 1000 }))],
  ['BS-10 exp negative', claims({ exp: -1 })],
  ['BS-10 exp beyond what numbers hold', claims({ exp: 1e300 })],
  ['BS-10 exp a second ago', claims((now) => ({ exp: now - 1 }))],
  ['BS-10 exp this very second', claims((now) => ({ exp: now }))],
  ['BS-10 exp in 311 s', claims((now) => ({ exp: now + 311 }))],
  ['BS-10 iat a minute in the future', claims((now) => ({ iat: now + 60 }))],
  ['BS-10 iat 11 s in the future', claims((now) => ({ iat: now + 11 }))],
  ['BS-10 iat a text', claims((now) => ({ iat: String(now) }))],
  ['BS-10 nbf a minute in the future', claims((now) => ({ nbf: now + 60 }))],
  ['BS-10 nbf with a fraction', claims((now) => ({ nbf: now - 0.5 }))],
  ['BS-11 jti missing', claims({ jti: undefined })],
  ['BS-11 jti empty', claims({ jti: '' })],
  ['BS-11 jti of 257 characters', claims({ jti: 'j'.repeat(257) })],
  ['BS-11 jti a number', claims({ jti: 17 })],
  ['BS-11 jti with NUL', claims({ jti: 'a\u0000b' })],
  ['BS-11 jti with half a surrogate pair', claims({ jti: 'a\ud800' })],
  ['BS-03 no signature', rebuilt(({ head, body }) => `${head}.${body}.`)],
  ['BS-03 two parts', rebuilt(({ head, body }) => `${head}.${body}`)],
  [
    'BS-03 five parts, as encrypted',
    rebuilt(({ head, body, mark }) => `${head}.${body}.${mark}.a.b`),
  ],
  ['BS-03 no header', rebuilt(({ body, mark }) => `.${body}.${mark}`)],
  ['BS-03 no claims', rebuilt(({ head, mark }) => `${head}..${mark}`)],
  [
    'BS-03 a signature cut short',
    rebuilt(({ head, body, mark }) => `${head}.${body}.${mark.slice(0, -4)}`),
  ],
  [
    'BS-03 a signature of zeros',
    rebuilt(({ head, body }) => `${head}.${body}.${encoded(Buffer.alloc(96))}`),
  ],
  [
    'BS-03 a signature in DER',
    rebuilt((parts) => `${parts.head}.${parts.body}.${derSignature(parts)}`),
  ],
  [
    'BS-03 the signature of another assertion',
    (world) =>
      rebuilt(({ head, body }) => `${head}.${body}.${assertion(world).split('.')[2]}`)(world),
  ],
  ['BS-03 base64 with padding', (world) => `${assertion(world)}=`],
  ['BS-03 base64 in the other alphabet', (world) => otherAlphabet(world)],
  ['BS-03 a line end after it', (world) => `${assertion(world)}\n`],
  [
    'BS-03 an RSA signature spelt with other spare bits',
    (world) => otherSpelling(assertion(world, { pair: keys.rs })),
  ],
  ['BS-03 a header that is not JSON', resigned((header, claims) => [header.slice(1), claims])],
  ['BS-03 a header that is a list', resigned((header, claims) => [`[${header}]`, claims])],
  ['BS-03 claims that are not JSON', resigned((header, claims) => [header, `${claims}}`])],
  ['BS-03 claims that are null', resigned((header) => [header, 'null'])],
  ['BS-03 claims that are a list', resigned((header, claims) => [header, `[${claims}]`])],
  [
    'BS-03 claims that are not UTF-8',
    resigned((header, claims) => [
      header,
      Buffer.from(claims.replace('}', ',"x":"\u00ff"}'), 'latin1'),
    ]),
  ],
  [
    'BS-03 claims behind a byte order mark',
    resigned((header, claims) => [header, `\ufeff${claims}`]),
  ],
  [
    'BS-03 JSON serialisation instead of the compact one',
    rebuilt(({ head, body, mark }) =>
      JSON.stringify({ payload: body, protected: head, signature: mark }),
    ),
  ],
  ['BS-03 a bare text', () => randomUUID()],
]

/** 256 bytes take 342 characters of which the last has four bits to spare. */
function otherSpelling(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.slice(-1))
  return `${token.slice(0, -1)}${alphabet[last ^ 1]}`
}

/** Node reads both alphabets of base64: an assertion that shows the difference, in the other one. */
function otherAlphabet(world: World): string {
  for (;;) {
    const token = assertion(world)
    const respelt = token.replaceAll('-', '+').replaceAll('_', '/')
    if (respelt !== token) return respelt
  }
}
