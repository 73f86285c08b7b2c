import t from 'tap'
import { parseRegistry, RegistryError } from '../../../src/domain/access/registry.ts'

const key = {
  kty: 'EC',
  crv: 'P-384',
  kid: 'one',
  x: Buffer.alloc(48, 1).toString('base64url'),
  y: Buffer.alloc(48, 2).toString('base64url'),
}

const good = () => ({
  referrers: [
    {
      id: 'lakeside-family',
      name: 'Lakeside Family Medicine',
      npi: '1245319599',
      client: { id: 'lakeside', jwks: { keys: [key] }, scope: 'system/Task.rs' },
    },
  ],
  clinics: [
    {
      id: 'river-pain-clinic',
      name: 'River Pain Clinic',
      npi: '1234567893',
      policy: 'ketamine-infusion-referral',
    },
  ],
})

/** The good one with something put at one place, e.g. `clinics.0.npi`. */
function withAt(path: string, value: unknown): unknown {
  const json = good()
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  const target = steps.reduce((at: object, step) => Reflect.get(at, step) as object, json)
  Reflect.set(target, last, value)
  return json
}

function faultOf(json: unknown): RegistryError | undefined {
  try {
    parseRegistry(json)
    return undefined
  } catch (error) {
    if (error instanceof RegistryError) return error
    throw error
  }
}

/** Each as `place message`. */
const faultsOf = (json: unknown): readonly string[] =>
  (faultOf(json)?.issues ?? []).map(({ place, message }) => `${place} ${message}`)

const ehr = { fhirBaseUrl: 'https://ehr.example/fhir', auth: { type: 'none' } }
const ehrWith = (more: object) => ({ ...ehr, ...more })
const login = (more: object) =>
  ehrWith({ auth: { type: 'smart-backend-services', clientId: 'us', ...more } })
const keys = (more: object) => ({ keys: [{ ...key, ...more }] })

const idFault = 'must be 1 to 64 letters, digits, dots or hyphens'
const nameFault = 'must be a name of 1 to 200 characters'
const clientIdFault = 'must be a client id of 1 to 256 visible characters'
const issuerFault = 'must be the iss of its CDS Hooks JWTs'
const ehrIdFault = 'must be our client id at the EHR'
const kidFault = 'needs a kid of 1 to 256 visible characters'
const pollFault = 'must be a whole number from 1 to 86400'
const serviceFault = 'must be a list of codes, each as system|code'
const typeFault = "must be 'none' or 'smart-backend-services'"

t.test('the good one, from which the others differ, has no fault', async (t) => {
  t.same(faultsOf(good()), [])
})

t.test('each fault is told in words that mend it', async (t) => {
  const table: readonly (readonly [string, unknown, string])[] = [
    ['referrers', {}, 'referrers must be a list'],
    ['clinics', 'x', 'clinics must be a list'],
    ['other', 1, 'other is not known here; known are referrers, clinics'],
    ['a member', 1, '(a member) is not known here; known are referrers, clinics'],
    ['1x', 1, '(a member) is not known here; known are referrers, clinics'],
    ['x\ny', 1, '(a member) is not known here; known are referrers, clinics'],
    [`x${'y'.repeat(40)}`, 1, `x${'y'.repeat(40)} is not known here; known are referrers, clinics`],
    [`x${'y'.repeat(41)}`, 1, '(a member) is not known here; known are referrers, clinics'],
    ['referrers.0', [], 'referrers[0] must be an object'],
    ['clinics.0', null, 'clinics[0] must be an object'],
    ['referrers.0.id', ' one', `referrers[0].id ${idFault}`],
    ['referrers.0.id', 'one ', `referrers[0].id ${idFault}`],
    ['clinics.0.id', 'a/b', `clinics[0].id ${idFault}`],
    ['clinics.0.id', 7, `clinics[0].id ${idFault}`],
    ['referrers.0.name', '', `referrers[0].name ${nameFault}`],
    ['referrers.0.name', '   ', `referrers[0].name ${nameFault}`],
    ['referrers.0.name', 'One\n', `referrers[0].name ${nameFault}`],
    ['referrers.0.name', '\nOne', `referrers[0].name ${nameFault}`],
    ['referrers.0.npi', '', 'referrers[0].npi must be an NPI of ten digits'],
    ['referrers.0.npi', 'x1245319599', 'referrers[0].npi must be an NPI of ten digits'],
    ['referrers.0.npi', '1245319599x', 'referrers[0].npi must be an NPI of ten digits'],
    ['referrers.0.npi', '1245319598', 'referrers[0].npi must be an NPI: its check digit is wrong'],
    ['referrers.0.disabled', 'no', 'referrers[0].disabled must be true or false'],
    ['referrers.0.client.disabled', 0, 'referrers[0].client.disabled must be true or false'],
    ['clinics.0.policy', '', 'clinics[0].policy must be the name of a policy'],
    ['clinics.0.services', 'a|b', 'clinics[0].services must be a list'],
    ['clinics.0.services', ['a'], `clinics[0].services ${serviceFault}`],
    ['clinics.0.services', ['a|'], `clinics[0].services ${serviceFault}`],
    ['clinics.0.services', ['|b'], `clinics[0].services ${serviceFault}`],
    ['clinics.0.services', ['a|b|c'], `clinics[0].services ${serviceFault}`],
    ['clinics.0.services', ['a b|c'], `clinics[0].services ${serviceFault}`],
    ['clinics.0.services', ['a|b c'], `clinics[0].services ${serviceFault}`],
    ['clinics.0.services', ['x a|b'], `clinics[0].services ${serviceFault}`],
    ['clinics.0.services', [['a|b']], `clinics[0].services ${serviceFault}`],
    ['clinics.0.ehr', 'https://ehr.example', 'clinics[0].ehr must be an object'],
    ['clinics.0.ehr', ehrWith({ auth: 'none' }), 'clinics[0].ehr.auth must be an object'],
    ['clinics.0.ehr', ehrWith({ auth: {} }), `clinics[0].ehr.auth.type ${typeFault}`],
    [
      'clinics.0.ehr',
      ehrWith({ auth: { type: 'xnone' } }),
      `clinics[0].ehr.auth.type ${typeFault}`,
    ],
    [
      'clinics.0.ehr',
      ehrWith({ auth: { type: 'nonex' } }),
      `clinics[0].ehr.auth.type ${typeFault}`,
    ],
    ['clinics.0.ehr', login({ clientId: '' }), `clinics[0].ehr.auth.clientId ${ehrIdFault}`],
    ['clinics.0.ehr', login({ clientId: 'a b' }), `clinics[0].ehr.auth.clientId ${ehrIdFault}`],
    ['clinics.0.ehr', login({ clientId: ' a' }), `clinics[0].ehr.auth.clientId ${ehrIdFault}`],
    ['clinics.0.ehr', login({ clientId: 'a ' }), `clinics[0].ehr.auth.clientId ${ehrIdFault}`],
    [
      'clinics.0.ehr',
      login({ tokenEndpoint: 'token' }),
      'clinics[0].ehr.auth.tokenEndpoint must be an absolute URL',
    ],
    [
      'clinics.0.ehr',
      login({ scope: 'x' }),
      'clinics[0].ehr.auth.scope is not known here; known are type, clientId, tokenEndpoint',
    ],
    [
      'clinics.0.ehr',
      ehrWith({ poll: 1 }),
      'clinics[0].ehr.poll is not known here; known are fhirBaseUrl, auth, pollSeconds, requestsPerSecond',
    ],
    ['clinics.0.ehr', ehrWith({ pollSeconds: 0 }), `clinics[0].ehr.pollSeconds ${pollFault}`],
    ['clinics.0.ehr', ehrWith({ pollSeconds: 1.5 }), `clinics[0].ehr.pollSeconds ${pollFault}`],
    ['clinics.0.ehr', ehrWith({ pollSeconds: 86_401 }), `clinics[0].ehr.pollSeconds ${pollFault}`],
    [
      'clinics.0.ehr',
      ehrWith({ fhirBaseUrl: 'https://ehr.example/fhir?a' }),
      'clinics[0].ehr.fhirBaseUrl must not have a query',
    ],
    ['referrers.0.client', null, 'referrers[0].client must be an object'],
    ['referrers.0.client.id', ' a', `referrers[0].client.id ${clientIdFault}`],
    ['referrers.0.client.id', 'a ', `referrers[0].client.id ${clientIdFault}`],
    ['referrers.0.client.issuer', ' a', `referrers[0].client.issuer ${issuerFault}`],
    ['referrers.0.client.issuer', 'a ', `referrers[0].client.issuer ${issuerFault}`],
    ['referrers.0.client.issuer', 'a'.repeat(257), `referrers[0].client.issuer ${issuerFault}`],
    [
      'referrers.0.client.scope',
      ' ',
      'referrers[0].client.scope must be scopes separated by spaces, such as system/Task.rs',
    ],
    [
      'referrers.0.client.scope',
      'openid',
      "referrers[0].client.scope is not valid. The scope 'openid' is not of the form system/Type.cruds.",
    ],
    ['referrers.0.client.jwks', 'x', 'referrers[0].client.jwks must be an object'],
    ['referrers.0.client.jwks', {}, 'referrers[0].client.jwks.keys must be a list'],
    [
      'referrers.0.client.jwks',
      { keys: [], key: 1 },
      'referrers[0].client.jwks.key is not known here; known are keys',
    ],
    [
      'referrers.0.client.jwks',
      { keys: Array.from({ length: 21 }, (_, n) => ({ ...key, kid: `k${n}` })) },
      'referrers[0].client.jwks.keys must hold at most 20 keys',
    ],
  ]
  for (const [path, value, fault] of table)
    t.ok(
      faultsOf(withAt(path, value)).includes(fault),
      `${JSON.stringify(value)?.slice(0, 60)}: ${fault}`,
    )
})

t.test('BS-20 a key that cannot be used is refused with its reason', async (t) => {
  const bytes = (count: number) => Buffer.alloc(count, 255).toString('base64url')
  const rsa = (more: object) => ({ kty: 'RSA', crv: undefined, n: bytes(256), e: 'AQAB', ...more })
  const exponentFault = 'needs an odd exponent e of 3 or more'
  const sizeFault = 'must be an RSA key of 2048 to 8192 bits'
  const curveFault = 'must be an RSA key or an EC key on P-384: the algorithms are RS384 and ES384'
  const table: readonly (readonly [object, string | undefined])[] = [
    [
      { d: 'AQ' },
      'holds private or secret members: register the public half, and replace this key',
    ],
    [{ kid: '' }, kidFault],
    [{ kid: 'a b' }, kidFault],
    [{ kid: ' a' }, kidFault],
    [{ kid: 'a ' }, kidFault],
    [{ kid: 'k'.repeat(257) }, kidFault],
    [{ use: 'enc' }, "must have use 'sig' or none"],
    [{ key_ops: ['sign'] }, "must allow 'verify' in key_ops"],
    [{ key_ops: 'verify' }, "must allow 'verify' in key_ops"],
    [{ key_ops: ['sign', 'verify'] }, undefined],
    [{ alg: 'ES256' }, "must have alg 'ES384' or none"],
    [rsa({ alg: 'RS256' }), "must have alg 'RS384' or none"],
    [{ kty: 'OKP' }, curveFault],
    [{ crv: 'P-256' }, curveFault],
    [{ x: bytes(47) }, 'needs x and y of 48 bytes'],
    [{ y: bytes(49) }, 'needs x and y of 48 bytes'],
    [{ x: `*${bytes(48)}` }, 'needs x and y of 48 bytes'],
    [{ y: `${bytes(48)}=` }, 'needs x and y of 48 bytes'],
    [{ y: [bytes(48)] }, 'needs x and y of 48 bytes'],
    [rsa({}), undefined],
    [rsa({ n: bytes(255) }), sizeFault],
    [rsa({ n: Buffer.from(`7f${'ff'.repeat(255)}`, 'hex').toString('base64url') }), sizeFault],
    [rsa({ n: Buffer.from(`80${'00'.repeat(255)}`, 'hex').toString('base64url') }), undefined],
    [rsa({ n: Buffer.from(`00${'ff'.repeat(256)}`, 'hex').toString('base64url') }), undefined],
    [rsa({ n: Buffer.from(`00${'ff'.repeat(255)}`, 'hex').toString('base64url') }), sizeFault],
    [rsa({ n: bytes(1024) }), undefined],
    [rsa({ n: Buffer.from(`01${'ff'.repeat(1024)}`, 'hex').toString('base64url') }), sizeFault],
    [rsa({ n: Buffer.alloc(300).toString('base64url') }), sizeFault],
    [rsa({ n: `*${bytes(256)}` }), sizeFault],
    [rsa({ n: undefined }), sizeFault],
    [rsa({ e: 'AQ' }), exponentFault],
    [rsa({ e: 'Ag' }), exponentFault],
    [rsa({ e: 'Aw' }), undefined],
    [rsa({ e: 'BA' }), exponentFault],
    [rsa({ e: '' }), exponentFault],
    [rsa({ e: bytes(4) }), undefined],
    [rsa({ e: bytes(5) }), exponentFault],
    [rsa({ e: 'AAAAAAM' }), exponentFault],
  ]
  for (const [more, fault] of table)
    t.same(
      faultsOf(withAt('referrers.0.client.jwks', keys(more))),
      fault ? [`referrers[0].client.jwks.keys[0] ${fault}`] : [],
      `${JSON.stringify(more).slice(0, 80)}`,
    )
  t.same(faultsOf(withAt('referrers.0.client.jwks', { keys: [7] })), [
    'referrers[0].client.jwks.keys[0] must be an object, a JSON Web Key',
  ])
  t.same(faultsOf(withAt('referrers.0.client.jwks', { keys: [key, key] })), [
    'referrers[0].client.jwks.keys[1] repeats the kid of another key',
  ])
})

t.test('BS-20 an address is absolute, https, and without secrets or fragment', async (t) => {
  const client = (jwksUri: unknown) => ({ id: 'lakeside', jwksUri, scope: 'system/Task.rs' })
  const notUrl = 'must be an absolute URL'
  const notHttps = 'must start with https://'
  const secret = 'must not hold a user name or password'
  const table: readonly (readonly [unknown, readonly string[]])[] = [
    ['https://ehr.example/jwks', []],
    ['/jwks', [notUrl]],
    [7, [notUrl]],
    [' https://ehr.example/jwks', [notUrl]],
    ['https://ehr.example/jwks ', [notUrl]],
    ['https://ehr.example/a b', [notUrl]],
    ['http://ehr.example/jwks', [notHttps]],
    ['ftp://127.0.0.1/jwks', [notHttps]],
    ['http://127.0.0.1/jwks', []],
    ['http://127.0.0.1.nip.example/', [notHttps]],
    ['http://127.10.20.130/jwks', []],
    ['http://128.0.0.1/', [notHttps]],
    ['http://127.0.nip.example/', [notHttps]],
    ['http://127.nip.example1/', [notHttps]],
    ['http://nip.127.example/', [notHttps]],
    ['http://127.example/', [notHttps]],
    ['http://[::1]/jwks', []],
    ['http://[::2]/jwks', [notHttps]],
    ['http://localhost/jwks', []],
    ['https://user@ehr.example/', [secret]],
    ['https://:word@ehr.example/', [secret]],
    ['https://ehr.example/#x', ['must not have a fragment']],
  ]
  for (const [url, faults] of table)
    t.same(
      faultsOf(withAt('referrers.0.client', client(url))),
      faults.map((fault) => `referrers[0].client.jwksUri ${fault}`),
      String(url),
    )
})

t.test('BS-20 keys are registered inline or by address, and not both', async (t) => {
  const fault = ['referrers[0].client.jwks or jwksUri must be there, and not both']
  const scope = 'system/Task.rs'
  const jwksUri = 'https://ehr.example/jwks'
  t.same(faultsOf(withAt('referrers.0.client', { id: 'a', scope })), fault)
  const both = { id: 'a', scope, jwksUri, jwks: { keys: [key] } }
  t.same(faultsOf(withAt('referrers.0.client', both)), fault)
})

t.test('what stands twice is told with the place where it stood first', async (t) => {
  const [referrer, clinic] = [good().referrers[0], good().clinics[0]]
  const second = (more: object) => ({ ...clinic, id: 'two', npi: '1100000003', ...more })
  const clinics = (more: object) => withAt('clinics', [clinic, second(more)])
  t.same(faultsOf(clinics({})), [])
  t.same(faultsOf(clinics({ id: clinic?.id })), ['clinics[1].id repeats clinics[0].id'])
  t.same(faultsOf(clinics({ npi: clinic?.npi })), ['clinics[1].npi repeats clinics[0].npi'])
  t.same(faultsOf(clinics({ client: referrer?.client })), [
    'clinics[1].client.id repeats referrers[0].client.id',
  ])
  t.same(faultsOf(clinics({ npi: referrer?.npi })), [], 'a practice may refer and receive')
  const twins = { referrers: [referrer, { ...referrer, id: 'two' }], clinics: [] }
  t.same(faultsOf(twins), ['referrers[1].client.id repeats referrers[0].client.id'])
})

t.test('a third one is told of the first too', async (t) => {
  const [clinic] = good().clinics
  const three = ['1234567893', '1100000003', '1245319599'].map((npi) => ({ ...clinic, npi }))
  t.same(faultsOf(withAt('clinics', three)), [
    'clinics[1].id repeats clinics[0].id',
    'clinics[2].id repeats clinics[0].id',
  ])
})

t.test('what is registered is kept as it was written', async (t) => {
  const issuer = 'https://ehr.lakeside.example/'
  const client = parseRegistry(withAt('referrers.0.client.issuer', issuer)).byClientId('lakeside')
  t.equal(client?.client.issuer, issuer)
  t.same(client?.client.keys, { jwks: [key] })
  t.notOk('issuer' in (parseRegistry(good()).byClientId('lakeside')?.client ?? {}))
  t.equal(parseRegistry(withAt('referrers.0.name', 'A')).referrers[0]?.name, 'A')
  const many = ehrWith({ fhirBaseUrl: 'https://ehr.example/fhir//' })
  t.equal(
    parseRegistry(withAt('clinics.0.ehr', many)).clinics[0]?.ehr?.fhirBaseUrl,
    'https://ehr.example/fhir',
  )
})

t.test('the error lists every fault, one in a line', async (t) => {
  const json = { ...good(), referrers: {}, clinics: 7 }
  t.equal(
    faultOf(json)?.message,
    'the registry is invalid:\n  referrers must be a list\n  clinics must be a list',
  )
  t.equal(faultOf(json)?.name, 'RegistryError')
  t.equal(faultOf(7)?.issues[0]?.place, '(top)')
  t.equal(faultOf(7)?.issues[0]?.message, 'must be an object')
})
