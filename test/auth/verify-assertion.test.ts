import { randomUUID } from 'node:crypto'
import t from 'tap'
import { tokenService } from '../../src/auth/token-service.ts'
import {
  assertion,
  baseUrl,
  claimsFor,
  createWorld,
  formFor,
  grantFor,
  headerFor,
  jwksUri,
  keys,
  pass,
  post,
  signed,
} from './world.ts'

const refused = { name: 'OAuthError', code: 'invalid_client', status: 400 }

t.test('BS-01 an RS384 assertion gets a token', async (t) => {
  const world = createWorld()
  t.equal((await post(world, formFor(assertion(world, { pair: keys.rs })))).statusCode, 200)
})

t.test('BS-02 an ES384 assertion gets a token', async (t) => {
  const world = createWorld()
  t.equal((await post(world, formFor(assertion(world)))).statusCode, 200)
})

t.test('BS-07 a jku equal to the registered address works', async (t) => {
  const world = createWorld()
  const own = assertion(world, { client: 'hilltop', pair: keys.hilltop, header: { jku: jwksUri } })
  t.ok(await grantFor(world, formFor(own)))
  t.same(world.fetched, [jwksUri])
})

t.test('BS-07 a client whose keys are at an address may leave the jku out', async (t) => {
  const world = createWorld()
  const without = assertion(world, { client: 'hilltop', pair: keys.hilltop })
  t.ok(await grantFor(world, formFor(without)))
})

t.test('BS-08 a client_id that is not the iss is refused, the same one is taken', async (t) => {
  const world = createWorld()
  t.ok(await grantFor(world, formFor(assertion(world), { client_id: 'lakeside' })))
  await t.rejects(grantFor(world, formFor(assertion(world), { client_id: 'river' })), {
    ...refused,
    message: 'The parameter client_id differs from the claim iss.',
  })
})

t.test('BS-36 a client over its limit is put off, and its assertion is not spent', async (t) => {
  const world = createWorld({ perClient: 1 })
  t.ok(await grantFor(world, formFor(assertion(world))))
  const second = formFor(assertion(world))
  await t.rejects(grantFor(world, second), { code: 'too-many-requests', retryAfter: 60 })
  t.equal(world.spent.size, 1)
  pass(world, 60)
  t.ok(await grantFor(world, second))
})

t.test('BS-36 an unproven assertion does not use up the limit of the client', async (t) => {
  const world = createWorld({ perClient: 1 })
  await t.rejects(grantFor(world, formFor(assertion(world, { pair: keys.stranger }))), refused)
  t.ok(await grantFor(world, formFor(assertion(world))))
})

t.test('BS-05 headers that mean nothing here are passed over', async (t) => {
  const world = createWorld()
  t.ok(
    await grantFor(
      world,
      formFor(assertion(world, { header: { x5t: 'abc', cty: 'x', later: {} } })),
    ),
  )
})

t.test('BS-09 aud may be the token URL or the issuer', async (t) => {
  const world = createWorld()
  for (const aud of [`${baseUrl}/oauth/token`, baseUrl])
    t.ok(await grantFor(world, formFor(assertion(world, { claims: { aud } }))), aud)
})

t.test('BS-10, F13 S1: exp, iat and nbf at their limits', async (t) => {
  const world = createWorld()
  const now = world.seconds()
  for (const claims of [
    { exp: now + 1 },
    { exp: now + 299 },
    { exp: now + 300 },
    { exp: now + 310 },
    { iat: now + 10 },
    { nbf: now + 10 },
    { iat: now - 1, nbf: now - 1 },
    { iat: now - 86_400 },
  ])
    t.ok(await grantFor(world, formFor(assertion(world, { claims }))), JSON.stringify(claims))
  for (const claims of [
    { exp: now - 1 },
    { exp: now },
    { exp: now + 311 },
    { iat: now + 60 },
    { nbf: now + 60 },
  ])
    await t.rejects(
      grantFor(world, formFor(assertion(world, { claims }))),
      refused,
      JSON.stringify(claims),
    )
})

t.test('BS-10 an assertion is good until the second of its exp', async (t) => {
  const world = createWorld()
  const [early, late] = [assertion(world), assertion(world)]
  pass(world, 239.999)
  t.ok(await grantFor(world, formFor(early)))
  pass(world, 0.001)
  await t.rejects(grantFor(world, formFor(late)), { ...refused, message: /expired/ })
})

t.test('BS-11 a jti of 1 or of 256 characters works', async (t) => {
  const world = createWorld()
  for (const jti of ['j', 'j'.repeat(256), 'é 日本 …'])
    t.ok(await grantFor(world, formFor(assertion(world, { claims: { jti } }))))
})

t.test('BS-12 a jti used again is refused, also in another assertion', async (t) => {
  const world = createWorld()
  const jti = randomUUID()
  const first = assertion(world, { claims: { jti } })
  t.ok(await grantFor(world, formFor(first)))
  await t.rejects(grantFor(world, formFor(first)), { ...refused, message: /used before/ })
  await t.rejects(
    grantFor(world, formFor(assertion(world, { claims: { jti }, pair: keys.rs }))),
    refused,
  )
})

t.test('BS-12 of 100 parallel posts of one jti, exactly one succeeds', async (t) => {
  const world = createWorld()
  const form = formFor(assertion(world))
  const answers = await Promise.all(Array.from({ length: 100 }, () => post(world, form)))
  t.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 1)
  t.equal(answers.filter(({ statusCode }) => statusCode === 400).length, 99)
})

t.test('BS-12 two instances that share the store share what is spent', async (t) => {
  const world = createWorld()
  const other = tokenService(world.options)
  const form = new Map(Object.entries(formFor(assertion(world))))
  t.ok(await other.grantToken(form))
  await t.rejects(world.service.grantToken(form), refused)
})

t.test('BS-12 a jti is kept until no clock could take the assertion for valid', async (t) => {
  const world = createWorld()
  const exp = world.seconds() + 100
  await grantFor(world, formFor(assertion(world, { claims: { exp, jti: 'kept' } })))
  t.same(world.spent.get('["lakeside","kept"]'), new Date((exp + 60) * 1000))
})

t.test('BS-12 when the store cannot say, no token is given', async (t) => {
  const world = createWorld()
  world.spend = async () => Promise.reject(new Error('database gone'))
  await t.rejects(grantFor(world, formFor(assertion(world))), { message: 'database gone' })
})

t.test('BS-13 the same jti from another client works', async (t) => {
  const world = createWorld()
  const claims = { jti: randomUUID() }
  t.ok(await grantFor(world, formFor(assertion(world, { claims }))))
  const scope = 'system/Task.rs'
  t.ok(
    await grantFor(
      world,
      formFor(assertion(world, { client: 'river', pair: keys.river, claims }), { scope }),
    ),
  )
})

t.test('BS-14 a jti under a bad signature is not burnt', async (t) => {
  const world = createWorld()
  const claims = { jti: randomUUID() }
  await t.rejects(
    grantFor(world, formFor(assertion(world, { claims, pair: keys.stranger }))),
    refused,
  )
  await t.rejects(
    grantFor(world, formFor(assertion(world, { claims, header: { kid: 'other' } }))),
    refused,
  )
  t.equal(world.spent.size, 0)
  t.ok(await grantFor(world, formFor(assertion(world, { claims }))))
})

t.test(
  'BS-16 an unknown client, a disabled one, an unknown kid and a bad signature get the same answer',
  async (t) => {
    const world = createWorld()
    const bad = [
      assertion(world, { client: 'nobody' }),
      assertion(world, { header: { kid: 'other' } }),
      assertion(world, { pair: keys.stranger }),
      assertion(world, { client: 'river', pair: keys.es }),
      assertion(world, {
        client: 'hilltop',
        pair: keys.hilltop,
        header: { jku: 'https://elsewhere.example/' },
      }),
    ]
    const answers = await Promise.all(bad.map((text) => post(world, formFor(text))))
    const told = answers.map(({ statusCode, body, headers }) =>
      JSON.stringify([statusCode, body, Object.keys(headers)]),
    )
    t.equal(new Set(told).size, 1)
  },
)

t.test('BS-16 the operator learns the reason that the client does not', async (t) => {
  const world = createWorld()
  const table = [
    [assertion(world, { client: 'nobody' }), 'unknown or disabled client'],
    [assertion(world, { header: { kid: 'other' } }), 'no such key'],
    [assertion(world, { pair: keys.stranger }), 'bad signature'],
  ] as const
  for (const [text, reason] of table)
    await t.rejects(grantFor(world, formFor(text)), {
      ...refused,
      reason,
      message: /check client id, kid and key/,
    })
})

t.test(
  'BS-16 medians of an unknown client and of a bad signature differ by less than 5 ms',
  async (t) => {
    const world = createWorld()
    const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN
    for (const pair of [keys.stranger, keys.strangerRs]) {
      const times = { nobody: [] as number[], lakeside: [] as number[] }
      for (let n = 0; n < 200; n++) {
        for (const client of ['nobody', 'lakeside'] as const) {
          const form = formFor(signed(headerFor(pair), claimsFor(world, client), pair.privateKey))
          const start = performance.now()
          await grantFor(world, form).catch(() => undefined)
          times[client].push(performance.now() - start)
        }
      }
      const difference = Math.abs(median(times.nobody) - median(times.lakeside))
      t.comment(`${pair.alg}: ${difference.toFixed(3)} ms`)
      t.ok(difference < 5, `${pair.alg}: ${difference.toFixed(3)} ms`)
    }
  },
)

t.test('BS-16 a stranger costs a signature check as a client does', async (t) => {
  // The medians alone would not notice a check left out: ES384 takes about a millisecond.
  const world = createWorld()
  const times = { nobody: 0, lakeside: 0 }
  for (let n = 0; n < 300; n++) {
    for (const client of ['nobody', 'lakeside'] as const) {
      const form = formFor(assertion(world, { client, pair: keys.stranger }))
      const start = performance.now()
      await grantFor(world, form).catch(() => undefined)
      times[client] += performance.now() - start
    }
  }
  t.ok(
    times.nobody > times.lakeside * 0.6,
    `${times.nobody.toFixed()} and ${times.lakeside.toFixed()} ms`,
  )
})
