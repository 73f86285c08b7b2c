import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { npiSystem } from '../../../src/domain/access/npi.ts'
import { parseRegistry, RegistryError } from '../../../src/domain/access/registry.ts'
import { ecPair, jwkOf, jwksUri, keys, registryJson, rsaPair } from '../../auth/world.ts'

type Json = ReturnType<typeof registryJson>

/** A good registry with something put at one place, e.g. `clinics.0.npi`; undefined takes it away. */
function changed(path: string, value: unknown): unknown {
  const json = structuredClone(registryJson())
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  const target = steps.reduce((at: object, step) => Reflect.get(at, step) as object, json)
  if (value === undefined) Reflect.deleteProperty(target, last)
  else Reflect.set(target, last, value)
  return json
}

function issuesOf(json: unknown) {
  try {
    parseRegistry(json)
    return []
  } catch (error) {
    if (error instanceof RegistryError) return error.issues
    throw error
  }
}

const placesOf = (json: unknown) => issuesOf(json).map(({ place }) => place)

t.test('the example of the documentation is a registry', async (t) => {
  const registry = parseRegistry({
    referrers: [
      {
        id: 'lakeside-family',
        name: 'Lakeside Family Medicine',
        npi: '1245319599',
        client: {
          id: 'lakeside-family',
          jwks: { keys: [] },
          scope: 'system/ServiceRequest.crus system/Task.rs',
        },
      },
    ],
    clinics: [
      {
        id: 'river-pain-clinic',
        name: 'River Pain Clinic',
        npi: '1234567893',
        policy: 'ketamine-infusion-referral',
        ehr: {
          fhirBaseUrl: 'https://ehr.river-pain.example/fhir/',
          auth: { type: 'smart-backend-services', clientId: 'referloop' },
          pollSeconds: 60,
        },
        client: {
          id: 'river-pain-clinic',
          jwksUri: 'https://ehr.river-pain.example/jwks',
          scope: 'system/Task.rus',
        },
      },
    ],
  })
  t.match(registry.clinicById('river-pain-clinic'), {
    policy: 'ketamine-infusion-referral',
    disabled: false,
    ehr: {
      fhirBaseUrl: 'https://ehr.river-pain.example/fhir',
      auth: { type: 'smart-backend-services', clientId: 'referloop' },
      pollSeconds: 60,
    },
    client: {
      keys: { jwksUri: 'https://ehr.river-pain.example/jwks' },
      scopes: ['system/Task.rus'],
    },
  })
  t.match(registry.referrerById('lakeside-family'), {
    npi: '1245319599',
    client: { keys: { jwks: [] }, scopes: ['system/ServiceRequest.crus', 'system/Task.rs'] },
  })
})

t.test('organisations and clients are found by id and by NPI, and only so', async (t) => {
  const registry = parseRegistry(registryJson())
  t.match(registry.byClientId('lakeside'), { role: 'referrer', organization: 'lakeside-family' })
  t.match(registry.byClientId('river'), { role: 'clinic', organization: 'river-pain-clinic' })
  t.equal(registry.clinicByIdentifier(npiSystem, '1234567893')?.id, 'river-pain-clinic')
  t.equal(registry.clinicById('summit-pain-center')?.client, undefined)
  t.equal(registry.clinicById('summit-pain-center')?.ehr, undefined)
  for (const id of ['lakeside-family', 'constructor', '__proto__', ''])
    t.equal(registry.byClientId(id), undefined)
  t.equal(
    registry.clinicByIdentifier(npiSystem, '1245319599'),
    undefined,
    'a referrer is no clinic',
  )
  t.equal(registry.clinicByIdentifier('urn:other', '1234567893'), undefined)
  t.equal(registry.clinicById('lakeside-family'), undefined)
  t.equal(registry.referrerById('river-pain-clinic'), undefined)
})

t.test('BS-34 a disabled client, or one of a disabled organisation, may not act', async (t) => {
  t.equal(
    parseRegistry(changed('referrers.0.client.disabled', true)).byClientId('lakeside'),
    undefined,
  )
  t.equal(parseRegistry(changed('referrers.0.disabled', true)).byClientId('lakeside'), undefined)
  const registry = parseRegistry(changed('clinics.0.disabled', true))
  t.equal(registry.byClientId('river'), undefined)
  t.equal(registry.clinicByIdentifier(npiSystem, '1234567893'), undefined, 'takes no new referrals')
  t.equal(
    registry.clinicById('river-pain-clinic')?.disabled,
    true,
    'its referrals still have a clinic',
  )
  t.ok(registry.byClientId('hilltop'))
})

const ehr = { fhirBaseUrl: 'https://ehr.example/fhir', auth: { type: 'none' } }

t.test('an EHR has defaults for what may be left out', async (t) => {
  const clinic = (value: unknown) =>
    parseRegistry(changed('clinics.1.ehr', value)).clinicById('summit-pain-center')
  t.same(clinic(ehr)?.ehr, { ...ehr, pollSeconds: 60, requestsPerSecond: 10 })
  const auth = {
    type: 'smart-backend-services',
    clientId: 'us',
    tokenEndpoint: 'https://login.example/token',
  }
  const slow = { ...ehr, auth, pollSeconds: 5, requestsPerSecond: 2 }
  t.same(clinic(slow)?.ehr, slow)
  const overrides = { washout: { value: 14 } }
  t.same(
    parseRegistry(changed('clinics.1.policyOverrides', overrides)).clinicById('summit-pain-center')
      ?.policyOverrides,
    overrides,
  )
  const referrer = (value: unknown) =>
    parseRegistry(changed('referrers.0.ehr', value)).referrerById('lakeside-family')
  t.equal(referrer(undefined)?.ehr, undefined, 'nobody but the referrer sends')
  t.same(referrer({ fhirBaseUrl: 'https://ehr.example/r4/', auth })?.ehr, {
    fhirBaseUrl: 'https://ehr.example/r4',
    auth,
  })
})

t.test('each fault is told with its place', async (t) => {
  const table: readonly (readonly [string, unknown, string])[] = [
    ['referrers', undefined, 'referrers'],
    ['clinics', {}, 'clinics'],
    ['clients', [], 'clients'],
    ['referrers.0', 'x', 'referrers[0]'],
    ['referrers.0.id', 'has space', 'referrers[0].id'],
    ['referrers.0.id', '', 'referrers[0].id'],
    ['referrers.0.id', 'x'.repeat(65), 'referrers[0].id'],
    ['referrers.0.id', undefined, 'referrers[0].id'],
    ['referrers.0.name', ' ', 'referrers[0].name'],
    ['referrers.0.name', 'a\u0000b', 'referrers[0].name'],
    ['referrers.0.npi', '1245319590', 'referrers[0].npi'],
    ['referrers.0.npi', 1245319599, 'referrers[0].npi'],
    ['referrers.0.disabled', 'yes', 'referrers[0].disabled'],
    ['referrers.0.disable', true, 'referrers[0].disable'],
    ['referrers.0.policy', 'x', 'referrers[0].policy'],
    ['referrers.0.fhirBaseUrl', 'https://ehr.example/fhir', 'referrers[0].fhirBaseUrl'],
    ['referrers.0.ehr', 'https://ehr.example/fhir', 'referrers[0].ehr'],
    ['referrers.0.ehr', { ...ehr, fhirBaseUrl: 'ehr.example' }, 'referrers[0].ehr.fhirBaseUrl'],
    ['referrers.0.ehr', { ...ehr, auth: undefined }, 'referrers[0].ehr.auth'],
    ['referrers.0.ehr', { ...ehr, auth: { type: 'basic' } }, 'referrers[0].ehr.auth.type'],
    ['referrers.0.ehr', { ...ehr, pollSeconds: 60 }, 'referrers[0].ehr.pollSeconds'],
    ['referrers.0.client', undefined, 'referrers[0].client'],
    ['referrers.0.client.id', 'a b', 'referrers[0].client.id'],
    ['referrers.0.client.id', 'x'.repeat(257), 'referrers[0].client.id'],
    ['referrers.0.client.disabled', 1, 'referrers[0].client.disabled'],
    ['referrers.0.client.scope', undefined, 'referrers[0].client.scope'],
    ['referrers.0.client.scope', 'system/Nothing.rs', 'referrers[0].client.scope'],
    ['referrers.0.client.jwks', undefined, 'referrers[0].client.jwks'],
    ['referrers.0.client.jwksUri', jwksUri, 'referrers[0].client.jwks'],
    ['referrers.0.client.jwks', [], 'referrers[0].client.jwks'],
    ['referrers.0.client.jwks.keys', {}, 'referrers[0].client.jwks.keys'],
    ['referrers.0.client.jwks.keys.1', null, 'referrers[0].client.jwks.keys[1]'],
    ['referrers.1.id', 'river-pain-clinic', 'clinics[0].id'],
    ['referrers.1.client.id', 'river', 'clinics[0].client.id'],
    ['clinics.1.npi', '1234567893', 'clinics[1].npi'],
    ['clinics.1.policy', undefined, 'clinics[1].policy'],
    ['clinics.1.ehr', { ...ehr, auth: undefined }, 'clinics[1].ehr.auth'],
    ['clinics.1.ehr', { ...ehr, auth: { type: 'basic' } }, 'clinics[1].ehr.auth.type'],
    [
      'clinics.1.ehr',
      { ...ehr, auth: { type: 'smart-backend-services' } },
      'clinics[1].ehr.auth.clientId',
    ],
    [
      'clinics.1.ehr',
      { ...ehr, fhirBaseUrl: 'https://ehr.example/fhir?a=b' },
      'clinics[1].ehr.fhirBaseUrl',
    ],
    ...[0, 86_401, 1.5, '60'].map(
      (pollSeconds) =>
        ['clinics.1.ehr', { ...ehr, pollSeconds }, 'clinics[1].ehr.pollSeconds'] as const,
    ),
  ]
  for (const [path, value, place] of table)
    t.ok(placesOf(changed(path, value)).includes(place), `${path} = ${JSON.stringify(value)}`)
})

t.test('values at their limits are taken, one beyond is not', async (t) => {
  const table: readonly (readonly [string, unknown, unknown])[] = [
    ['referrers.0.id', 'x'.repeat(64), 'x'.repeat(65)],
    ['referrers.0.name', 'ü'.repeat(200), 'ü'.repeat(201)],
    ['referrers.0.client.id', 'x'.repeat(256), 'x'.repeat(257)],
    ['clinics.1.ehr', { ...ehr, pollSeconds: 1 }, { ...ehr, pollSeconds: 0 }],
    ['clinics.1.ehr', { ...ehr, pollSeconds: 86_400 }, { ...ehr, pollSeconds: 86_401 }],
    ['clinics.1.ehr', { ...ehr, requestsPerSecond: 1 }, { ...ehr, requestsPerSecond: 0 }],
    ['clinics.1.ehr', { ...ehr, requestsPerSecond: 1_000 }, { ...ehr, requestsPerSecond: 1_001 }],
    ['clinics.1.ehr', withClientId(256), withClientId(257)],
  ]
  for (const [path, good, bad] of table) {
    t.same(placesOf(changed(path, good)), [], path)
    t.equal(placesOf(changed(path, bad)).length, 1, path)
  }
})

function withClientId(length: number) {
  return { ...ehr, auth: { type: 'smart-backend-services', clientId: 'x'.repeat(length) } }
}

t.test('BS-20 keys at their limits are taken', async (t) => {
  const modulus = Buffer.alloc(1024, 255).toString('base64url')
  const largest = { ...jwkOf(keys.rs), n: modulus, e: Buffer.alloc(4, 255).toString('base64url') }
  const longest = jwkOf(keys.es, { kid: 'k'.repeat(256) })
  t.same(placesOf(changed('referrers.0.client.jwks', { keys: [largest, longest] })), [])
})

t.test('a registry that is no object is refused', async (t) => {
  for (const json of [null, [], 'x', 1, undefined]) t.ok(placesOf(json).includes('(top)'))
})

t.test('all faults are told at once', async (t) => {
  const json = changed('referrers.0.npi', '1') as Json
  Object.assign(json.clinics[1] ?? {}, { name: '', policy: 7 })
  t.same(placesOf(json), ['referrers[0].npi', 'clinics[1].name', 'clinics[1].policy'])
})

t.test('BS-20 addresses are https, but for loopback', async (t) => {
  const place = 'referrers[1].client.jwksUri'
  for (const url of [
    'http://ehr.example/jwks',
    'ftp://ehr.example/',
    'file:///etc/passwd',
    'javascript:1',
    '/jwks',
    '',
    7,
    ' https://ehr.example/jwks',
    'https://ehr.example/jwks\n',
    'https://secret@ehr.example/jwks',
    'https://:secret@ehr.example/jwks',
    'https://user:secret@ehr.example/jwks',
    'https://ehr.example/jwks#x',
    'http://127.0.0.1.ehr.example/',
    'http://localhost.example/',
    'http://10.0.0.1/',
  ])
    t.ok(placesOf(changed('referrers.1.client.jwksUri', url)).includes(place), String(url))
  for (const url of [
    'https://ehr.example/jwks?v=1',
    'http://127.0.0.1:8081/jwks',
    'http://localhost/jwks',
    'http://[::1]:1/jwks',
  ])
    t.same(placesOf(changed('referrers.1.client.jwksUri', url)), [], url)
})

t.test('BS-20 a key that is weak, private or of no use is refused at registration', async (t) => {
  const ec = jwkOf(keys.es)
  const rsa = jwkOf(keys.rs)
  const privateKey = { ...keys.es.privateKey.export({ format: 'jwk' }), kid: 'p' }
  const okp = { ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid: 'o' }
  const table: readonly (readonly [string, unknown, RegExp])[] = [
    ['private EC', privateKey, /private/],
    ['private RSA', { ...keys.rs.privateKey.export({ format: 'jwk' }), kid: 'p' }, /private/],
    ...['p', 'q', 'dp', 'dq', 'qi', 'oth'].map(
      (member) => [`RSA with ${member}`, { ...rsa, [member]: 'AQ' }, /private/] as const,
    ),
    ['symmetric', { kty: 'oct', k: 'c2VjcmV0', kid: 'k' }, /private or secret/],
    ['RSA of 1024 bits', jwkOf(rsaPair('weak', 1024)), /2048/],
    [
      'RSA of 2047 bits',
      { ...rsa, n: Buffer.from(`7f${'ff'.repeat(255)}`, 'hex').toString('base64url') },
      /2048/,
    ],
    [
      'RSA of 1024 bits behind zeros',
      {
        ...rsa,
        n: Buffer.concat([Buffer.alloc(200), Buffer.alloc(128, 255)]).toString('base64url'),
      },
      /2048/,
    ],
    [
      'RSA of 8193 bits',
      { ...rsa, n: Buffer.concat([Buffer.of(1), Buffer.alloc(1024, 255)]).toString('base64url') },
      /8192/,
    ],
    ['RSA without n', { ...rsa, n: undefined }, /2048/],
    ['RSA with e = 1', { ...rsa, e: 'AQ' }, /exponent/],
    ['RSA with e even', { ...rsa, e: 'BA' }, /exponent/],
    ['RSA with e huge', { ...rsa, e: Buffer.alloc(5, 255).toString('base64url') }, /exponent/],
    ['RSA without e', { ...rsa, e: undefined }, /exponent/],
    ['EC P-256', jwkOf(ecPair('p256', 'P-256')), /P-384/],
    ['EC P-521', jwkOf(ecPair('p521', 'P-521')), /P-384/],
    ['EC with x too short', { ...ec, x: 'AQ' }, /48 bytes/],
    ['EC with y missing', { ...ec, y: undefined }, /48 bytes/],
    ['EC with y not base64url', { ...ec, y: '*'.repeat(64) }, /48 bytes/],
    ['EdDSA', okp, /must be an RSA key or an EC key/],
    ['no kid', { ...ec, kid: undefined }, /kid/],
    ['kid empty', { ...ec, kid: '' }, /kid/],
    ['kid a number', { ...ec, kid: 1 }, /kid/],
    ['kid of 257 characters', { ...ec, kid: 'k'.repeat(257) }, /kid/],
    ['use enc', { ...ec, use: 'enc' }, /use/],
    ['key_ops without verify', { ...ec, key_ops: ['sign'] }, /key_ops/],
    ['key_ops a text', { ...ec, key_ops: 'verify' }, /key_ops/],
    ['alg ES256', { ...ec, alg: 'ES256' }, /ES384/],
    ['alg RS256', { ...rsa, alg: 'RS256' }, /RS384/],
    ['no object', 'key', /object/],
    ['no kty', { kid: 'x' }, /RSA key or an EC key/],
  ]
  for (const [title, key, expected] of table) {
    const issues = issuesOf(changed('referrers.0.client.jwks', { keys: [key] }))
    t.match(issues, [{ place: 'referrers[0].client.jwks.keys[0]', message: expected }], title)
  }
  const good = [
    { ...ec, alg: 'ES384', use: 'sig', key_ops: ['verify'] },
    { ...rsa, alg: 'RS384', e: 'Aw' },
  ]
  t.same(placesOf(changed('referrers.0.client.jwks', { keys: good })), [])
})

t.test('BS-04 two keys with one kid are refused at registration, also of two kinds', async (t) => {
  const twice = [jwkOf(keys.es), jwkOf(ecPair('lakeside-es'))]
  t.match(issuesOf(changed('referrers.0.client.jwks', { keys: twice })), [
    { place: 'referrers[0].client.jwks.keys[1]', message: /repeats the kid/ },
  ])
  const kinds = [jwkOf(keys.es), jwkOf(keys.rs, { kid: 'lakeside-es' })]
  t.same(placesOf(changed('referrers.0.client.jwks', { keys: kinds })), [
    'referrers[0].client.jwks.keys[1]',
  ])
})

t.test('BS-20 twenty keys are taken, twenty-one are not', async (t) => {
  const many = (count: number) => ({
    keys: Array.from({ length: count }, (_, n) => jwkOf(keys.es, { kid: `k${n}` })),
  })
  t.same(placesOf(changed('referrers.0.client.jwks', many(20))), [])
  t.same(placesOf(changed('referrers.0.client.jwks', many(21))), ['referrers[0].client.jwks.keys'])
})

t.test('what is wrong is told without quoting it', async (t) => {
  const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ'
  const jsons = [
    changed('referrers.0.client.jwks', { keys: [{ ...jwkOf(keys.es), d: secret }] }),
    changed('referrers.0.client.jwksUri', `https://u:${secret}@ehr.example`),
    changed(`referrers.0.client.id`, `${secret} ${secret}`),
    changed(`referrers.0.${secret} with spaces`, secret),
  ]
  for (const json of jsons) {
    const error = t.throws(() => parseRegistry(json)) as unknown as Error
    t.notOk(String(error?.message).includes(secret))
  }
})

t.test('a service finds the one clinic that offers it, and no clinic when two do', async (t) => {
  const json = changed('clinics.0.services', ['http://snomed.info/sct|306265007'])
  const one = parseRegistry(json)
  const [first] = one.clinics
  t.equal(one.clinicByService('http://snomed.info/sct', '306265007')?.id, first?.id)
  t.equal(one.clinicByService('http://snomed.info/sct', '1'), undefined)
  const [clinic] = (json as { clinics: Record<string, unknown>[] }).clinics
  const second = { ...clinic, id: 'second-clinic', npi: '1100000003' }
  Reflect.deleteProperty(second, 'client')
  const two = parseRegistry({ ...(json as object), clinics: [clinic, second] })
  t.equal(two.clinicByService('http://snomed.info/sct', '306265007'), undefined)
  t.same(placesOf(changed('clinics.0.services', ['no system'])), ['clinics[0].services'])
})
