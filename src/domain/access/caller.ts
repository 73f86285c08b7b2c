/** Who is asking: an organisation's client with a verified token. */

export interface Caller {
  readonly role: 'referrer' | 'clinic'
  /** Registry id of the organisation; every query is narrowed by it. */
  readonly organization: string
  readonly client: string
  /** Granted SMART v2 scopes, e.g. `system/ServiceRequest.crus`. */
  readonly scopes: readonly string[]
  /** `jti` of the access token, for the audit trail. */
  readonly tokenId: string
}

/** Through whose eyes the store is read: a foreign row is an absent row. */
export type Viewer = Pick<Caller, 'role' | 'organization'>
