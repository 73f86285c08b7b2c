/** Mutations of a client assertion, from a seed so that a failure can be repeated. */

import { assertion, claimsFor, headerFor, keys, signed, type World } from './world.ts'

/** mulberry32: small, and good enough to choose a byte. */
export function dice(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = (most: number) => Math.floor(next() * most)
  const pick = <T>(list: readonly [T, ...T[]]): T => list[below(list.length)] ?? list[0]
  return { below, pick }
}

type Dice = ReturnType<typeof dice>
type Mutate = (token: string, world: World, random: Dice) => string

const odd = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  '',
  ' ',
  'x',
  '\u0000',
  '\ud800',
  '__proto__',
  'ES384',
  'RS384',
  'none',
  'HS384',
  'JWT',
  'lakeside',
  'river',
  [],
  {},
  [[]],
  { kid: 'lakeside-es' },
  'x'.repeat(3000),
  '../..',
  "' or 1=1 --",
  'https://attacker.example',
  '🂡',
  Number.MAX_SAFE_INTEGER,
] as const satisfies readonly [unknown, ...unknown[]]

const characters = [
  'A',
  'z',
  '0',
  '-',
  '_',
  '+',
  '/',
  '=',
  '.',
  ' ',
  '\n',
  '\u0000',
  'é',
  '%',
  '"',
  '{',
] as const

const headerNames = [
  'alg',
  'kid',
  'typ',
  'jku',
  'jwk',
  'crit',
  'b64',
  'x5c',
  'x5u',
  'zip',
  'cty',
  '__proto__',
] as const
const claimNames = [
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'nbf',
  'jti',
  'scope',
  '__proto__',
  'constructor',
] as const

const splice = (text: string, at: number, removed: number, added: string) =>
  text.slice(0, at) + added + text.slice(at + removed)

const onPart =
  (n: number, change: (json: string, random: Dice) => string): Mutate =>
  (token, _world, random) => {
    const parts = token.split('.')
    const plain = Buffer.from(parts[n] ?? '', 'base64url').toString()
    parts[n] = Buffer.from(change(plain, random)).toString('base64url')
    return parts.join('.')
  }

const setMember = (names: readonly [string, ...string[]]) => (json: string, random: Dice) => {
  const name = JSON.stringify(random.pick(names))
  const value = JSON.stringify(random.pick(odd))
  // As text, in front or behind: the member may be there twice.
  return random.below(2)
    ? json.replace('{', `{${name}:${value},`)
    : json.replace(/\}$/, `,${name}:${value}}`)
}

/** Values of which none is good, under a good signature. */
const badHeaders: readonly [object, ...object[]] = [
  { typ: 'at+jwt' },
  { typ: null },
  { typ: ['JWT'] },
  { kid: '' },
  { kid: null },
  { kid: 'x' },
  { crit: [] },
  { b64: true },
  { jwk: {} },
  { x5c: [] },
  { x5u: '' },
  { jku: '' },
  { jku: 'x' },
  { alg: 'none' },
  { alg: 'RS384' },
  { alg: 'ES512' },
  { alg: null },
]

const badClaims: readonly [object, ...object[]] = [
  { iss: 'x' },
  { iss: 1 },
  { sub: 'x' },
  { sub: null },
  { iss: 'river', sub: 'river' },
  { aud: 'x' },
  { aud: [] },
  { aud: {} },
  { exp: 0 },
  { exp: '9' },
  { exp: null },
  { exp: 1e15 },
  { exp: -1e15 },
  { iat: 1e15 },
  { iat: 'x' },
  { nbf: 1e15 },
  { nbf: {} },
  { jti: '' },
  { jti: 1 },
  { jti: null },
  { jti: [] },
  { jti: 'x'.repeat(257) },
  { jti: '\u0007' },
]

/** Each gives an assertion that must be refused; where it changed nothing, the caller asks again. */
export const mutations: Readonly<Record<string, Mutate>> = {
  'one character replaced': (token, _world, random) =>
    splice(token, random.below(token.length), 1, random.pick(characters)),
  'one byte of one part flipped': (token, _world, random) => {
    const parts = token.split('.')
    const n = random.below(3)
    const bytes = Buffer.from(parts[n] ?? '', 'base64url')
    const at = random.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
    parts[n] = bytes.toString('base64url')
    return parts.join('.')
  },
  'a slice removed': (token, _world, random) =>
    splice(token, random.below(token.length), 1 + random.below(40), ''),
  'a slice doubled': (token, _world, random) => {
    const at = random.below(token.length)
    return splice(token, at, 0, token.slice(at, at + 1 + random.below(40)))
  },
  'cut short': (token, _world, random) => token.slice(0, random.below(token.length)),
  'parts in another order': (token, _world, random) => {
    const [head = '', body = '', mark = ''] = token.split('.')
    return random
      .pick([
        [body, head, mark],
        [head, mark, body],
        [mark, body, head],
        [head, body],
        [body, mark],
        [head, body, mark, ''],
        ['', head, body, mark],
        [head, body, ''],
        [head, '', mark],
        [head, head, mark],
        [head, body, body],
      ])
      .join('.')
  },
  'a header member set': onPart(0, setMember(headerNames)),
  'a claim set': onPart(1, setMember(claimNames)),
  'header JSON broken': onPart(0, (json, random) =>
    splice(json, random.below(json.length), 1, random.pick(characters)),
  ),
  'claims JSON broken': onPart(1, (json, random) =>
    splice(json, random.below(json.length), 1, random.pick(characters)),
  ),
  'claims nested deep': onPart(1, (json, random) => '['.repeat(1 + random.below(4000)) + json),
  'signature random': onPart(2, (_mark, random) =>
    String.fromCharCode(...Array.from({ length: random.below(300) }, () => random.below(128))),
  ),
  'base64 respelt': (token, _world, random) =>
    random.pick([
      token.replaceAll('.', '%2E'),
      `${token}=`,
      `${token}==`,
      ` ${token}`,
      `${token}\n`,
      token.replace('.', '=.'),
      token.toUpperCase(),
      token.toLowerCase(),
      [...token].reverse().join(''),
      token.replaceAll('.', '\u2024'),
    ]),
  'a bad header under a good signature': (_token, world, random) =>
    signed(
      headerFor(keys.es, random.pick(badHeaders)),
      claimsFor(world, 'lakeside'),
      keys.es.privateKey,
    ),
  'a bad claim under a good signature': (_token, world, random) =>
    assertion(world, { claims: random.pick(badClaims) }),
  'odd claims under a stranger’s signature': (_token, world, random) =>
    assertion(world, {
      pair: random.pick([keys.stranger, keys.strangerRs, keys.river]),
      claims: { [random.pick(claimNames)]: random.pick(odd) },
    }),
  'another alphabet altogether': (_token, _world, random) =>
    String.fromCharCode(...Array.from({ length: random.below(400) }, () => random.below(0xffff))),
}
