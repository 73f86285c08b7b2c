/** A token service with two referrers and a clinic, its clock and network in the test's hands. */

import {
  constants,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto'
import Fastify from 'fastify'
import type { JwksAnswer } from '../../src/auth/client-keys.ts'
import { loadKeys } from '../../src/auth/keys.ts'
import { tokenService } from '../../src/auth/token-service.ts'
import { parseRegistry } from '../../src/domain/access/registry.ts'
import { tokenRoute } from '../../src/http/routes/token.ts'

export const baseUrl = 'https://referloop.test'
export const tokenUrl = `${baseUrl}/oauth/token`
export const jwksUri = 'https://ehr.hilltop.example/jwks.json'
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export interface Pair {
  readonly kid: string
  readonly alg: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export const ecPair = (kid: string, namedCurve = 'P-384'): Pair => ({
  kid,
  alg: 'ES384',
  ...generateKeyPairSync('ec', { namedCurve }),
})

export const rsaPair = (kid: string, modulusLength = 2048): Pair => ({
  kid,
  alg: 'RS384',
  ...generateKeyPairSync('rsa', { modulusLength }),
})

export const jwkOf = ({ kid, publicKey }: Pair, more: object = {}) => ({
  ...publicKey.export({ format: 'jwk' }),
  kid,
  ...more,
})

export function privateJwkOf({ kid, alg, privateKey }: Pair) {
  return { ...privateKey.export({ format: 'jwk' }), kid, alg }
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signs anything under any header, as no library would. */
export function signed(header: object, claims: unknown, key: KeyObject | string): string {
  const input = `${base64url(header)}.${base64url(claims)}`
  return `${input}.${signature(input, String(Reflect.get(header, 'alg')), key)}`
}

function signature(input: string, alg: string, key: KeyObject | string): string {
  const data = Buffer.from(input)
  if (typeof key === 'string') {
    return createHmac(`sha${alg.slice(2)}`, key)
      .update(data)
      .digest('base64url')
  }
  if (key.asymmetricKeyType === 'ed25519') return sign(null, data, key).toString('base64url')
  const hash = /^..(256|384|512)$/.test(alg) ? `sha${alg.slice(2)}` : 'sha384'
  const salted = alg.startsWith('PS')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : {}
  return sign(hash, data, { key, dsaEncoding: 'ieee-p1363', ...salted }).toString('base64url')
}

let strangerRs: Pair | undefined

/** Made once for all tests of a file: RSA keys take their time. */
export const keys = {
  es: ecPair('lakeside-es'),
  rs: rsaPair('lakeside-rs'),
  hilltop: ecPair('hilltop-1'),
  river: ecPair('river-es'),
  stranger: ecPair('lakeside-es'),
  get strangerRs() {
    strangerRs ??= rsaPair('lakeside-rs')
    return strangerRs
  },
}

/** Not `generateKeys`, whose RSA key of 3072 bits takes half a second. */
const ownKeys = await loadKeys(
  JSON.stringify({ keys: [ecPair('own-es'), rsaPair('own-rs')].map(privateJwkOf) }),
)

const policy = 'ketamine-infusion-referral'

export const registryJson = () => ({
  referrers: [
    {
      id: 'lakeside-family',
      name: 'Lakeside Family Medicine',
      npi: '1245319599',
      client: {
        id: 'lakeside',
        jwks: { keys: [jwkOf(keys.es), jwkOf(keys.rs)] },
        scope: 'system/ServiceRequest.crus system/Task.rs',
        disabled: false,
      },
    },
    {
      id: 'hilltop-internal',
      name: 'Hilltop Internal Medicine',
      npi: '1003000126',
      client: { id: 'hilltop', jwksUri, scope: 'system/ServiceRequest.crus system/Task.rs' },
    },
  ],
  clinics: [
    {
      id: 'river-pain-clinic',
      name: 'River Pain Clinic',
      npi: '1234567893',
      policy,
      client: { id: 'river', jwks: { keys: [jwkOf(keys.river)] }, scope: 'system/Task.rus' },
    },
    { id: 'summit-pain-center', name: 'Summit Pain Center', npi: '1100000003', policy },
  ],
})

export type World = ReturnType<typeof createWorld>

export function createWorld({ perClient = 100_000, perAddress = 1_000_000 } = {}) {
  const world = {
    now: new Date('2026-03-02T10:00:00Z'),
    registry: parseRegistry(registryJson()),
    ownKeys,
    spent: new Map<string, Date>(),
    fetched: [] as string[],
    alerts: [] as string[],
    /** What the client's JWKS host answers. */
    jwks: async (): Promise<JwksAnswer> => ({
      status: 200,
      headers: {},
      body: { keys: [jwkOf(keys.hilltop)] },
    }),
    spend: async (clientId: string, jti: string, expires: Date) => {
      const key = JSON.stringify([clientId, jti])
      if (world.spent.has(key)) return false
      world.spent.set(key, expires)
      return true
    },
  }
  const options = {
    baseUrl,
    keys: ownKeys,
    registry: () => world.registry,
    now: () => world.now,
    newId: () => randomUUID(),
    perClient,
    fetchJwks: async (url: string) => {
      world.fetched.push(url)
      return await world.jwks()
    },
    alert: (clientId: string, message: string) => {
      world.alerts.push(`${clientId}: ${message}`)
    },
    spend: (clientId: string, jti: string, expires: Date) => world.spend(clientId, jti, expires),
  }
  const service = tokenService(options)
  const app = Fastify({ trustProxy: true })
  app.register(tokenRoute, {
    grantToken: service.grantToken,
    now: options.now,
    audit: async () => {},
    noteRefusal: async () => {},
    perAddress,
  })
  return Object.assign(world, { service, app, options, seconds: () => world.now.getTime() / 1000 })
}

/** A second later, or so many. */
export function pass(world: World, seconds: number): void {
  world.now = new Date(world.now.getTime() + seconds * 1000)
}

export const claimsFor = (world: World, clientId: string, more: object = {}) => ({
  iss: clientId,
  sub: clientId,
  aud: tokenUrl,
  jti: randomUUID(),
  exp: world.seconds() + 240,
  ...more,
})

export const headerFor = ({ kid, alg }: Pair, more: object = {}) => ({
  alg,
  kid,
  typ: 'JWT',
  ...more,
})

/** A good assertion of Lakeside's, but for what is asked. */
export function assertion(
  world: World,
  {
    client = 'lakeside',
    pair = keys.es,
    header = {},
    claims = {},
  }: { client?: string; pair?: Pair; header?: object; claims?: object } = {},
): string {
  return signed(headerFor(pair, header), claimsFor(world, client, claims), pair.privateKey)
}

export const formFor = (clientAssertion: string, more: Record<string, string> = {}) => ({
  grant_type: 'client_credentials',
  scope: 'system/ServiceRequest.crus',
  client_assertion_type: assertionType,
  client_assertion: clientAssertion,
  ...more,
})

export async function post(
  world: World,
  form: Record<string, string> | string,
  remoteAddress = '192.0.2.1',
) {
  const payload = typeof form === 'string' ? form : new URLSearchParams(form).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return await world.app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers,
    payload,
    remoteAddress,
  })
}

export const grantFor = (world: World, form: Record<string, string>) =>
  world.service.grantToken(new Map(Object.entries(form)))
