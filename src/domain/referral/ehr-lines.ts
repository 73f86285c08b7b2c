/** How often each clinic's EHR may be asked, and when not at all; the same for all instances. */

/** Leave to send one request to an EHR, or none for now. Milliseconds. */
export type Turn =
  | {
      readonly wait: number
      /** The one request that sees whether a failing EHR is back. */
      readonly isProbe: boolean
      readonly closedFor?: undefined
      readonly because?: undefined
    }
  | {
      readonly wait?: undefined
      readonly closedFor: number
      readonly because: 'asked' | 'failing' | 'busy'
    }

export interface EhrLines {
  /** @param everyMs the least time from one request to the next, whoever sends it */
  turn(clinicId: string, everyMs: number): Promise<Turn>
  /**
   * It failed too often: for some seconds nobody asks it, then one.
   * @param again that one failed too: longer this time
   * @returns whether it is left alone from now on, and was not before
   */
  leaveAlone(clinicId: string, again: boolean): Promise<boolean>
  /** That one was answered. @returns whether it had been left alone */
  askAgain(clinicId: string): Promise<boolean>
  /** It asked everybody to wait. */
  holdBack(clinicId: string, seconds: number): Promise<void>
  /** Those that are failing or asked to wait. */
  state(): Promise<
    readonly {
      readonly clinicId: string
      /** Nothing may be sent now. */
      readonly isClosed: boolean
      /** Seconds. */
      readonly failingFor: number
      readonly holdBackFor: number
    }[]
  >
}
