/** Who is asking: an organisation's client with a verified token, or a person at the worklist. */

/** Somebody who works at an organisation, as their own system names them; no patient. */
export interface Person {
  /** `issuer|subject`. */
  readonly id: string
  readonly name: string
}

export interface Caller {
  readonly role: 'referrer' | 'clinic'
  /** Registry id of the organisation; every query is narrowed by it. */
  readonly organization: string
  readonly client: string
  /** Granted SMART v2 scopes, e.g. `system/ServiceRequest.crus`. */
  readonly scopes: readonly string[]
  /** `jti` of the access token, for the audit trail. */
  readonly tokenId: string
  /** Who acts through the client, where that is known. */
  readonly person?: Person
  /** The one referral that there is for them, by the id of its ServiceRequest. */
  readonly only?: string
}

/** Through whose eyes the store is read: a foreign row is an absent row. */
export type Viewer = Pick<Caller, 'role' | 'organization' | 'only'>
