/** An access token for a client's own account: https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html#obtain-access-token */

import { OAuthError } from '../domain/access/oauth-error.ts'
import { grant } from '../domain/access/scopes.ts'
import type { tokenIssuer } from './issue-token.ts'
import type { VerifyAssertion } from './verify-assertion.ts'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** What goes back to the client, and what goes to the log. */
interface GrantedToken {
  readonly answer: {
    readonly access_token: string
    readonly token_type: 'bearer'
    readonly expires_in: number
    readonly scope: string
  }
  readonly client: string
  readonly organization: string
  readonly tokenId: string
}

/** @param form the parameters, each once */
export type GrantToken = (form: ReadonlyMap<string, string>) => Promise<GrantedToken>

export function tokenGranter(
  verifyAssertion: VerifyAssertion,
  issueToken: ReturnType<typeof tokenIssuer>,
): GrantToken {
  /** @throws OAuthError */
  return async function grantToken(form) {
    const { scope, assertion } = readRequest(form)
    const registered = await verifyAssertion(assertion, form.get('client_id'))
    const scopes = grant(scope, registered.client.scopes)
    const { accessToken, expiresIn, tokenId } = await issueToken(registered, scopes)
    return {
      answer: {
        access_token: accessToken,
        token_type: 'bearer',
        expires_in: expiresIn,
        scope: scopes.join(' '),
      },
      client: registered.client.id,
      organization: registered.organization,
      tokenId,
    }
  }
}

function readRequest(form: ReadonlyMap<string, string>) {
  const grantType = form.get('grant_type')
  if (!grantType)
    throw invalid('The parameter grant_type is missing: it must be client_credentials.')
  if (grantType !== 'client_credentials') {
    throw new OAuthError('unsupported_grant_type', 'The grant_type must be client_credentials.')
  }
  const assertion = form.get('client_assertion')
  if (form.get('client_assertion_type') !== assertionType || !assertion) {
    throw new OAuthError(
      'invalid_client',
      `Authenticate with client_assertion and client_assertion_type=${assertionType}.`,
    )
  }
  const scope = form.get('scope')
  if (!scope?.trim()) throw invalid('The parameter scope is missing.')
  return { scope, assertion }
}

const invalid = (description: string) => new OAuthError('invalid_request', description)
