/** Which client is this: private_key_jwt of SMART Backend Services, https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#signature-verification */

import type { webcrypto } from 'node:crypto'
import { compactVerify, generateKeyPair } from 'jose'
import { type Assertion, readAssertion } from '../domain/access/assertion.ts'
import { OAuthError } from '../domain/access/oauth-error.ts'
import { type AssertionAlgorithm, assertionAlgorithms } from '../domain/access/public-key.ts'
import type { RegisteredClient, Registry } from '../domain/access/registry.ts'
import type { FindKey } from './client-keys.ts'

type Key = webcrypto.CryptoKey

export interface AssertionPorts extends ProofPorts {
  readonly registry: () => Registry
  /** Token URL first, then the issuer. */
  readonly audiences: readonly string[]
  readonly now: () => Date
}

/** What proving takes, whatever the assertion is for. */
export interface ProofPorts {
  readonly findKey: FindKey
  /** Called once the signature holds and before the jti is spent; throws to put the client off, which may then send the same assertion later. */
  readonly admit: (clientId: string) => void
  /**
   * Marks the jti as used, durably and across instances.
   * @param expires when it may be forgotten
   * @returns false when this client has used it before
   */
  readonly spend: (clientId: string, jti: string, expires: Date) => Promise<boolean>
}

export type VerifyAssertion = (assertion: string, clientId?: string) => Promise<RegisteredClient>

/** A jti is kept beyond exp by this much, so that a clock set back does not open it again. */
const keepAfterExpiryMs = 60_000

export function assertionVerifier(ports: AssertionPorts): VerifyAssertion {
  const prove = assertionProver(ports)

  /**
   * @param clientId the form parameter `client_id`, where it was sent
   * @throws OAuthError `invalid_client`; from there on that the client matters, always in the same words
   */
  return async function verifyAssertion(text, clientId) {
    const assertion = readAssertion(text, { audiences: ports.audiences, now: ports.now() })
    if (clientId !== undefined && clientId !== assertion.clientId) {
      throw new OAuthError('invalid_client', 'The parameter client_id differs from the claim iss.')
    }
    return await prove(text, assertion, ports.registry().byClientId(assertion.clientId))
  }
}

/** Holds an assertion against the keys of the client that it names, and lets it be used once. */
export function assertionProver(ports: ProofPorts) {
  // Made now: the first stranger must not be the one who waits for them.
  for (const alg of assertionAlgorithms) void decoy(alg)

  /**
   * @param registered the client that is named; undefined when there is none
   * @throws OAuthError `invalid_client`, in the same words for whatever is wrong with the client
   */
  return async function prove(
    text: string,
    assertion: Assertion,
    registered: RegisteredClient | undefined,
  ): Promise<RegisteredClient> {
    const key = registered && (await registeredKey(registered, assertion))
    // A stranger's signature is checked too, with a key that nobody has: the time taken must not tell which clients exist.
    const genuine = await holds(text, assertion.alg, key ?? (await decoy(assertion.alg)))
    if (!registered) throw notAuthenticated('unknown or disabled client')
    if (!key) throw notAuthenticated('no such key')
    if (!genuine) throw notAuthenticated('bad signature')
    await spendOnce(registered.client.id, assertion)
    return registered
  }

  /** A jku is only ever compared: keys come from where the registry says. */
  async function registeredKey({ client }: RegisteredClient, { jku, kid, alg }: Assertion) {
    if (jku !== undefined && jku !== client.keys.jwksUri) return undefined
    return await ports.findKey(client, kid, alg)
  }

  async function spendOnce(clientId: string, { jti, exp }: Assertion): Promise<void> {
    ports.admit(clientId)
    const fresh = await ports.spend(clientId, jti, new Date(exp * 1000 + keepAfterExpiryMs))
    if (!fresh)
      throw new OAuthError('invalid_client', 'The assertion was used before: send a new jti.')
  }
}

const holds = (text: string, alg: AssertionAlgorithm, key: Key): Promise<boolean> =>
  // Stryker disable next-line ObjectLiteral: no other alg is read; it is said twice because so much hangs on it
  compactVerify(text, key, { algorithms: [alg] }).then(
    () => true,
    // Stryker disable next-line ArrowFunction: undefined is as good a no
    () => false,
  )

const decoys = new Map<AssertionAlgorithm, Promise<Key>>()

function decoy(alg: AssertionAlgorithm): Promise<Key> {
  const known = decoys.get(alg) ?? generateKeyPair(alg).then(({ publicKey }) => publicKey)
  decoys.set(alg, known)
  return known
}

const notAuthenticated = (reason: string) =>
  new OAuthError(
    'invalid_client',
    'The client could not be authenticated: check client id, kid and key.',
    reason,
  )
