/** What a database knows of having been put back from a backup; storage/ fulfils it. */

export interface RestoredStore {
  /** True when the database was ever put back. */
  wasRestored(): Promise<boolean>
  /** Whether a clinic's EHR has been searched since it was put back last. */
  isReconciled(clinicId: string): Promise<boolean>
  /** Ids of a clinic's referrals that are not known to be in its EHR, in their order, behind `after`. */
  unplaced(clinicId: string, after: string, limit: number): Promise<readonly string[]>
  /** From now on the clinic's EHR has been searched. */
  reconciled(clinicId: string): Promise<void>
}
