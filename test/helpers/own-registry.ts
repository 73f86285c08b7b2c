/** A registry as an operator writes it, for a service of one's own instead of the sandbox. */

import type { JWK } from 'jose'
import { generateKey, generateKeys } from '../../src/auth/keys.ts'
import type { Config } from '../../src/config.ts'
import { npis } from './a-referral.ts'
import type { Organization } from './world.ts'

export interface OwnRegistry {
  readonly config: Partial<Config>
  readonly clientKeys: Readonly<Partial<Record<Organization, JWK>>>
}

/** Of which tests ask more than a clinic would have asked. */
const anEhr = { auth: { type: 'none' }, pollSeconds: 1, requestsPerSecond: 1_000 } as const

/**
 * A clinic whose EHR is not named works from the worklist alone.
 * @param lakesideEhr where what its referrals lack may be looked for
 */
export async function ownRegistry(
  ehrs: Partial<Record<keyof typeof npis, string>> = {},
  lakesideEhr?: string,
): Promise<OwnRegistry> {
  const clientKeys = {
    'lakeside-family': await generateKey('ES384'),
    'hilltop-internal': await generateKey('ES384'),
    'river-pain-clinic': await generateKey('ES384'),
    'summit-pain-center': await generateKey('ES384'),
  }
  const client = (id: Organization, scope: string) => ({
    id,
    jwks: { keys: [publicHalf(clientKeys[id])] },
    scope,
  })
  const referrer = (id: Organization, npi: string) => ({
    id,
    name: `Practice ${id}`,
    npi,
    client: client(
      id,
      'system/*.rs system/ServiceRequest.crus system/QuestionnaireResponse.crs system/Task.rus system/Subscription.cruds',
    ),
  })
  const clinic = (id: keyof typeof npis) => ({
    id,
    name: `Clinic ${id}`,
    npi: npis[id],
    policy: 'ketamine-infusion-referral',
    ...(ehrs[id] ? { ehr: { ...anEhr, fhirBaseUrl: ehrs[id] } } : {}),
    client: client(id, 'system/*.rs system/Task.rus system/Subscription.cruds'),
  })
  return {
    clientKeys,
    config: {
      mode: 'service',
      keys: JSON.parse(await generateKeys()) as unknown,
      allowNetworks: ['127.0.0.0/8'],
      registry: {
        referrers: [
          {
            ...referrer('lakeside-family', '1245319599'),
            ...(lakesideEhr ? { ehr: { fhirBaseUrl: lakesideEhr, auth: { type: 'none' } } } : {}),
          },
          referrer('hilltop-internal', '1003000126'),
        ],
        clinics: [clinic('river-pain-clinic'), clinic('summit-pain-center')],
      },
    },
  }
}

const publicHalf = ({ kty, kid, alg, use, crv, x, y }: JWK): JWK =>
  JSON.parse(JSON.stringify({ kty, kid, alg, use, crv, x, y })) as JWK
