import t from 'tap'
import { type AssertionRules, readAssertion } from '../../../src/domain/access/assertion.ts'

const now = 1_772_445_600
const rules: AssertionRules = {
  audiences: ['https://us.test/oauth/token', 'https://us.test'],
  now: new Date(now * 1000),
}

const header = { alg: 'ES384', typ: 'JWT', kid: 'k' }
const claims = { iss: 'me', sub: 'me', aud: 'https://us.test', jti: 'j', exp: now + 60 }

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

const read = (headerMore: object, claimsMore: object = {}) =>
  readAssertion(
    `${part({ ...header, ...headerMore })}.${part({ ...claims, ...claimsMore })}.c2ln`,
    rules,
  )

t.test('what a client claims is read, and nothing else', async (t) => {
  t.same(read({ jku: 'https://me.test/jwks', x5t: 'x' }, { iat: now, more: 1 }), {
    alg: 'ES384',
    kid: 'k',
    jku: 'https://me.test/jwks',
    clientId: 'me',
    jti: 'j',
    exp: now + 60,
  })
})

t.test('each refusal tells the developer what to mend', async (t) => {
  const table: readonly (readonly [object, object, RegExp])[] = [
    [{ alg: 'RS256' }, {}, /alg RS384 or ES384/],
    [{ typ: 'jwt' }, {}, /typ 'JWT'/],
    [{ kid: undefined }, {}, /needs the kid/],
    [{ kid: '' }, {}, /needs the kid/],
    [{ kid: 1 }, {}, /needs the kid/],
    [{ kid: 'k'.repeat(257) }, {}, /needs the kid/],
    [{ crit: [] }, {}, /must not have crit/],
    [{ jku: 1 }, {}, /jku is not a URL/],
    [{}, { iss: 1, sub: 1 }, /iss must be the client id/],
    [{}, { iss: '', sub: '' }, /iss must be the client id/],
    [{}, { sub: 'you' }, /iss and sub must both/],
    [{}, { aud: 'https://you.test' }, /exactly https:\/\/us\.test\/oauth\/token,/],
    [{}, { jti: '' }, /jti must be a text of 1 to 256 characters/],
    [{}, { exp: '1' }, /exp must be a whole number of seconds since 1970\./],
    [{}, { exp: now }, /is expired/],
    [{}, { exp: now + 311 }, /at most 300 s/],
    [{}, { iat: 1.5 }, /iat must be a whole number of seconds since 1970\./],
    [{}, { nbf: 'x' }, /nbf must be a whole number/],
    [{}, { iat: now + 11 }, /iat is in the future/],
    [{}, { nbf: now + 11 }, /nbf is in the future/],
  ]
  for (const [headerMore, claimsMore, message] of table)
    t.throws(() => read(headerMore, claimsMore), {
      name: 'OAuthError',
      code: 'invalid_client',
      message,
    })
})

t.test('texts that are no JWT are told apart', async (t) => {
  const [head, body] = [part(header), part(claims)]
  const table: readonly (readonly [string, RegExp])[] = [
    ['', /compact form/],
    ['a', /compact form/],
    [`${head}.${body}`, /compact form/],
    [`${head}.${body}.`, /compact form/],
    [`.${body}.c2ln`, /compact form/],
    [`${head}..c2ln`, /compact form/],
    [`${head}.${body}.c2ln.c2ln`, /compact form/],
    [`${head}.${body}.c2lnx`, /not base64url/],
    [`${head}=.${body}.c2ln`, /not base64url/],
    [`eyI.${body}.c2ln`, /header is not JSON/],
    [`W10.${body}.c2ln`, /header is not a JSON object/],
    [`${head}.bnVsbA.c2ln`, /payload is not a JSON object/],
    [`${head}.gIA.c2ln`, /payload is not JSON/],
  ]
  for (const [text, message] of table)
    t.throws(() => readAssertion(text, rules), { code: 'invalid_client', message }, text)
})

t.test('8 KiB are read, one character more is not', async (t) => {
  t.ok(readAssertion(ofLength(8192), rules))
  t.throws(() => readAssertion(ofLength(8193), rules), { message: /longer than 8 KiB/ })
})

/** Filled up in the signature; with a longer payload where that length would be no base64. */
function ofLength(length: number): string {
  const rests = ['', 'x'].map((more) => `${part(header)}.${part({ ...claims, more })}.`)
  const rest = rests.find((text) => (length - text.length) % 4 !== 1) ?? ''
  return rest + 'A'.repeat(length - rest.length)
}
