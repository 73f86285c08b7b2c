/** Errors of the token endpoint: RFC 6749 section 5.2, https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */

/** OAuth error code and HTTP status. RFC 7521 section 4.2.1 answers a bad assertion with 400; 401 would ask for an Authorization header that nobody here can send. */
const statuses = {
  invalid_request: 400,
  invalid_client: 400,
  invalid_scope: 400,
  unsupported_grant_type: 400,
} as const

export type OAuthErrorCode = keyof typeof statuses

/** The token endpoint says no. Turned into OAuth's JSON by http/routes/token.ts. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly code: OAuthErrorCode
  readonly status: number
  /** What really happened, for the operator's log only: the client must not learn it. */
  readonly reason: string

  /**
   * @param code goes to the client as `error`
   * @param description goes to the client as `error_description`: must be the same for a client that is unknown and one whose signature fails
   * @param reason for the log, where it says more than the description
   */
  constructor(code: OAuthErrorCode, description: string, reason: string = description) {
    super(description)
    this.code = code
    this.status = statuses[code]
    this.reason = reason
  }
}
