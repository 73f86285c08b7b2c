/**
 * SMART App Launch, as the app: https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html
 *
 * The EHR vouches for who somebody is, and that is all that is taken: its tokens are used once, for a
 * name, and kept nowhere. OpenID Connect by openid-client; what SMART asks for besides is below.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import * as oidc from 'openid-client'
import type { Registry } from '../domain/access/registry.ts'
import type { Identity } from '../domain/access/session.ts'
import type { AttemptStore } from '../domain/access/sign-in-attempt.ts'
import type { SignInSetting } from '../domain/access/sign-in-setting.ts'
import { Problem } from '../domain/problem.ts'
import { safeError } from '../domain/safe-error.ts'
import type { SecretBox } from '../domain/subscription/ports.ts'
import type { SigningKey } from './keys.ts'
import { practitionerOf } from './practitioner.ts'
import { type SignInFetch, smartConfiguration } from './smart-configuration.ts'

export interface SmartSignInOptions {
  /** Ours, without a slash at the end. */
  readonly baseUrl: string
  readonly registry: () => Registry
  readonly attempts: AttemptStore
  readonly secrets: Pick<SecretBox, 'seal' | 'open'>
  readonly fetch: SignInFetch
  /** Signs our client assertions. */
  readonly key: () => SigningKey
  readonly now: () => Date
  readonly log: { warn(fields: object, message: string): void }
}

export interface Begun {
  /** Where the browser goes. */
  readonly url: string
  /** What only this browser has, in a cookie: the attempt is bound to it. */
  readonly binding: string
}

export interface Finished {
  readonly identity: Identity
  /** The address that was wanted before. */
  readonly next: string
}

/** A launch is opaque to us. */
const longestLaunch = 2048
const attemptMs = 10 * 60_000
const metadataMs = 10 * 60_000

interface Attempt {
  readonly issuer: string
  readonly verifier: string
  readonly nonce: string
  readonly binding: string
  readonly next: string
}

type Organization = Pick<Identity, 'role' | 'organization'> & { readonly signIn: SignInSetting }

export function smartSignIn(options: SmartSignInOptions) {
  const { registry, attempts, secrets, now, baseUrl } = options
  const redirectUri = `${baseUrl}/sign-in/callback`
  const known = new Map<
    string,
    { readonly metadata: oidc.ServerMetadata; readonly until: number }
  >()

  /** The configuration of an EHR, kept for ten minutes. */
  const metadataOf = async (issuer: string): Promise<oidc.ServerMetadata> => {
    const kept = known.get(issuer)
    if (kept && kept.until > now().getTime()) return kept.metadata
    const metadata = await smartConfiguration(options.fetch, issuer)
    known.set(issuer, { metadata, until: now().getTime() + metadataMs })
    return metadata
  }

  const configure = async ({ issuer, clientId }: SignInSetting): Promise<oidc.Configuration> => {
    const metadata = await metadataOf(issuer)
    const { key, kid } = options.key()
    // SMART wants the address of the token endpoint as the audience, not the issuer.
    const modifyAssertion: oidc.ModifyAssertionFunction = (_header, payload) => {
      payload.aud = metadata.token_endpoint as string
    }
    const config = new oidc.Configuration(
      metadata,
      clientId,
      { [oidc.clockSkew]: Math.round((now().getTime() - Date.now()) / 1000) },
      oidc.PrivateKeyJwt({ key, kid }, { [oidc.modifyAssertion]: modifyAssertion }),
    )
    config[oidc.customFetch] = (url, asked) => options.fetch(url, asked)
    // Plain http is only ever registered for this machine: see Reader.url.
    if (issuer.startsWith('http:')) oidc.allowInsecureRequests(config)
    oidc.enableNonRepudiationChecks(config)
    return config
  }

  return {
    /**
     * Sends somebody to the EHR.
     * @param launch given by an EHR that was asked for the app from within
     * @throws Problem bad-request for an issuer that nobody registered, before anything is fetched
     */
    async begin(issuer: string, next: string, launch?: string): Promise<Begun> {
      const found = organizationBy(registry(), issuer)
      if (!found) throw new Problem('bad-request', 'This EHR is not registered here.')
      if (launch !== undefined && (launch === '' || launch.length > longestLaunch))
        throw new Problem('bad-request', 'The launch parameter is empty or too long.')
      const { signIn } = found
      const config = await configure(signIn)
      const [state, binding] = [oidc.randomState(), oidc.randomState()]
      const attempt: Attempt = {
        issuer: signIn.issuer,
        verifier: oidc.randomPKCECodeVerifier(),
        nonce: oidc.randomNonce(),
        binding: digestOf(binding),
        next,
      }
      const digest = digestOf(state)
      await attempts.keep(
        digest,
        secrets.seal(JSON.stringify(attempt), digest),
        new Date(now().getTime() + attemptMs).toISOString(),
      )
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: launch === undefined ? 'openid fhirUser' : 'launch openid fhirUser',
        aud: signIn.issuer,
        state,
        nonce: attempt.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: 'S256',
        ...(launch === undefined ? {} : { launch }),
      })
      return { url: url.href, binding }
    },

    /**
     * Takes what came back.
     * @param query of the address, as it came
     * @param binding out of the browser's cookie
     * @throws Problem sign-in-refused, unavailable
     */
    async finish(query: string, binding: string | undefined): Promise<Finished> {
      const url = new URL(`${redirectUri}?${query}`)
      const state = url.searchParams.get('state') ?? ''
      const digest = digestOf(state)
      // Taken out whatever follows: a state is good for one answer.
      const sealed = await attempts.take(digest)
      const opened = sealed === undefined ? undefined : secrets.open(sealed, digest)
      if (opened === undefined) throw refused('the attempt is unknown, was used, or is too old')
      const attempt = JSON.parse(opened) as Attempt
      if (!isSame(digestOf(binding ?? ''), attempt.binding))
        throw refused('it was begun in another browser')
      const found = organizationBy(registry(), attempt.issuer)
      if (!found) throw refused('the EHR is not registered any more')
      const { signIn, role, organization } = found
      const config = await configure(signIn)
      const tokens = await oidc
        .authorizationCodeGrant(config, url, {
          pkceCodeVerifier: attempt.verifier,
          expectedState: state,
          expectedNonce: attempt.nonce,
          idTokenExpected: true,
        })
        .catch((cause: unknown) => {
          options.log.warn({ err: safeError(cause), organization }, 'sign-in refused')
          throw refused('what the EHR answered does not hold', cause)
        })
      const claims = tokens.claims()
      if (!claims) throw refused('there is no ID token')
      requirePolicy(claims, signIn)
      const person = await practitionerOf(claims, signIn.issuer, (reference) =>
        options.fetch(reference, {
          headers: {
            authorization: `Bearer ${tokens.access_token}`,
            accept: 'application/fhir+json',
          },
        }),
      )
      return { identity: { role, organization, person }, next: attempt.next }
    },
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

const isSame = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))

const refused = (why: string, cause?: unknown): Problem =>
  new Problem('sign-in-refused', `You could not be signed in: ${why}.`, { cause })

function organizationBy(
  { clinics, referrers }: Registry,
  issuer: string,
): Organization | undefined {
  const of = (role: Identity['role']) => (each: Registry['clinics' | 'referrers'][number]) =>
    each.signIn && each.signIn.issuer === issuer && !each.disabled
      ? [{ role, organization: each.id, signIn: each.signIn }]
      : []
  return [...clinics.flatMap(of('clinic')), ...referrers.flatMap(of('referrer'))][0]
}

/** @throws Problem sign-in-refused for a log-in that is weaker than the organisation asks for */
function requirePolicy(
  { acr, amr = [] }: Readonly<Record<string, unknown>>,
  policy: SignInSetting,
): void {
  if (policy.acr.length > 0 && !policy.acr.includes(String(acr)))
    throw refused('the log-in at the EHR is not strong enough')
  const used = Array.isArray(amr) ? amr : []
  if (policy.amr.some((method) => !used.includes(method)))
    throw refused('the log-in at the EHR is not strong enough')
}
