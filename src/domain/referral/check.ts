/** What a story needs of the check, and what follows from its result. */

import type { FhirResource, GuidanceResponse, QuestionnaireItem, ServiceRequest } from 'fhir/r4'
import type { Unavailable } from '../screening/packet.ts'
import type { BusinessStatus } from './life.ts'

/** A check of a referral by the policy of its clinic. */
interface CheckInput {
  readonly clinicId: string
  readonly request: ServiceRequest
  /** Everything that supports it, each with the id under which it is referred to. */
  readonly resources: readonly FhirResource[]
  /** The check date, YYYY-MM-DD. */
  readonly asOf: string
  /** Searches of the record that could not be read: what would rest on them is not documented. */
  readonly unavailable?: readonly Unavailable[]
}

export interface CheckOutcome {
  readonly overall: string
  readonly next: 'send' | 'await-information' | 'await-acknowledgement'
  /** Without id and meta; those come with storing. */
  readonly guidance: GuidanceResponse
  /** What a referral that does not go on lacks, as a form asks for it; empty when nothing. */
  readonly wanted: readonly QuestionnaireItem[]
  /** Canonical, with version, of the form that the items are taken from. */
  readonly form: string
}

/** A promise, for a clinic's own criteria are evaluated in a worker. */
export type Check = (input: CheckInput) => Promise<CheckOutcome>

/** Where a referral stands right after a check. */
export const businessStatusAfter = {
  send: 'sending',
  'await-information': 'awaiting-information',
  'await-acknowledgement': 'awaiting-acknowledgement',
} as const satisfies Record<CheckOutcome['next'], BusinessStatus>
