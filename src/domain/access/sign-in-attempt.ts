/** A sign-in that has been sent to an EHR and has yet to come back. */

export interface AttemptStore {
  /** @param digest of the state parameter */
  keep(digest: string, sealed: string, expiresAt: string): Promise<void>
  /** Gives it to the first who asks, and to nobody afterwards, nor once it has expired. */
  take(digest: string): Promise<string | undefined>
}
