import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { clientKeys } from '../../src/auth/client-keys.ts'
import { parseRegistry } from '../../src/domain/access/registry.ts'
import {
  assertion,
  createWorld,
  ecPair,
  formFor,
  grantFor,
  jwkOf,
  jwksUri,
  keys,
  type Pair,
  pass,
  registryJson,
  rsaPair,
  type World,
} from './world.ts'

const second = ecPair('hilltop-2')
const refused = { name: 'OAuthError', code: 'invalid_client' }

const hilltop = (world: World, pair: Pair = keys.hilltop, header: object = {}) =>
  grantFor(world, formFor(assertion(world, { client: 'hilltop', pair, header })))

/** The client's host answers with this from now on. */
function publish(world: World, jwks: readonly unknown[], cacheControl?: string): void {
  world.jwks = async () => ({
    status: 200,
    headers: { 'cache-control': cacheControl },
    body: { keys: jwks },
  })
}

t.test('BS-20 keys registered inline and by address both work', async (t) => {
  const world = createWorld()
  t.ok(await grantFor(world, formFor(assertion(world))))
  t.same(world.fetched, [])
  t.ok(await hilltop(world))
  t.same(world.fetched, [jwksUri])
})

t.test('BS-21 keys are fetched again when Cache-Control has run out, and not before', async (t) => {
  for (const [header, seconds] of [
    ['max-age=60', 60],
    ['max-age=9999', 600],
    [undefined, 300],
  ] as const) {
    const world = createWorld()
    publish(world, [jwkOf(keys.hilltop)], header)
    await hilltop(world)
    pass(world, seconds - 1)
    await hilltop(world)
    t.equal(world.fetched.length, 1, `${header}: cached for ${seconds - 1} s`)
    pass(world, 1)
    await hilltop(world)
    t.equal(world.fetched.length, 2, `${header}: fetched again after ${seconds} s`)
  }
})

t.test('BS-21 no-store is fetched each time and kept for none', async (t) => {
  const world = createWorld()
  publish(world, [jwkOf(keys.hilltop)], 'no-store')
  await hilltop(world)
  await hilltop(world)
  t.equal(world.fetched.length, 2)
  world.jwks = async () => Promise.reject(new Error('down'))
  await t.rejects(hilltop(world), refused)
})

t.test('BS-21 a clock set back does not keep keys longer', async (t) => {
  const world = createWorld()
  await hilltop(world)
  pass(world, -3600)
  await hilltop(world)
  t.equal(world.fetched.length, 2)
})

t.test('BS-22 a new kid works without waiting for the cache', async (t) => {
  const world = createWorld()
  publish(world, [jwkOf(keys.hilltop)], 'max-age=600')
  await hilltop(world)
  publish(world, [jwkOf(keys.hilltop), jwkOf(second)], 'max-age=600')
  t.ok(await hilltop(world, second))
  t.ok(await hilltop(world), 'and the old one still does')
  t.equal(world.fetched.length, 2)
})

t.test('BS-22 a thousand random kids cause two fetches, and one more 30 s later', async (t) => {
  const world = createWorld()
  const client = world.registry.byClientId('hilltop')?.client
  if (!client) return t.fail('registered')
  // Below the signature, whose check would take most of the time.
  const findKey = clientKeys(world.options)
  const flood = async (count: number) => {
    const asked = Array.from({ length: count }, (_, n) => findKey(client, `random-${n}`, 'ES384'))
    for (const key of await Promise.all(asked)) if (key) t.fail('nobody has that key')
  }
  await flood(500)
  await flood(500)
  t.ok(world.fetched.length <= 2, `${world.fetched.length} fetches`)
  t.ok(await findKey(client, 'hilltop-1', 'ES384'), 'the registered kid goes on working')
  pass(world, 29)
  await flood(5)
  t.equal(world.fetched.length, 2)
  pass(world, 1)
  await flood(5)
  t.equal(world.fetched.length, 3)
})

t.test('BS-22 an assertion with a random kid is refused by the same look', async (t) => {
  const world = createWorld()
  for (let n = 0; n < 3; n++)
    await t.rejects(hilltop(world, keys.hilltop, { kid: `random-${n}` }), refused)
  t.ok(world.fetched.length <= 2)
})

t.test('BS-22 who asks while keys are on their way waits for the same answer', async (t) => {
  const world = createWorld()
  await hilltop(world)
  publish(world, [jwkOf(second)])
  const slow = world.jwks
  world.jwks = async () => {
    await wait(20)
    return await slow()
  }
  await Promise.all([hilltop(world, second), hilltop(world, second), hilltop(world, second)])
  t.equal(world.fetched.length, 2)
})

t.test('BS-22 each client has its own look for an unknown kid', async (t) => {
  const json = registryJson()
  const other = 'https://other.example/jwks'
  Object.assign(json.clinics[0] ?? {}, {
    client: { id: 'river', jwksUri: other, scope: 'system/Task.rs' },
  })
  const world = createWorld()
  world.registry = parseRegistry(json)
  await hilltop(world)
  await t.rejects(hilltop(world, keys.hilltop, { kid: 'x' }), refused)
  publish(world, [jwkOf(keys.river)])
  const form = formFor(assertion(world, { client: 'river', pair: keys.river }), {
    scope: 'system/Task.rs',
  })
  t.ok(await grantFor(world, form))
  t.same(world.fetched, [jwksUri, jwksUri, other])
})

t.test('BS-23 a removed key stops working when the cache has run out', async (t) => {
  const world = createWorld()
  publish(world, [jwkOf(keys.hilltop)], 'max-age=120')
  await hilltop(world)
  publish(world, [jwkOf(second)], 'max-age=120')
  pass(world, 119)
  t.ok(await hilltop(world))
  pass(world, 1)
  await t.rejects(hilltop(world), refused)
})

t.test(
  'BS-23 the host is down: cached keys work until they expire, other clients always',
  async (t) => {
    const world = createWorld()
    publish(world, [jwkOf(keys.hilltop)], 'max-age=60')
    await hilltop(world)
    for (const jwks of [
      async () => Promise.reject(new Error('connect ECONNREFUSED')),
      async () => ({ status: 503, headers: {}, body: {} }),
    ]) {
      world.jwks = jwks
      t.ok(await hilltop(world))
      await t.rejects(hilltop(world, keys.hilltop, { kid: 'other' }), refused)
      t.ok(await hilltop(world), 'a failed look for another kid loses no key')
    }
    pass(world, 60)
    await t.rejects(hilltop(world), refused)
    t.ok(await grantFor(world, formFor(assertion(world))))
    t.match(world.alerts.at(-1), /^hilltop: the JWKS cannot be had/)
  },
)

t.test('BS-23 a host that fails is asked again after 5 s, not by every request', async (t) => {
  const world = createWorld()
  const good = world.jwks
  world.jwks = async () => Promise.reject(new Error('down'))
  for (let n = 0; n < 10; n++) await t.rejects(hilltop(world), refused)
  t.equal(world.fetched.length, 1)
  world.jwks = good
  pass(world, 4)
  await t.rejects(hilltop(world), refused)
  pass(world, 1)
  t.ok(await hilltop(world))
})

t.test(
  'BS-24 a host that never answers is given up after the deadline and holds up nobody else',
  async (t) => {
    const world = createWorld()
    const findKey = clientKeys({
      ...world.options,
      fetchJwks: () => new Promise(() => {}),
      deadlineMs: 30,
    })
    const client = world.registry.byClientId('hilltop')?.client
    const inline = world.registry.byClientId('lakeside')?.client
    if (!client || !inline) return t.fail('registered')
    const slow = findKey(client, 'hilltop-1', 'ES384').then((key) => ({ key }))
    t.ok(await findKey(inline, 'lakeside-es', 'ES384'))
    t.same(await slow, { key: undefined })
    t.match(world.alerts, ['hilltop: the JWKS cannot be had: no answer in time'])
  },
)

t.test('BS-24 an answer that comes too late is not an unhandled failure', async (t) => {
  const world = createWorld()
  const fetchJwks = async () => {
    await wait(30)
    throw new Error('late')
  }
  const findKey = clientKeys({ ...world.options, fetchJwks, deadlineMs: 5 })
  const client = world.registry.byClientId('hilltop')?.client
  t.equal(client && (await findKey(client, 'hilltop-1', 'ES384')), undefined)
  await wait(40)
})

t.test('BS-24 what is not a JWK Set, or more than twenty keys, is a failure', async (t) => {
  const key = jwkOf(keys.hilltop)
  const crowd = [key, ...Array.from({ length: 20 }, (_, n) => jwkOf(keys.es, { kid: `k${n}` }))]
  for (const body of [undefined, null, 'keys', [key], {}, { keys: {} }, { keys: crowd }]) {
    const world = createWorld()
    world.jwks = async () => ({ status: 200, headers: {}, body })
    await t.rejects(hilltop(world), refused, JSON.stringify(body)?.slice(0, 40))
  }
  for (const status of [204, 301, 404, 500]) {
    const world = createWorld()
    world.jwks = async () => ({ status, headers: {}, body: { keys: [key] } })
    await t.rejects(hilltop(world), refused, String(status))
  }
  const world = createWorld()
  publish(world, crowd.slice(0, 20))
  t.ok(await hilltop(world), 'twenty are fine')
})

t.test('BS-25 malformed keys are skipped, the others work', async (t) => {
  const world = createWorld()
  const offCurve = { ...jwkOf(ecPair('off')), x: Buffer.alloc(48, 1).toString('base64url') }
  publish(world, [
    null,
    7,
    'key',
    [],
    {},
    { kid: 'hilltop-1' },
    { kty: 'RSA', kid: 'r', n: {}, e: [] },
    offCurve,
    jwkOf(keys.hilltop),
  ])
  t.ok(await hilltop(world))
  await t.rejects(hilltop(world, keys.hilltop, { kid: 'off' }), refused)
})

t.test(
  'BS-20 a weak or private key in a fetched set is not used, and a private one is told',
  async (t) => {
    const weak = rsaPair('weak', 1024)
    const leaked = ecPair('leaked')
    const world = createWorld()
    publish(world, [
      jwkOf(weak),
      { ...leaked.privateKey.export({ format: 'jwk' }), kid: 'leaked' },
      jwkOf(keys.hilltop),
    ])
    t.ok(await hilltop(world))
    await t.rejects(hilltop(world, weak), refused)
    await t.rejects(hilltop(world, leaked), refused)
    t.ok(world.alerts.includes('hilltop: the JWKS publishes a private key'))
  },
)

t.test('BS-04 two fetched keys with one kid: neither is used, whatever their kinds', async (t) => {
  for (const twin of [ecPair('hilltop-1'), rsaPair('hilltop-1')]) {
    const world = createWorld()
    publish(world, [jwkOf(keys.hilltop), jwkOf(twin)])
    await t.rejects(hilltop(world), refused)
    await t.rejects(hilltop(world, twin), refused)
  }
})

t.test('BS-03 a fetched key serves its own algorithm only', async (t) => {
  const world = createWorld()
  publish(world, [jwkOf(keys.hilltop, { alg: 'ES256' })])
  await t.rejects(hilltop(world), refused)
  const findKey = clientKeys(world.options)
  publish(world, [jwkOf(keys.hilltop)])
  const client = world.registry.byClientId('hilltop')?.client
  t.equal(client && (await findKey(client, 'hilltop-1', 'RS384')), undefined)
})

t.test('BS-34 keys of the registry that was replaced are gone at once', async (t) => {
  const world = createWorld()
  await grantFor(world, formFor(assertion(world)))
  await hilltop(world)
  const json = registryJson()
  Object.assign(json.referrers[0]?.client ?? {}, { jwks: { keys: [jwkOf(keys.rs)] } })
  Object.assign(json.referrers[1]?.client ?? {}, { jwksUri: 'https://moved.example/jwks' })
  world.registry = parseRegistry(json)
  publish(world, [jwkOf(second)])
  await t.rejects(grantFor(world, formFor(assertion(world))), refused)
  await t.rejects(hilltop(world), refused)
  t.ok(await hilltop(world, second))
})

t.test(
  'BS-20 a registered key that cannot be read is told once, and the others work',
  async (t) => {
    const json = registryJson()
    const offCurve = { ...jwkOf(ecPair('off')), x: Buffer.alloc(48, 1).toString('base64url') }
    Object.assign(json.referrers[0]?.client ?? {}, { jwks: { keys: [offCurve, jwkOf(keys.es)] } })
    const world = createWorld()
    world.registry = parseRegistry(json)
    t.ok(await grantFor(world, formFor(assertion(world))))
    t.ok(await grantFor(world, formFor(assertion(world))))
    t.same(world.alerts, ['lakeside: a registered key cannot be read'])
  },
)

t.test('BS-24 the operator is told why the keys of a client cannot be had', async (t) => {
  const key = jwkOf(keys.hilltop)
  const crowd = Array.from({ length: 21 }, () => key)
  const offCurve = { ...jwkOf(ecPair('off')), x: Buffer.alloc(48, 1).toString('base64url') }
  const answer = (body: unknown, status = 200) => Promise.resolve({ status, headers: {}, body })
  const table: readonly (readonly [() => ReturnType<World['jwks']>, string])[] = [
    [() => answer({ keys: [key] }, 503), 'the JWKS cannot be had: status 503'],
    [() => answer({ keys: key }), 'the JWKS cannot be had: not a JWK Set'],
    [() => answer(null), 'the JWKS cannot be had: not a JWK Set'],
    [() => answer({ keys: crowd }), 'the JWKS cannot be had: more than 20 keys'],
    [() => Promise.reject(new Error('connect')), 'the JWKS cannot be had: connect'],
    [() => Promise.reject('connect'), 'the JWKS cannot be had: failure'],
    [() => answer({ keys: [offCurve] }), 'the JWKS has a key that cannot be read'],
  ]
  for (const [jwks, message] of table) {
    const world = createWorld()
    world.jwks = jwks
    await t.rejects(hilltop(world), refused, message)
    t.same(world.alerts, [`hilltop: ${message}`])
  }
})

t.test('BS-22 keys that came after a failure are looked for anew as any others', async (t) => {
  const world = createWorld()
  const good = world.jwks
  world.jwks = async () => Promise.reject(new Error('down'))
  await t.rejects(hilltop(world), refused)
  pass(world, 5)
  world.jwks = good
  t.ok(await hilltop(world))
  pass(world, 300)
  t.ok(await hilltop(world), 'no wait is left over from the failure')
})

t.test('BS-24 an answer in time leaves no timer behind', async (t) => {
  const world = createWorld()
  const timers = () => process.getActiveResourcesInfo().filter((it) => it === 'Timeout').length
  const before = timers()
  await hilltop(world)
  t.equal(timers(), before)
})
