/** The made-up practice and clinic of a run: registry, keys, tokens. */

import { randomUUID } from 'node:crypto'
import type { JWK } from 'jose'
import { generateKey, generateKeys, signingKey } from '../../src/auth/keys.ts'
import { makeAssertion } from '../../src/auth/make-assertion.ts'
import { isNpi } from '../../src/domain/access/npi.ts'

export interface World {
  /** Our private JWK Set, as text. */
  readonly keys: string
  /** Its public half, for the clinic's EHR. */
  readonly publicKeys: { readonly keys: readonly JWK[] }
  /** @param ehr FHIR base of the clinic's EHR; without one the clinic works from the worklist */
  registry(ehr?: string): object
  /** The ids of all practices. */
  readonly practices: readonly string[]
  /** An access token of a practice; of the first when none is named. */
  token(baseUrl: string, practice?: string): Promise<string>
}

const named = [
  { id: 'lakeside-family', name: 'Lakeside Family Medicine', npi: '1245319599' },
  { id: 'hilltop-internal', name: 'Hilltop Internal Medicine', npi: '1003000126' },
] as const

/** @param count of practices */
export async function makeWorld(count: number = named.length): Promise<World> {
  const practices = [
    ...named,
    ...Array.from({ length: count - named.length }, (_, i) => another(i)),
  ]
  const keys = await generateKeys()
  const clientKey = await generateKey('ES384')
  const signer = await signingKey(clientKey)
  const scope = 'system/*.rs system/ServiceRequest.crus'
  const client = (id: string) => ({ id, jwks: { keys: [publicHalf(clientKey)] }, scope })
  return {
    keys,
    publicKeys: { keys: (JSON.parse(keys) as { keys: JWK[] }).keys.map(publicHalf) },
    practices: practices.map(({ id }) => id),
    registry: (ehr) => ({
      referrers: practices.map((practice) => ({ ...practice, client: client(practice.id) })),
      clinics: [
        {
          id: 'river-pain-clinic',
          name: 'River Pain Clinic',
          npi: '1234567893',
          policy: 'ketamine-infusion-referral',
          ...(ehr ? { ehr: ehrEntry(ehr) } : {}),
        },
      ],
    }),
    async token(baseUrl, clientId = named[0].id) {
      const audience = `${baseUrl}/oauth/token`
      const jti = randomUUID()
      const assertion = await makeAssertion({
        clientId,
        audience,
        key: signer,
        jti,
        now: new Date(),
      })
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        scope,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      })
      const response = await fetch(audience, { method: 'POST', body })
      const { access_token: token } = (await response.json()) as { access_token?: string }
      if (!token) throw new Error(`no token: ${response.status}`)
      return token
    },
  }
}

function another(i: number) {
  const digits = `19${String(i).padStart(7, '0')}`
  const npi = Array.from({ length: 10 }, (_, check) => `${digits}${check}`).find(isNpi) ?? ''
  return { id: `practice-${i}`, name: `Practice ${i}`, npi }
}

const ehrEntry = (fhirBaseUrl: string) => ({
  fhirBaseUrl,
  auth: { type: 'smart-backend-services', clientId: 'referloop' },
  pollSeconds: 60,
  requestsPerSecond: 1_000,
})

const publicHalf = ({ kty, kid, alg, use, crv, x, y, n, e }: JWK): JWK =>
  JSON.parse(JSON.stringify({ kty, kid, alg, use, crv, x, y, n, e })) as JWK
